//! What the policy needs to know, read from the rows.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::actor::{Actor, Discipline, Role};
use crate::clock::Timestamp;
use crate::db::schema::{
    care_team, consent_directive, cover, episode, joint_review, note, note_pending, patient, record_access, staff,
    staff_role,
};
use crate::db::types::sql_word;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{EpisodeId, JointReviewId, NoteId, PatientId, PendingId, PracticeId, ReferralId, SessionId, StaffId};
use crate::policy::{Authorship, NoteFacts, NoteState, Relation, Sharing};

sql_word!(Sharing);

/// What is known of a patient before the policy is asked.
pub(super) struct FoundPatient {
    pub(super) access_version: i64,
    pub(super) own_of: Option<StaffId>,
    /// The actor's memberships of the care team: when each ended, and when it lapses.
    memberships: Vec<(Option<Timestamp>, Timestamp)>,
    /// Whether any directive on the record may be in force.
    pub(super) has_directives: bool,
    /// Whether the actor was ever let in beside their relation.
    pub(super) has_passes: bool,
}

pub(super) fn locate_patient(conn: &mut Conn, actor: &Actor, id: PatientId) -> Result<Option<FoundPatient>> {
    type Row = (i64, Option<StaffId>, Option<Timestamp>, Option<Timestamp>, bool, bool);
    let directives = consent_directive::table
        .filter(consent_directive::practice_id.eq(actor.practice))
        .filter(consent_directive::patient_id.eq(id))
        .filter(consent_directive::revoked_at.is_null());
    let passes = record_access::table
        .filter(record_access::practice_id.eq(actor.practice))
        .filter(record_access::patient_id.eq(id))
        .filter(record_access::staff_id.eq(actor.staff))
        .filter(record_access::ended_at.is_null());
    // One row for each membership, or one without.
    let rows = patient::table
        .left_join(
            care_team::table.on(care_team::practice_id
                .eq(patient::practice_id)
                .and(care_team::patient_id.eq(patient::id))
                .and(care_team::staff_id.eq(actor.staff))),
        )
        .filter(patient::practice_id.eq(actor.practice))
        .filter(patient::id.eq(id))
        .select((
            patient::access_version,
            patient::staff_id,
            care_team::ended_at.nullable(),
            care_team::lapses_at.nullable(),
            exists(directives),
            exists(passes),
        ))
        .load::<Row>(conn)?;
    let Some((access_version, own_of, _, _, has_directives, has_passes)) = rows.first().copied() else {
        return Ok(None);
    };
    let memberships = rows.into_iter().filter_map(|(_, _, ended, lapses, ..)| Some((ended, lapses?))).collect();
    Ok(Some(FoundPatient { access_version, own_of, memberships, has_directives, has_passes }))
}

/// Somebody who works in the practice, as if they acted, in no session.
pub(super) fn colleague(tx: &mut Tx, practice: PracticeId, id: StaffId) -> Result<Option<Actor>> {
    let works = staff::table.find((practice, id)).filter(staff::active.eq(true)).select(staff::access_version);
    let Some(access_version) = works.first(tx.conn()).optional()? else { return Ok(None) };
    let roles = staff_role::table
        .filter(staff_role::practice_id.eq(practice))
        .filter(staff_role::staff_id.eq(id))
        .select(staff_role::role)
        .load::<Role>(tx.conn())?;
    let (session, authenticated_at) = (SessionId::from_uuid(uuid::Uuid::nil()), tx.now());
    let roles = roles.into_iter().collect();
    Ok(Some(Actor { practice, staff: id, session, roles, authenticated_at, access_version }))
}

