//! The clock of referrals, driven by what is stored: half the time is gone, the limit has passed, nobody answered.

use super::super::query::clock as query;
use super::super::rules::{Clocks, Part, ReferralMove};
use super::step::{Given, Step};
use super::{alerting, names};
use crate::audit::Log;
use crate::clock::Timestamp;
use crate::db::{Conn, Tx, bump_patient};
use crate::error::Result;

/// Referrals in one transaction.
const CHUNK: i64 = 50;

/// Whether any referral waits for the clock.
///
/// # Errors
/// The database's.
pub fn any_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    query::any_due(conn, now)
}

/// Takes the next referrals whose time has come; says whether there are more. Whoever comes second, in another process,
/// finds nothing to do.
///
/// # Errors
/// The database's.
pub fn advance(tx: &mut Tx) -> Result<bool> {
    let permit = tx.own_permit()?;
    let now = tx.now();
    let due = query::due(tx.conn(), permit, now, CHUNK)?;
    for (practice, standing) in &due {
        tx.record_own(Log::Practice(*practice), "clock");
        tx.discloses([standing.patient]);
        names(tx, standing.id, standing.version + 1);
        let clocks = standing.at.clocks;
        let passed = |moment: Option<Timestamp>| moment.is_some_and(|moment| moment <= now);
        let expired = Step::following(standing, ReferralMove::Expire, Part::Program, None);
        if let Some(expired) = expired.filter(|_| passed(clocks.expires_at)) {
            expired.write(tx, standing, *practice, &Given::default(), |place| place.owner = None)?;
            bump_patient(tx.conn(), *practice, standing.patient)?;
            continue;
        }
        let overdue = clocks.overdue || passed(clocks.due_at);
        let clocks = Clocks { half_at: clocks.half_at.filter(|half| *half > now), overdue, ..clocks };
        query::tick(tx.conn(), permit, *practice, standing, clocks)?;
        alerting::of_time(tx, *practice, standing, overdue)?;
    }
    Ok(i64::try_from(due.len()).is_ok_and(|taken| taken == CHUNK))
}
