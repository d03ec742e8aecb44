//! What is shown beside the words of notes.

use super::query::{self, AddendumRow, PendingRow, ReturnRow};
use crate::chart::Chart;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{NoteId, StaffId};
use crate::safety::ops::{self as safety, OverrideView};

/// What was appended to notes, overridden with them, waits on them, and came back.
#[derive(Default)]
pub(super) struct Beside {
    pub(super) addenda: Vec<AddendumRow>,
    pub(super) overrides: Vec<(NoteId, OverrideView)>,
    pub(super) pending: Vec<PendingRow>,
    pub(super) returns: Vec<ReturnRow>,
}

impl Beside {
    /// Reads what stands beside these notes; what came back only for `of_the_two`, whose author or supervisor reads.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn load(tx: &mut Tx, chart: &Chart, notes: &[NoteId], of_the_two: &[NoteId]) -> Result<Self> {
        let addenda = query::addenda(tx.conn(), chart, notes)?;
        let pending = query::pending_of(tx.conn(), chart, notes)?;
        let returns = query::returns(tx.conn(), chart, of_the_two)?;
        Ok(Self { addenda, overrides: safety::of_notes(tx, chart, notes)?, pending, returns })
    }

    /// Those who signed beside an author, or returned something.
    pub(super) fn cosigners(&self) -> impl Iterator<Item = StaffId> {
        let addenda = self.addenda.iter().filter_map(|row| row.cosigned_by);
        let pending = self.pending.iter().filter_map(|row| row.ended_by);
        addenda.chain(pending).chain(self.returns.iter().map(|row| row.returned_by))
    }

    /// Takes out what stands beside one of them.
    pub(super) fn take(&mut self, note: NoteId) -> Self {
        Self {
            addenda: self.addenda.extract_if(.., |addendum| addendum.note_id == note).collect(),
            overrides: self.overrides.extract_if(.., |(of, _)| *of == note).collect(),
            pending: self.pending.extract_if(.., |row| row.note_id == note).collect(),
            returns: self.returns.extract_if(.., |row| row.note_id == note).collect(),
        }
    }
}
