//! What the policy needs to know, as the rows tell it. The places of what is asked for by its id, and what ties the actor to
//! a patient.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::actor::{Actor, Discipline, Role};
use crate::chart::facts::{FoundPatient, LocatedEpisode, LocatedNote, LocatedPending, authorship, facts_of_pending};
use crate::clock::Timestamp;
use crate::db::schema::{
    care_team, consent_directive, cover, episode, joint_review, note, note_pending, patient, record_access, staff,
    staff_role,
};
use crate::db::types::sql_word;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{EpisodeId, JointReviewId, NoteId, PatientId, PendingId, PracticeId, ReferralId, SessionId, StaffId};
use crate::policy::{NoteFacts, NoteState, Sharing};

sql_word!(Sharing);

/// A patient of the practice.
pub(in crate::chart) fn locate_patient(conn: &mut Conn, actor: &Actor, id: PatientId) -> Result<Option<FoundPatient>> {
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
pub(in crate::chart) fn colleague(tx: &mut Tx, practice: PracticeId, id: StaffId) -> Result<Option<Actor>> {
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
pub(in crate::chart) fn own_records(conn: &mut Conn, actor: &Actor) -> Result<Vec<PatientId>> {
    let own = patient::table.filter(patient::practice_id.eq(actor.practice)).filter(patient::staff_id.eq(actor.staff));
    Ok(own.select(patient::id).load(conn)?)
}

/// A note of the practice.
pub(in crate::chart) fn locate_note(conn: &mut Conn, actor: &Actor, id: NoteId) -> Result<Option<LocatedNote>> {
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

/// An episode of care of the practice.
pub(in crate::chart) fn locate_episode(
    conn: &mut Conn,
    actor: &Actor,
    id: EpisodeId,
) -> Result<Option<LocatedEpisode>> {
    let row = episode::table
        .filter(episode::practice_id.eq(actor.practice))
        .filter(episode::id.eq(id))
        .select((episode::patient_id, episode::opened_by, episode::version))
        .first::<(PatientId, StaffId, i32)>(conn)
        .optional()?;
    Ok(row.map(|(patient, opened_by, version)| LocatedEpisode { patient, opened_by, version }))
}

/// An amendment or addendum that waits for a second signature, or waited.
pub(in crate::chart) fn locate_pending(
    conn: &mut Conn,
    actor: &Actor,
    id: PendingId,
) -> Result<Option<LocatedPending>> {
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
    let facts = facts_of_pending(place.facts, authorship(actor, author, supervisor, active));
    Ok(Some(LocatedPending { note, place, author, facts, version }))
}

/// Whose record a joint review stands in.
pub(in crate::chart) fn locate_joint_review(
    conn: &mut Conn,
    actor: &Actor,
    id: JointReviewId,
) -> Result<Option<PatientId>> {
    let row = joint_review::table.find((actor.practice, id)).select(joint_review::patient_id);
    Ok(row.first(conn).optional()?)
}

/// Those whom somebody covers for now, and until when.
pub(in crate::chart) fn covers_by(
    conn: &mut Conn,
    practice: PracticeId,
    staff: StaffId,
    now: Timestamp,
) -> Result<Vec<(StaffId, Timestamp)>> {
    Ok(cover::table
        .filter(cover::practice_id.eq(practice))
        .filter(cover::to_staff.eq(staff))
        .filter(cover::ended_at.is_null())
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .select((cover::from_staff, cover::ends_at))
        .load(conn)?)
}

/// When the first of the memberships of these people lapses that have not lapsed yet.
pub(in crate::chart) fn first_to_lapse(
    conn: &mut Conn,
    practice: PracticeId,
    treating: Vec<StaffId>,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
    let lapses = care_team::table
        .filter(care_team::practice_id.eq(practice))
        .filter(care_team::staff_id.eq_any(treating))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .order(care_team::lapses_at)
        .select(care_team::lapses_at);
    Ok(lapses.first(conn).optional()?)
}

/// Until when the actor covers for somebody who treats the patient now; none if they do not.
pub(in crate::chart) fn covered_until(
    conn: &mut Conn,
    actor: &Actor,
    patient: PatientId,
    now: Timestamp,
) -> Result<Option<Timestamp>> {
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
