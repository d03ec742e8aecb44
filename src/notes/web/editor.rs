//! Writing a note: a draft begun, saved, signed. What the form does not offer, such as marks on the body chart, is carried
//! along in it, so that no save loses a word.

use askama::Template;
use serde_json::{Value, json};

use super::super::body::NoteKind;
use super::super::ops;
use super::super::views::{DraftSave, NewNote, NoteView, Signing};
use super::{Letter, note};
use crate::error::{Code, Error, Result};
use crate::http::PathId;
use crate::ids::{NoteId, PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::{Action, NoteState};
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit, titled};

/// Rows for treatments that stand empty below those that are filled in.
const SPARE_ROWS: usize = 2;
/// Rows for treatments at least.
const FEWEST_ROWS: usize = 3;

/// Rows of three shapes, which the form carries whole.
const MEASUREMENTS: &str = "/objective/measurements";

/// The fields that the form offers, with `*` for the number of a row.
const OFFERED: [&str; 29] = [
    "kind",
    "discipline",
    "service_at",
    "body/relaxation",
    "body/text",
    "body/subjective/text",
    "body/subjective/pain/now",
    "body/subjective/pain/best",
    "body/subjective/pain/worst",
    "body/subjective/aggravating",
    "body/subjective/easing",
    "body/objective/text",
    "body/objective/palpation",
    "body/assessment/text",
    "body/assessment/diagnosis",
    "body/assessment/clinical_impression",
    "body/assessment/response",
    "body/assessment/progress",
    "body/treatment/*/technique",
    "body/treatment/*/region",
    "body/treatment/*/side",
    "body/treatment/*/minutes",
    "body/treatment/*/dose",
    "body/treatment/*/response",
    "body/consent/given",
    "body/consent/given_by/who",
    "body/plan/text",
    "body/plan/next_visit",
    "body/outcome",
];

#[derive(Template)]
#[template(path = "notes/edit.html")]
struct EditorPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    /// None while the note is yet to be begun.
    note: Option<NoteView>,
    sheet: Sheet,
    techniques: Vec<Choice>,
    /// What stands by now, where somebody saved in between.
    meanwhile: Option<Letter>,
}

impl EditorPage {
    async fn of(visit: &Visit, patient: PatientId, note: Option<NoteView>, sheet: Sheet) -> Result<Self> {
        let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, patient)).await?;
        let techniques = visit.app.catalogue.iter();
        let techniques = techniques.map(|known| Choice::new(known.id.clone(), known.name.clone())).collect();
        let frame = visit.frame(format!("Note, {}", patient.record_number));
        Ok(Self { frame, tab: "", patient, note, sheet, techniques, meanwhile: None })
    }

    fn rows(&self) -> std::ops::Range<usize> {
        0..(self.sheet.rows("body/treatment") + SPARE_ROWS).max(FEWEST_ROWS)
    }

    /// What the note holds besides what the form offers, by the names of the fields.
    fn carried(&self) -> Vec<(String, String)> {
        let is_offered = |name: &str| {
            let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
            let pattern: Vec<&str> = name.split('/').map(|part| if is_number(part) { "*" } else { part }).collect();
            OFFERED.contains(&pattern.join("/").as_str())
        };
        self.sheet.pairs().into_iter().filter(|(name, _)| !is_offered(name)).collect()
    }

    /// Who may have given consent: the patient, and whoever did so far.
    fn givers(&self) -> Vec<Choice> {
        let mut givers = vec![Choice::new("patient", "The patient")];
        if self.sheet.value("body/consent/given_by/who") == "decision_maker" {
            givers.push(Choice::new("decision_maker", self.sheet.value("body/consent/given_by/name")));
        }
        givers
    }
}

/// `GET /patients/{id}/notes/new`
///
/// # Errors
/// The refusal's code.
pub async fn blank(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = EditorPage::of(&visit, id, None, Sheet::blank(&visit)).await?;
    // Only now is it known by which clock the practice goes.
    let begun = json!({"kind": NoteKind::Progress, "service_at": visit.app.clock.now()});
    visit.show(&EditorPage { sheet: Sheet::of(&visit, &begun, None), ..page })
}

/// `POST /patients/{id}/notes`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn begin(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<NewNote>) -> Result<Shown> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let begun = match form.value() {
        Ok(new) => visit.write(Action::CreateNote, move |tx| ops::begin(tx, &retry, &catalogue, id, &new)).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(note) => Ok(visit.go_saying(format!("/notes/{}/edit", note.id), "The draft is saved.")),
        Err(error) if shows_again(&error) => {
            let sheet = form.again(&visit, &error);
            visit.show_again(&EditorPage::of(&visit, id, None, sheet).await?, &error)
        }
        Err(error) => Err(error),
    }
}

