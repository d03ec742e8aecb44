//! Whom an alert can go to, as far as the tables of people tell.

use diesel::prelude::*;

use crate::actor::Role;
use crate::db::Tx;
use crate::db::schema::{care_team, staff, staff_role};
use crate::error::Result;
use crate::ids::{PatientId, PracticeId, StaffId};

/// Everyone on a patient's care team now.
///
/// # Errors
/// The database's.
pub fn care_team(tx: &mut Tx, practice: PracticeId, patient: PatientId) -> Result<Vec<StaffId>> {
    let now = tx.now();
    Ok(care_team::table
        .filter(care_team::practice_id.eq(practice))
        .filter(care_team::patient_id.eq(patient))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .select(care_team::staff_id)
        .distinct()
        .load(tx.conn())?)
}

/// Everyone who holds a role.
///
/// # Errors
/// The database's.
pub fn holders(tx: &mut Tx, practice: PracticeId, role: Role) -> Result<Vec<StaffId>> {
    let held = staff_role::table.filter(staff_role::practice_id.eq(practice)).filter(staff_role::role.eq(role));
    Ok(held.select(staff_role::staff_id).order(staff_role::staff_id).load(tx.conn())?)
}

/// The managers.
///
/// # Errors
/// The database's.
pub fn managers(tx: &mut Tx, practice: PracticeId) -> Result<Vec<StaffId>> {
    holders(tx, practice, Role::Manager)
}

/// The privacy officers.
///
/// # Errors
/// The database's.
pub fn privacy_officers(tx: &mut Tx, practice: PracticeId) -> Result<Vec<StaffId>> {
    holders(tx, practice, Role::PrivacyOfficer)
}

/// Whoever supervises somebody, if anybody does.
///
/// # Errors
/// The database's.
pub fn supervisor(tx: &mut Tx, practice: PracticeId, of: StaffId) -> Result<Vec<StaffId>> {
    let supervisor = staff::table.find((practice, of)).select(staff::supervisor_id);
    Ok(supervisor.first::<Option<StaffId>>(tx.conn()).optional()?.flatten().into_iter().collect())
}
