//! Notes without their words, for the timeline.

use diesel::prelude::*;

use super::summary_columns;
use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, note_addendum, note_error, note_version, staff};
use crate::error::Result;
use crate::ids::NoteId;
use crate::notes::class::{ClassAmong, ClassFor};
use crate::notes::summaries::SummaryRow;
use crate::policy::NoteClass;

/// A note with when it was begun, and when it was last signed or amended, appended to, and declared wrong.
pub type ChangedRow = (SummaryRow, Timestamp, Option<Timestamp>, Option<Timestamp>, Option<Timestamp>);

/// The notes of the chart in these classes, newest service first, in a stretch of it.
pub fn summaries(conn: &mut Conn, chart: &Chart, classes: &[NoteClass], span: Span) -> Result<Vec<ChangedRow>> {
    let versions = || {
        note_version::table
            .filter(note_version::practice_id.eq(note::practice_id))
            .filter(note_version::note_id.eq(note::id))
    };
    let addenda = || {
        note_addendum::table
            .filter(note_addendum::practice_id.eq(note::practice_id))
            .filter(note_addendum::note_id.eq(note::id))
    };
    let errors = || {
        note_error::table.filter(note_error::practice_id.eq(note::practice_id)).filter(note_error::note_id.eq(note::id))
    };
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
        query = query.filter(
            note::created_at
                .gt(since)
                .or(note::signed_at.gt(since))
                .or(diesel::dsl::exists(versions().filter(note_version::signed_at.gt(since))))
                .or(diesel::dsl::exists(addenda().filter(note_addendum::written_at.gt(since))))
                .or(diesel::dsl::exists(errors().filter(note_error::declared_at.gt(since)))),
        );
    }
    Ok(query
        .order((note::service_at.desc(), note::id.desc()))
        .limit(span.limit)
        .select((
            summary_columns!(ClassFor::reader_of(chart)),
            note::created_at,
            versions()
                .order(note_version::number.desc())
                .select(note_version::signed_at.nullable())
                .limit(1)
                .single_value(),
            addenda()
                .order(note_addendum::written_at.desc())
                .select(note_addendum::written_at.nullable())
                .limit(1)
                .single_value(),
            errors().select(note_error::declared_at.nullable()).limit(1).single_value(),
        ))
        .load(conn)?)
}

/// When whoever opened the chart last signed a note in it.
pub fn last_signed(conn: &mut Conn, chart: &Chart) -> Result<Option<Timestamp>> {
    Ok(note::table
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::author_id.eq(chart.actor().staff))
        .filter(note::signed_at.is_not_null())
        .order(note::signed_at.desc())
        .select(note::signed_at)
        .first(conn)
        .optional()?
        .flatten())
}
