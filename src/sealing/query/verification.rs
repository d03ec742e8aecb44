//! The rows of what verifying a log came to, one for each log.

use diesel::prelude::*;

use crate::audit::Log;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::audit_verification;
use crate::error::Result;

/// Stores what verifying a log came to, in place of what was stored.
pub(in crate::sealing) fn put(conn: &mut Conn, log: Log, report: &str, at: Timestamp) -> Result<()> {
    let log = log.id();
    let kept = (audit_verification::at.eq(at), audit_verification::report.eq(report));
    if diesel::update(audit_verification::table.find(log)).set(kept).execute(conn)? == 0 {
        diesel::insert_into(audit_verification::table)
            .values((audit_verification::log_id.eq(log), kept))
            .execute(conn)?;
    }
    Ok(())
}

/// What verifying a log came to last.
pub(in crate::sealing) fn newest(conn: &mut Conn, log: Log) -> Result<Option<String>> {
    let stored = audit_verification::table.find(log.id()).select(audit_verification::report);
    Ok(stored.first(conn).optional()?)
}
