//! The rows of what people are alerted of, and of the mails that did not arrive.

use actix_web::web;

use super::PAGING;
use crate::notifications::{AlertPreferences, DeadLetter, NewAlertPreferences, NotificationView, api as notifications};
use crate::policy::Action;
use crate::routes::Row;
use crate::routes::Verb::{Get, Post, Put};

/// The query parameters of the list of notifications.
const NOTIFICATION_FILTER: &[(&str, &str)] =
    &[PAGING[0], PAGING[1], ("unread", "`true`: only what is not marked as read")];

pub(super) const ALERTS: &[Row] = &[
    Row::new(Get, "/notifications", Action::ListNotifications, "What one was alerted of, newest first", || {
        web::get().to(notifications::list)
    })
    .query(NOTIFICATION_FILTER)
    .lists::<NotificationView>(),
    Row::new(
        Post,
        "/notifications/{id}/read",
        Action::MarkNotification,
        "Mark something one was alerted of as read",
        || web::post().to(notifications::mark),
    )
    .retry()
    .answers::<NotificationView>(200),
    Row::new(Get, "/me/alert-preferences", Action::ReadAlertPreferences, "How alerts reach oneself", || {
        web::get().to(notifications::preferences)
    })
    .answers::<AlertPreferences>(200),
    Row::new(
        Put,
        "/me/alert-preferences",
        Action::ChangeAlertPreferences,
        "Choose how alerts reach oneself: at once, in a daily mail, or in the program alone",
        || web::put().to(notifications::choose),
    )
    .if_match()
    .takes::<NewAlertPreferences>()
    .example(r#"{"digest_hour": 18, "choices": [{"kind": "message", "delivery": "digest"}]}"#)
    .answers::<AlertPreferences>(200),
    Row::new(
        Get,
        "/outbox/dead-letters",
        Action::ListDeadLetters,
        "Mails that could not be delivered and are tried no longer, newest first",
        || web::get().to(notifications::dead_letters),
    )
    .query(PAGING)
    .lists::<DeadLetter>(),
    Row::new(
        Post,
        "/outbox/dead-letters/{id}/retry",
        Action::RetryDeadLetter,
        "Have a mail that could not be delivered tried again",
        || web::post().to(notifications::try_again),
    )
    .if_match()
    .retry()
    .answers::<DeadLetter>(200),
];
