//! The rows of staff, and of what they leave behind.

pub(super) mod sites;

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{DirectoryEntry, LeftPatient, NewStaff, Office, StaffChange, StaffView};
use crate::actor::{Role, RoleSet};
use crate::auth::email;
use crate::clock::{Date, Timestamp};
use crate::db::Conn;
use crate::db::schema::{care_team, invitation, patient, session, site, staff, staff_role, staff_totp};
use crate::error::{Code, Error, Result};
use crate::ids::{Id, PatientId, PracticeId, SiteId, StaffId};

/// Inserts an active member of staff, as version 1, with their roles.
pub(super) fn insert_staff(
    conn: &mut Conn,
    of: PracticeId,
    id: StaffId,
    new: &NewStaff,
    password_hash: Option<String>,
    now: Timestamp,
) -> Result<()> {
    must_be_open(conn, of, new.site_id)?;
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(id),
            staff::practice_id.eq(of),
            staff::email.eq(email::fold(&new.email)),
            staff::name.eq(new.name.trim()),
            staff::site_id.eq(new.site_id),
            staff::cosign_required.eq(new.supervisor_id.is_some()),
            staff::supervisor_id.eq(new.supervisor_id),
            staff::active.eq(true),
            staff::password_hash.eq(password_hash),
            staff::credential_version.eq(1_i64),
            staff::access_version.eq(1_i64),
            staff::version.eq(1),
            staff::created_at.eq(now),
        ))
        .execute(conn)
        .map_err(address_taken)?;
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

fn address_taken(cause: diesel::result::Error) -> Error {
    taken(
        cause,
        "Somebody of this practice has this address, or had it when they left; whoever comes back is made active again",
    )
}

/// Says what is taken, where the database found something not unique.
fn taken(cause: diesel::result::Error, detail: &'static str) -> Error {
    match Error::from(cause) {
        error if error.code == Code::AlreadyExists => Error { detail: detail.into(), ..error },
        error => error,
    }
}

fn must_be_open(conn: &mut Conn, of: PracticeId, id: Option<SiteId>) -> Result<()> {
    let Some(id) = id else { return Ok(()) };
    let open = site::table.find((of, id)).select(site::open).first(conn).optional()?;
    if open == Some(true) { Ok(()) } else { Err(Error::field("/site_id", "not an open site of this practice")) }
}

/// What comes first in the order of ids: everything comes after the nil UUID.
fn after_or_all<K>(after: Option<Id<K>>) -> Id<K> {
    after.unwrap_or(Id::from_uuid(uuid::Uuid::nil()))
}

type StaffRow =
    (StaffId, String, String, Option<SiteId>, Option<Date>, bool, bool, i32, Timestamp, bool, Option<StaffId>);

#[diesel::dsl::auto_type]
fn staff_columns() -> _ {
    (
        staff::id,
        staff::name,
        staff::email,
        staff::site_id,
        staff::away_until,
        staff::active,
        staff::password_hash.is_null(),
        staff::version,
        staff::created_at,
        staff::cosign_required,
        staff::supervisor_id,
    )
}

fn view(row: StaffRow, beside: &Beside) -> StaffView {
    let (id, name, email, site_id, away_until, active, without_password, version, created_at, ..) = row;
    let (.., cosign_required, supervisor_id) = row;
    let invited = active && without_password;
    let roles = beside.roles.get(&id).copied().unwrap_or_default().iter().collect();
    StaffView {
        id,
        name,
        email,
        roles,
        site_id,
        away_until,
        cosign_required,
        supervisor_id,
        active,
        invited,
        second_factor: beside.with_factor.contains(&id),
        version,
        created_at,
    }
}

/// What lies beside the rows of members of staff.
struct Beside {
    roles: HashMap<StaffId, RoleSet>,
    with_factor: HashSet<StaffId>,
}

impl Beside {
    fn of(conn: &mut Conn, office: &Office, ids: Vec<StaffId>) -> Result<Self> {
        let with_factor = staff_totp::table
            .filter(staff_totp::practice_id.eq(office.practice))
            .filter(staff_totp::staff_id.eq_any(ids.clone()))
            .filter(staff_totp::confirmed_at.is_not_null())
            .select(staff_totp::staff_id)
            .load(conn)?;
        Ok(Self { roles: roles_of(conn, office, ids)?, with_factor: with_factor.into_iter().collect() })
    }
}

