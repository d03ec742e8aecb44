//! Joint reviews over HTTP.
#![expect(clippy::missing_errors_doc, reason = "a handler fails as its use case does")]

use super::{JointReviewView, LinkedNote, NewJointReview, OneSided, ops};
use crate::error::Result;
use crate::http::{Answer, Body, Caller, Filter, IdempotencyKey, IfMatch, MaybeBody, Page, Paging, PathId};
use crate::ids::kind;

/// `GET /patients/{id}/joint-reviews`
pub async fn list(
    caller: Caller,
    patient: PathId<kind::Patient>,
    Filter(paging): Filter<Paging>,
) -> Result<Answer<Page<JointReviewView>>> {
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let bound = format!("joint reviews {}", patient.0);
    let after = paging.after(keys, staff, &bound)?;
    let reviews = caller.read(move |tx| ops::list(tx, patient.0, after, limit + 1)).await?;
    Page::of(reviews, limit, keys, staff, &bound, |review| review.id).map(Answer::ok)
}

/// `POST /patients/{id}/joint-reviews`
pub async fn open(
    caller: Caller,
    patient: PathId<kind::Patient>,
    key: IdempotencyKey,
    MaybeBody(body): MaybeBody<NewJointReview>,
) -> Result<Answer<JointReviewView>> {
    let (retry, new) = (key.with(body.mac), body.value);
    let review = caller.write(move |tx| ops::open(tx, &retry, patient.0, new)).await?;
    let (location, version) = (format!("/api/v1/patients/{}/joint-reviews", patient.0), review.version);
    Ok(Answer::created(review, location).version(version))
}

/// `POST /joint-reviews/{id}/link`
pub async fn link(
    caller: Caller,
    id: PathId<kind::JointReview>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<LinkedNote>,
) -> Result<Answer<JointReviewView>> {
    let (retry, linked) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::link(tx, &retry, id.0, version.0, linked)).await.map(versioned)
}

/// `POST /joint-reviews/{id}/close`
pub async fn close(
    caller: Caller,
    id: PathId<kind::JointReview>,
    version: IfMatch,
    key: IdempotencyKey,
    body: Body<OneSided>,
) -> Result<Answer<JointReviewView>> {
    let (retry, one_sided) = (key.with(body.mac), body.value);
    caller.write(move |tx| ops::close(tx, &retry, id.0, version.0, &one_sided)).await.map(versioned)
}

fn versioned(review: JointReviewView) -> Answer<JointReviewView> {
    let version = review.version;
    Answer::ok(review).version(version)
}
