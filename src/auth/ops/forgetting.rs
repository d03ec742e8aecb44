//! What is known of sign-ins is not kept for ever.

use crate::auth::query;
use crate::clock::Timestamp;
use crate::config::Throttle;
use crate::db::Conn;
use crate::error::Result;

/// Seconds that a session is remembered after it was last used, so that a sign-in from an address of then is no news: half a
/// year, far longer than any session lasts.
const REMEMBERED: i64 = 180 * 86_400;

/// Forgets failures that no longer make anybody wait, and sessions long over; of each person the newest stays, by which is
/// known that they have signed in before.
///
/// # Errors
/// The database's.
pub fn forget(conn: &mut Conn, throttle: &Throttle, now: Timestamp) -> Result<()> {
    query::forget_tallies(conn, now.plus_seconds(-throttle.window_seconds))?;
    query::session::forget(conn, now.plus_seconds(-REMEMBERED))
}
