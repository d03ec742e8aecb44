//! Consent directives over HTTP.

use super::{DirectiveList, DirectiveView, NewDirective, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, IdempotencyKey, IfMatch, PathId};
use crate::ids::kind;

/// `GET /patients/{id}/consent-directives`
///
/// # Errors
/// See [`ops::list`].
pub async fn list(caller: Caller, patient: PathId<kind::Patient>) -> Result<Answer<DirectiveList>> {
    let items = caller.read(move |tx| ops::list(tx, patient.0)).await?;
    Ok(Answer::ok(DirectiveList { items }))
}

/// `POST /patients/{id}/consent-directives`
///
/// # Errors
/// See [`ops::set`].
pub async fn set(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<NewDirective>,
) -> Result<Answer<DirectiveView>> {
    let (retry, new) = (key.with(body.mac), body.value);
    let directive = caller.write(move |tx| ops::set(tx, &retry, patient.0, &new)).await?;
    let (place, version) = (format!("/api/v1/consent-directives/{}", directive.id), directive.version);
    Ok(Answer::created(directive, place).version(version))
}

/// `POST /consent-directives/{id}/revoke`
///
/// # Errors
/// See [`ops::revoke`].
pub async fn revoke(
    caller: Caller,
    id: PathId<kind::Directive>,
    version: IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<DirectiveView>> {
    let retry = key.alone();
    let directive = caller.write(move |tx| ops::revoke(tx, &retry, id.0, version.0)).await?;
    let version = directive.version;
    Ok(Answer::ok(directive).version(version))
}
