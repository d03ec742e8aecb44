//! What the decision is made from: enumerations only, so that every input can be tried.

use serde::Serialize;
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::Action;
use crate::actor::{Discipline, RoleSet};

/// Where what is asked for lies, seen from whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Standing {
    /// In the actor's own practice.
    Here,
    /// In another practice, or nowhere: the two must not be told apart.
    Elsewhere,
    /// The actor has been deactivated.
    Deactivated,
}

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
}

/// Whose note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter)]
pub enum Authorship {
    /// The actor's own.
    Own,
    /// A colleague's who works here.
    Colleague,
    /// A colleague's who has left the practice.
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
    /// Signed and frozen.
    Signed,
    /// Signed, and declared wrong as a whole.
    EnteredInError,
    /// A draft whose author left: read only, never signable.
    LeftUnsigned,
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
}

impl NoteFacts {
    /// A note that its author is about to begin.
    #[must_use]
    pub const fn begun(discipline: Discipline) -> Self {
        Self { authorship: Authorship::Own, state: NoteState::Draft, discipline }
    }
}

/// One question to the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Facts {
    /// What is asked for.
    pub action: Action,
    /// The roles of whoever asks.
    pub roles: RoleSet,
    /// Where what is asked for lies.
    pub standing: Standing,
    /// Whether it is the actor's own patient record, or their own staff entry.
    pub oneself: bool,
    /// How the actor relates to the patient.
    pub relation: Relation,
    /// The note in question, if it is about one.
    pub note: Option<NoteFacts>,
}

impl Facts {
    /// A question about something that concerns no patient.
    #[must_use]
    pub const fn desk(action: Action, roles: RoleSet, oneself: bool) -> Self {
        Self { action, roles, standing: Standing::Here, oneself, relation: Relation::None, note: None }
    }
}