/// The roles of each of `ids`, in the order of [`Role`].
fn roles_of(conn: &mut Conn, office: &Office, ids: Vec<StaffId>) -> Result<HashMap<StaffId, RoleSet>> {
    let rows = staff_role::table
        .filter(staff_role::practice_id.eq(office.practice))
        .filter(staff_role::staff_id.eq_any(ids))
        .select((staff_role::staff_id, staff_role::role))
        .load::<(StaffId, Role)>(conn)?;
    let mut roles: HashMap<StaffId, RoleSet> = HashMap::new();
    for (id, role) in rows {
        let held = roles.entry(id).or_default();
        *held = held.with(role);
    }
    Ok(roles)
}

/// Whether somebody works in the practice, or ever did.
pub(super) fn was_ever_here(conn: &mut Conn, of: PracticeId, id: StaffId) -> Result<bool> {
    Ok(diesel::select(diesel::dsl::exists(staff::table.find((of, id)))).get_result(conn)?)
}

/// Who works in the practice and is supervised by somebody, by id.
pub(super) fn supervised_by(conn: &mut Conn, office: &Office, id: StaffId) -> Result<Vec<StaffView>> {
    let rows: Vec<StaffRow> = staff::table
        .filter(staff::practice_id.eq(office.practice))
        .filter(staff::supervisor_id.eq(id))
        .order(staff::id)
        .select(staff_columns())
        .load(conn)?;
    let beside = Beside::of(conn, office, rows.iter().map(|row| row.0).collect())?;
    Ok(rows.into_iter().map(|row| view(row, &beside)).collect())
}

/// One member of staff, or 404.
pub(super) fn member(conn: &mut Conn, office: &Office, id: StaffId) -> Result<StaffView> {
    let row: StaffRow = staff::table.find((office.practice, id)).select(staff_columns()).first(conn)?;
    let beside = Beside::of(conn, office, vec![id])?;
    Ok(view(row, &beside))
}

/// Up to `limit` members of staff after `after`.
pub(super) fn list(
    conn: &mut Conn,
    office: &Office,
    active: Option<bool>,
    after: Option<StaffId>,
    limit: i64,
) -> Result<Vec<StaffView>> {
    let rows: Vec<StaffRow> = staff::table
        .filter(staff::practice_id.eq(office.practice))
        .filter(staff::active.eq_any(active.map_or(vec![true, false], |only| vec![only])))
        .filter(staff::id.gt(after_or_all(after)))
        .order(staff::id)
        .limit(limit)
        .select(staff_columns())
        .load(conn)?;
    let beside = Beside::of(conn, office, rows.iter().map(|row| row.0).collect())?;
    Ok(rows.into_iter().map(|row| view(row, &beside)).collect())
}

