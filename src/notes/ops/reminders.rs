//! Reminders of notes that are not signed.

use super::super::{query, rules};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Log, Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::{Conn, Tx};
use crate::error::Result;

/// Reminders in one transaction.
const CHUNK: i64 = 50;

/// Whether anybody has to be reminded of a note that is not signed.
///
/// # Errors
/// The database's.
pub fn any_unreminded(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    for (number, after) in rules::REMINDED_AFTER {
        if query::any_unreminded(conn, number, now.plus_seconds(-after))? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Reminds authors of notes that they have not signed, once after a day and once after two; who was not reminded in time
/// hears of it once. Says whether there is more to do.
///
/// # Errors
/// The database's.
pub fn remind(tx: &mut Tx) -> Result<bool> {
    let (permit, now, kind) = (tx.own_permit()?, tx.now(), AlertKind::UnsignedNote);
    let mut reminded = 0;
    // The second reminder first: it stands for the first one too, should that have been missed.
    for (number, after) in rules::REMINDED_AFTER.into_iter().rev() {
        let unsigned = query::unreminded(tx.conn(), permit, number, now.plus_seconds(-after), CHUNK)?;
        reminded = reminded.max(i64::try_from(unsigned.len()).unwrap_or(CHUNK));
        for note in unsigned {
            tx.record_own(Log::Practice(note.practice), "reminded");
            let object = Object { kind: ObjectKind::Note, id: note.id.retype(), version: None };
            tx.names(object);
            tx.discloses([note.patient]);
            for earlier in 1..=number {
                if !query::was_reminded(tx.conn(), &note, earlier)? {
                    alerts::note_down(tx.conn(), note.practice, note.id.retype(), kind, earlier, now)?;
                }
            }
            alerts::raise_in(tx, note.practice, Alert::new(kind, object, vec![note.author]).about(note.patient))?;
        }
    }
    Ok(reminded == CHUNK)
}
