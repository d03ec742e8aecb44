//! The words of signed notes, for searches.

use std::collections::BTreeSet;

use diesel::prelude::*;

use super::class::{ClassAmong, ClassFor};
use super::summary_columns;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::dialect::HasWords;
use crate::db::schema::{note, note_addendum, note_version, note_words, patient, staff};
use crate::error::{Error, Result};
use crate::folding;
use crate::ids::{NoteId, PatientId, PracticeId};
use crate::notes::summaries::SummaryRow;
use crate::policy::{NoteClass, NoteState};

/// Bytes of distinct words of a note beyond which none are kept; PostgreSQL takes a megabyte.
const MOST_WORDS: usize = 400_000;

/// Keeps the words of the first version of a note, which is about to become its newest. The database refuses one whose words
/// are not kept.
pub(super) fn keep_first_words(conn: &mut Conn, chart: &Chart, id: NoteId, body: &str) -> Result<()> {
    let words = words_of(body, &[])?;
    begin(conn, (chart.practice(), id), chart.patient(), 1, &words)
}

/// Keeps the words of a version that is about to become the newest, and of what was appended before.
pub(super) fn keep_words(conn: &mut Conn, chart: &Chart, id: NoteId, version: i32, body: &str) -> Result<()> {
    keep(conn, (chart.practice(), id), chart.patient(), version, body)
}

fn keep(conn: &mut Conn, note: SignedNote, patient: PatientId, version: i32, body: &str) -> Result<()> {
    let addenda = note_addendum::table
        .filter(note_addendum::practice_id.eq(note.0))
        .filter(note_addendum::note_id.eq(note.1))
        .select(note_addendum::text)
        .load::<String>(conn)?;
    let words = words_of(body, &addenda)?;
    let row = note_words::table.find(note);
    let changed =
        diesel::update(row).set((note_words::version.eq(version), note_words::words.eq(&words))).execute(conn)?;
    if changed == 0 { begin(conn, note, patient, version, &words) } else { Ok(()) }
}

fn begin(conn: &mut Conn, (practice, id): SignedNote, patient: PatientId, version: i32, words: &str) -> Result<()> {
    diesel::insert_into(note_words::table)
        .values((
            note_words::practice_id.eq(practice),
            note_words::note_id.eq(id),
            note_words::patient_id.eq(patient),
            note_words::version.eq(version),
            note_words::words.eq(words),
        ))
        .execute(conn)?;
    Ok(())
}

/// A note that was signed, in whichever practice.
pub type SignedNote = (PracticeId, NoteId);

/// Whether the words of any signed note are not kept, in whichever practice: there is one row of them for each first version.
pub fn any_without_words(conn: &mut Conn) -> Result<bool> {
    let signed: i64 = note_version::table.filter(note_version::number.eq(1)).count().get_result(conn)?;
    let kept: i64 = note_words::table.count().get_result(conn)?;
    Ok(signed != kept)
}

/// Keeps the words of up to `most` signed notes whose words are not kept, in whichever practice, from after one of them on;
/// says which they were. It tells nobody of them.
pub fn keep_missing_words(conn: &mut Conn, after: Option<SignedNote>, most: i64) -> Result<Vec<SignedNote>> {
    let of_note = note_words::practice_id.eq(note::practice_id).and(note_words::note_id.eq(note::id));
    let mut query = note::table
        .inner_join(
            note_version::table.on(note_version::practice_id
                .eq(note::practice_id)
                .and(note_version::note_id.eq(note::id))
                .and(note_version::number.eq(note::current_version))),
        )
        .filter(diesel::dsl::not(diesel::dsl::exists(note_words::table.filter(of_note))))
        .into_boxed();
    if let Some((practice, id)) = after {
        query = query.filter(note::practice_id.gt(practice).or(note::practice_id.eq(practice).and(note::id.gt(id))));
    }
    let missing = query
        .order((note::practice_id, note::id))
        .limit(most)
        .select((note::practice_id, note::id, note::patient_id, note_version::number, note_version::body))
        .load::<(PracticeId, NoteId, PatientId, i32, String)>(conn)?;
    for (practice, id, patient, version, body) in &missing {
        keep(conn, (*practice, *id), *patient, *version, body)?;
    }
    Ok(missing.into_iter().map(|(practice, id, ..)| (practice, id)).collect())
}

