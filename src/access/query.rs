//! The rows of emergency and audit accesses.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use super::rules;
use super::{AccessView, Review, ReviewView, Reviewed, Verdict};
use crate::actor::{Actor, Role};
use crate::calendar::Calendar;
use crate::chart::{Chart, Covers, Pass};
use crate::clock::Timestamp;
use crate::db::schema::{consent_directive, patient, record_access, staff, staff_role};
use crate::db::{Conn, MultiBackend};
use crate::error::Result;
use crate::ids::{AccessId, PatientId, PracticeId, StaffId};
use crate::policy::Permit;

type Row = (
    (AccessId, (PatientId, i64, String, String), StaffId, String, Pass, String, String),
    (Timestamp, Timestamp, Option<Timestamp>, i32),
    (Option<Verdict>, Option<String>, Option<StaffId>, Option<Timestamp>),
);

macro_rules! rows {
    ($practice:expr) => {
        record_access::table
            .inner_join(
                staff::table
                    .on(staff::practice_id.eq(record_access::practice_id).and(staff::id.eq(record_access::staff_id))),
            )
            .inner_join(
                patient::table.on(patient::practice_id
                    .eq(record_access::practice_id)
                    .and(patient::id.eq(record_access::patient_id))),
            )
            .filter(record_access::practice_id.eq($practice))
            .order(record_access::id.desc())
            .select((
                (
                    record_access::id,
                    (record_access::patient_id, patient::record_number, patient::given_name, patient::family_name),
                    record_access::staff_id,
                    staff::name,
                    record_access::kind,
                    record_access::reason_code,
                    record_access::reason,
                ),
                (record_access::opened_at, record_access::ends_at, record_access::ended_at, record_access::version),
                (
                    record_access::verdict,
                    record_access::verdict_reason,
                    record_access::reviewed_by,
                    record_access::reviewed_at,
                ),
            ))
    };
}

fn view(calendar: &Calendar, row: Row) -> AccessView {
    let ((id, (patient_id, number, given_name, family_name), staff_id, name, kind, reason_code, reason), times, review) =
        row;
    let (opened_at, ends_at, ended_at, version) = times;
    let review = match review {
        (Some(verdict), Some(reason), Some(reviewed_by), Some(reviewed_at)) => {
            Some(ReviewView { verdict, reason, reviewed_by, reviewed_at })
        }
        _ => None,
    };
    let review_due = (kind != Pass::Audit).then(|| rules::review_due(calendar, opened_at));
    AccessView {
        id,
        patient_id,
        record_number: number.into(),
        patient: format!("{given_name} {family_name}"),
        staff_id,
        name,
        kind,
        reason_code,
        reason,
        opened_at,
        ends_at,
        ended_at,
        review_due,
        review,
        nobody_else_reviews: false,
        version,
    }
}

/// What is written down when a record is opened.
#[derive(Debug)]
pub(super) struct Opening<'o> {
    pub(super) id: AccessId,
    pub(super) pass: Pass,
    pub(super) reason_code: &'static str,
    pub(super) reason: &'o str,
    pub(super) at: Timestamp,
}

