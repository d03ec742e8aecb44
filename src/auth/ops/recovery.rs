//! Letting in those who have lost their second factor, at the wish of whoever runs the program.

use super::{credentials_changed, of_staff};
use crate::audit::Log;
use crate::auth::email;
use crate::auth::query::{factor, session};
use crate::db::Tx;
use crate::error::Result;

/// Removes the second factor of whoever has this address, or without one of everybody, ends their sessions and tells them;
/// how many there were.
///
/// # Errors
/// A refusal, should anybody but the program ask; the database's.
pub fn forget_factors(tx: &mut Tx, address: Option<&str>) -> Result<usize> {
    let (permit, now) = (tx.own_permit()?, tx.now());
    let held = factor::held(tx.conn(), permit, address.map(email::fold).as_deref())?;
    for (practice, staff) in held.iter().copied() {
        factor::remove(tx.conn(), permit, practice, staff)?;
        session::end_all(tx.conn(), permit, practice, staff, None, now)?;
        credentials_changed(tx, practice, staff)?;
        tx.record_own(Log::Practice(practice), "second_factor_removed");
        tx.names(of_staff(staff));
    }
    if held.is_empty() {
        tx.record_own(Log::Installation, "no_second_factor");
    }
    Ok(held.len())
}
