//! The rows of the staff room.

use diesel::prelude::*;

use super::NewStaff;
use crate::actor::RoleSet;
use crate::auth::email;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{practice, site, staff, staff_role};
use crate::error::{Code, Error, Result};
use crate::ids::{PracticeId, SiteId, StaffId};

/// Inserts a practice, as version 1.
pub(super) fn insert_practice(
    conn: &mut Conn,
    id: PracticeId,
    name: &str,
    time_zone: &str,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(practice::table)
        .values((
            practice::id.eq(id),
            practice::name.eq(name),
            practice::time_zone.eq(time_zone),
            practice::version.eq(1),
            practice::created_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}

/// Inserts an open site, as version 1.
pub(super) fn insert_site(conn: &mut Conn, of: PracticeId, id: SiteId, name: &str, now: Timestamp) -> Result<()> {
    diesel::insert_into(site::table)
        .values((
            site::id.eq(id),
            site::practice_id.eq(of),
            site::name.eq(name),
            site::open.eq(true),
            site::version.eq(1),
            site::created_at.eq(now),
        ))
        .execute(conn)
        .map_err(|cause| taken(cause, "A site of this name exists already"))?;
    Ok(())
}

/// Inserts an active member of staff, as version 1, with their roles.
pub(super) fn insert_staff(
    conn: &mut Conn,
    of: PracticeId,
    id: StaffId,
    new: &NewStaff,
    password_hash: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(id),
            staff::practice_id.eq(of),
            staff::email.eq(email::fold(&new.email)),
            staff::name.eq(new.name.trim()),
            staff::site_id.eq(new.site_id),
            staff::active.eq(true),
            staff::password_hash.eq(password_hash),
            staff::credential_version.eq(1_i64),
            staff::access_version.eq(1_i64),
            staff::version.eq(1),
            staff::created_at.eq(now),
        ))
        .execute(conn)
        .map_err(|cause| taken(cause, "Somebody here signs in with this address already"))?;
    insert_roles(conn, of, id, new.roles.iter().copied().collect())
}

fn insert_roles(conn: &mut Conn, of: PracticeId, id: StaffId, roles: RoleSet) -> Result<()> {
    for role in roles.iter() {
        diesel::insert_into(staff_role::table)
            .values((staff_role::practice_id.eq(of), staff_role::staff_id.eq(id), staff_role::role.eq(role)))
            .execute(conn)?;
    }
    Ok(())
}

/// Says what is taken, where the database found something not unique.
fn taken(cause: diesel::result::Error, detail: &'static str) -> Error {
    match Error::from(cause) {
        error if error.code == Code::AlreadyExists => Error { detail: detail.into(), ..error },
        error => error,
    }
}
