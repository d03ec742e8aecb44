//! The rows of referrals: worklists, composing, and one row for each move.

use actix_web::web;

use super::PAGING;
use crate::policy::Action;
use crate::referrals::api as referrals;
use crate::referrals::views::{
    Acceptance, Booking, Cancelled, Declined, DraftReferral, Reassignment, ReferralEventView, ReferralSummary,
    ReferralView, Remark, Report, Resent, Said,
};
use crate::routes::Row;
use crate::routes::Verb::{Delete, Get, Post, Put};

const WORKLIST: &[(&str, &str)] = &[
    PAGING[0],
    PAGING[1],
    ("box", "`inbox`, `outbox`, `pool`, `booking` or `overdue`; the inbox unless told"),
    ("state", "Such as `accepted`; every unfinished one unless told"),
];

pub(super) const REFERRALS: &[Row] = &[
    Row::new(Get, "/referrals", Action::ListWorklist, "One's worklist of referrals, oldest first", || {
        web::get().to(referrals::work)
    })
    .query(WORKLIST)
    .lists::<ReferralSummary>(),
    Row::new(Get, "/patients/{id}/referrals", Action::ListReferrals, "A patient's referrals, newest first", || {
        web::get().to(referrals::list)
    })
    .query(PAGING)
    .lists::<ReferralView>(),
    Row::new(Post, "/patients/{id}/referrals", Action::CreateReferral, "Begin a referral, as a draft", || {
        web::post().to(referrals::begin)
    })
    .retry()
    .takes::<DraftReferral>()
    .example(
        r#"{"episode_id": "0195553e-4a00-7000-8000-000000000003",
            "target": {"discipline": "massage", "site_id": "0195553e-4a00-7000-8000-000000000004"}, "urgency": "soon",
            "reason": "Tension headache with tight upper trapezius",
            "question": "Does soft tissue work change the headache within three sessions?",
            "requested": {"kind": "course", "sessions": 3}, "agreement": {}}"#,
    )
    .answers::<ReferralView>(201),
    Row::new(Get, "/referrals/{id}", Action::ReadReferral, "Read a referral", || web::get().to(referrals::read))
        .answers::<ReferralView>(200),
    Row::new(Get, "/referrals/{id}/events", Action::ReadReferral, "Everything that happened to a referral", || {
        web::get().to(referrals::events)
    })
    .lists::<ReferralEventView>(),
    Row::new(Put, "/referrals/{id}", Action::ChangeReferral, "Change a referral that is not sent yet, whole", || {
        web::put().to(referrals::change)
    })
    .if_match()
    .takes::<DraftReferral>()
    .example(
        r#"{"episode_id": "0195553e-4a00-7000-8000-000000000003",
            "target": {"discipline": "massage", "site_id": "0195553e-4a00-7000-8000-000000000004"}, "urgency": "routine",
            "reason": "Tension headache", "question": "Does it come from the neck?", "agreement": {}}"#,
    )
    .answers::<ReferralView>(200),
    Row::new(Delete, "/referrals/{id}", Action::DiscardReferral, "Discard a referral that is not sent yet", || {
        web::delete().to(referrals::discard)
    })
    .if_match()
    .answers_nothing(204),
];

