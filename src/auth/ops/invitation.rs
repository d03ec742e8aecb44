//! Taking up an invitation, the only way to a first password; or a reset, the way to another for whoever forgot theirs.

use secrecy::SecretString;
use subtle::ConstantTimeEq;

use super::{Judged, credentials_changed, of_staff, refused};
use crate::auth::token::Presented;
use crate::auth::{password, query};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::kind;
use crate::policy::Permit;

/// Finds whom an invitation is for, and whether they may choose this password, before it is hashed.
///
/// # Errors
/// [`Code::SignInFailed`] for an invitation that nobody was sent; [`Code::Invalid`] if the password may not be chosen.
pub fn begin_acceptance(tx: &mut Tx, presented: Presented<kind::Staff>, password: &SecretString) -> Result<Judged<()>> {
    let (email, is_good) = look_up(tx, presented)?;
    if !is_good {
        record(tx, presented)?;
        return Ok(refused(tx, Code::SignInFailed));
    }
    password::check_new("/password", password, &email).map_err(|wrong| Error::invalid(vec![wrong]))?;
    Ok(Ok(()))
}

/// Sets the password that `phc` is the hash of, and uses the invitation up; sessions that its owner may have had end.
///
/// # Errors
/// [`Code::SignInFailed`] for an invitation that nobody was sent.
pub fn accept(tx: &mut Tx, presented: Presented<kind::Staff>, phc: &str) -> Result<Judged<()>> {
    let (_, is_good) = look_up(tx, presented)?;
    let permit = record(tx, presented)?;
    if !is_good {
        return Ok(refused(tx, Code::SignInFailed));
    }
    let (now, Presented { practice, id: staff, .. }) = (tx.now(), presented);
    let had_one = query::account(tx.conn(), practice, staff)?.is_some_and(|account| account.password_hash.is_some());
    query::set_password(tx.conn(), permit, practice, staff, phc)?;
    query::use_invitation(tx.conn(), permit, practice, staff, now)?;
    query::session::end_all(tx.conn(), permit, practice, staff, None, now)?;
    if had_one {
        credentials_changed(tx, practice, staff)?;
    }
    Ok(Ok(()))
}

/// The invited person's address, and whether the invitation can still be taken up.
fn look_up(tx: &mut Tx, presented: Presented<kind::Staff>) -> Result<(String, bool)> {
    let (now, unknown) = (tx.now(), || Error::of(Code::SignInFailed));
    let Presented { practice, id: staff, hash } = presented;
    let row = query::invitation(tx.conn(), practice, staff)?.ok_or_else(unknown)?;
    if !bool::from(row.token_hash.ct_eq(&hash)) {
        return Err(unknown());
    }
    let account = query::account(tx.conn(), practice, staff)?.ok_or_else(unknown)?;
    Ok((account.email, account.active && row.used_at.is_none() && now < row.expires_at))
}

fn record(tx: &mut Tx, presented: Presented<kind::Staff>) -> Result<Permit> {
    let permit = tx.permit(false)?;
    tx.belongs_to(presented.practice);
    tx.names(of_staff(presented.id));
    Ok(permit)
}
