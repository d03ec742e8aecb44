//! The timeline over HTTP.

use serde::Deserialize;

use super::{Since, Timeline, ops};
use crate::error::Result;
use crate::http::{Answer, Caller, Filter, Page, Paging, PathId};
use crate::ids::kind;
use crate::safety::ops::WithSafety;

/// What a timeline is narrowed to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TimelineFilter {
    limit: Option<String>,
    cursor: Option<String>,
    since: Option<Since>,
}

/// `GET /patients/{id}/timeline`
///
/// # Errors
/// A refusal; [`crate::error::Code::BadCursor`].
pub async fn read(
    caller: Caller,
    patient: PathId<kind::Patient>,
    filter: Filter<TimelineFilter>,
) -> Result<Answer<WithSafety<Timeline>>> {
    let TimelineFilter { limit, cursor, since } = filter.0;
    let (paging, staff, keys) = (Paging { limit, cursor }, caller.staff()?, &caller.app.keys);
    let bound = format!("timeline {} {since:?}", patient.0);
    let (limit, after) = (paging.limit()?, paging.after(keys, staff, &bound)?);
    let WithSafety { read, safety } = caller.read(move |tx| ops::read(tx, patient.0, since, after, limit + 1)).await?;
    let page = Page::of(read.entries, limit, keys, staff, &bound, |(_, place)| *place)?;
    let items = page.items.into_iter().map(|(entry, _)| entry).collect();
    let read = Timeline { items, next: page.next, withheld: read.withheld, changed_since: read.changed_since };
    Ok(Answer::ok(WithSafety { read, safety }))
}
