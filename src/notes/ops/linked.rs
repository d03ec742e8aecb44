//! What joint reviews need of the notes they link.

use std::collections::HashMap;

use super::super::NoteKind;
use super::super::query;
use crate::actor::Discipline;
use crate::chart::Chart;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{NoteId, StaffId};
use crate::policy::NoteState;

/// A note as a joint review sees it.
#[derive(Clone, Copy, Debug)]
pub(in crate::notes) struct Linked {
    pub(in crate::notes) kind: NoteKind,
    pub(in crate::notes) discipline: Discipline,
    pub(in crate::notes) state: NoteState,
    /// Whether the reader is shown it at all, be it as a stub.
    pub(in crate::notes) is_visible: bool,
}

/// Those of these notes that stand in the chart.
pub(in crate::notes) fn linked_notes(tx: &mut Tx, chart: &Chart, ids: &[NoteId]) -> Result<HashMap<NoteId, Linked>> {
    let visible = chart.visible_notes();
    let rows = query::linked(tx.conn(), chart, ids)?;
    let linked = rows.into_iter().map(|(id, _, kind, discipline, state, class)| {
        let is_visible = visible.iter().any(|(visible, _)| i32::from(visible.number()) == class);
        (id, Linked { kind, discipline, state, is_visible })
    });
    Ok(linked.collect())
}

/// A note of the actor's in the chart, written in a discipline that they practise.
pub(in crate::notes) fn half_of(tx: &mut Tx, chart: &Chart, id: NoteId) -> Result<Option<Linked>> {
    let (me, roles) = (chart.actor().staff, chart.actor().roles);
    let rows = query::linked(tx.conn(), chart, &[id])?;
    let mut own =
        rows.into_iter().filter(|(_, author, _, discipline, ..)| *author == me && roles.has(discipline.role()));
    Ok(own.next().map(|(_, _, kind, discipline, state, _)| Linked { kind, discipline, state, is_visible: true }))
}

/// What these members of staff are called.
pub(in crate::notes) fn names_of(tx: &mut Tx, chart: &Chart, ids: Vec<StaffId>) -> Result<HashMap<StaffId, String>> {
    query::names(tx.conn(), chart, ids)
}
