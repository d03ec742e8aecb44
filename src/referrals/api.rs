//! Referrals over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use serde::Deserialize;

use super::ops;
use super::views::{
    Acceptance, Booking, Cancelled, Declined, DraftReferral, Reassignment, ReferralEventView, ReferralSummary,
    ReferralView, Remark, Report, Resent, Said, Worklist,
};
use crate::chart::ReferralState;
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, MaybeBody, Page, Paging, PathId};
use crate::ids::kind;

/// `GET /patients/{id}/referrals`
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    paging: Filter<Paging>,
) -> Result<Answer<Page<ReferralView>>> {
    let (staff, keys, Filter(paging)) = (caller.staff()?, &caller.app.keys, paging);
    let bound = format!("referrals {}", patient.0);
    let (after, limit) = (paging.after(keys, staff, &bound)?, paging.limit()?);
    let listed = caller.read(move |tx| ops::list(tx, patient.0, after, limit + 1)).await?;
    let page = Page::of(listed.referrals, limit, keys, staff, &bound, |referral| referral.id)?;
    Ok(Answer::ok(Page { withheld: listed.withheld, ..page }))
}

/// What a worklist is narrowed to.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkFilter {
    limit: Option<String>,
    cursor: Option<String>,
    r#box: Option<Worklist>,
    state: Option<ReferralState>,
}

/// `GET /referrals`
pub async fn work(caller: Caller, filter: Filter<WorkFilter>) -> Result<Answer<Page<ReferralSummary>>> {
    let WorkFilter { limit, cursor, r#box, state } = filter.0;
    let (paging, staff, keys) = (Paging { limit, cursor }, caller.staff()?, &caller.app.keys);
    let list = r#box.unwrap_or(Worklist::Inbox);
    let bound = format!("worklist {list} {state:?}");
    let (after, limit) = (paging.after(keys, staff, &bound)?, paging.limit()?);
    let found = caller.read(move |tx| ops::work(tx, list, state, after, limit)).await?;
    Ok(Answer::ok(Page::of(found, limit, keys, staff, &bound, |referral| referral.id)?))
}

/// `POST /patients/{id}/referrals`
pub async fn begin(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    body: Body<DraftReferral>,
) -> Result<Answer<ReferralView>> {
    let (retry, draft) = (key.with(body.mac), body.value);
    let referral = caller.write(move |tx| ops::begin(tx, &retry, patient.0, &draft)).await?;
    let (place, version) = (format!("/api/v1/referrals/{}", referral.id), referral.version);
    Ok(Answer::created(referral, place).version(version))
}

/// `GET /referrals/{id}`
pub async fn read(caller: Caller, id: PathId<kind::Referral>) -> Result<Answer<ReferralView>> {
    caller.read(move |tx| ops::read(tx, id.0)).await.map(versioned)
}

/// `GET /referrals/{id}/events`
pub async fn events(caller: Caller, id: PathId<kind::Referral>) -> Result<Answer<Page<ReferralEventView>>> {
    let events = caller.read(move |tx| ops::events(tx, id.0)).await?;
    Ok(Answer::ok(Page { items: events, next: None, withheld: false }))
}

/// `PUT /referrals/{id}`
pub async fn change(
    caller: Caller,
    id: PathId<kind::Referral>,
    version: IfMatch,
    body: Body<DraftReferral>,
) -> Result<Answer<ReferralView>> {
    caller.write(move |tx| ops::change(tx, id.0, version.0, &body.value)).await.map(versioned)
}

/// `DELETE /referrals/{id}`
pub async fn discard(caller: Caller, id: PathId<kind::Referral>, version: IfMatch) -> Result<Answer<()>> {
    caller.write(move |tx| ops::discard(tx, id.0, version.0)).await?;
    Ok(Answer::nothing())
}

/// `POST /referrals/{id}/send`
pub async fn send(
    caller: Caller,
    id: PathId<kind::Referral>,
    version: IfMatch,
    key: IdempotencyKey,
) -> Result<Answer<ReferralView>> {
    let retry = key.alone();
    caller.write(move |tx| ops::send(tx, &retry, id.0, version.0)).await.map(versioned)
}

macro_rules! moves {
    ($($path:literal $name:ident($taken:ident<$body:ident>);)+) => {$(
        #[doc = concat!("`POST /referrals/{id}/", $path, "`")]
        pub async fn $name(
            caller: Caller,
            id: PathId<kind::Referral>,
            version: IfMatch,
            key: IdempotencyKey,
            body: $taken<$body>,
        ) -> Result<Answer<ReferralView>> {
            let Body { value: said, mac } = body.into();
            let retry = key.with(mac);
            caller.write(move |tx| ops::$name(tx, &retry, id.0, version.0, &said)).await.map(versioned)
        }
    )+};
}

moves! {
    "receive" receive(MaybeBody<Remark>);
    "release" release(MaybeBody<Remark>);
    "accept" accept(MaybeBody<Acceptance>);
    "decline" decline(Body<Declined>);
    "request-info" request_info(Body<Said>);
    "answer" answer(Body<Said>);
    "schedule" schedule(Body<Booking>);
    "no-show" no_show(MaybeBody<Remark>);
    "start" start(MaybeBody<Remark>);
    "return-report" return_report(Body<Report>);
    "ask-further" ask_further(Body<Said>);
    "close" close(Body<Said>);
    "resend" resend(MaybeBody<Resent>);
    "cancel" cancel(Body<Cancelled>);
    "request-cancel" request_cancel(Body<Said>);
    "confirm-cancel" confirm_cancel(MaybeBody<Remark>);
    "keep" keep(MaybeBody<Remark>);
    "reassign" reassign(Body<Reassignment>);
}

fn versioned(referral: ReferralView) -> Answer<ReferralView> {
    let version = referral.version;
    Answer::ok(referral).version(version)
}