/// Up to `limit` active colleagues after `after`.
pub(super) fn directory(
    conn: &mut Conn,
    office: &Office,
    after: Option<StaffId>,
    limit: i64,
) -> Result<Vec<DirectoryEntry>> {
    type Row = (StaffId, String, Option<SiteId>, Option<String>, Option<Date>);
    let rows: Vec<Row> = staff::table
        .left_join(site::table.on(site::practice_id.eq(staff::practice_id).and(staff::site_id.eq(site::id.nullable()))))
        .filter(staff::practice_id.eq(office.practice))
        .filter(staff::active.eq(true))
        .filter(staff::id.gt(after_or_all(after)))
        .order(staff::id)
        .limit(limit)
        .select((staff::id, staff::name, staff::site_id, site::name.nullable(), staff::away_until))
        .load(conn)?;
    let roles = roles_of(conn, office, rows.iter().map(|row| row.0).collect())?;
    let entry = |(id, name, site_id, site, away_until): Row| {
        let disciplines = roles.get(&id).copied().unwrap_or_default().disciplines().collect();
        DirectoryEntry { id, name, disciplines, site_id, site, away_until }
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// Whether any active member of staff but this one holds `role`.
pub(super) fn anyone_else_is(conn: &mut Conn, office: &Office, role: Role, but: StaffId) -> Result<bool> {
    let others = staff_role::table
        .inner_join(
            staff::table.on(staff::practice_id.eq(staff_role::practice_id).and(staff::id.eq(staff_role::staff_id))),
        )
        .filter(staff_role::practice_id.eq(office.practice))
        .filter(staff_role::role.eq(role))
        .filter(staff_role::staff_id.ne(but))
        .filter(staff::active.eq(true))
        .count()
        .get_result::<i64>(conn)?;
    Ok(others > 0)
}

/// Writes the next version of a member of staff.
pub(super) fn update_staff(conn: &mut Conn, office: &Office, before: &StaffView, change: &StaffChange) -> Result<()> {
    let site_id = change.site_id.unwrap_or(before.site_id);
    if site_id != before.site_id {
        must_be_open(conn, office.practice, site_id)?;
    }
    let supervisor_id = change.supervisor_id.unwrap_or(before.supervisor_id);
    diesel::update(staff::table.find((office.practice, before.id)))
        .set((
            staff::name.eq(change.name.as_deref().unwrap_or(&before.name).trim()),
            staff::email.eq(email::fold(change.email.as_deref().unwrap_or(&before.email))),
            staff::site_id.eq(site_id),
            staff::away_until.eq(change.away_until.unwrap_or(before.away_until)),
            staff::cosign_required.eq(supervisor_id.is_some()),
            staff::supervisor_id.eq(supervisor_id),
            staff::version.eq(before.version + 1),
        ))
        .execute(conn)
        .map_err(address_taken)?;
    Ok(())
}

/// Notes since when somebody has their address. What was sent to the former one, or is on its way, lets nobody in any more.
pub(super) fn address_changed(conn: &mut Conn, office: &Office, id: StaffId, now: Timestamp) -> Result<()> {
    diesel::delete(invitation::table.find((office.practice, id))).execute(conn)?;
    diesel::update(staff::table.find((office.practice, id))).set(staff::address_changed_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Gives a member of staff these roles and no others.
pub(super) fn replace_roles(conn: &mut Conn, office: &Office, id: StaffId, roles: RoleSet) -> Result<()> {
    let held =
        staff_role::table.filter(staff_role::practice_id.eq(office.practice)).filter(staff_role::staff_id.eq(id));
    diesel::delete(held).execute(conn)?;
    insert_roles(conn, office.practice, id, roles)
}

/// Puts an invitation in the place of any before it.
pub(super) fn put_invitation(
    conn: &mut Conn,
    office: &Office,
    id: StaffId,
    token_hash: [u8; 32],
    expires_at: Timestamp,
) -> Result<()> {
    diesel::delete(invitation::table.find((office.practice, id))).execute(conn)?;
    diesel::insert_into(invitation::table)
        .values((
            invitation::practice_id.eq(office.practice),
            invitation::staff_id.eq(id),
            invitation::token_hash.eq(token_hash.as_slice()),
            invitation::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Writes down that somebody no longer works here.
pub(super) fn deactivate(conn: &mut Conn, office: &Office, id: StaffId) -> Result<()> {
    diesel::update(staff::table.find((office.practice, id)))
        .set((staff::active.eq(false), staff::version.eq(staff::version + 1)))
        .execute(conn)?;
    Ok(())
}

/// Writes down that somebody works here again. Whom they treated has been handed over since: they are on no care team.
pub(super) fn come_back(conn: &mut Conn, office: &Office, id: StaffId, now: Timestamp) -> Result<()> {
    let left = care_team::table
        .filter(care_team::practice_id.eq(office.practice))
        .filter(care_team::staff_id.eq(id))
        .filter(care_team::ended_at.is_null());
    diesel::update(left).set(care_team::ended_at.eq(now)).execute(conn)?;
    diesel::update(staff::table.find((office.practice, id))).set(staff::active.eq(true)).execute(conn)?;
    Ok(())
}

/// Ends all sessions of a member of staff.
pub(super) fn end_sessions(conn: &mut Conn, office: &Office, id: StaffId, now: Timestamp) -> Result<()> {
    let open = session::table
        .filter(session::practice_id.eq(office.practice))
        .filter(session::staff_id.eq(id))
        .filter(session::ended_at.is_null());
    diesel::update(open).set(session::ended_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Makes an invitation that nobody took up useless.
pub(super) fn expire_invitation(conn: &mut Conn, office: &Office, id: StaffId, now: Timestamp) -> Result<()> {
    let unused = invitation::table
        .find((office.practice, id))
        .filter(invitation::used_at.is_null())
        .filter(invitation::expires_at.gt(now));
    diesel::update(unused).set(invitation::expires_at.eq(now)).execute(conn)?;
    Ok(())
}

/// The patients on whose care team somebody is, by record number.
pub(super) fn patients_of(conn: &mut Conn, office: &Office, id: StaffId, now: Timestamp) -> Result<Vec<LeftPatient>> {
    let rows = care_team::table
        .inner_join(
            patient::table
                .on(patient::practice_id.eq(care_team::practice_id).and(patient::id.eq(care_team::patient_id))),
        )
        .filter(care_team::practice_id.eq(office.practice))
        .filter(care_team::staff_id.eq(id))
        .filter(care_team::ended_at.is_null())
        .filter(care_team::lapses_at.gt(now))
        .select((patient::record_number, patient::id))
        .distinct()
        .order(patient::record_number)
        .load::<(i64, PatientId)>(conn)?;
    let left = |(number, patient_id)| LeftPatient { patient_id, record_number: format!("P-{number:06}") };
    Ok(rows.into_iter().map(left).collect())
}
