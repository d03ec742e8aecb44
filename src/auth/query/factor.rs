//! The rows of second factors.

use diesel::prelude::*;

use crate::clock::Timestamp;
use crate::db::schema::{recovery_code, staff, staff_totp};
use crate::db::{Conn, bump_staff};
use crate::error::Result;
use crate::ids::{PracticeId, StaffId};
use crate::policy::Permit;

/// A second factor, begun or confirmed.
#[derive(Queryable, Selectable)]
#[diesel(table_name = staff_totp)]
pub(in crate::auth) struct FactorRow {
    pub(in crate::auth) sealed_secret: Vec<u8>,
    pub(in crate::auth) confirmed_at: Option<Timestamp>,
    pub(in crate::auth) last_step: Option<i64>,
}

/// The second factor of a member of staff.
pub(in crate::auth) fn factor(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<Option<FactorRow>> {
    Ok(staff_totp::table.find((practice, staff)).select(FactorRow::as_select()).first(conn).optional()?)
}

/// Whether a member of staff has a second factor that counts.
pub(in crate::auth) fn is_confirmed(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<bool> {
    let confirmed = staff_totp::table.find((practice, staff)).filter(staff_totp::confirmed_at.is_not_null());
    Ok(confirmed.count().get_result::<i64>(conn)? > 0)
}

/// Keeps a secret that is yet to be confirmed, in place of an earlier one.
pub(in crate::auth) fn begin(
    conn: &mut Conn,
    permit: Permit,
    practice: PracticeId,
    staff: StaffId,
    sealed: &[u8],
) -> Result<()> {
    remove(conn, permit, practice, staff)?;
    diesel::insert_into(staff_totp::table)
        .values((
            staff_totp::practice_id.eq(practice),
            staff_totp::staff_id.eq(staff),
            staff_totp::sealed_secret.eq(sealed),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes the secret count from now on, with these recovery codes.
pub(in crate::auth) fn confirm(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
    now: Timestamp,
    recovery: &[[u8; 32]],
) -> Result<()> {
    diesel::update(staff_totp::table.find((practice, staff))).set(staff_totp::confirmed_at.eq(now)).execute(conn)?;
    for hash in recovery {
        diesel::insert_into(recovery_code::table)
            .values((
                recovery_code::practice_id.eq(practice),
                recovery_code::staff_id.eq(staff),
                recovery_code::code_hash.eq(hash.as_slice()),
            ))
            .execute(conn)?;
    }
    bump_staff(conn, practice, staff)
}

/// Remembers the newest step whose code was used, so that none works twice.
pub(in crate::auth) fn keep_step(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
    step: i64,
) -> Result<()> {
    diesel::update(staff_totp::table.find((practice, staff))).set(staff_totp::last_step.eq(step)).execute(conn)?;
    Ok(())
}

/// Uses a recovery code up; says whether there was such a code, unused.
pub(in crate::auth) fn use_recovery_code(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let unused = recovery_code::table.find((practice, staff, hash.as_slice())).filter(recovery_code::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_code::used_at.eq(now)).execute(conn)? > 0)
}

/// Who has a second factor, or has begun to set one up: everybody with this address, or without one everybody.
pub(in crate::auth) fn held(conn: &mut Conn, _: Permit, email: Option<&str>) -> Result<Vec<(PracticeId, StaffId)>> {
    let of = staff::table.on(staff::practice_id.eq(staff_totp::practice_id).and(staff::id.eq(staff_totp::staff_id)));
    let held =
        staff_totp::table.inner_join(of).select((staff::practice_id, staff::id)).order((staff::practice_id, staff::id));
    Ok(match email {
        Some(email) => held.filter(staff::email.eq(email)).load(conn)?,
        None => held.load(conn)?,
    })
}

/// Removes the second factor with its recovery codes.
pub(in crate::auth) fn remove(conn: &mut Conn, _: Permit, practice: PracticeId, staff: StaffId) -> Result<()> {
    diesel::delete(staff_totp::table.find((practice, staff))).execute(conn)?;
    let codes =
        recovery_code::table.filter(recovery_code::practice_id.eq(practice)).filter(recovery_code::staff_id.eq(staff));
    diesel::delete(codes).execute(conn)?;
    bump_staff(conn, practice, staff)
}
