//! The list and its reviews over HTTP.

use serde::Deserialize;

use super::{Position, StartedWithoutNote, ops};
use crate::access::ops::{Review, Reviewed};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, Page, Paging, PathId};
use crate::ids::kind;

/// Which of them are asked for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StartedFilter {
    limit: Option<String>,
    cursor: Option<String>,
    reviewed: Option<Reviewed>,
}

/// `GET /started-without-note`
///
/// # Errors
/// As the policy and the page say.
pub async fn list(caller: Caller, filter: Filter<StartedFilter>) -> Result<Answer<Page<StartedWithoutNote>>> {
    let StartedFilter { limit, cursor, reviewed } = filter.0;
    let (paging, keys, staff) = (Paging { limit, cursor }, &caller.app.keys, caller.staff()?);
    let bound = format!("started without note {reviewed:?}");
    let (limit, after) = (paging.limit()?, paging.after(keys, staff, &bound)?);
    let started = caller.read(move |tx| ops::started_without_note(tx, reviewed, after, limit)).await?;
    Page::of(started, limit, keys, staff, &bound, |one| Position(one.started_at, one.id)).map(Answer::ok)
}

/// `POST /started-without-note/{id}/review`
///
/// # Errors
/// See [`ops::review`].
pub async fn review(
    caller: Caller,
    id: PathId<kind::CareTeam>,
    key: IdempotencyKey,
    body: Body<Review>,
) -> Result<Answer<StartedWithoutNote>> {
    let (retry, review) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::review(tx, &retry, id.0, &review)).await.map(Answer::ok)
}
