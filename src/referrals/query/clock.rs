//! The referrals of every practice whose time has come, for the program alone.

use diesel::prelude::*;

use super::{Row, Standing, one};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{practice, referral};
use crate::error::Result;
use crate::ids::PracticeId;
use crate::policy::Permit;
use crate::referrals::rules::Clocks;

/// Whether there is any.
pub(in crate::referrals) fn any_due(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    for of in practices(conn)? {
        let due = referral::table.filter(referral::practice_id.eq(of)).filter(referral::next_at.le(now));
        if diesel::select(diesel::dsl::exists(due)).get_result(conn)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The next of them, at most `limit`.
pub(in crate::referrals) fn due(
    conn: &mut Conn,
    _: Permit,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(PracticeId, Standing)>> {
    let mut found = Vec::new();
    for of in practices(conn)? {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        let rows: Vec<Row> = referral::table
            .filter(referral::practice_id.eq(of))
            .filter(referral::next_at.le(now))
            .order(referral::next_at)
            .limit(left)
            .select(Row::as_select())
            .load(conn)?;
        for row in rows {
            found.push((of, row.standing()?));
        }
    }
    Ok(found)
}

fn practices(conn: &mut Conn) -> Result<Vec<PracticeId>> {
    Ok(practice::table.select(practice::id).order(practice::id).load(conn)?)
}

/// Notes that half the time is gone, or all of it.
pub(in crate::referrals) fn tick(
    conn: &mut Conn,
    _: Permit,
    of: PracticeId,
    before: &Standing,
    clocks: Clocks,
) -> Result<()> {
    let row = referral::table.find((of, before.id)).filter(referral::version.eq(before.version));
    let values = (
        referral::half_at.eq(clocks.half_at),
        referral::overdue.eq(clocks.overdue),
        referral::next_at.eq(clocks.next_at()),
        referral::version.eq(before.version + 1),
    );
    one(diesel::update(row).set(values).execute(conn)?)
}
