//! Joint reviews as they are handed out with a whole record.

use std::collections::HashMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::super::ops::{Linked, linked_notes, names_of};
use super::super::record::Signature;
use super::super::views::Signer;
use super::query::{self, Only, ReviewRow};
use super::rules::{self, ReviewState};
use crate::chart::{self, Chart};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{JointReviewId, NoteId, StaffId};
use crate::policy::Action;

/// A joint review as it is handed out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedReview {
    /// Its id.
    pub id: JointReviewId,
    /// Where it stands.
    pub state: ReviewState,
    /// Who began it, and when.
    pub opened: Signature,
    /// The notes that the disciplines brought; those that are left out of the document are left out here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub note_ids: Vec<NoteId>,
    /// Who closed it without one of the disciplines, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<Signature>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<String>,
}

/// Every joint review of the record, the first one first, for whoever may hand it out; consent directives are not heeded
/// here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<RecordedReview>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let mut rows = query::reviews(tx.conn(), chart, Only::All, None, i64::MAX)?;
    rows.reverse();
    let linked: Vec<_> = rows.iter().flat_map(|row| [row.physiotherapy, row.massage]).flatten().collect();
    let notes = linked_notes(tx, chart, &linked)?;
    let names = names_of(tx, chart, rows.iter().filter_map(|row| row.closed_by).collect())?;
    Ok(rows.into_iter().map(|row| recorded(row, &notes, &names)).collect())
}

fn recorded(row: ReviewRow, notes: &HashMap<NoteId, Linked>, names: &HashMap<StaffId, String>) -> RecordedReview {
    let halves = [row.physiotherapy, row.massage];
    let states = halves.map(|id| id.and_then(|id| notes.get(&id)).map(|note| note.state));
    let closed = row.closed_by.zip(row.closed_at).map(|(id, at)| {
        let by = Signer { id, name: names.get(&id).cloned().unwrap_or_default() };
        Signature { by, at }
    });
    RecordedReview {
        id: row.id,
        state: rules::state(row.closed_at.is_some(), states),
        opened: Signature { by: Signer { id: row.opened_by, name: row.opener_name }, at: row.opened_at },
        note_ids: halves.into_iter().flatten().collect(),
        closed,
        close_reason: row.close_reason,
    }
}
