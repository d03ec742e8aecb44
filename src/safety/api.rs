//! Safety items over HTTP.

use serde::Deserialize;

use super::{Contraindications, NewSafetyItem, Resolve, SafetyItemView, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::{SafetyItemId, kind};

/// What a list of safety items is narrowed to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemFilter {
    limit: Option<String>,
    cursor: Option<String>,
    resolved: Option<bool>,
}

/// Lists the safety items of a patient.
///
/// # Errors
/// See [`ops::list`].
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    filter: Filter<ItemFilter>,
) -> Result<Answer<Page<SafetyItemView>>> {
    let ItemFilter { limit, cursor, resolved } = filter.0;
    let (paging, resolved) = (Paging { limit, cursor }, resolved.unwrap_or(false));
    let (staff, keys) = (caller.staff()?, &caller.app.keys);
    let bound = format!("safety-items {} {resolved}", patient.0);
    let after = paging.after::<(bool, SafetyItemId)>(keys, staff, &bound)?;
    let limit = paging.limit()?;
    let items = caller.read(move |tx| ops::list(tx, patient.0, resolved, after, limit + 1)).await?;
    Page::of(items, limit, keys, staff, &bound, |item| (item.resolved.is_some(), item.id)).map(Answer::ok)
}

/// Raises a safety item.
///
/// # Errors
/// See [`ops::raise`].
pub async fn raise(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<NewSafetyItem>,
) -> Result<Answer<SafetyItemView>> {
    let (catalogue, retry, new) = (caller.app.catalogue.clone(), key.with(body.mac), body.value);
    let item = caller.write(move |tx| ops::raise(tx, &retry, &catalogue, patient.0, &new)).await?;
    let (place, version) = (format!("/api/v1/patients/{}/safety-items", item.patient_id), item.version);
    Ok(Answer::created(item, place).version(version))
}

/// Resolves a safety item.
///
/// # Errors
/// See [`ops::resolve`].
pub async fn resolve(
    caller: Caller,
    id: PathId<kind::SafetyItem>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<Resolve>,
) -> Result<Answer<SafetyItemView>> {
    let (retry, resolve) = (key.with(body.mac), body.value);
    let item = caller.write(move |tx| ops::resolve(tx, &retry, id.0, version.0, &resolve)).await?;
    let version = item.version;
    Ok(Answer::ok(item).version(version))
}

/// Shows the contraindication catalogue.
///
/// # Errors
/// A refusal.
pub async fn contraindications(caller: Caller) -> Result<Answer<Contraindications>> {
    caller.read(|tx| tx.permit(false).map(drop)).await?;
    Ok(Answer::ok(Contraindications { items: caller.app.catalogue.contraindications().cloned().collect() }))
}
