//! The rows of members of staff, as far as this room needs them: whether they treat, and what they are called.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::actor::{Discipline, Role, RoleSet};
use crate::db::Conn;
use crate::db::schema::{staff, staff_role};
use crate::error::Result;
use crate::ids::{PracticeId, StaffId};

/// A member of staff as the directory shows them.
#[derive(Clone, Debug)]
pub(in crate::patients) struct Clinician {
    pub(in crate::patients) name: String,
    pub(in crate::patients) disciplines: Vec<Discipline>,
}

/// Somebody who treats patients now, with all that a file of patients may call them by.
#[derive(Clone, Debug)]
pub(in crate::patients) struct Treating {
    pub(in crate::patients) id: StaffId,
    pub(in crate::patients) name: String,
    pub(in crate::patients) email: String,
}

/// Everyone who works in the practice and treats.
pub(in crate::patients) fn treating(conn: &mut Conn, practice: PracticeId) -> Result<Vec<Treating>> {
    let clinical = [Role::Physiotherapist, Role::MassageTherapist];
    let treats = staff_role::table
        .filter(staff_role::practice_id.eq(practice))
        .filter(staff_role::role.eq_any(clinical))
        .select(staff_role::staff_id);
    let rows = staff::table
        .filter(staff::practice_id.eq(practice))
        .filter(staff::active.eq(true))
        .filter(staff::id.eq_any(treats))
        .order(staff::id)
        .select((staff::id, staff::name, staff::email))
        .load::<(StaffId, String, String)>(conn)?;
    Ok(rows.into_iter().map(|(id, name, email)| Treating { id, name, email }).collect())
}

/// Whether somebody is, or was, on the practice's staff.
pub(in crate::patients) fn works_or_worked_here(conn: &mut Conn, practice: PracticeId, id: StaffId) -> Result<bool> {
    Ok(staff::table.find((practice, id)).count().get_result::<i64>(conn)? > 0)
}

/// The roles of somebody who works in the practice; none of whoever left.
pub(in crate::patients) fn practised(conn: &mut Conn, practice: PracticeId, id: StaffId) -> Result<RoleSet> {
    let active = staff::table.find((practice, id)).filter(staff::active.eq(true)).count().get_result::<i64>(conn)?;
    let roles: RoleSet = staff_role::table
        .filter(staff_role::practice_id.eq(practice))
        .filter(staff_role::staff_id.eq(id))
        .select(staff_role::role)
        .load::<Role>(conn)?
        .into_iter()
        .collect();
    Ok(if active == 1 { roles } else { RoleSet::EMPTY })
}

/// Names and disciplines of those asked for.
pub(in crate::patients) fn look_up(
    conn: &mut Conn,
    practice: PracticeId,
    ids: impl IntoIterator<Item = StaffId>,
) -> Result<HashMap<StaffId, Clinician>> {
    let ids: Vec<StaffId> = ids.into_iter().collect();
    let names = staff::table
        .filter(staff::practice_id.eq(practice))
        .filter(staff::id.eq_any(ids.clone()))
        .select((staff::id, staff::name))
        .load::<(StaffId, String)>(conn)?;
    let roles = staff_role::table
        .filter(staff_role::practice_id.eq(practice))
        .filter(staff_role::staff_id.eq_any(ids))
        .order(staff_role::role)
        .select((staff_role::staff_id, staff_role::role))
        .load::<(StaffId, Role)>(conn)?;
    let mut found: HashMap<_, _> =
        names.into_iter().map(|(id, name)| (id, Clinician { name, disciplines: Vec::new() })).collect();
    for (id, role) in roles {
        if let (Some(clinician), Some(discipline)) = (found.get_mut(&id), role.discipline()) {
            clinician.disciplines.push(discipline);
        }
    }
    Ok(found)
}
