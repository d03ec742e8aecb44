//! The rows that say who stands at the door: sessions that nobody has ended, of people who still work here, with their roles.

use diesel::prelude::*;

use super::session::Owned;
use crate::actor::{Role, RoleSet};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{practice, session, staff, staff_role};
use crate::error::Result;
use crate::ids::{PracticeId, SessionId, StaffId};

/// A session with its owner.
pub(in crate::auth) struct Session {
    pub(in crate::auth) created_at: Timestamp,
    pub(in crate::auth) last_seen_at: Timestamp,
    pub(in crate::auth) authenticated_at: Timestamp,
    pub(in crate::auth) access_version: i64,
    pub(in crate::auth) roles: RoleSet,
}

/// The session with this id, of this member of staff.
pub(in crate::auth) fn session(
    conn: &mut Conn,
    practice: PracticeId,
    id: SessionId,
    staff: StaffId,
) -> Result<Option<Session>> {
    type Row = (Timestamp, Timestamp, Timestamp, i64, Option<Role>);
    // One row for each role, or one without.
    let rows = session::table
        .inner_join(staff::table.on(staff::practice_id.eq(session::practice_id).and(staff::id.eq(session::staff_id))))
        .left_join(
            staff_role::table
                .on(staff_role::practice_id.eq(session::practice_id).and(staff_role::staff_id.eq(session::staff_id))),
        )
        .filter(session::practice_id.eq(practice))
        .filter(session::id.eq(id))
        .filter(session::staff_id.eq(staff))
        .filter(session::ended_at.is_null())
        .filter(staff::active.eq(true))
        .select((
            session::created_at,
            session::last_seen_at,
            session::authenticated_at,
            staff::access_version,
            staff_role::role.nullable(),
        ))
        .load::<Row>(conn)?;
    let roles = rows.iter().filter_map(|(.., role)| *role).collect();
    Ok(rows.first().map(|&(created_at, last_seen_at, authenticated_at, access_version, _)| Session {
        created_at,
        last_seen_at,
        authenticated_at,
        access_version,
        roles,
    }))
}

/// A session of the pages with its owner and their practice.
pub(in crate::auth) struct PageSession {
    pub(in crate::auth) staff: StaffId,
    pub(in crate::auth) created_at: Timestamp,
    pub(in crate::auth) authenticated_at: Timestamp,
    pub(in crate::auth) page_hash: Option<Vec<u8>>,
    pub(in crate::auth) name: String,
    pub(in crate::auth) access_version: i64,
    pub(in crate::auth) practice: String,
    pub(in crate::auth) time_zone: String,
    pub(in crate::auth) roles: RoleSet,
}

/// A session of the pages, once for each role.
#[derive(Queryable)]
struct PageRow {
    staff: StaffId,
    created_at: Timestamp,
    authenticated_at: Timestamp,
    page_hash: Option<Vec<u8>>,
    name: String,
    access_version: i64,
    practice: String,
    time_zone: String,
    role: Option<Role>,
}

/// Whether a session, over or not, is that person's.
pub(in crate::auth) fn is_of(conn: &mut Conn, owned: Owned) -> Result<bool> {
    let row = session::table.find((owned.practice, owned.session)).filter(session::staff_id.eq(owned.staff));
    Ok(row.select(session::id).first::<SessionId>(conn).optional()?.is_some())
}

/// The session with this id, as the pages need it.
pub(in crate::auth) fn page_session(
    conn: &mut Conn,
    practice: PracticeId,
    id: SessionId,
) -> Result<Option<PageSession>> {
    let rows = session::table
        .inner_join(staff::table.on(staff::practice_id.eq(session::practice_id).and(staff::id.eq(session::staff_id))))
        .inner_join(practice::table.on(practice::id.eq(session::practice_id)))
        .left_join(
            staff_role::table
                .on(staff_role::practice_id.eq(session::practice_id).and(staff_role::staff_id.eq(session::staff_id))),
        )
        .filter(session::practice_id.eq(practice))
        .filter(session::id.eq(id))
        .filter(session::ended_at.is_null())
        .filter(staff::active.eq(true))
        .select((
            session::staff_id,
            session::created_at,
            session::authenticated_at,
            session::page_hash,
            staff::name,
            staff::access_version,
            practice::name,
            practice::time_zone,
            staff_role::role.nullable(),
        ))
        .load::<PageRow>(conn)?;
    let roles = rows.iter().filter_map(|row| row.role).collect();
    Ok(rows.into_iter().next().map(|row| PageSession {
        staff: row.staff,
        created_at: row.created_at,
        authenticated_at: row.authenticated_at,
        page_hash: row.page_hash,
        name: row.name,
        access_version: row.access_version,
        practice: row.practice,
        time_zone: row.time_zone,
        roles,
    }))
}
