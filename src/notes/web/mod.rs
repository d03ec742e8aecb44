//! The pages of notes. A signed one is read as one reads a letter: its versions, what changed between them, what was
//! appended.

pub mod amend;
pub mod beside;
mod choices;
pub mod drafts;
pub mod editor;
pub mod figure;
pub mod letter;
pub mod moves;
pub mod pending;
pub mod reviews;
pub mod versions;
pub mod written;

use askama::Template;

use super::NoteKind;
use super::joint_reviews::{JointReviewView, ReviewState};
use super::ops;
use super::rules::{NoteMove, PendingState};
use super::views::{NewAddendum, NoteView, OpenNote, Shown as Sight, VersionView};
use crate::error::{Error, Result};
use crate::http::PathId;
use crate::ids::{NoteId, kind};
use crate::patients::ops::{PatientSummary, PatientView};
use crate::policy::{Action, NoteState};
use crate::referrals::ops::NamedReferral;
use crate::web::{Form, Frame, Sheet, Shown, Visit, in_words};
use drafts::{head_of, of_record, open};
use letter::Letter;

/// Versions that are listed beside a note.
const VERSIONS: i64 = 50;

#[derive(Template)]
#[template(path = "notes/note.html")]
struct NotePage {
    frame: Frame,
    tab: &'static str,
    /// Whose it is, if more than the note is open to whoever reads.
    patient: Option<PatientView>,
    whose: PatientSummary,
    note: NoteView,
    letter: Option<Letter>,
    versions: Vec<VersionView>,
    /// What whoever reads may do with it now.
    moves: Vec<NoteMove>,
    may_refer: bool,
    /// The referral that it is written for, as far as whoever reads may know of it.
    referral: Option<NamedReferral>,
    /// Of a half of a joint review, that.
    review: Option<JointReviewView>,
    /// A form on the page that was refused, by its name.
    refused: &'static str,
    sheet: Sheet,
    blank: Sheet,
}

impl NotePage {
    fn is_mine(&self) -> bool {
        self.frame.is_own(&self.note.author.id)
    }

    fn is_signed(&self) -> bool {
        self.note.state == NoteState::Signed
    }

    fn may(&self, step: NoteMove) -> bool {
        self.moves.contains(&step)
    }

    fn is_half_of_review(&self) -> bool {
        let stands = matches!(self.note.state, NoteState::Signed | NoteState::AwaitingCosign);
        self.note.kind == NoteKind::JointReview && stands
    }

    /// Whether the note is a half of a review already.
    fn is_in(&self, review: &JointReviewView) -> bool {
        review.sides.iter().any(|side| side.note_id == Some(self.note.id))
    }

    /// One of the forms of the page, with what was typed if it is the one that was refused.
    fn form(&self, name: &str) -> &Sheet {
        if self.refused == name { &self.sheet } else { &self.blank }
    }
}

/// `GET /notes/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn note(visit: Visit, PathId(id): PathId<kind::Note>) -> Result<Shown> {
    let page = page(&visit, id, "", None).await?;
    if page.may(NoteMove::Save) {
        return Ok(visit.go(format!("/notes/{id}/edit")));
    }
    visit.show(&page)
}

async fn page(visit: &Visit, id: NoteId, refused: &'static str, sheet: Option<Sheet>) -> Result<NotePage> {
    let opened = open(visit, id).await?;
    let patient = head_of(visit, &opened).await?;
    let OpenNote { note, patient: whose, moves, may_refer, referral, .. } = opened;
    let versions = match (note.shown, note.current_version) {
        (Sight::Full, 1..) => visit.read(Action::ReadNote, move |tx| ops::versions(tx, id, None, VERSIONS)).await?,
        _ => Vec::new(),
    };
    let review = match note.kind {
        NoteKind::JointReview => reviews::review_of(visit, &note).await?,
        _ => None,
    };
    let letter = note.body.as_deref().map(|body| Letter::of(visit, body)).transpose()?;
    let frame = visit.frame(of_record(&format!("{} note", in_words(note.kind.into())), &whose));
    let blank = Sheet::blank(visit).over(note.version);
    let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit)).over(note.version);
    let tab = "";
    Ok(NotePage {
        frame,
        tab,
        patient,
        whose,
        note,
        letter,
        versions,
        moves,
        may_refer,
        referral,
        review,
        refused,
        sheet,
        blank,
    })
}

/// The page of a note with one of its forms refused.
async fn again(visit: &Visit, id: NoteId, form: &'static str, sheet: Sheet, refusal: Error) -> Result<Shown> {
    if !refusal.is_about_form() {
        return Err(refusal);
    }
    visit.show_again(&page(visit, id, form, Some(sheet)).await?, &refusal)
}

/// `POST /notes/{id}/addenda`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn append(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<NewAddendum>) -> Result<Shown> {
    let appended =
        visit.takes(Action::AddAddendum, &mut form, move |tx, retry, new| ops::append(tx, retry, id, new)).await;
    match appended {
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "The addendum is signed and appended.")),
        Err(error) => again(&visit, id, "append", form.again(&visit, &error), error).await,
    }
}
