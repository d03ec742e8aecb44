//! Notes that nobody has signed.

use diesel::prelude::*;

use super::super::views::LeftDraft;
use super::NoteKind;
use super::class::{ClassAmong, ClassFor};
use crate::actor::Discipline;
use crate::chart::Scope;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, patient, staff};
use crate::error::Result;
use crate::ids::{NoteId, PatientId, PracticeId, StaffId};
use crate::policy::{NoteClass, NoteState, Permit};

/// A note that is not signed, without a word of it.
#[derive(Debug, Queryable)]
pub struct UnsignedRow {
    pub id: NoteId,
    pub patient_id: PatientId,
    pub access_version: i64,
    pub author_id: StaffId,
    pub author_name: String,
    pub discipline: Discipline,
    pub kind: NoteKind,
    pub service_at: Timestamp,
    pub created_at: Timestamp,
}

/// Which notes that are not signed.
#[derive(Clone, Copy, Debug)]
pub struct LeftSince {
    /// Of this author; of everybody without one.
    pub author: Option<StaffId>,
    /// Both served and begun by then.
    pub by: Timestamp,
}

/// Whether no directive withholds a note from a reader.
fn nothing_withheld(reader: ClassFor) -> ClassAmong {
    ClassAmong::those(reader, &NoteClass::with_nothing_withheld().collect::<Vec<_>>())
}

/// Notes of an author that are not signed, by time of service, with the `access_version` of their patients.
pub fn unsigned_by(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    reader: ClassFor,
    author: StaffId,
) -> Result<Vec<(LeftDraft, i64)>> {
    Ok(note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .inner_join(patient::table.on(patient::practice_id.eq(note::practice_id).and(patient::id.eq(note::patient_id))))
        .filter(note::practice_id.eq(practice))
        .filter(note::author_id.eq(author))
        .filter(note::state.eq_any([NoteState::Draft, NoteState::LeftUnsigned]))
        .filter(nothing_withheld(reader))
        .order((note::service_at, note::id))
        .select(((note::id, note::patient_id, note::service_at, note::state), patient::access_version))
        .load(conn)?)
}

/// Notes that are not signed, in the order in which they were begun, after a position.
pub fn unsigned(
    conn: &mut Conn,
    scope: &Scope,
    sought: &LeftSince,
    after: Option<NoteId>,
    limit: i64,
) -> Result<Vec<UnsignedRow>> {
    let mut query = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .inner_join(patient::table.on(patient::practice_id.eq(note::practice_id).and(patient::id.eq(note::patient_id))))
        .filter(note::practice_id.eq(scope.practice))
        .filter(note::state.eq(NoteState::Draft))
        .filter(note::service_at.le(sought.by))
        .filter(note::created_at.le(sought.by))
        .filter(note::patient_id.ne_all(scope.hidden.clone()))
        .filter(nothing_withheld(ClassFor::reader_in(scope)))
        .into_boxed();
    if let Some(author) = sought.author {
        query = query.filter(note::author_id.eq(author));
    }
    if let Some(after) = after {
        query = query.filter(note::id.gt(after));
    }
    Ok(query
        .order(note::id)
        .limit(limit)
        .select((
            note::id,
            note::patient_id,
            patient::access_version,
            staff::id,
            staff::name,
            note::discipline,
            note::kind,
            note::service_at,
            note::created_at,
        ))
        .load(conn)?)
}

/// Moves all notes of an author from one state to another.
pub fn move_all_of(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    author: StaffId,
    from: NoteState,
    to: NoteState,
) -> Result<()> {
    let notes = note::table
        .filter(note::practice_id.eq(practice))
        .filter(note::author_id.eq(author))
        .filter(note::state.eq(from));
    diesel::update(notes).set((note::state.eq(to), note::version.eq(note::version + 1))).execute(conn)?;
    Ok(())
}

/// Whether a draft's author has left, which makes it one that is left unsigned.
pub fn has_left(conn: &mut Conn, practice: PracticeId, author: StaffId) -> Result<bool> {
    let active: bool = staff::table.find((practice, author)).select(staff::active).first(conn)?;
    Ok(!active)
}
