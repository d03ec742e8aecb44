//! What the decision is made from: enumerations only, so that every input can be tried.

use serde::Serialize;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::Action;
use crate::actor::{Discipline, RoleSet};

/// How the actor relates to the patient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, Display, IntoStaticStr, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Relation {
    /// Not at all, or what is asked for concerns no patient.
    None,
    /// On the care team, not lapsed.
    CareTeam,
    /// Stands in for somebody who is on the care team.
    Cover,
    /// Was on the care team once.
    Former,
    /// Has broken the glass: reads for an hour, for a stated reason.
    Emergency,
    /// Has broken the glass because serious harm threatens.
    SeriousHarm,
    /// Reads for an hour as a reviewer, for a stated reason.
    Audit,
    /// Takes part in the open referral that is asked about or, where a patient or a note is, in one that opens it: a note
    /// that is attached to it or reports on it, the patient's contact details and safety items.
    Party,
}

/// What a consent directive, short of one that bars the whole record from the person, withholds from the actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter)]
pub enum Withheld {
    /// Nothing.
    Nothing,
    /// It is withheld from a discipline of theirs.
    FromDiscipline,
    /// It is withheld from them by name, or from everyone but its author.
    FromPerson,
}

/// Whose note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Authorship {
    /// The actor's own.
    Own,
    /// A colleague's whom the actor supervises.
    Supervised,
    /// A colleague's who works here.
    Colleague,
    /// A colleague's who has left the practice, or whom the patient has barred from the note since: no more theirs to answer
    /// for.
    Departed,
}

/// Where a note stands in its life.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NoteState {
    /// Being written; its words are its author's alone.
    Draft,
    /// Signed by its author, and waiting for the supervisor's signature.
    AwaitingCosign,
    /// Signed and frozen.
    Signed,
    /// Signed, and declared wrong as a whole.
    EnteredInError,
    /// A draft whose author left: read only, never signable.
    LeftUnsigned,
}

/// Among whom its author shares a note. It never restricts the patient.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Default,
    serde::Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Sharing {
    /// Whoever treats the patient, in either discipline: what a note is unless its author says otherwise.
    #[default]
    CareTeam,
    /// Those of its own discipline who treat the patient.
    Discipline,
}

/// What the policy needs to know of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct NoteFacts {
    /// Whose it is.
    pub authorship: Authorship,
    /// Where it stands.
    pub state: NoteState,
    /// The discipline it is written in.
    pub discipline: Discipline,
    /// Among whom it is shared.
    pub sharing: Sharing,
}

impl NoteFacts {
    /// A note that its author is about to begin.
    #[must_use]
    pub const fn begun(discipline: Discipline) -> Self {
        Self { authorship: Authorship::Own, state: NoteState::Draft, discipline, sharing: Sharing::CareTeam }
    }
}

/// Where what is asked for lies, seen from whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place {
    /// The actor has been deactivated.
    Deactivated,
    /// In another practice, or nowhere: the two must not be told apart.
    Elsewhere,
    /// In a record that the patient has barred from the actor as a whole.
    Barred,
    /// In the patient record that is the actor's own, or it is their own staff entry.
    Oneself,
    /// In the actor's own practice, tied to them like this.
    Here(Ties),
}

/// What ties the actor to what is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ties {
    /// One way in which the actor relates to the patient.
    pub relation: Relation,
    /// What a consent directive withholds of it from them.
    pub withheld: Withheld,
    /// The note in question, if it is about one.
    pub note: Option<NoteFacts>,
}

impl Ties {
    /// None at all.
    pub const NONE: Self = Self { relation: Relation::None, withheld: Withheld::Nothing, note: None };
}

/// One question to the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// What is asked for.
    pub action: Action,
    /// The roles of whoever asks.
    pub roles: RoleSet,
    /// Where what is asked for lies.
    pub place: Place,
}

impl Facts {
    /// A question about something of the practice that concerns no patient.
    #[must_use]
    pub const fn desk(action: Action, roles: RoleSet) -> Self {
        Self { action, roles, place: Place::Here(Ties::NONE) }
    }
}
