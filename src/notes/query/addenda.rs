//! What is appended to signed notes.

use diesel::prelude::*;

use super::words;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note_addendum, staff};
use crate::error::Result;
use crate::ids::{AddendumId, NoteId, StaffId};

/// An addendum as it lies in the database.
#[derive(Debug, Queryable)]
pub struct AddendumRow {
    pub note_id: NoteId,
    pub id: AddendumId,
    pub author_id: StaffId,
    pub author_name: String,
    pub written_at: Timestamp,
    pub text: String,
    pub hash: Vec<u8>,
    pub cosigned_by: Option<StaffId>,
    pub cosigned_at: Option<Timestamp>,
}

/// What was appended to these notes, oldest first.
pub fn addenda(conn: &mut Conn, chart: &Chart, notes: &[NoteId]) -> Result<Vec<AddendumRow>> {
    if notes.is_empty() {
        return Ok(Vec::new());
    }
    Ok(note_addendum::table
        .inner_join(
            staff::table
                .on(staff::practice_id.eq(note_addendum::practice_id).and(staff::id.eq(note_addendum::author_id))),
        )
        .filter(note_addendum::practice_id.eq(chart.practice()))
        .filter(note_addendum::note_id.eq_any(notes.to_vec()))
        .order((note_addendum::written_at, note_addendum::id))
        .select((
            note_addendum::note_id,
            note_addendum::id,
            note_addendum::author_id,
            staff::name,
            note_addendum::written_at,
            note_addendum::text,
            note_addendum::hash,
            note_addendum::cosigned_by,
            note_addendum::cosigned_at,
        ))
        .load(conn)?)
}

/// Something that is about to be appended.
#[derive(Debug)]
pub struct Appended<'n> {
    pub id: AddendumId,
    pub author: StaffId,
    pub text: &'n str,
    pub hash: [u8; 32],
    pub at: Timestamp,
    /// Who signed beside the author, and when.
    pub cosigned: Option<(StaffId, Timestamp)>,
}

/// Appends to a note.
pub fn append(conn: &mut Conn, chart: &Chart, id: NoteId, appended: &Appended) -> Result<()> {
    diesel::insert_into(note_addendum::table)
        .values((
            note_addendum::id.eq(appended.id),
            note_addendum::practice_id.eq(chart.practice()),
            note_addendum::note_id.eq(id),
            note_addendum::author_id.eq(appended.author),
            note_addendum::text.eq(appended.text),
            note_addendum::hash.eq(appended.hash.as_slice()),
            note_addendum::written_at.eq(appended.at),
            note_addendum::cosigned_by.eq(appended.cosigned.map(|(by, _)| by)),
            note_addendum::cosigned_at.eq(appended.cosigned.map(|(_, at)| at)),
        ))
        .execute(conn)?;
    words::keep_words_anew(conn, chart, id)
}
