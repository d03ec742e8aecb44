//! The exports room over HTTP.

use super::{ExportView, NewExport, ops, page};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Download, IdempotencyKey, Medium, PathId};
use crate::ids::kind;

/// `POST /patients/{id}/exports`
///
/// # Errors
/// See [`ops::make`].
pub async fn make(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<NewExport>,
) -> Result<Answer<ExportView>> {
    let (retry, new) = (key.with(body.mac), body.value);
    let export = caller.write(move |tx| ops::make(tx, &retry, patient.0, &new)).await?;
    let place = format!("/api/v1/exports/{}", export.id);
    Ok(Answer::created(export, place))
}

/// `GET /exports/{id}`
///
/// # Errors
/// See [`ops::read`].
pub async fn read(caller: Caller, export: PathId<kind::Export>, medium: Medium) -> Result<Download> {
    let copy = caller.read(move |tx| ops::read(tx, export.0)).await?;
    let text = match medium {
        Medium::Json => copy.text,
        Medium::Html => page::print(&copy.text, copy.hash)?,
    };
    Ok(Download { name: format!("record-{}", copy.record_number), medium, text })
}
