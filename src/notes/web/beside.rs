//! What stands beside the note that is being written: one's own last visit, and what the other discipline did last.

use strum::IntoEnumIterator;

use super::super::ops;
use super::super::views::{Narrowed, NoteView, Shown};
use super::letter::Letter;
use crate::actor::Discipline;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{NoteId, PatientId, StaffId};
use crate::policy::Action;
use crate::web::Visit;

/// Signed notes that are looked through for one whose words are open: a few may be shown as stubs.
const LOOKED_THROUGH: i64 = 5;

/// A note to read while writing.
pub struct BesideNote {
    /// Which of the two it is.
    pub heading: &'static str,
    /// The note.
    pub note: NoteView,
    /// What it says.
    pub letter: Letter,
    /// Whether it is of the discipline in which the new one is written.
    pub is_own: bool,
}

/// The last signed note of one's own, or else of one's discipline, and that of the other, as far as they are shown to
/// whoever writes.
///
/// # Errors
/// Any but a refusal, which leaves out what is refused.
pub(super) async fn beside(
    visit: &Visit,
    patient: PatientId,
    written: Option<NoteId>,
    disciplines: &[Discipline],
) -> Result<Vec<BesideNote>> {
    let Some(own) = disciplines.first().copied() else { return Ok(Vec::new()) };
    let Some(writer) = visit.known().map(|known| known.staff) else { return Ok(Vec::new()) };
    let last = move |tx: &mut Tx| {
        let mut of = |discipline: Discipline, author: Option<StaffId>| -> Result<Option<NoteView>> {
            let narrowed = Narrowed { discipline: Some(discipline), author, stands: true, ..Narrowed::default() };
            let notes = ops::list(tx, patient, narrowed, None, LOOKED_THROUGH)?.read.notes;
            Ok(notes.into_iter().find(|note| note.shown == Shown::Full && Some(note.id) != written))
        };
        let mine = match of(own, Some(writer))? {
            Some(mine) => Some(mine),
            None => of(own, None)?,
        };
        let other = Discipline::iter().find(|other| *other != own);
        Ok((mine, other.map(|other| of(other, None)).transpose()?.flatten()))
    };
    let Some((mine, other)) = Visit::unless_refused(visit.read(Action::ListNotes, last).await)? else {
        return Ok(Vec::new());
    };
    let shown = |note: Option<NoteView>, is_own: bool| {
        let note = note?;
        let heading = match (is_own, note.author.id == writer) {
            (true, true) => "Your last visit",
            (true, false) => "The last visit in your discipline",
            (false, _) => "What the other discipline did last",
        };
        let letter = Letter::of(visit, note.body.as_deref()?);
        Some(letter.map(|letter| BesideNote { heading, note, letter, is_own }))
    };
    [shown(mine, true), shown(other, false)].into_iter().flatten().collect()
}
