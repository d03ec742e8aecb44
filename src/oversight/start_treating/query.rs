//! The memberships that somebody began of their own accord, with the first note they signed after and the review.

use diesel::prelude::*;

use super::Position;
use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{care_team, note, patient, staff, started_review};
use crate::error::Result;
use crate::ids::{MembershipId, PatientId, PracticeId, StaffId};
use crate::policy::{NoteState, Permit};

/// A membership of somebody who started treating a patient.
#[derive(Debug, Queryable)]
pub(super) struct Membership {
    pub(super) id: MembershipId,
    pub(super) patient_id: PatientId,
    /// The number of their record, given names and family name.
    pub(super) patient: (i64, String, String),
    pub(super) staff_id: StaffId,
    pub(super) name: String,
    pub(super) reason: Option<String>,
    pub(super) started_at: Timestamp,
    /// When they signed their first note after, but for such as were entered in error.
    pub(super) signed_at: Option<Timestamp>,
    pub(super) review: (Option<String>, Option<String>, Option<StaffId>, Option<Timestamp>),
}

/// Which memberships are looked at.
#[derive(Debug)]
pub(super) struct Sought<'s> {
    /// How they began, in the word of the care team.
    pub(super) began: &'static str,
    pub(super) only: Option<MembershipId>,
    pub(super) reviewed: Option<bool>,
    /// But for those of whoever treats these.
    pub(super) hidden: &'s [PatientId],
    pub(super) after: Option<Position>,
    pub(super) most: usize,
}

impl Sought<'_> {
    /// The newest one that began so.
    pub(super) const fn that(began: &'static str) -> Self {
        Self { began, only: None, reviewed: None, hidden: &[], after: None, most: 1 }
    }
}

/// The memberships, newest first.
pub(super) fn started(conn: &mut Conn, _: Permit, practice: PracticeId, sought: &Sought) -> Result<Vec<Membership>> {
    let first_signed = note::table
        .filter(note::practice_id.eq(care_team::practice_id))
        .filter(note::patient_id.eq(care_team::patient_id))
        .filter(note::author_id.eq(care_team::staff_id))
        .filter(note::signed_at.ge(care_team::joined_at.nullable()))
        .filter(note::state.ne(NoteState::EnteredInError))
        .order(note::signed_at)
        .select(note::signed_at)
        .limit(1)
        .single_value();
    let mut query = care_team::table
        .inner_join(
            staff::table.on(staff::practice_id.eq(care_team::practice_id).and(staff::id.eq(care_team::staff_id))),
        )
        .inner_join(
            patient::table
                .on(patient::practice_id.eq(care_team::practice_id).and(patient::id.eq(care_team::patient_id))),
        )
        .left_join(started_review::table.on(
            started_review::practice_id.eq(care_team::practice_id).and(started_review::membership_id.eq(care_team::id)),
        ))
        .filter(care_team::practice_id.eq(practice))
        .filter(care_team::joined_by.eq(sought.began))
        .filter(care_team::patient_id.ne_all(sought.hidden.to_vec()))
        .into_boxed();
    if let Some(only) = sought.only {
        query = query.filter(care_team::id.eq(only));
    }
    match sought.reviewed {
        Some(false) => query = query.filter(started_review::reviewed_at.nullable().is_null()),
        Some(true) => query = query.filter(started_review::reviewed_at.nullable().is_not_null()),
        None => {}
    }
    if let Some(Position(at, id)) = sought.after {
        query = query.filter(care_team::joined_at.lt(at).or(care_team::joined_at.eq(at).and(care_team::id.lt(id))));
    }
    Ok(query
        .order((care_team::joined_at.desc(), care_team::id.desc()))
        .limit(i64::try_from(sought.most).unwrap_or(i64::MAX))
        .select((
            care_team::id,
            care_team::patient_id,
            (patient::record_number, patient::given_name, patient::family_name),
            care_team::staff_id,
            staff::name,
            care_team::reason,
            care_team::joined_at,
            first_signed,
            (
                started_review::verdict.nullable(),
                started_review::reason.nullable(),
                started_review::reviewed_by.nullable(),
                started_review::reviewed_at.nullable(),
            ),
        ))
        .load(conn)?)
}

/// Whom a membership is about that began so, and whose it is.
pub(super) fn locate(
    conn: &mut Conn,
    practice: PracticeId,
    began: &'static str,
    id: MembershipId,
) -> Result<Option<(PatientId, StaffId)>> {
    let row = care_team::table.find((practice, id)).filter(care_team::joined_by.eq(began));
    Ok(row.select((care_team::patient_id, care_team::staff_id)).first(conn).optional()?)
}

/// Writes a review down.
pub(super) fn review(
    conn: &mut Conn,
    _: Permit,
    reviewer: &Actor,
    (id, patient): (MembershipId, PatientId),
    (verdict, reason): (&'static str, &str),
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(started_review::table)
        .values((
            started_review::practice_id.eq(reviewer.practice),
            started_review::membership_id.eq(id),
            started_review::patient_id.eq(patient),
            started_review::verdict.eq(verdict),
            started_review::reason.eq(reason),
            started_review::reviewed_by.eq(reviewer.staff),
            started_review::reviewed_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
