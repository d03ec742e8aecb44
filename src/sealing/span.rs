//! Which key of the log covers which of its events.

use ed25519_dalek::VerifyingKey;

use super::query;
use crate::audit::Log;
use crate::audit::checkpoint::Checkpoint;
use crate::db::Conn;
use crate::error::Result;

/// A public key, and the events whose sealing it signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The key.
    pub key: VerifyingKey,
    /// The number of the first such event.
    pub from: u64,
    /// How many events the log had when the next key followed; none for the key that signs now.
    pub to: Option<u64>,
}

/// What each of `keys`, the present one first and before it those it followed, covers in a log.
///
/// # Errors
/// The database's.
pub fn spans(conn: &mut Conn, log: Log, keys: &[VerifyingKey]) -> Result<Vec<Span>> {
    let (mut to, mut spans) = (None, Vec::new());
    for (age, key) in keys.iter().enumerate() {
        let older = &keys[age + 1..];
        let from = if older.is_empty() { 0 } else { last_signed(conn, log, older)? };
        spans.push(Span { key: *key, from, to });
        to = Some(from);
    }
    Ok(spans)
}

/// The size of the newest checkpoint that one of `keys` signed, 0 without any. Keys follow each other, so that all older
/// checkpoints are theirs or their forerunners' too, and halving the sizes finds it.
fn last_signed(conn: &mut Conn, log: Log, keys: &[VerifyingKey]) -> Result<u64> {
    let newest = query::checkpoint(conn, log, None)?.map_or(0, |(stored, _)| stored.size);
    let (mut signed, mut beyond) = (0, newest + 1);
    while signed + 1 < beyond {
        let middle = signed + (beyond - signed) / 2;
        let at_most = query::checkpoints_before(conn, log, Some(middle + 1), 1)?.pop();
        match at_most.map(|(stored, _)| stored) {
            Some(stored) if Checkpoint::open(&stored.note, keys).is_err() => beyond = stored.size,
            _ => signed = middle,
        }
    }
    let last = query::checkpoints_before(conn, log, Some(signed + 1), 1)?.pop();
    Ok(last.map_or(0, |(stored, _)| stored.size))
}
