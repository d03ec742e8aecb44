//! Taking a log out, for `docs/verify_audit.py` or whoever else verifies it.

use std::io::Write;

use ed25519_dalek::VerifyingKey;

use super::query;
use crate::audit::Log;
use crate::audit::checkpoint::verifier_key;
use crate::audit::export::{Export, Exported, Text};
use crate::audit::verify::Beside;
use crate::db::Conn;
use crate::error::Result;

/// Writes a log as it is at its newest checkpoint, in short queries, while the program goes on sealing; returns how many
/// events that are. Copy the file of checkpoints before, not after: one newer than the export counts as a cut.
///
/// # Errors
/// The database's, or those of writing.
pub fn export(conn: &mut Conn, log: Log, keys: &[VerifyingKey], out: impl Write) -> Result<u64> {
    let stored = query::all_checkpoints(conn, log)?;
    let size = stored.last().map_or(0, |newest| newest.size);
    let mut export = Export::begin(out, log, keys, stored.iter().map(|stored| stored.note.as_str()))?;
    for row in query::Rows::new(conn, log, size) {
        let row = row?;
        let text = match row.beside {
            Beside::Text { salt, text } => Some(Text { salt, text }),
            Beside::Nothing | Beside::Disposed => None,
        };
        export.event(&Exported { seq: row.seq, leaf: row.leaf, text })?;
    }
    export.finish()
}

/// The public keys of these logs as text, a line each.
#[must_use]
pub fn public_keys(logs: &[Log], keys: &[VerifyingKey]) -> String {
    let lines = logs.iter().flat_map(|log| keys.iter().map(|key| verifier_key(*log, key) + "\n"));
    lines.collect()
}
