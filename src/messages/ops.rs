//! What is done with messages about a patient.

use super::{NewMessage, query};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart, Span};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{MessageId, PatientId};
use crate::policy::Action;

pub use super::MessageView;

/// Every message about the patient of an open chart, oldest first, for whoever may hand it out; consent directives are not
/// heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<MessageView>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let mut messages = query::messages(tx.conn(), chart, None, i64::MAX)?;
    messages.reverse();
    Ok(messages)
}

/// The messages about a patient, newest first: up to `limit` after one of them.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, patient: PatientId, after: Option<MessageId>, limit: i64) -> Result<Vec<MessageView>> {
    let chart = chart::open(tx, patient)?;
    query::messages(tx.conn(), &chart, after, limit)
}

/// The messages that whoever opened the chart may read, newest first, in a stretch of it.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<MessageView>> {
    if chart::ask_of_patient(chart, Action::ListMessages).is_err() {
        return Ok(Vec::new());
    }
    query::written(tx.conn(), chart, span)
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
        let to = alerts::care_team(tx, chart.practice(), patient)?;
        alerts::raise(tx, Alert::new(AlertKind::Message, object(id), to).about(patient))?;
        Ok((id, written(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| written(tx, &chart, id))
}

fn written(tx: &mut Tx, chart: &Chart, id: MessageId) -> Result<MessageView> {
    tx.names(object(id));
    query::message(tx.conn(), chart, id)?.ok_or_else(Error::not_found)
}

const fn object(id: MessageId) -> Object {
    Object { kind: ObjectKind::Message, id: id.retype(), version: None }
}
