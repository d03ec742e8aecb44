//! What the clock reminds of: each reminder is raised once, whoever raises it.

use diesel::prelude::*;

use crate::alerts::AlertKind;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::reminder;
use crate::error::Result;
use crate::ids::{ObjectId, PracticeId};

/// Writes down that something was reminded of for the `number`-th time. Who comes second in another process is refused by
/// the database, and finds it done in the next round.
///
/// # Errors
/// The database's.
pub fn note_down(
    conn: &mut Conn,
    practice: PracticeId,
    object: ObjectId,
    kind: AlertKind,
    number: i32,
    now: Timestamp,
) -> Result<()> {
    diesel::insert_into(reminder::table)
        .values((
            reminder::practice_id.eq(practice),
            reminder::object_id.eq(object),
            reminder::kind.eq(kind),
            reminder::number.eq(number),
            reminder::raised_at.eq(now),
        ))
        .execute(conn)?;
    Ok(())
}