/// The patient records that are the actor's own.
pub(super) fn own_records(conn: &mut Conn, actor: &Actor) -> Result<Vec<PatientId>> {
    let own = patient::table.filter(patient::practice_id.eq(actor.practice)).filter(patient::staff_id.eq(actor.staff));
    Ok(own.select(patient::id).load(conn)?)
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

pub(super) fn locate_note(conn: &mut Conn, actor: &Actor, id: NoteId) -> Result<Option<LocatedNote>> {
    type Row = (
        (PatientId, StaffId, Option<EpisodeId>, NoteState, Discipline, Sharing, i32, i32, Timestamp),
        (bool, Option<StaffId>, Option<ReferralId>),
    );
    let row = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .filter(note::practice_id.eq(actor.practice))
        .filter(note::id.eq(id))
        .select((
            (
                note::patient_id,
                note::author_id,
                note::episode_id,
                note::state,
                note::discipline,
                note::sharing,
                note::version,
                note::current_version,
                note::service_at,
            ),
            (staff::active, staff::supervisor_id, note::referral_id),
        ))
        .first::<Row>(conn)
        .optional()?;
    Ok(row.map(|(note, (active, supervisor, referral))| {
        let (patient, author, episode, state, discipline, sharing, version, current_version, service_at) = note;
        let authorship = authorship(actor, author, supervisor, active);
        let facts = NoteFacts { authorship, state, discipline, sharing };
        LocatedNote { patient, author, episode, referral, facts, version, current_version, service_at }
    }))
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

pub(super) fn locate_episode(conn: &mut Conn, actor: &Actor, id: EpisodeId) -> Result<Option<LocatedEpisode>> {
    let row = episode::table
        .filter(episode::practice_id.eq(actor.practice))
        .filter(episode::id.eq(id))
        .select((episode::patient_id, episode::opened_by, episode::version))
        .first::<(PatientId, StaffId, i32)>(conn)
        .optional()?;
    Ok(row.map(|(patient, opened_by, version)| LocatedEpisode { patient, opened_by, version }))
}

fn authorship(actor: &Actor, author: StaffId, supervisor: Option<StaffId>, active: bool) -> Authorship {
    match (author == actor.staff, supervisor == Some(actor.staff), active) {
        (true, ..) => Authorship::Own,
        (_, true, _) => Authorship::Supervised,
        (_, _, true) => Authorship::Colleague,
        (_, _, false) => Authorship::Departed,
    }
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

pub(super) fn locate_pending(conn: &mut Conn, actor: &Actor, id: PendingId) -> Result<Option<LocatedPending>> {
    let row = note_pending::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(note_pending::practice_id).and(staff::id.eq(note_pending::author_id))),
        )
        .filter(note_pending::practice_id.eq(actor.practice))
        .filter(note_pending::id.eq(id))
        .select((
            note_pending::note_id,
            note_pending::author_id,
            note_pending::version,
            staff::active,
            staff::supervisor_id,
        ))
        .first::<(NoteId, StaffId, i32, bool, Option<StaffId>)>(conn)
        .optional()?;
    let Some((note, author, version, active, supervisor)) = row else { return Ok(None) };
    let Some(place) = locate_note(conn, actor, note)? else { return Ok(None) };
    let state = match place.facts.state {
        NoteState::EnteredInError => NoteState::EnteredInError,
        _ => NoteState::AwaitingCosign,
    };
    let authorship = authorship(actor, author, supervisor, active);
    let facts = NoteFacts { authorship, state, ..place.facts };
    Ok(Some(LocatedPending { note, place, author, facts, version }))
}

pub(super) fn locate_joint_review(conn: &mut Conn, actor: &Actor, id: JointReviewId) -> Result<Option<PatientId>> {
    let row = joint_review::table.find((actor.practice, id)).select(joint_review::patient_id);
    Ok(row.first(conn).optional()?)
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
    if let Some(until) = covered_until(conn, actor, patient, now)? {
        return Ok(Related { relation: Relation::Cover, until: Some(until) });
    }
    let relation = if own.is_empty() { Relation::None } else { Relation::Former };
    Ok(Related { relation, until: None })
}

/// Until when by the clock the actor relates as now to all whom they treat or stand in for: when the first membership lapses,
/// their own or that of somebody they cover for, or a cover ends.
pub(super) fn treats_until(conn: &mut Conn, actor: &Actor, now: Timestamp) -> Result<Option<Timestamp>> {
    let covers = cover::table
        .filter(cover::practice_id.eq(actor.practice))
        .filter(cover::to_staff.eq(actor.staff))
        .filter(cover::ended_at.is_null())
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .select((cover::from_staff, cover::ends_at))
        .load::<(StaffId, Timestamp)>(conn)?;
    let treating: Vec<_> = covers.iter().map(|(from, _)| *from).chain([actor.staff]).collect();
    let lapses = care_team::table
        .filter(care_team::practice_id.eq(actor.practice))
        .filter(care_team::staff_id.eq_any(treating))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .order(care_team::lapses_at)
        .select(care_team::lapses_at)
        .first(conn)
        .optional()?;
    Ok(covers.into_iter().map(|(_, ends)| ends).chain(lapses).min())
}

fn covered_until(conn: &mut Conn, actor: &Actor, patient: PatientId, now: Timestamp) -> Result<Option<Timestamp>> {
    let covers = cover::table
        .inner_join(
            care_team::table.on(care_team::practice_id
                .eq(cover::practice_id)
                .and(care_team::staff_id.eq(cover::from_staff))
                .and(care_team::patient_id.eq(patient))),
        )
        .filter(cover::practice_id.eq(actor.practice))
        .filter(cover::to_staff.eq(actor.staff))
        .filter(cover::ended_at.is_null())
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .select((cover::ends_at, care_team::lapses_at))
        .load::<(Timestamp, Timestamp)>(conn)?;
    Ok(covers.into_iter().map(|(ends, lapses)| ends.min(lapses)).max())
}
