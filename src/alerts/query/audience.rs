//! Whom an alert can go to, as far as the tables of people tell.

use diesel::prelude::*;

use crate::actor::{Discipline, Role};
use crate::db::Tx;
use crate::db::schema::{care_team, referral, staff, staff_role};
use crate::error::Result;
use crate::ids::{PatientId, PracticeId, SiteId, StaffId};
use crate::referral_state::ReferralState;

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

/// Whether both disciplines are on a patient's care team now.
///
/// # Errors
/// The database's.
pub fn both_disciplines_treat(tx: &mut Tx, practice: PracticeId, patient: PatientId) -> Result<bool> {
    let team = care_team(tx, practice, patient)?;
    let held = staff_role::table
        .filter(staff_role::practice_id.eq(practice))
        .filter(staff_role::staff_id.eq_any(team))
        .filter(staff_role::role.eq_any([Role::Physiotherapist, Role::MassageTherapist]));
    Ok(held.select(staff_role::role).distinct().load::<Role>(tx.conn())?.len() == 2)
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

/// Those who take part in an open referral about a patient.
///
/// # Errors
/// The database's.
pub fn referral_parties(tx: &mut Tx, practice: PracticeId, patient: PatientId) -> Result<Vec<StaffId>> {
    type Parties = (StaffId, Option<StaffId>, Option<StaffId>);
    let open: Vec<Parties> = referral::table
        .filter(referral::practice_id.eq(practice))
        .filter(referral::patient_id.eq(patient))
        .filter(referral::state.eq_any(ReferralState::OPEN))
        .select((referral::referrer_id, referral::named_id, referral::owner_id))
        .load(tx.conn())?;
    Ok(open.into_iter().flat_map(|(referrer, named, owner)| [Some(referrer), named, owner]).flatten().collect())
}

/// Everyone who practises a discipline at a site; whoever mostly works at no site in particular works at each.
///
/// # Errors
/// The database's.
pub fn pool(tx: &mut Tx, practice: PracticeId, discipline: Discipline, site: SiteId) -> Result<Vec<StaffId>> {
    Ok(staff::table
        .inner_join(
            staff_role::table
                .on(staff_role::practice_id.eq(staff::practice_id).and(staff_role::staff_id.eq(staff::id))),
        )
        .filter(staff::practice_id.eq(practice))
        .filter(staff::active.eq(true))
        .filter(staff::site_id.is_null().or(staff::site_id.eq(site)))
        .filter(staff_role::role.eq(discipline.role()))
        .select(staff::id)
        .order(staff::id)
        .load(tx.conn())?)
}
