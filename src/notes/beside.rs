//! What is shown beside the words of notes.

use super::query::{self, AddendumRow};
use crate::chart::Chart;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::NoteId;
use crate::safety::ops::{self as safety, OverrideView};

/// What was appended to notes, and what was overridden with them.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) addenda: Vec<AddendumRow>,
    pub(super) overrides: Vec<(NoteId, OverrideView)>,
}

impl Beside {
    /// Reads what stands beside these notes.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn load(tx: &mut Tx, chart: &Chart, notes: &[NoteId]) -> Result<Self> {
        let addenda = query::addenda(tx.conn(), chart, notes)?;
        Ok(Self { addenda, overrides: safety::of_notes(tx, chart, notes)? })
    }

    /// Takes out what stands beside one of them.
    pub(super) fn take(&mut self, note: NoteId) -> Self {
        Self {
            addenda: self.addenda.extract_if(.., |addendum| addendum.note_id == note).collect(),
            overrides: self.overrides.extract_if(.., |(of, _)| *of == note).collect(),
        }
    }
}
