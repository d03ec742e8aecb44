//! A new password for whoever forgot theirs, by a mail to the address on record. A second factor stays as it is.

use super::attempt::count_wish;
use super::sign_in::the_one;
use super::{Gate, Judged, of_staff};
use crate::alerts::{self, MailKind};
use crate::auth::keys::Keys;
use crate::auth::{email, query, token};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{PracticeId, StaffId};
use crate::policy::Permit;

/// Seconds for which such a mail is good: one hour.
const RESET_SECONDS: i64 = 3_600;
/// Seconds after a change of address for which there is none: one day, so that nobody takes an account over by changing it.
const BARRED_SECONDS: i64 = 24 * 3_600;

/// Sends whoever has this address a mail by which to choose a new password. Whether anybody has it is not said. Too many
/// wishes are refused, inside with the seconds to wait.
///
/// # Errors
/// The database's.
pub fn ask_for_reset(
    tx: &mut Tx,
    gate: &Gate,
    address: &str,
    within: Option<PracticeId>,
) -> Result<std::result::Result<(), u32>> {
    let address = email::fold(address);
    let account = the_one(query::accounts(tx.conn(), &address, within)?);
    let permit = tx.permit(false)?;
    if let Some(account) = &account {
        tx.belongs_to(account.practice_id);
        tx.names(of_staff(account.id));
    }
    if let Some(seconds) = count_wish(tx, gate, &address)? {
        tx.refused(Code::TooManyAttempts);
        return Ok(Err(seconds));
    }
    if let Some(account) = account {
        // Why none is sent is not for strangers to know.
        let _ = send_reset(tx, &gate.keys, permit, account.practice_id, account.id)?;
    }
    Ok(Ok(()))
}

/// Sends somebody a mail by which to choose a new password; a former one is no longer good. Inside, [`Code::WrongState`] for
/// those who have none to replace or do not work here, and for a day after their address was changed.
///
/// # Errors
/// The database's.
pub fn send_reset(
    tx: &mut Tx,
    keys: &Keys,
    permit: Permit,
    practice: PracticeId,
    staff: StaffId,
) -> Result<Judged<()>> {
    let now = tx.now();
    let account = query::account(tx.conn(), practice, staff)?.ok_or_else(Error::not_found)?;
    let changed = query::address_changed_at(tx.conn(), practice, staff)?;
    let is_barred = changed.is_some_and(|changed| now.seconds_since(changed) < BARRED_SECONDS);
    if !account.active || account.password_hash.is_none() || is_barred {
        return Ok(Err(Code::WrongState));
    }
    let (token, hash) = token::invitation_token(practice, staff, tx.random());
    query::put_reset(tx.conn(), permit, practice, staff, &hash, now.plus_seconds(RESET_SECONDS))?;
    mail_token(tx, keys, practice, staff, MailKind::Reset, &token)?;
    Ok(Ok(()))
}

/// Mails somebody a token, which the outbox keeps sealed until it is sent.
///
/// # Errors
/// The database's.
pub fn mail_token(
    tx: &mut Tx,
    keys: &Keys,
    practice: PracticeId,
    staff: StaffId,
    kind: MailKind,
    token: &str,
) -> Result<()> {
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&tx.random()[..12]);
    alerts::send_token(tx, practice, staff, kind, |mail| keys.seal(mail.as_bytes(), nonce, token.as_bytes()))
}
