//! Cover over HTTP.

use super::{CoverView, NewCover, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, Page, Paging, PathId};
use crate::ids::kind;

const COMING: &str = "cover";

/// Lists who covers for whom.
///
/// # Errors
/// See [`ops::list`].
pub async fn list(caller: Caller, paging: Filter<Paging>) -> Result<Answer<Page<CoverView>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let (after, limit) = (paging.after(keys, staff, COMING)?, paging.limit()?);
    let covers = caller.read(move |tx| ops::list(tx, after, limit)).await?;
    Ok(Answer::ok(Page::of(covers, limit, keys, staff, COMING, |cover| cover.id)?))
}

/// Grants cover.
///
/// # Errors
/// See [`ops::grant`].
pub async fn grant(caller: Caller, key: IdempotencyKey, body: Body<NewCover>) -> Result<Answer<CoverView>> {
    let Body { value: new, mac } = body;
    let retry = key.with(mac);
    let cover = caller.write(move |tx| ops::grant(tx, &retry, &new)).await?;
    let place = format!("/api/v1/cover/{}", cover.id);
    Ok(Answer::created(cover, place))
}

/// Ends cover.
///
/// # Errors
/// See [`ops::end`].
pub async fn end(caller: Caller, cover: PathId<kind::Cover>) -> Result<Answer> {
    caller.write(move |tx| ops::end(tx, cover.0)).await?;
    Ok(Answer::nothing())
}
