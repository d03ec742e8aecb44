//! What is done with a signed note: co-signed, returned, shared, declared wrong.

use askama::Template;

use super::super::ops;
use super::super::rules::{self, NoteMove};
use super::super::views::{Comments, ErrorDeclared, NewSharing, NoteView, OpenNote};
use super::again;
use super::drafts::{head_of, of_record, open};
use crate::error::Result;
use crate::http::PathId;
use crate::ids::kind;
use crate::patients::ops::{self as patients, PatientSummary, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Pressed, Sheet, Shown, Visit};

/// Patients of one's own among whom the right record is chosen.
const MOST: i64 = 100;

/// `POST /notes/{id}/cosign`
///
/// # Errors
/// The refusal's code.
pub async fn cosign(visit: Visit, PathId(id): PathId<kind::Note>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    visit.write(Action::CosignNote, move |tx| ops::cosign(tx, &retry, id, version)).await?;
    Ok(visit.go_saying(format!("/notes/{id}"), "Co-signed."))
}

/// `POST /notes/{id}/return`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn give_back(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<Comments>) -> Result<Shown> {
    let returned = visit
        .takes_over(Action::ReturnNote, &mut form, move |tx, retry, version, comments| {
            ops::give_back(tx, retry, id, version, comments)
        })
        .await;
    match returned {
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "Returned to its author, with what you wrote.")),
        Err(error) => again(&visit, id, "return", form.again(&visit, &error), error).await,
    }
}

/// `POST /notes/{id}/share`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn share(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<NewSharing>) -> Result<Shown> {
    let shared = visit
        .takes_over(Action::ShareNote, &mut form, move |tx, retry, version, new| {
            ops::share(tx, retry, id, version, *new)
        })
        .await;
    match shared {
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "Saved: among whom it is shared.")),
        Err(error) => again(&visit, id, "share", form.again(&visit, &error), error).await,
    }
}

#[derive(Template)]
#[template(path = "notes/error.html")]
struct ErrorPage {
    frame: Frame,
    tab: &'static str,
    patient: Option<PatientView>,
    whose: PatientSummary,
    note: NoteView,
    sheet: Sheet,
    /// Records that the note may belong to.
    others: Vec<Choice>,
}

impl ErrorPage {
    async fn of(visit: &Visit, opened: OpenNote, sheet: Option<Sheet>) -> Result<Self> {
        let patient = head_of(visit, &opened).await?;
        let OpenNote { note, patient: whose, .. } = opened;
        let mine =
            Visit::unless_refused(visit.read(Action::ListPatients, |tx| patients::treated(tx, None, MOST)).await)?;
        let others = mine.unwrap_or_default().into_iter().filter(|other| other.id != note.patient_id);
        let named = |other: PatientSummary| {
            let (given, family) = (other.given_name.as_str(), other.family_name.as_str());
            Choice::new(other.id.to_string(), format!("{family}, {given}, {}", other.record_number))
        };
        let others = others.map(named).collect();
        let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit).over(note.version));
        let frame = visit.frame(of_record("Entered in error", &whose));
        Ok(Self { frame, tab: "", patient, whose, note, sheet, others })
    }
}

/// `GET /notes/{id}/error`
///
/// # Errors
/// The refusal's code.
pub async fn error(visit: Visit, PathId(id): PathId<kind::Note>) -> Result<Shown> {
    let opened = open(&visit, id).await?;
    if rules::step(opened.note.state, NoteMove::EnterInError).is_err() {
        return Ok(visit.go(format!("/notes/{id}")));
    }
    visit.show(&ErrorPage::of(&visit, opened, None).await?)
}

/// `POST /notes/{id}/error`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn declare_error(
    visit: Visit,
    PathId(id): PathId<kind::Note>,
    mut form: Form<ErrorDeclared>,
) -> Result<Shown> {
    let declared = visit
        .takes_over(Action::EnterInError, &mut form, move |tx, retry, version, declared| {
            ops::enter_in_error(tx, retry, id, version, declared)
        })
        .await;
    match declared {
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "Entered in error. A stub of it stays in the chart.")),
        Err(error) => {
            visit
                .again(&form, error, async |sheet| ErrorPage::of(&visit, open(&visit, id).await?, Some(sheet)).await)
                .await
        }
    }
}
