//! What the two databases say differently, beyond what diesel writes for both.

use diesel::prelude::*;

use super::Conn;
use super::schema::audit_leaf;
use crate::audit::Hash;
use crate::error::Result;
use crate::ids::{EventId, PracticeId};

/// PostgreSQL's advisory lock for sealing.
const SEALING: i64 = 7211;
/// Leaves in one statement: four values each, well below what SQLite binds.
const LEAVES: usize = 250;

/// Whether this transaction may seal: one at a time. SQLite has but one writer anyway.
///
/// # Errors
/// The database's.
pub fn may_seal(conn: &mut Conn) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Got {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        got: bool,
    }
    match conn {
        Conn::Sqlite(_) => Ok(true),
        Conn::Postgres(conn) => {
            let ask = format!("SELECT pg_try_advisory_xact_lock({SEALING}) AS got");
            Ok(diesel::sql_query(ask).get_result::<Got>(conn)?.got)
        }
    }
}

/// Inserts the leaves of one log, numbered from `from` on, many a statement.
///
/// # Errors
/// The database's.
pub fn insert_leaves(conn: &mut Conn, log: PracticeId, from: i64, leaves: &[(EventId, Hash)]) -> Result<()> {
    let mut numbered = (from..).zip(leaves);
    loop {
        let rows: Vec<_> = numbered
            .by_ref()
            .take(LEAVES)
            .map(|(seq, (event, hash))| {
                (
                    audit_leaf::log_id.eq(log),
                    audit_leaf::seq.eq(seq),
                    audit_leaf::event_id.eq(*event),
                    audit_leaf::leaf_hash.eq(hash.0.to_vec()),
                )
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        match conn {
            Conn::Sqlite(conn) => diesel::insert_into(audit_leaf::table).values(rows).execute(conn)?,
            Conn::Postgres(conn) => diesel::insert_into(audit_leaf::table).values(rows).execute(conn)?,
        };
    }
}
