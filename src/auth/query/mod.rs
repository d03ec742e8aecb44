//! The rows of signing in. What comes before anybody is known asks for no [`Permit`]; everything else does.

pub(super) mod door;
pub(super) mod factor;
pub(super) mod session;

use diesel::prelude::*;

use super::throttle::Tally;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{invitation, practice, sign_in_throttle, staff};
use crate::error::{Error, Result};
use crate::ids::{PracticeId, StaffId};
use crate::policy::Permit;

/// An account as signing in sees it.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = staff)]
pub(super) struct AccountRow {
    pub(super) practice_id: PracticeId,
    pub(super) id: StaffId,
    pub(super) email: String,
    pub(super) password_hash: Option<String>,
    pub(super) credential_version: i64,
    pub(super) active: bool,
}

/// The accounts with this folded address, in every practice or in one.
pub(super) fn accounts(conn: &mut Conn, email: &str, within: Option<PracticeId>) -> Result<Vec<AccountRow>> {
    let found = staff::table.filter(staff::email.eq(email)).select(AccountRow::as_select());
    Ok(match within {
        Some(within) => found.filter(staff::practice_id.eq(within)).load(conn)?,
        None => found.load(conn)?,
    })
}

/// The account of one member of staff.
pub(super) fn account(conn: &mut Conn, within: PracticeId, id: StaffId) -> Result<Option<AccountRow>> {
    Ok(staff::table.find((within, id)).select(AccountRow::as_select()).first(conn).optional()?)
}

/// The failures that are kept under `subject`.
pub(super) fn tally(conn: &mut Conn, subject: &[u8; 32]) -> Result<Option<Tally>> {
    let row = sign_in_throttle::table
        .find(subject.as_slice())
        .select((sign_in_throttle::failures, sign_in_throttle::last_failure))
        .first::<(i32, Timestamp)>(conn)
        .optional()?;
    row.map(|(failures, last_failure)| {
        Ok(Tally { failures: u32::try_from(failures).map_err(Error::internal)?, last_failure })
    })
    .transpose()
}

/// Keeps the failures of `subject`, or forgets them.
pub(super) fn keep_tally(conn: &mut Conn, subject: &[u8; 32], tally: Option<Tally>) -> Result<()> {
    let row = sign_in_throttle::table.find(subject.as_slice());
    let Some(Tally { failures, last_failure }) = tally else {
        diesel::delete(row).execute(conn)?;
        return Ok(());
    };
    let counted = (
        sign_in_throttle::failures.eq(i32::try_from(failures).unwrap_or(i32::MAX)),
        sign_in_throttle::last_failure.eq(last_failure),
    );
    if diesel::update(row).set(counted).execute(conn)? == 0 {
        diesel::insert_into(sign_in_throttle::table)
            .values((sign_in_throttle::subject.eq(subject.as_slice()), counted.0, counted.1))
            .execute(conn)?;
    }
    Ok(())
}

/// Forgets the failures of all whose last one was before that moment.
pub(super) fn forget_tallies(conn: &mut Conn, before: Timestamp) -> Result<()> {
    diesel::delete(sign_in_throttle::table.filter(sign_in_throttle::last_failure.lt(before))).execute(conn)?;
    Ok(())
}

/// Sets a password: whatever was proven with the one before no longer counts.
pub(super) fn set_password(conn: &mut Conn, _: Permit, within: PracticeId, id: StaffId, phc: &str) -> Result<()> {
    diesel::update(staff::table.find((within, id)))
        .set((staff::password_hash.eq(phc), staff::credential_version.eq(staff::credential_version + 1)))
        .execute(conn)?;
    Ok(())
}

/// Keeps the same password at today's hashing costs.
pub(super) fn rehash_password(conn: &mut Conn, _: Permit, within: PracticeId, id: StaffId, phc: &str) -> Result<()> {
    diesel::update(staff::table.find((within, id))).set(staff::password_hash.eq(phc)).execute(conn)?;
    Ok(())
}

/// An invitation that was sent.
#[derive(Queryable, Selectable)]
#[diesel(table_name = invitation)]
pub(super) struct InvitationRow {
    pub(super) token_hash: Vec<u8>,
    pub(super) expires_at: Timestamp,
    pub(super) used_at: Option<Timestamp>,
}

/// The newest invitation of a member of staff.
pub(super) fn invitation(conn: &mut Conn, within: PracticeId, id: StaffId) -> Result<Option<InvitationRow>> {
    Ok(invitation::table.find((within, id)).select(InvitationRow::as_select()).first(conn).optional()?)
}

/// Since when somebody has the address they have; none if they never had another.
pub(super) fn address_changed_at(conn: &mut Conn, within: PracticeId, id: StaffId) -> Result<Option<Timestamp>> {
    Ok(staff::table.find((within, id)).select(staff::address_changed_at).first(conn)?)
}

/// Puts a reset in the place of whatever invitation or reset there was.
pub(super) fn put_reset(
    conn: &mut Conn,
    _: Permit,
    within: PracticeId,
    id: StaffId,
    token_hash: &[u8; 32],
    expires_at: Timestamp,
) -> Result<()> {
    diesel::delete(invitation::table.find((within, id))).execute(conn)?;
    diesel::insert_into(invitation::table)
        .values((
            invitation::practice_id.eq(within),
            invitation::staff_id.eq(id),
            invitation::token_hash.eq(token_hash.as_slice()),
            invitation::expires_at.eq(expires_at),
        ))
        .execute(conn)?;
    Ok(())
}

/// Uses an invitation up.
pub(super) fn use_invitation(
    conn: &mut Conn,
    _: Permit,
    within: PracticeId,
    id: StaffId,
    now: Timestamp,
) -> Result<()> {
    diesel::update(invitation::table.find((within, id))).set(invitation::used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Name and address of a member of staff, name and time zone of their practice.
pub(super) type Oneself = (String, String, String, String);

/// Who somebody is.
pub(super) fn oneself(conn: &mut Conn, _: Permit, within: PracticeId, id: StaffId) -> Result<Oneself> {
    Ok(staff::table
        .inner_join(practice::table.on(practice::id.eq(staff::practice_id)))
        .filter(staff::practice_id.eq(within))
        .filter(staff::id.eq(id))
        .select((staff::name, staff::email, practice::name, practice::time_zone))
        .first(conn)?)
}
