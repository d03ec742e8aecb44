//! Health histories over HTTP.

use super::{HealthHistory, HealthHistoryVersion, HealthHistoryView, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IfMatch, Page, Paging, PathId};
use crate::ids::kind;

/// Shows the health history as it stands.
///
/// # Errors
/// See [`ops::read`].
pub async fn read(caller: Caller, patient: PathId<kind::Patient>) -> Result<Answer<HealthHistoryView>> {
    caller.read(move |tx| ops::read(tx, patient.0)).await.map(versioned)
}

/// Records or confirms it.
///
/// # Errors
/// See [`ops::save`].
pub async fn save(
    caller: Caller,
    patient: PathId<kind::Patient>,
    version: IfMatch,
    body: Body<HealthHistory>,
) -> Result<Answer<HealthHistoryView>> {
    caller.write(move |tx| ops::save(tx, patient.0, version.0, &body.value)).await.map(versioned)
}

fn versioned(history: HealthHistoryView) -> Answer<HealthHistoryView> {
    let version = history.version;
    Answer::ok(history).version(version)
}

/// Lists its versions.
///
/// # Errors
/// See [`ops::versions`].
pub async fn versions(
    caller: Caller,
    patient: PathId<kind::Patient>,
    paging: Filter<Paging>,
) -> Result<Answer<Page<HealthHistoryVersion>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let bound = format!("health-history {}", patient.0);
    let (before, limit) = (paging.after::<i32>(keys, staff, &bound)?, paging.limit()?);
    let versions = caller.read(move |tx| ops::versions(tx, patient.0, before, limit + 1)).await?;
    Page::of(versions, limit, keys, staff, &bound, |version| version.version).map(Answer::ok)
}
