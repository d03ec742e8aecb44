//! The drafts of every practice that nobody signs, for the program alone.

use diesel::dsl::{exists, not};
use diesel::prelude::*;

use crate::alerts::AlertKind;
use crate::clock::Timestamp;
use crate::db::schema::{note, practice, reminder};
use crate::db::{Conn, dialect};
use crate::error::Result;
use crate::ids::{NoteId, ObjectId, PatientId, PracticeId, StaffId};
use crate::policy::Permit;

/// A draft whose author is to be reminded.
pub struct Unsigned {
    pub practice: PracticeId,
    pub id: NoteId,
    pub patient: PatientId,
    pub author: StaffId,
}

macro_rules! due {
    ($practice:expr, $number:expr, $by:expr) => {
        note::table
            .filter(note::practice_id.eq($practice))
            .filter(dialect::is_draft())
            .filter(note::service_at.le($by))
            .filter(note::created_at.le($by))
            .filter(not(exists(
                reminder::table
                    .filter(reminder::practice_id.eq(note::practice_id))
                    .filter(reminder::object_id.eq(note::id))
                    .filter(reminder::kind.eq(AlertKind::UnsignedNote))
                    .filter(reminder::number.eq($number)),
            )))
    };
}

/// Whether any draft, both served and begun by then, was not reminded of for the `number`-th time.
pub fn any_unreminded(conn: &mut Conn, number: i32, by: Timestamp) -> Result<bool> {
    for of in practices(conn)? {
        if diesel::select(exists(due!(of, number, by))).get_result(conn)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The next of them, at most `limit`.
pub fn unreminded(conn: &mut Conn, _: Permit, number: i32, by: Timestamp, limit: i64) -> Result<Vec<Unsigned>> {
    let mut found = Vec::new();
    for of in practices(conn)? {
        let left = limit - i64::try_from(found.len()).unwrap_or(limit);
        let rows: Vec<(NoteId, PatientId, StaffId)> = due!(of, number, by)
            .order(note::id)
            .limit(left)
            .select((note::id, note::patient_id, note::author_id))
            .load(conn)?;
        found.extend(rows.into_iter().map(|(id, patient, author)| Unsigned { practice: of, id, patient, author }));
    }
    Ok(found)
}

/// Whether a draft was reminded of for the `number`-th time.
pub fn was_reminded(conn: &mut Conn, of: &Unsigned, number: i32) -> Result<bool> {
    let object: ObjectId = of.id.retype();
    let row = reminder::table.find((of.practice, object, AlertKind::UnsignedNote, number));
    Ok(row.count().get_result::<i64>(conn)? > 0)
}

fn practices(conn: &mut Conn) -> Result<Vec<PracticeId>> {
    Ok(practice::table.select(practice::id).order(practice::id).load(conn)?)
}
