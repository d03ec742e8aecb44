//! Notes as they stand in the course of a treatment, for the timeline.

use crate::chart::{Chart, Span};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::notes::query;
use crate::notes::summaries::NoteSummary;

/// A note in the course of a treatment, and when anything of it last changed.
pub type Changed = (NoteSummary, Timestamp);

/// The notes that whoever opened the chart may see, without their words, newest service first, in a stretch of it.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<Changed>> {
    let (visible, now) = (chart.visible_notes(), tx.now());
    let classes: Vec<_> = visible.iter().map(|(class, _)| *class).collect();
    let rows = query::summaries(tx.conn(), chart, &classes, span)?;
    let changed = rows.into_iter().map(|(row, begun, changes)| {
        let changed_at = changes.into_iter().chain([row.signed_at]).flatten().fold(begun, Timestamp::max);
        (NoteSummary::of(row, &visible, now), changed_at)
    });
    Ok(changed.collect())
}

/// When whoever opened the chart last signed a note in it.
///
/// # Errors
/// The database's.
pub fn last_signed(tx: &mut Tx, chart: &Chart) -> Result<Option<Timestamp>> {
    query::last_signed(tx.conn(), chart)
}
