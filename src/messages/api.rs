//! Messages about a patient over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use super::{MessageView, NewMessage, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, Page, Paging, PathId};
use crate::ids::kind;

/// `GET /patients/{id}/messages`
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    paging: Filter<Paging>,
) -> Result<Answer<Page<MessageView>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let bound = format!("messages {}", patient.0);
    let (after, limit) = (paging.after(keys, staff, &bound)?, paging.limit()?);
    let messages = caller.read(move |tx| ops::list(tx, patient.0, after, limit + 1)).await?;
    Page::of(messages, limit, keys, staff, &bound, |message| message.id).map(Answer::ok)
}

/// `POST /patients/{id}/messages`
pub async fn write(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<NewMessage>,
) -> Result<Answer<MessageView>> {
    let (retry, new) = (key.with(body.mac), body.value);
    let message = caller.write(move |tx| ops::write(tx, &retry, patient.0, &new)).await?;
    let place = format!("/api/v1/patients/{}/messages", message.patient_id);
    Ok(Answer::created(message, place))
}
