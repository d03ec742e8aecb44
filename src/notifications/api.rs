//! Notifications, preferences and dead letters over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use serde::Deserialize;

use super::{AlertPreferences, DeadLetter, NewAlertPreferences, NotificationView, ops};
use crate::error::{Error, Result};
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, Page, Paging, PathId};
use crate::ids::kind;

/// Which notifications to list.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotificationFilter {
    unread: Option<String>,
    limit: Option<String>,
    cursor: Option<String>,
}

/// `GET /notifications`
pub async fn list(
    caller: Caller,
    Filter(filter): Filter<NotificationFilter>,
) -> Result<Answer<Page<NotificationView>>> {
    let NotificationFilter { unread, limit, cursor } = filter;
    let unread = match unread.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Error::field("/unread", "`true` or `false`")),
    };
    let (staff, keys, paging) = (caller.staff()?, &caller.app.keys, Paging { limit, cursor });
    let bound = format!("notifications unread={unread}");
    let (after, limit) = (paging.after(keys, staff, &bound)?, paging.limit()?);
    let told = caller.read(move |tx| ops::list(tx, unread, after, limit + 1)).await?;
    Page::of(told, limit, keys, staff, &bound, |told| told.id).map(Answer::ok)
}

/// `POST /notifications/{id}/read`
pub async fn mark(
    caller: Caller,
    PathId(id): PathId<kind::Notification>,
    key: IdempotencyKey,
) -> Result<Answer<NotificationView>> {
    let retry = key.alone();
    Ok(Answer::ok(caller.write(move |tx| ops::mark(tx, &retry, id)).await?))
}

/// `GET /me/alert-preferences`
pub async fn preferences(caller: Caller) -> Result<Answer<AlertPreferences>> {
    let preferences = caller.read(ops::preferences).await?;
    let version = preferences.version;
    Ok(Answer::ok(preferences).version(version))
}

/// `PUT /me/alert-preferences`
pub async fn choose(
    caller: Caller,
    IfMatch(version): IfMatch,
    body: Body<NewAlertPreferences>,
) -> Result<Answer<AlertPreferences>> {
    let preferences = caller.write(move |tx| ops::choose(tx, version, &body.value)).await?;
    let version = preferences.version;
    Ok(Answer::ok(preferences).version(version))
}

/// `GET /outbox/dead-letters`
pub async fn dead_letters(caller: Caller, Filter(paging): Filter<Paging>) -> Result<Answer<Page<DeadLetter>>> {
    let (staff, keys) = (caller.staff()?, &caller.app.keys);
    let (after, limit) = (paging.after(keys, staff, "dead letters")?, paging.limit()?);
    let letters = caller.read(move |tx| ops::dead_letters(tx, after, limit + 1)).await?;
    Page::of(letters, limit, keys, staff, "dead letters", |letter| letter.id).map(Answer::ok)
}

/// `POST /outbox/dead-letters/{id}/retry`
pub async fn try_again(
    caller: Caller,
    PathId(id): PathId<kind::Mail>,
    IfMatch(version): IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<DeadLetter>> {
    let retry = key.alone();
    let letter = caller.write(move |tx| ops::try_again(tx, &retry, id, version)).await?;
    let version = letter.version;
    Ok(Answer::ok(letter).version(version))
}