pub(super) const MOVES: &[Row] = &[
    Row::new(Post, "/referrals/{id}/send", Action::SendReferral, "Send it", || web::post().to(referrals::send))
        .if_match()
        .retry()
        .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/receive",
        Action::ReceiveReferral,
        "Take a referral out of the pool, to look at it",
        || web::post().to(referrals::receive),
    )
    .if_match()
    .retry()
    .may_take::<Remark>()
    .example(r#"{"words": "I look at it today"}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/release", Action::ReleaseReferral, "Put it back into the pool", || {
        web::post().to(referrals::release)
    })
    .if_match()
    .retry()
    .may_take::<Remark>()
    .example(r#"{"words": "Outside what I treat"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/accept",
        Action::AcceptReferral,
        "Accept it and join the care team; what a safety item bars asks for a reason",
        || web::post().to(referrals::accept),
    )
    .if_match()
    .retry()
    .may_take::<Acceptance>()
    .example(r#"{"overrides": []}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/decline", Action::DeclineReferral, "Decline it, which ends what it opened", || {
        web::post().to(referrals::decline)
    })
    .if_match()
    .retry()
    .takes::<Declined>()
    .example(r#"{"reason": "no_capacity", "words": "Nothing free before June"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/request-info",
        Action::RequestReferralInfo,
        "Ask the referrer something first; the clock stands still meanwhile",
        || web::post().to(referrals::request_info),
    )
    .if_match()
    .retry()
    .takes::<Said>()
    .example(r#"{"words": "Is there an image of the spine?"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/answer",
        Action::AnswerReferral,
        "Answer what was asked; the clock goes on",
        || web::post().to(referrals::answer),
    )
    .if_match()
    .retry()
    .takes::<Said>()
    .example(r#"{"words": "There is none; nothing called for one"}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/schedule", Action::ScheduleReferral, "Book the first visit, or move it", || {
        web::post().to(referrals::schedule)
    })
    .if_match()
    .retry()
    .takes::<Booking>()
    .example(r#"{"first_visit_at": "2026-03-06T09:00:00Z", "last_session_on": "2026-04-03"}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/no-show", Action::RecordNoShow, "Say that the patient did not come", || {
        web::post().to(referrals::no_show)
    })
    .if_match()
    .retry()
    .may_take::<Remark>()
    .example(r#"{"words": "Did not call"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/start",
        Action::StartReferral,
        "Say that treatment has begun; the first signed note written for it says so too",
        || web::post().to(referrals::start),
    )
    .if_match()
    .retry()
    .may_take::<Remark>()
    .example(r#"{"words": "First session done"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/return-report",
        Action::ReturnReport,
        "Report to the referrer with a signed note that they may read",
        || web::post().to(referrals::return_report),
    )
    .if_match()
    .retry()
    .takes::<Report>()
    .example(r#"{"note_id": "0195553e-4a00-7000-8000-000000000001", "result": "answered"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/ask-further",
        Action::AskFurther,
        "Ask the owner something further about the report",
        || web::post().to(referrals::ask_further),
    )
    .if_match()
    .retry()
    .takes::<Said>()
    .example(r#"{"words": "Does she sleep through the night now?"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/close",
        Action::CloseReferral,
        "Close it after reviewing the report, and say what happens next",
        || web::post().to(referrals::close),
    )
    .if_match()
    .retry()
    .takes::<Said>()
    .example(r#"{"words": "Goes on with exercises; seen again in four weeks"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/resend",
        Action::ResendReferral,
        "Send it again after it was declined or expired, to somebody else if need be",
        || web::post().to(referrals::resend),
    )
    .if_match()
    .retry()
    .may_take::<Resent>()
    .example(r#"{"target": {"discipline": "massage", "site_id": "0195553e-4a00-7000-8000-000000000004"}}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/cancel", Action::CancelReferral, "Withdraw it, which ends what it opened", || {
        web::post().to(referrals::cancel)
    })
    .if_match()
    .retry()
    .takes::<Cancelled>()
    .example(r#"{"reason": "no_longer_needed"}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/request-cancel", Action::RequestReferralCancel, "Ask the owner to stop", || {
        web::post().to(referrals::request_cancel)
    })
    .if_match()
    .retry()
    .takes::<Said>()
    .example(r#"{"words": "The patient wants a break"}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/confirm-cancel", Action::ConfirmReferralCancel, "Stop, as was asked", || {
        web::post().to(referrals::confirm_cancel)
    })
    .if_match()
    .retry()
    .may_take::<Remark>()
    .example(r#"{"words": "Stopped after two sessions"}"#)
    .answers::<ReferralView>(200),
    Row::new(Post, "/referrals/{id}/keep", Action::KeepReferral, "Go on although one was asked to stop", || {
        web::post().to(referrals::keep)
    })
    .if_match()
    .retry()
    .may_take::<Remark>()
    .example(r#"{"words": "The patient wants to go on"}"#)
    .answers::<ReferralView>(200),
    Row::new(
        Post,
        "/referrals/{id}/reassign",
        Action::ReassignReferral,
        "Put somebody else in the place of the owner or of the referrer",
        || web::post().to(referrals::reassign),
    )
    .if_match()
    .retry()
    .takes::<Reassignment>()
    .example(r#"{"referrer_id": "0195553e-4a00-7000-8000-000000000002", "words": "On leave until April"}"#)
    .answers::<ReferralView>(200),
];
