//! The list over HTTP.

use super::{Position, StartedWithoutNote, ops};
use crate::error::Result;
use crate::http::{Answer, Caller, Filter, Page, Paging};

const LIST: &str = "started without note";

/// `GET /started-without-note`
///
/// # Errors
/// As the policy and the page say.
pub async fn list(caller: Caller, Filter(paging): Filter<Paging>) -> Result<Answer<Page<StartedWithoutNote>>> {
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let after = paging.after(keys, staff, LIST)?;
    let started = caller.read(move |tx| ops::started_without_note(tx, after, limit)).await?;
    Page::of(started, limit, keys, staff, LIST, |one| Position(one.started_at, one.id)).map(Answer::ok)
}
