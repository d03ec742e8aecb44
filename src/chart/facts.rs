//! What the policy needs to know, made of what the rows tell.

use super::query::facts as query;
use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::Result;
use crate::ids::{EpisodeId, NoteId, PatientId, ReferralId, StaffId};
use crate::policy::{Authorship, NoteFacts, NoteState, Relation};

/// What is known of a patient before the policy is asked.
pub(super) struct FoundPatient {
    pub(super) access_version: i64,
    pub(super) own_of: Option<StaffId>,
    /// The actor's memberships of the care team: when each ended, and when it lapses.
    pub(super) memberships: Vec<(Option<Timestamp>, Timestamp)>,
    /// Whether any directive on the record may be in force.
    pub(super) has_directives: bool,
    /// Whether the actor was ever let in beside their relation.
    pub(super) has_passes: bool,
}

/// A note's place: whose record it stands in, and what the policy and the rules need of it.
#[derive(Clone, Copy, Debug)]
pub struct LocatedNote {
    /// Whose record it stands in.
    pub patient: PatientId,
    /// Who wrote it.
    pub author: StaffId,
    /// The episode of care it belongs to, if any.
    pub episode: Option<EpisodeId>,
    /// The referral it was written for, if any.
    pub referral: Option<ReferralId>,
    /// What the policy needs.
    pub facts: NoteFacts,
    /// Counts the changes of the note as a resource.
    pub version: i32,
    /// The number of the newest signed version; 0 while there is none.
    pub current_version: i32,
    /// When the treatment took place.
    pub service_at: Timestamp,
}

/// An episode's place: whose record it stands in, and what the rules need of it.
#[derive(Clone, Copy, Debug)]
pub struct LocatedEpisode {
    /// Whose record it stands in.
    pub patient: PatientId,
    /// Who opened it.
    pub opened_by: StaffId,
    /// Counts its changes.
    pub version: i32,
}

/// The place of an amendment or addendum that waits for a second signature, or waited.
#[derive(Clone, Copy, Debug)]
pub struct LocatedPending {
    /// The note it is for.
    pub note: NoteId,
    /// The place of that note.
    pub place: LocatedNote,
    /// Who wrote it.
    pub author: StaffId,
    /// What the policy needs of it: signed by its author, unless the whole note is in error.
    pub facts: NoteFacts,
    /// Counts its changes.
    pub version: i32,
}

/// Whose something is for the actor, by who wrote it.
pub(super) fn authorship(actor: &Actor, author: StaffId, supervisor: Option<StaffId>, active: bool) -> Authorship {
    match (author == actor.staff, supervisor == Some(actor.staff), active) {
        (true, ..) => Authorship::Own,
        (_, true, _) => Authorship::Supervised,
        (_, _, true) => Authorship::Colleague,
        (_, _, false) => Authorship::Departed,
    }
}

/// What the policy needs of what waits beside a note: signed by its author, unless the whole note is in error.
pub(super) fn facts_of_pending(note: NoteFacts, authorship: Authorship) -> NoteFacts {
    let state = match note.state {
        NoteState::EnteredInError => NoteState::EnteredInError,
        _ => NoteState::AwaitingCosign,
    };
    NoteFacts { authorship, state, ..note }
}

pub(super) struct Related {
    pub(super) relation: Relation,
    pub(super) until: Option<Timestamp>,
}

/// How the actor relates to the patient now, and until when by the clock.
pub(super) fn relation(
    conn: &mut Conn,
    actor: &Actor,
    patient: PatientId,
    found: &FoundPatient,
    now: Timestamp,
) -> Result<Related> {
    let own = &found.memberships;
    let active = own.iter().filter(|(ended, _)| ended.is_none()).map(|(_, lapses)| *lapses).max();
    if let Some(lapses) = active.filter(|lapses| *lapses > now) {
        return Ok(Related { relation: Relation::CareTeam, until: Some(lapses) });
    }
    if let Some(until) = query::covered_until(conn, actor, patient, now)? {
        return Ok(Related { relation: Relation::Cover, until: Some(until) });
    }
    let relation = if own.is_empty() { Relation::None } else { Relation::Former };
    Ok(Related { relation, until: None })
}

/// Until when by the clock the actor relates as now to all whom they treat or stand in for: when the first membership lapses,
/// their own or that of somebody they cover for, or a cover ends.
pub(super) fn treats_until(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<Option<Timestamp>> {
    let covers = query::covers_by(conn, actor.practice, actor.staff, now)?;
    let treating: Vec<_> = covers.iter().map(|(from, _)| *from).chain([actor.staff]).collect();
    let lapses = query::first_to_lapse(conn, actor.practice, treating, now)?;
    Ok(covers.into_iter().map(|(_, ends)| ends).chain(lapses).min())
}
