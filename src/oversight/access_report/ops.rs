//! Reading the access report.

use super::{AccessLine, query};
use crate::chart;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{EventId, PatientId};

/// Who saw or changed the record, newest first: up to `most` before one of the events.
///
/// # Errors
/// A refusal.
pub(super) fn read(tx: &mut Tx, patient: PatientId, before: Option<EventId>, most: i64) -> Result<Vec<AccessLine>> {
    let chart = chart::open(tx, patient)?;
    query::lines(tx.conn(), &chart, before, most)
}
