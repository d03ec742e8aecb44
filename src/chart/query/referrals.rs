//! The rows of referrals, as far as they open records.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::actor::Discipline;
use crate::db::Conn;
use crate::db::schema::{referral, referral_attachment, staff};
use crate::error::Result;
use crate::ids::{EpisodeId, NoteId, PatientId, PracticeId, ReferralId, SiteId, StaffId};
use crate::referral_state::ReferralState;

/// A referral, as far as it decides who may open it.
#[derive(Queryable)]
pub(in crate::chart) struct Referral {
    pub(in crate::chart) patient: PatientId,
    pub(in crate::chart) episode: EpisodeId,
    pub(in crate::chart) author: StaffId,
    pub(in crate::chart) referrer: StaffId,
    pub(in crate::chart) owner: Option<StaffId>,
    pub(in crate::chart) named: Option<StaffId>,
    pub(in crate::chart) version: i32,
    pub(in crate::chart) state: ReferralState,
    pub(in crate::chart) discipline: Discipline,
    pub(in crate::chart) site: Option<SiteId>,
}

/// A referral of the practice.
pub(in crate::chart) fn referral(conn: &mut Conn, practice: PracticeId, id: ReferralId) -> Result<Option<Referral>> {
    let row = referral::table.find((practice, id)).select((
        referral::patient_id,
        referral::episode_id,
        referral::author_id,
        referral::referrer_id,
        referral::owner_id,
        referral::named_id,
        referral::version,
        referral::state,
        referral::discipline,
        referral::site_id,
    ));
    Ok(row.first(conn).optional()?)
}

/// Whether any of these people works at a site: whoever mostly works at no site in particular works at each.
pub(in crate::chart) fn any_works_at(
    conn: &mut Conn,
    practice: PracticeId,
    people: &[StaffId],
    site: SiteId,
) -> Result<bool> {
    let there = staff::table
        .filter(staff::practice_id.eq(practice))
        .filter(staff::id.eq_any(people.to_vec()))
        .filter(staff::site_id.is_null().or(staff::site_id.eq(site)));
    Ok(diesel::select(exists(there)).get_result(conn)?)
}

/// Whether these people take part in an open referral about the patient, other than from a pool; where a note is asked for,
/// whether such a referral shows it to them: attached to one that they answer, or as the report on one that they send.
pub(in crate::chart) fn opens(
    conn: &mut Conn,
    practice: PracticeId,
    patient: PatientId,
    people: Vec<StaffId>,
    note: Option<NoteId>,
) -> Result<bool> {
    let maybe: Vec<_> = people.iter().copied().map(Some).collect();
    let own = referral::table
        .filter(referral::practice_id.eq(practice))
        .filter(referral::patient_id.eq(patient))
        .filter(referral::state.eq_any(ReferralState::OPEN));
    let answers = referral::owner_id.eq_any(maybe.clone()).or(referral::named_id.eq_any(maybe));
    let sends = referral::referrer_id.eq_any(people);
    let Some(note) = note else {
        let taking_part = own.filter(sends.or(answers).assume_not_null());
        return Ok(diesel::select(exists(taking_part)).get_result(conn)?);
    };
    let attached = referral_attachment::table
        .filter(referral_attachment::practice_id.eq(referral::practice_id))
        .filter(referral_attachment::referral_id.eq(referral::id))
        .filter(referral_attachment::note_id.eq(note));
    let reported = sends.and(referral::report_note_id.eq(note));
    let opened = own.filter(reported.or(answers.and(exists(attached))));
    Ok(diesel::select(exists(opened)).get_result(conn)?)
}

/// Who has taken a referral, which was sent to a discipline, to the pool of a site or to a colleague.
#[derive(Queryable)]
pub(in crate::chart) struct Taken {
    pub(in crate::chart) discipline: Discipline,
    pub(in crate::chart) site: Option<SiteId>,
    pub(in crate::chart) by: StaffId,
    pub(in crate::chart) name: String,
}

/// Who has taken a referral, if anybody has.
pub(in crate::chart) fn taken(conn: &mut Conn, practice: PracticeId, of: ReferralId) -> Result<Option<Taken>> {
    let row = referral::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(referral::practice_id).and(staff::id.nullable().eq(referral::owner_id))),
        )
        .filter(referral::practice_id.eq(practice))
        .filter(referral::id.eq(of))
        .select((referral::discipline, referral::site_id, staff::id, staff::name));
    Ok(row.first(conn).optional()?)
}
