//! Notes without their words, for the timeline.

use diesel::dsl::exists;
use diesel::prelude::*;

use super::class::{ClassAmong, ClassFor};
use super::summary_columns;
use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, note_addendum, note_error, note_pending, note_version, staff};
use crate::error::Result;
use crate::ids::{NoteId, PatientId, PracticeId};
use crate::notes::rules::PendingState;
use crate::notes::summaries::SummaryRow;
use crate::policy::{NoteClass, NoteState};

/// A note with when it was begun, and when it changed last by each of what changes it: a version that is signed, or co-signed;
/// an addendum that is written, or co-signed; what is signed and waits for the second signature; being declared wrong.
pub type ChangedRow = (SummaryRow, Timestamp, [Option<Timestamp>; 6]);

type Row = (SummaryRow, Timestamp, (Moment, Moment, Moment, Moment, Moment, Moment));
type Moment = Option<Timestamp>;

/// What lies beside a note.
macro_rules! beside {
    ($kind:ident) => {
        $kind::table.filter($kind::practice_id.eq(note::practice_id)).filter($kind::note_id.eq(note::id))
    };
}

/// The newest of these moments, if there is any.
macro_rules! newest {
    ($rows:expr, $moment:expr) => {
        $rows
            .filter($moment.nullable().is_not_null())
            .order($moment.desc())
            .select($moment.nullable())
            .limit(1)
            .single_value()
    };
}

/// The notes of the chart in these classes, newest service first, in a stretch of it.
pub fn summaries(conn: &mut Conn, chart: &Chart, classes: &[NoteClass], span: Span) -> Result<Vec<ChangedRow>> {
    let waiting = || beside!(note_pending).filter(note_pending::state.eq(PendingState::Waiting));
    let mut query = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(ClassAmong::those(ClassFor::reader_of(chart), classes))
        .into_boxed();
    if let Some((at, id)) = span.after {
        let id: NoteId = id.retype();
        query = query.filter(note::service_at.lt(at).or(note::service_at.eq(at).and(note::id.lt(id))));
    }
    if let Some(since) = span.since {
        // What the reader is writing is nothing new to them.
        query = query.filter(note::state.ne(NoteState::Draft).or(note::author_id.ne(chart.actor().staff)));
        query = query.filter(
            note::created_at
                .gt(since)
                .or(note::signed_at.gt(since))
                .or(exists(beside!(note_version).filter(note_version::signed_at.gt(since))))
                .or(exists(beside!(note_version).filter(note_version::cosigned_at.gt(since))))
                .or(exists(beside!(note_addendum).filter(note_addendum::written_at.gt(since))))
                .or(exists(beside!(note_addendum).filter(note_addendum::cosigned_at.gt(since))))
                .or(exists(waiting().filter(note_pending::signed_at.gt(since))))
                .or(exists(beside!(note_error).filter(note_error::declared_at.gt(since)))),
        );
    }
    let rows = query
        .order((note::service_at.desc(), note::id.desc()))
        .limit(span.limit)
        .select((
            summary_columns!(ClassFor::reader_of(chart)),
            note::created_at,
            (
                newest!(beside!(note_version), note_version::signed_at),
                newest!(beside!(note_version), note_version::cosigned_at),
                newest!(beside!(note_addendum), note_addendum::written_at),
                newest!(beside!(note_addendum), note_addendum::cosigned_at),
                newest!(waiting(), note_pending::signed_at),
                newest!(beside!(note_error), note_error::declared_at),
            ),
        ))
        .load::<Row>(conn)?;
    Ok(rows.into_iter().map(|(note, begun, (a, b, c, d, e, f))| (note, begun, [a, b, c, d, e, f])).collect())
}

/// Whether any note of these patients is in one of these classes for a reader.
pub fn any_among(
    conn: &mut Conn,
    practice: PracticeId,
    reader: ClassFor,
    patients: &[PatientId],
    classes: &[NoteClass],
) -> Result<bool> {
    let notes = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .filter(note::practice_id.eq(practice))
        .filter(note::patient_id.eq_any(patients.to_vec()))
        .filter(ClassAmong::those(reader, classes));
    Ok(notes.select(note::id).first::<NoteId>(conn).optional()?.is_some())
}

/// When whoever opened the chart last signed a note in it that stands: who wrote into the wrong record has seen nothing of
/// this one.
pub fn last_signed(conn: &mut Conn, chart: &Chart) -> Result<Option<Timestamp>> {
    Ok(note::table
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::author_id.eq(chart.actor().staff))
        .filter(note::signed_at.is_not_null())
        .filter(note::state.ne(NoteState::EnteredInError))
        .order(note::signed_at.desc())
        .select(note::signed_at)
        .first(conn)
        .optional()?
        .flatten())
}
