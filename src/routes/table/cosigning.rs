//! The rows of what two sign: co-signatures, and joint reviews.

use actix_web::web;

use super::super::Row;
use super::super::Verb::{Get, Post};
use super::PAGING;
use crate::notes::api as notes;
use crate::notes::joint_reviews::{JointReviewView, LinkedNote, NewJointReview, OneSided, api as joint_reviews};
use crate::notes::views::{Comments, NoteView, PendingView, WaitingView};
use crate::policy::Action;

pub(super) const COSIGNING: &[Row] = &[
    Row::new(Get, "/cosignatures", Action::ListCosignatures, "What waits for one's signature as a supervisor", || {
        web::get().to(notes::waiting)
    })
    .query(PAGING)
    .lists::<WaitingView>(),
    Row::new(Post, "/notes/{id}/cosign", Action::CosignNote, "Sign a note beside its author", || {
        web::post().to(notes::cosign)
    })
    .if_match()
    .retry()
    .answers::<NoteView>(200),
    Row::new(Post, "/notes/{id}/return", Action::ReturnNote, "Return a note to its author, with comments", || {
        web::post().to(notes::give_back)
    })
    .if_match()
    .retry()
    .takes::<Comments>()
    .example(r#"{"comments": "Which side was the test positive on?"}"#)
    .answers::<NoteView>(200),
    Row::new(
        Get,
        "/pending-changes/{id}",
        Action::ReadNote,
        "An amendment or addendum that waits for a second signature",
        || web::get().to(notes::read_pending),
    )
    .answers::<PendingView>(200),
    Row::new(
        Post,
        "/pending-changes/{id}/cosign",
        Action::CosignNote,
        "Sign an amendment or addendum beside its author",
        || web::post().to(notes::cosign_pending),
    )
    .if_match()
    .retry()
    .answers::<PendingView>(200),
    Row::new(
        Post,
        "/pending-changes/{id}/return",
        Action::ReturnNote,
        "Return an amendment or addendum to its author, with comments",
        || web::post().to(notes::give_back_pending),
    )
    .if_match()
    .retry()
    .takes::<Comments>()
    .example(r#"{"comments": "Say since when."}"#)
    .answers::<PendingView>(200),
    Row::new(
        Post,
        "/pending-changes/{id}/withdraw",
        Action::DiscardDraft,
        "Withdraw an amendment or addendum of one's own that waits",
        || web::post().to(notes::withdraw_pending),
    )
    .if_match()
    .retry()
    .answers::<PendingView>(200),
];

pub(super) const JOINT_REVIEWS: &[Row] = &[
    Row::new(
        Get,
        "/patients/{id}/joint-reviews",
        Action::ListJointReviews,
        "A patient's joint reviews, newest first",
        || web::get().to(joint_reviews::list),
    )
    .query(PAGING)
    .lists::<JointReviewView>(),
    Row::new(
        Post,
        "/patients/{id}/joint-reviews",
        Action::OpenJointReview,
        "Begin a joint review, with one's own half if that is signed",
        || web::post().to(joint_reviews::open),
    )
    .retry()
    .may_take::<NewJointReview>()
    .example(r#"{"note_id": null}"#)
    .answers::<JointReviewView>(201),
    Row::new(
        Post,
        "/joint-reviews/{id}/link",
        Action::LinkJointReview,
        "Link one's own signed note as the half of its discipline",
        || web::post().to(joint_reviews::link),
    )
    .if_match()
    .retry()
    .takes::<LinkedNote>()
    .example(r#"{"note_id": "019cad58-bd80-7121-a121-212121212121"}"#)
    .answers::<JointReviewView>(200),
    Row::new(
        Post,
        "/joint-reviews/{id}/close",
        Action::CloseJointReview,
        "Close a joint review without one of the disciplines, after 14 days",
        || web::post().to(joint_reviews::close),
    )
    .if_match()
    .retry()
    .takes::<OneSided>()
    .example(r#"{"reason": "The massage therapist has left and nobody took over"}"#)
    .answers::<JointReviewView>(200),
];