/// Opens the record of the chart to whoever opened the chart.
pub(super) fn insert(conn: &mut Conn, chart: &Chart, opening: &Opening) -> Result<()> {
    diesel::insert_into(record_access::table)
        .values((
            record_access::id.eq(opening.id),
            record_access::practice_id.eq(chart.practice()),
            record_access::patient_id.eq(chart.patient()),
            record_access::staff_id.eq(chart.actor().staff),
            record_access::kind.eq(opening.pass),
            record_access::reason_code.eq(opening.reason_code),
            record_access::reason.eq(opening.reason),
            record_access::opened_at.eq(opening.at),
            record_access::ends_at.eq(opening.at.plus_seconds(rules::LASTS_SECONDS)),
            record_access::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whose record an access opens, and to whom.
pub(super) fn locate(conn: &mut Conn, actor: &Actor, id: AccessId) -> Result<Option<(PatientId, StaffId, Pass)>> {
    let row = record_access::table.find((actor.practice, id));
    let columns = (record_access::patient_id, record_access::staff_id, record_access::kind);
    Ok(row.select(columns).first(conn).optional()?)
}

/// One access.
pub(super) fn one(
    conn: &mut Conn,
    _: Permit,
    calendar: &Calendar,
    practice: PracticeId,
    id: AccessId,
) -> Result<Option<AccessView>> {
    let row = rows!(practice).filter(record_access::id.eq(id)).first::<Row>(conn).optional()?;
    Ok(row.map(|row| view(calendar, row)))
}

/// Which emergency accesses are listed.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) reviewed: Option<Reviewed>,
    /// But for those to these records.
    pub(super) hidden: Vec<PatientId>,
    pub(super) after: Option<AccessId>,
    pub(super) limit: i64,
}

/// Emergency accesses, newest first.
pub(super) fn emergencies(
    conn: &mut Conn,
    _: Permit,
    calendar: &Calendar,
    practice: PracticeId,
    listed: Listed,
) -> Result<Vec<AccessView>> {
    let mut query = rows!(practice)
        .filter(record_access::kind.ne(Pass::Audit))
        .filter(record_access::patient_id.ne_all(listed.hidden))
        .limit(listed.limit)
        .into_boxed::<MultiBackend>();
    match listed.reviewed {
        Some(Reviewed::No) => query = query.filter(record_access::reviewed_at.is_null()),
        Some(Reviewed::Yes) => query = query.filter(record_access::reviewed_at.is_not_null()),
        None => {}
    }
    if let Some(after) = listed.after {
        query = query.filter(record_access::id.lt(after));
    }
    Ok(query.load::<Row>(conn)?.into_iter().map(|row| view(calendar, row)).collect())
}

/// Those who can review that `opened_by` opened a record: the privacy officers who work here, but for those whose own record it
/// is and from whom the patient has barred all of it.
pub(super) fn reviewers(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    record: PatientId,
    opened_by: StaffId,
    now: Timestamp,
) -> Result<Vec<StaffId>> {
    let own = patient::table
        .filter(patient::practice_id.eq(practice))
        .filter(patient::id.eq(record))
        .filter(patient::staff_id.eq(staff::id.nullable()));
    let barred = consent_directive::table
        .filter(consent_directive::practice_id.eq(practice))
        .filter(consent_directive::patient_id.eq(record))
        .filter(consent_directive::covers.eq(Covers::Record))
        .filter(consent_directive::staff_id.eq(staff::id.nullable()))
        .filter(consent_directive::revoked_at.is_null())
        .filter(consent_directive::starts_at.le(now))
        .filter(consent_directive::ends_at.is_null().or(consent_directive::ends_at.gt(now)));
    let holds = staff_role::practice_id.eq(staff::practice_id).and(staff_role::staff_id.eq(staff::id));
    Ok(staff::table
        .inner_join(staff_role::table.on(holds))
        .filter(staff::practice_id.eq(practice))
        .filter(staff::active.eq(true))
        .filter(staff::id.ne(opened_by))
        .filter(staff_role::role.eq(Role::PrivacyOfficer))
        .filter(not(exists(own)))
        .filter(not(exists(barred)))
        .order(staff::id)
        .select(staff::id)
        .load(conn)?)
}

/// Writes a review down.
pub(super) fn review(
    conn: &mut Conn,
    _: Permit,
    reviewer: &Actor,
    id: AccessId,
    review: &Review,
    now: Timestamp,
) -> Result<()> {
    diesel::update(record_access::table.find((reviewer.practice, id)))
        .set((
            record_access::verdict.eq(review.verdict),
            record_access::verdict_reason.eq(review.reason.as_str()),
            record_access::reviewed_by.eq(reviewer.staff),
            record_access::reviewed_at.eq(now),
            record_access::version.eq(record_access::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Ends an access; says whether it was open.
pub(super) fn end(conn: &mut Conn, practice: PracticeId, id: AccessId, at: Timestamp) -> Result<bool> {
    let open = record_access::table.find((practice, id)).filter(record_access::ended_at.is_null());
    let ended = (record_access::ended_at.eq(at), record_access::version.eq(record_access::version + 1));
    Ok(diesel::update(open).set(ended).execute(conn)? == 1)
}

/// An access whose time is over and whose end is not written down.
#[derive(Debug, Queryable)]
pub(super) struct RunOut {
    pub(super) practice: PracticeId,
    pub(super) id: AccessId,
    pub(super) patient: PatientId,
    pub(super) ends_at: Timestamp,
}

/// Up to `most` of them, in any practice.
pub(super) fn run_out(conn: &mut Conn, now: Timestamp, most: i64) -> Result<Vec<RunOut>> {
    Ok(record_access::table
        .filter(record_access::ended_at.is_null())
        .filter(record_access::ends_at.le(now))
        .order(record_access::ends_at)
        .limit(most)
        .select((record_access::practice_id, record_access::id, record_access::patient_id, record_access::ends_at))
        .load(conn)?)
}
