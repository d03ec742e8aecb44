//! What is done with messages about a patient.

use super::{MessageView, NewMessage, query};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{MessageId, PatientId};

/// The messages about a patient, newest first: up to `limit` after one of them.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, patient: PatientId, after: Option<MessageId>, limit: i64) -> Result<Vec<MessageView>> {
    let chart = chart::open(tx, patient)?;
    query::messages(tx.conn(), &chart, after, limit)
}

/// Writes a message about a patient.
///
/// # Errors
/// The policy's.
pub fn write(tx: &mut Tx, retry: &Retry, patient: PatientId, new: &NewMessage) -> Result<MessageView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        let (id, at) = (tx.fresh_id(), tx.now());
        query::insert(tx.conn(), &chart, id, new.text.as_str(), at)?;
        Ok((id, written(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| written(tx, &chart, id))
}

fn written(tx: &mut Tx, chart: &Chart, id: MessageId) -> Result<MessageView> {
    tx.names(Object { kind: ObjectKind::Message, id: id.retype(), version: None });
    query::message(tx.conn(), chart, id)?.ok_or_else(Error::not_found)
}
