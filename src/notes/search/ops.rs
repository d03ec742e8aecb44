//! Searches through notes.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::{FoundNote, excerpts};
use crate::chart;
use crate::clock::Timestamp;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{NoteId, PatientId, PracticeId};
use crate::notes::ops::any_withheld;
pub use crate::notes::query::SignedNote;
use crate::notes::query::class::ClassFor;
use crate::notes::query::{self, FoundRow, Sought};
use crate::notes::summaries::NoteSummary;
use crate::patients;
use crate::policy::{Action, NoteClass, Sight};

/// Patients of one statement: in SQLite the cost of more of them grows with their square.
const PATIENTS: usize = 50;

/// Notes that are made found by their words in one transaction.
pub const BATCH: i64 = 200;

/// Where a search goes on: after the note of this service and id.
pub type After = Option<(Timestamp, NoteId)>;

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The notes.
    pub notes: Vec<FoundNote>,
    /// Whether a note of the one patient, or of any of those who are treated, is withheld at their request, be it what was
    /// looked for or not.
    pub withheld: bool,
}

/// The signed notes that hold all these words, newest service first: up to `limit` after a position, and one more if there
/// are more.
///
/// # Errors
/// The policy's.
pub fn search(
    tx: &mut Tx,
    patient: Option<PatientId>,
    words: &BTreeSet<String>,
    after: After,
    limit: i64,
) -> Result<Found> {
    match patient {
        Some(patient) => of_one(tx, patient, words, after, limit),
        None => of_the_treated(tx, words, after, limit),
    }
}

fn of_one(tx: &mut Tx, patient: PatientId, words: &BTreeSet<String>, after: After, limit: i64) -> Result<Found> {
    let chart = chart::open(tx, patient)?;
    // Whoever may search among the patients they treat may not for that reason search in any record: what opens this one
    // is what lets them list its notes.
    tx.rather_on(chart::ask_of_patient(&chart, Action::ListNotes)?);
    let visible = chart.visible_notes();
    let sought = Sought { patients: &[patient], words, classes: &read_in_full(&visible), after, limit: limit + 1 };
    let rows = query::found(tx.conn(), chart.practice(), ClassFor::reader_of(&chart), &sought)?;
    Ok(Found { notes: shape(tx, chart.practice(), rows, words, &visible)?, withheld: any_withheld(tx, &chart)? })
}

fn of_the_treated(tx: &mut Tx, words: &BTreeSet<String>, after: After, limit: i64) -> Result<Found> {
    let scope = chart::scope(tx)?;
    let patients = patients::ops::in_scope(tx, &scope)?;
    let visible = scope.notes_of_treated();
    let classes = read_in_full(&visible);
    let some_withhold = chart::withholds_any(tx, &patients)?;
    let (mut rows, mut withheld) = (Vec::new(), false);
    for patients in patients.chunks(PATIENTS) {
        let (conn, reader) = (tx.conn(), ClassFor::reader_in(&scope));
        withheld = withheld
            || some_withhold && query::any_among(conn, scope.practice, reader, patients, &scope.withheld_of_treated())?;
        let sought = Sought { patients, words, classes: &classes, after, limit: limit + 1 };
        rows.extend(query::found(tx.conn(), scope.practice, ClassFor::reader_in(&scope), &sought)?);
    }
    rows.sort_unstable_by_key(|row| Reverse(row.place()));
    rows.truncate(usize::try_from(limit + 1).unwrap_or(usize::MAX));
    for row in &rows {
        tx.rests_on(scope.practice, row.patient(), row.access_version);
    }
    let notes = shape(tx, scope.practice, rows, words, &visible)?;
    tx.discloses_page(&notes, limit, |found| found.note.patient_id);
    Ok(Found { notes, withheld })
}

/// Whether any signed note cannot be found by its words, having been signed before there was an index.
///
/// # Errors
/// The database's.
pub fn any_missing(conn: &mut Conn) -> Result<bool> {
    query::any_without_words(conn)
}

/// Makes up to [`BATCH`] of them found by their words, from after one of them on. Nobody is told of what they say, and what
/// is found is decided at each search. Says which they were; once it is none, all can be found.
///
/// # Errors
/// The database's.
pub fn add_missing(conn: &mut Conn, after: Option<SignedNote>) -> Result<Vec<SignedNote>> {
    query::keep_missing_words(conn, after, BATCH)
}

/// What is shown as a stub is found by none of its words.
fn read_in_full(visible: &[(NoteClass, Sight)]) -> Vec<NoteClass> {
    let full = visible.iter().filter(|(_, sight)| *sight == Sight::Full);
    full.map(|(class, _)| *class).collect()
}

fn shape(
    tx: &mut Tx,
    practice: PracticeId,
    rows: Vec<FoundRow>,
    words: &BTreeSet<String>,
    visible: &[(NoteClass, Sight)],
) -> Result<Vec<FoundNote>> {
    let appended = query::appended(tx.conn(), practice, &rows)?;
    let now = tx.now();
    let found = rows.into_iter().map(|row| {
        let note = NoteSummary::of(row.summary, visible, now);
        let of_note = appended.iter().filter(|(id, _)| *id == note.id);
        let addenda: Vec<String> = of_note.map(|(_, text)| text.clone()).collect();
        Ok(FoundNote { excerpts: excerpts(&row.body, &addenda, words)?, note })
    });
    found.collect()
}