/// Keeps the words of a note once more, with what was appended to it.
pub(super) fn keep_words_anew(conn: &mut Conn, chart: &Chart, id: NoteId) -> Result<()> {
    let newest = note::table
        .inner_join(
            note_version::table.on(note_version::practice_id
                .eq(note::practice_id)
                .and(note_version::note_id.eq(note::id))
                .and(note_version::number.eq(note::current_version))),
        )
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::id.eq(id))
        .select((note_version::number, note_version::body));
    match newest.first::<(i32, String)>(conn).optional()? {
        Some((version, body)) => keep_words(conn, chart, id, version, &body),
        None => Ok(()),
    }
}

/// The distinct words of a note and of what was appended to it, in order, a blank between them. The names of its parts are
/// none.
fn words_of(body: &str, addenda: &[String]) -> Result<String> {
    fn gather(value: &serde_json::Value, plain: &mut String) {
        match value {
            serde_json::Value::String(text) => {
                plain.push_str(&folding::plain(text));
                plain.push(' ');
            }
            serde_json::Value::Array(values) => values.iter().for_each(|value| gather(value, plain)),
            serde_json::Value::Object(parts) => parts.values().for_each(|value| gather(value, plain)),
            serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
        }
    }
    let mut plain = folding::plain(&addenda.join(" "));
    plain.push(' ');
    gather(&serde_json::from_str(body).map_err(Error::internal)?, &mut plain);
    let mut words: Vec<_> = folding::words_in(&plain).collect();
    words.sort_unstable();
    words.dedup();
    Ok(joined(&words))
}

fn joined(words: &[&str]) -> String {
    let mut text = String::new();
    for word in words {
        if text.len() + word.len() >= MOST_WORDS {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// What is searched for, and where.
pub struct Sought<'s> {
    /// Of whom.
    pub patients: &'s [PatientId],
    /// Words that all occur.
    pub words: &'s BTreeSet<String>,
    /// The classes of notes whose words the reader may read.
    pub classes: &'s [NoteClass],
    /// After which note.
    pub after: Option<(Timestamp, NoteId)>,
    /// At most so many.
    pub limit: i64,
}

/// A note that was found.
#[derive(Debug, Queryable)]
pub struct FoundRow {
    /// The note.
    pub summary: SummaryRow,
    /// What it says.
    pub body: String,
    /// What its being found rests on.
    pub access_version: i64,
}

impl FoundRow {
    /// Its place in the order of what is found.
    pub fn place(&self) -> (Timestamp, NoteId) {
        (self.summary.service_at, self.summary.id)
    }

    /// Whose note it is.
    pub fn patient(&self) -> PatientId {
        self.summary.patient_id
    }
}

/// The signed notes that hold all the words, newest service first. What a reader may not read is asked of each note as it
/// stands now, never of the words that are kept.
pub fn found(conn: &mut Conn, practice: PracticeId, reader: ClassFor, sought: &Sought) -> Result<Vec<FoundRow>> {
    let holds_words = HasWords::new(conn, sought.patients, sought.words);
    let version = note_words::table
        .filter(note_words::practice_id.eq(note::practice_id))
        .filter(note_words::note_id.eq(note::id))
        .filter(note_words::patient_id.eq(note::patient_id))
        .select(note_words::version)
        .single_value();
    let mut query = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .inner_join(patient::table.on(patient::practice_id.eq(note::practice_id).and(patient::id.eq(note::patient_id))))
        .inner_join(
            note_version::table.on(note_version::practice_id
                .eq(note::practice_id)
                .and(note_version::note_id.eq(note::id))
                .and(note_version::number.eq(note::current_version))),
        )
        .filter(holds_words)
        .filter(note::practice_id.eq(practice))
        .filter(note::current_version.nullable().eq(version))
        .filter(note::state.eq(NoteState::Signed))
        .filter(ClassAmong::those(reader, sought.classes))
        .into_boxed();
    if let Some((service_at, id)) = sought.after {
        query = query.filter(note::service_at.lt(service_at).or(note::service_at.eq(service_at).and(note::id.lt(id))));
    }
    Ok(query
        .order((note::service_at.desc(), note::id.desc()))
        .limit(sought.limit)
        .select((summary_columns!(reader), note_version::body, patient::access_version))
        .load(conn)?)
}

/// What was appended to these notes.
pub fn appended(conn: &mut Conn, practice: PracticeId, found: &[FoundRow]) -> Result<Vec<(NoteId, String)>> {
    let ids: Vec<NoteId> = found.iter().map(|row| row.summary.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(note_addendum::table
        .filter(note_addendum::practice_id.eq(practice))
        .filter(note_addendum::note_id.eq_any(ids))
        .order(note_addendum::id)
        .select((note_addendum::note_id, note_addendum::text))
        .load(conn)?)
}