/// `GET /notes/{id}/edit`; what is signed is shown as it is.
///
/// # Errors
/// The refusal's code.
pub async fn editor(visit: Visit, id: PathId<kind::Note>) -> Result<Shown> {
    let draft = read(&visit, id.0).await?;
    if draft.state != NoteState::Draft || visit.known().is_none_or(|known| known.staff != draft.author.id) {
        return note(visit, id).await;
    }
    let mut body = match draft.body.as_deref() {
        Some(body) => serde_json::from_str(body.get()).map_err(Error::internal)?,
        None => Value::Null,
    };
    let measured = body.pointer_mut(MEASUREMENTS).map(Value::take);
    let stands = json!({"service_at": draft.service_at, "episode_id": draft.episode_id,
        "referral_id": draft.referral_id, "body": body});
    let sheet = Sheet::of(&visit, &stands, Some(draft.version));
    let sheet = match measured {
        Some(rows) => sheet.with("body/objective/measurements@json", rows.to_string()),
        None => sheet,
    };
    visit.show(&EditorPage::of(&visit, draft.patient_id, Some(draft), sheet).await?)
}

/// `POST /notes/{id}/edit`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn save(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<DraftSave>) -> Result<Shown> {
    match saved(&visit, id, &mut form).await {
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}/edit"), "Saved.")),
        Err(error) => again(&visit, id, &form, error).await,
    }
}

/// `POST /notes/{id}/sign` saves what stands in the form, and signs it.
///
/// # Errors
/// The refusal's code; what is wrong with the form, or missing, is said above it.
pub async fn sign(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<DraftSave>) -> Result<Shown> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let signed = match saved(&visit, id, &mut form).await {
        Ok(version) => {
            let signing = Signing::default();
            let sign = move |tx: &mut crate::db::Tx| ops::sign(tx, &retry, &catalogue, id, version, &signing);
            visit.write(Action::SignNote, sign).await
        }
        Err(error) => Err(error),
    };
    match signed {
        Ok(note) if note.state == NoteState::AwaitingCosign => {
            Ok(visit.go_saying(format!("/notes/{id}"), "Signed; it waits for the second signature."))
        }
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "The note is signed.")),
        Err(error) => again(&visit, id, &form, error).await,
    }
}

async fn read(visit: &Visit, id: NoteId) -> Result<NoteView> {
    Ok(visit.read(Action::ReadNote, move |tx| ops::read(tx, id)).await?.read)
}

/// Saves the draft; the version it then has.
async fn saved(visit: &Visit, id: NoteId, form: &mut Form<DraftSave>) -> Result<i32> {
    let (version, save, catalogue) = (form.sent.version()?, form.value()?, visit.app.catalogue.clone());
    let saved = visit.write(Action::SaveDraft, move |tx| ops::save(tx, &catalogue, id, version, &save)).await?;
    Ok(saved.version)
}

/// The form once more, over what stands now: with all that was typed, and, where somebody saved in between, theirs below.
async fn again(visit: &Visit, id: NoteId, form: &Form<DraftSave>, refusal: Error) -> Result<Shown> {
    if !shows_again(&refusal) {
        return Err(refusal);
    }
    let stands = read(visit, id).await?;
    if stands.state != NoteState::Draft {
        // The second of two clicks, or of two tabs.
        return Ok(visit.go(format!("/notes/{id}")));
    }
    let sheet = form.again(visit, &refusal).over(stands.version);
    let body = stands.body.as_deref().filter(|_| refusal.code == Code::StaleVersion);
    let meanwhile = body.map(|body| Letter::of(visit, body)).transpose()?;
    let page = EditorPage::of(visit, stands.patient_id, Some(stands), sheet).await?;
    visit.show_again(&EditorPage { meanwhile, ..page }, &refusal)
}

fn shows_again(refusal: &Error) -> bool {
    let of_the_words = matches!(
        refusal.code,
        Code::FreshSignInNeeded | Code::DiagnosisNotPermitted | Code::OverrideNeeded | Code::CopiedUnconfirmed
    );
    refusal.is_about_form() || of_the_words
}

/// What a note can be written for.
fn kinds() -> Vec<Choice> {
    [NoteKind::Progress, NoteKind::InitialAssessment, NoteKind::Discharge, NoteKind::PhoneContact]
        .map(|kind| Choice::new(<&'static str>::from(kind), titled(kind.into())))
        .to_vec()
}

/// The sides of the body.
fn sides() -> Vec<Choice> {
    [("left", "left"), ("right", "right"), ("bilateral", "both")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

/// Yes and no, of consent.
fn given() -> Vec<Choice> {
    [("true", "Given"), ("false", "Declined")].map(|(value, label)| Choice::new(value, label)).to_vec()
}

/// The disciplines, for those who practise both.
fn disciplines() -> Vec<Choice> {
    [("physiotherapy", "Physiotherapy"), ("massage", "Massage")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}
