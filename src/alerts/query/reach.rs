//! What decides whom an alert reaches, as the rows tell it.

use chrono_tz::Tz;
use diesel::prelude::*;

use crate::actor::{Role, RoleSet};
use crate::alerts::AlertKind;
use crate::alerts::reach::Told;
use crate::audit::ObjectKind;
use crate::clock::{Date, Timestamp};
use crate::db::Conn;
use crate::db::schema::{cover, notification, patient, practice, staff, staff_role};
use crate::directives::Reader;
use crate::error::Result;
use crate::ids::{NotificationId, ObjectId, PatientId, PracticeId, StaffId};

/// The last day of somebody's absence, if they have entered one.
pub(in crate::alerts) fn away_until(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<Option<Date>> {
    let away = staff::table.find((practice, staff)).select(staff::away_until);
    Ok(away.first::<Option<Date>>(conn).optional()?.flatten())
}

/// Those who cover for `staff` now, away or not.
pub(in crate::alerts) fn covering_for(
    conn: &mut Conn,
    practice: PracticeId,
    staff: StaffId,
    now: Timestamp,
) -> Result<Vec<StaffId>> {
    Ok(cover::table
        .filter(cover::practice_id.eq(practice))
        .filter(cover::from_staff.eq(staff))
        .filter(cover::starts_at.le(now))
        .filter(cover::ends_at.gt(now))
        .filter(cover::ended_at.is_null())
        .select(cover::to_staff)
        .distinct()
        .load(conn)?)
}

/// Whether somebody works here.
pub(in crate::alerts) fn works(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<bool> {
    let works = staff::table.find((practice, staff)).select(staff::active);
    Ok(works.first::<bool>(conn).optional()?.unwrap_or(false))
}

/// The member of staff whose own record this is, if it is anybody's.
pub(in crate::alerts) fn whose_record(
    conn: &mut Conn,
    practice: PracticeId,
    patient: PatientId,
) -> Result<Option<StaffId>> {
    let own = patient::table.find((practice, patient)).select(patient::staff_id);
    Ok(own.first::<Option<StaffId>>(conn).optional()?.flatten())
}

/// What somebody was told about these patients.
pub(in crate::alerts) fn told_about(
    conn: &mut Conn,
    reader: Reader,
    patients: Vec<PatientId>,
) -> Result<Vec<(NotificationId, Told)>> {
    type Row = (NotificationId, AlertKind, PatientId, ObjectKind, ObjectId);
    let rows = notification::table
        .filter(notification::practice_id.eq(reader.practice))
        .filter(notification::staff_id.eq(reader.staff))
        .filter(notification::patient_id.eq_any(patients.into_iter().map(Some).collect::<Vec<_>>()))
        .select((
            notification::id,
            notification::kind,
            notification::patient_id.assume_not_null(),
            notification::object_kind,
            notification::object_id,
        ))
        .load::<Row>(conn)?;
    let told = rows.into_iter().map(|(id, kind, patient, of, thing)| (id, Told { kind, patient, thing: (of, thing) }));
    Ok(told.collect())
}

/// The roles somebody holds.
pub(in crate::alerts) fn roles(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<RoleSet> {
    let held = staff_role::table.filter(staff_role::practice_id.eq(practice)).filter(staff_role::staff_id.eq(staff));
    Ok(held.select(staff_role::role).load::<Role>(conn)?.into_iter().collect())
}

/// The practice's time zone; UTC where none of that name is known.
pub(in crate::alerts) fn zone(conn: &mut Conn, practice: PracticeId) -> Result<Tz> {
    let name: String = practice::table.find(practice).select(practice::time_zone).first(conn)?;
    Ok(name.parse().unwrap_or(chrono_tz::UTC))
}
