//! Joint reviews, from one's own half of them.

use super::super::joint_reviews::{JointReviewView, LinkedNote, NewJointReview, OneSided, ops};
use super::super::views::NoteView;
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{NoteId, kind};
use crate::policy::Action;
use crate::web::{Form, Pressed, Shown, Visit};

/// Of a half of a joint review: the review that it is in, or else the one that waits for it.
///
/// # Errors
/// Any but a refusal.
pub(super) async fn review_of(visit: &Visit, note: &NoteView) -> Result<Option<JointReviewView>> {
    let (patient, id, discipline) = (note.patient_id, note.id, note.discipline);
    let review = visit.read(Action::ListJointReviews, move |tx| ops::for_half(tx, patient, id, discipline)).await;
    Ok(Visit::unless_refused(review)?.flatten())
}

/// `POST /notes/{id}/joint-review` begins one with this half.
///
/// # Errors
/// The refusal's code.
pub async fn open(visit: Visit, PathId(id): PathId<kind::Note>, form: Form<Pressed>) -> Result<Shown> {
    let retry = form.sent.retry();
    let patient = super::drafts::read(&visit, id).await?.patient_id;
    let new = NewJointReview { note_id: Some(id) };
    visit.write(Action::OpenJointReview, move |tx| ops::open(tx, &retry, patient, new)).await?;
    Ok(visit.go_saying(format!("/notes/{id}"), "The joint review is begun; it waits for the other discipline."))
}

/// `POST /joint-reviews/{id}/link`
///
/// # Errors
/// The refusal's code.
pub async fn link(visit: Visit, PathId(id): PathId<kind::JointReview>, mut form: Form<LinkedNote>) -> Result<Shown> {
    let (retry, version, linked) = (form.sent.retry(), form.sent.version()?, form.value()?);
    visit.write(Action::LinkJointReview, move |tx| ops::link(tx, &retry, id, version, linked)).await?;
    Ok(visit.go_saying(format!("/notes/{}", linked.note_id), "It is your half of the joint review now."))
}

/// `POST /joint-reviews/{id}/close`
///
/// # Errors
/// The refusal's code.
pub async fn close(visit: Visit, PathId(id): PathId<kind::JointReview>, mut form: Form<OneSided>) -> Result<Shown> {
    let (retry, version, one_sided) = (form.sent.retry(), form.sent.version()?, form.value()?);
    let close = move |tx: &mut crate::db::Tx| ops::close(tx, &retry, id, version, &one_sided);
    let review = visit.write(Action::CloseJointReview, close).await?;
    let to = review.sides.iter().find_map(|side| side.note_id);
    let to = to.map_or_else(|| format!("/patients/{}", review.patient_id), |note: NoteId| format!("/notes/{note}"));
    Ok(visit.go_saying(to, "The joint review is closed with one side."))
}
