//! The pages by which people tell each other: alerts, messages, referrals with a row for each move.

use actix_web::web;

use super::PageRow;
use crate::messages::web as messages;
use crate::notifications::web::{self as notifications, preferences};
use crate::policy::Action;
use crate::referrals::web::{self as referrals, boxes, compose, moves};
use crate::routes::Verb::{Get, Post};

/// All of them.
pub(super) fn rows() -> impl Iterator<Item = &'static PageRow> {
    [NOTIFICATIONS, PREFERENCES, MESSAGES, REFERRALS, COMPOSING, MOVES].into_iter().flatten()
}

const NOTIFICATIONS: &[PageRow] = &[
    PageRow::new(Get, "/notifications", &[Action::ListNotifications], || web::get().to(notifications::list)),
    PageRow::new(Get, "/notifications/unread", &[Action::ListNotifications], || web::get().to(notifications::unread))
        .passive(),
    PageRow::new(Post, "/notifications/read", &[Action::MarkNotification], || web::post().to(notifications::mark_all)),
    PageRow::new(Get, "/notifications/{id}", &[Action::MarkNotification], || web::get().to(notifications::one)),
    PageRow::new(Post, "/notifications/{id}/read", &[Action::MarkNotification], || web::post().to(notifications::mark)),
];

const PREFERENCES: &[PageRow] = &[
    PageRow::new(Get, "/me/alerts", &[Action::ReadAlertPreferences], || web::get().to(preferences::preferences)),
    PageRow::new(Post, "/me/alerts", &[Action::ChangeAlertPreferences, Action::ReadAlertPreferences], || {
        web::post().to(preferences::choose)
    }),
];

const MESSAGES: &[PageRow] = &[
    PageRow::new(Get, "/patients/{id}/messages", &[Action::ListMessages, Action::ReadPatient], || {
        web::get().to(messages::list)
    }),
    PageRow::new(
        Post,
        "/patients/{id}/messages",
        &[Action::WriteMessage, Action::ListMessages, Action::ReadPatient],
        || web::post().to(messages::write),
    ),
];

const REFERRALS: &[PageRow] = &[
    PageRow::new(Get, "/referrals", &[Action::ListWorklist, Action::ReadDirectory], || web::get().to(boxes::list)),
    PageRow::new(Get, "/referrals.csv", &[Action::ListWorklist, Action::ReadDirectory], || {
        web::get().to(boxes::list_csv)
    }),
    PageRow::new(
        Get,
        "/referrals/{id}",
        &[Action::ReadReferral, Action::ReadPatient, Action::ReadDirectory, Action::ListNotes],
        || web::get().to(referrals::referral),
    ),
];

/// What the form of a referral is filled in with.
macro_rules! composing {
    ($verb:ident $path:literal, [$($action:ident),+], $handler:expr) => {
        PageRow::new(
            $verb,
            $path,
            &[
                $(Action::$action,)+
                Action::ReadPatient,
                Action::ListEpisodes,
                Action::ListNotes,
                Action::ListDecisionMakers,
                Action::ReadDirectory,
            ],
            $handler,
        )
    };
}

const COMPOSING: &[PageRow] = &[
    composing!(Get "/patients/{id}/referrals/new", [ReadNote], || web::get().to(compose::blank)),
    composing!(Post "/patients/{id}/referrals", [CreateReferral], || web::post().to(compose::begin)),
    composing!(Post "/patients/{id}/referrals/send", [CreateReferral, SendReferral, ReadReferral], || {
        web::post().to(compose::begin_and_send)
    }),
    composing!(Get "/referrals/{id}/edit", [ReadReferral], || web::get().to(compose::editor)),
    composing!(Post "/referrals/{id}/edit", [ChangeReferral, ReadReferral], || web::post().to(compose::save)),
    composing!(Post "/referrals/{id}/send", [ChangeReferral, SendReferral, ReadReferral], || {
        web::post().to(compose::send)
    }),
    PageRow::new(Post, "/referrals/{id}/discard", &[Action::DiscardReferral], || web::post().to(compose::discard)),
];

/// A refused move is shown with the referral as it stands.
macro_rules! moves {
    ($($path:literal $action:ident $handler:ident;)+) => {
        &[$(PageRow::new(
            Post,
            concat!("/referrals/{id}/", $path),
            &[
                Action::$action,
                Action::ReadReferral,
                Action::ReadPatient,
                Action::ReadDirectory,
                Action::ListNotes,
            ],
            || web::post().to(moves::$handler),
        ),)+]
    };
}

const MOVES: &[PageRow] = moves! {
    "receive" ReceiveReferral receive;
    "release" ReleaseReferral release;
    "accept" AcceptReferral accept;
    "decline" DeclineReferral decline;
    "request-info" RequestReferralInfo request_info;
    "answer" AnswerReferral answer;
    "schedule" ScheduleReferral schedule;
    "no-show" RecordNoShow no_show;
    "start" StartReferral start;
    "return-report" ReturnReport return_report;
    "ask-further" AskFurther ask_further;
    "close" CloseReferral close;
    "resend" ResendReferral resend;
    "cancel" CancelReferral cancel;
    "request-cancel" RequestReferralCancel request_cancel;
    "confirm-cancel" ConfirmReferralCancel confirm_cancel;
    "keep" KeepReferral keep;
    "reassign" ReassignReferral reassign;
};
