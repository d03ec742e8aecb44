//! Writing a note: a draft begun, saved, signed, discarded.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::body::{NoteBody, NoteKind};
use super::super::ops;
use super::super::rules::NoteMove;
use super::super::views::{CopyForward, NoteView, OpenNote};
use super::editor::{EditorPage, Purpose, asking_for_reasons, at_rows, shows_again};
use super::letter::Letter;
use super::written::{Written, in_form};
use super::{note, page};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::http::{Filter, PathId};
use crate::ids::{NoteId, PatientId, ReferralId, kind};
use crate::patients::ops::{self as patients, PatientSummary, PatientView};
use crate::policy::{Action, NoteState, Sharing};
use crate::web::{Form, Pressed, Sheet, Shown, Visit};

/// What a new note is for.
#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begun {
    kind: Option<NoteKind>,
    referral: Option<ReferralId>,
}

/// What a draft is written by.
const DRAFT: (NoteMove, fn(Box<NoteView>) -> Purpose) = (NoteMove::Save, Purpose::Draft);

/// What a script is told that has saved a draft by itself.
#[derive(Serialize)]
struct Saved {
    /// The version for the next save.
    version: i32,
    /// When, by the practice's clock.
    at: String,
    /// Where the draft is saved, and written.
    edit: String,
    /// Where it is signed.
    sign: String,
}

/// `GET /patients/{id}/notes/new`, with `?kind=` and `?referral=`
///
/// # Errors
/// The refusal's code.
pub async fn blank(visit: Visit, PathId(id): PathId<kind::Patient>, Filter(asked): Filter<Begun>) -> Result<Shown> {
    let writable = move |tx: &mut crate::db::Tx| ops::may_begin(tx, id).and_then(|()| patients::read(tx, id));
    let patient = visit.read(Action::ReadPatient, writable).await?;
    let kind = asked.kind.unwrap_or(NoteKind::Progress);
    let begun = json!({"kind": kind, "service_at": visit.app.clock.now(), "referral_id": asked.referral,
        "sharing": Sharing::default()});
    let sheet = Sheet::of(&visit, &begun, None);
    visit.show(&EditorPage::of(&visit, patient, Purpose::New(kind), sheet).await?)
}

/// `POST /patients/{id}/notes`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn begin(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<Written>) -> Result<Shown> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let begun = match form.value().and_then(Written::begun) {
        Ok(new) => visit.write(Action::CreateNote, move |tx| ops::begin(tx, &retry, &catalogue, id, &new)).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(note) if form.sent.is_automatic() => visit.tell(&saved_as(&visit, &note)),
        Ok(note) => Ok(visit.go_saying(format!("/notes/{}/edit", note.id), "The draft is saved.")),
        Err(error) if shows_again(&error) && !form.sent.is_automatic() => {
            let patient = chart_of(&visit, id).await?;
            let error = in_form(error);
            let page =
                EditorPage::of(&visit, patient, Purpose::New(kind_of(&form)), form.again(&visit, &error)).await?;
            visit.show_again(&page, &error)
        }
        Err(error) => Err(error),
    }
}

/// `GET /notes/{id}/edit`; what is signed is shown as it is.
///
/// # Errors
/// The refusal's code.
pub async fn editor(visit: Visit, id: PathId<kind::Note>) -> Result<Shown> {
    let OpenNote { note: draft, moves, .. } = open(&visit, id.0).await?;
    if !moves.contains(&NoteMove::Save) {
        return note(visit, id).await;
    }
    let patient = chart_of(&visit, draft.patient_id).await?;
    let stands = json!({"service_at": draft.service_at, "episode_id": draft.episode_id,
        "referral_id": draft.referral_id, "sharing": draft.sharing, "body": body_of(&draft)?});
    let sheet = Sheet::of(&visit, &stands, Some(draft.version));
    visit.show(&EditorPage::of(&visit, patient, Purpose::Draft(Box::new(draft)), sheet).await?)
}

/// `POST /notes/{id}/edit`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn save(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<Written>) -> Result<Shown> {
    let written = form.value();
    let record = written.as_ref().ok().and_then(Written::record);
    let saved = match written {
        Ok(written) => saved(&visit, id, &form, written).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(note) if form.sent.is_automatic() => visit.tell(&saved_as(&visit, &note)),
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}/edit"), "Saved.")),
        Err(error) if is_gone(&form, &error) => anew(&visit, record, &form, error).await,
        Err(error) => again(&visit, id, &form, error, DRAFT).await,
    }
}

/// `POST /notes/{id}/sign` saves what stands in the form, and signs it.
///
/// # Errors
/// The refusal's code; what is wrong with the form, or missing, is said above it.
pub async fn sign(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<Written>) -> Result<Shown> {
    form.sent.version()?;
    let written = form.value();
    let OpenNote { note: stands, moves, .. } = match open(&visit, id).await {
        Ok(opened) => opened,
        Err(error) if is_gone(&form, &error) => {
            return anew(&visit, written.as_ref().ok().and_then(Written::record), &form, error).await;
        }
        Err(error) => return Err(error),
    };
    if !moves.contains(&NoteMove::Sign) && written.as_ref().is_ok_and(|written| is_in(&stands, written)) {
        // The second of two clicks.
        return Ok(visit.go(format!("/notes/{id}")));
    }
    // Before anything is saved, so that the form goes on from here once the password was entered.
    visit.must_be_fresh()?;
    let signed = match written {
        Ok(written) => signed(&visit, id, &form, written).await,
        Err(error) => Err(error),
    };
    match signed {
        Ok(note) if note.state == NoteState::AwaitingCosign => {
            Ok(visit.go_saying(format!("/notes/{id}"), "Signed; it waits for the second signature."))
        }
        Ok(note) if !note.warnings.is_empty() => {
            let says = "The note is signed. The patient is a minor and consented alone: make sure that they may.";
            Ok(visit.go_saying(format!("/notes/{id}"), says))
        }
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "The note is signed.")),
        Err(error) => again(&visit, id, &form, error, DRAFT).await,
    }
}

/// Whether a note holds just the words that stand in the form.
fn is_in(note: &NoteView, written: &Written) -> bool {
    let stands = note.body.as_deref().and_then(|body| serde_json::from_str::<NoteBody>(body.get()).ok());
    stands.is_some_and(|stands| stands == *written.body())
}

async fn signed(visit: &Visit, id: NoteId, form: &Form<Written>, written: Written) -> Result<NoteView> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let signing = written.signing();
    let version = saved(visit, id, form, written).await?.version;
    let signing = signing?;
    let sign = move |tx: &mut crate::db::Tx| ops::sign(tx, &retry, &catalogue, id, version, &signing);
    visit.write(Action::SignNote, sign).await
}

/// `POST /notes/{id}/discard`
///
/// # Errors
/// The refusal's code.
pub async fn discard(visit: Visit, PathId(id): PathId<kind::Note>, form: Form<Pressed>) -> Result<Shown> {
    let version = form.sent.version()?;
    let patient = read(&visit, id).await?.patient_id;
    visit.write(Action::DiscardDraft, move |tx| ops::discard(tx, id, version)).await?;
    Ok(visit.go_saying(format!("/patients/{patient}"), "The draft is discarded."))
}

/// `POST /notes/{id}/copy-forward` begins a progress note of now with the words of a signed one.
///
/// # Errors
/// The refusal's code.
pub async fn copy_forward(visit: Visit, PathId(id): PathId<kind::Note>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let new = CopyForward { service_at: visit.app.clock.now(), kind: Some(NoteKind::Progress) };
    let copy = move |tx: &mut crate::db::Tx| ops::copy_forward(tx, &retry, &catalogue, id, new);
    let begun = visit.write(Action::CopyNote, copy).await?;
    Ok(visit.go(format!("/notes/{}/edit", begun.id)))
}

pub(super) async fn open(visit: &Visit, id: NoteId) -> Result<OpenNote> {
    Ok(visit.read(Action::ReadNote, move |tx| ops::open(tx, id)).await?.read)
}

pub(super) async fn read(visit: &Visit, id: NoteId) -> Result<NoteView> {
    Ok(visit.read(Action::ReadNote, move |tx| ops::read(tx, id)).await?.read)
}

/// Whose note it is, where more than the note is open to whoever reads it: authors go on reading what they wrote of patients
/// whom they treat no more, and supervisors what they are to co-sign.
pub(super) async fn head_of(visit: &Visit, opened: &OpenNote) -> Result<Option<PatientView>> {
    if !opened.may_open_patient {
        return Ok(None);
    }
    chart_of(visit, opened.note.patient_id).await.map(Some)
}

/// What a page is called, with the number of the record.
pub(super) fn of_record(what: &str, whose: &PatientSummary) -> String {
    format!("{what}, {}", whose.record_number)
}

pub(super) async fn chart_of(visit: &Visit, patient: PatientId) -> Result<PatientView> {
    visit.read(Action::ReadPatient, move |tx| patients::read(tx, patient)).await
}

/// The words of a note, as the form holds them.
pub(super) fn body_of(note: &NoteView) -> Result<Value> {
    note.body.as_deref().map_or(Ok(Value::Null), |body| serde_json::from_str(body.get()).map_err(Error::internal))
}

async fn saved(visit: &Visit, id: NoteId, form: &Form<Written>, written: Written) -> Result<NoteView> {
    let (version, save, catalogue) = (form.sent.version()?, written.saved(), visit.app.catalogue.clone());
    visit.write(Action::SaveDraft, move |tx| ops::save(tx, &catalogue, id, version, &save)).await
}

fn saved_as(visit: &Visit, note: &NoteView) -> Saved {
    let now: Timestamp = visit.app.clock.now();
    let below = |what: &str| format!("/notes/{}/{what}", note.id);
    Saved { version: note.version, at: visit.frame("").clock(&now), edit: below("edit"), sign: below("sign") }
}

/// What the note of a form is written for.
fn kind_of(form: &Form<Written>) -> NoteKind {
    form.sent.one("kind").and_then(|kind| kind.parse().ok()).unwrap_or(NoteKind::Progress)
}

/// Whether the draft that somebody sent is there no more: it was thrown away, perhaps by themselves in another tab.
fn is_gone(form: &Form<Written>, refusal: &Error) -> bool {
    refusal.code == Code::NotFound && !form.sent.is_automatic()
}

/// What was typed into a draft that is there no more, as a new one that is not saved yet.
async fn anew(visit: &Visit, record: Option<PatientId>, form: &Form<Written>, refusal: Error) -> Result<Shown> {
    let Some(patient) = record else { return Err(refusal) };
    // Whoever may not open that record is told what the draft's own page would tell.
    let Some(patient) = Visit::unless_refused(chart_of(visit, patient).await)? else { return Err(refusal) };
    let kind = kind_of(form);
    let says = "This draft was thrown away meanwhile. What you typed is below, and nothing of it was saved. Saving it begins a \
                new draft.";
    let sheet = form.again(visit, &refusal).saying(says);
    visit.show_again(&EditorPage::of(visit, patient, Purpose::New(kind), sheet).await?, &refusal)
}

/// The form once more, over what stands now: with all that was typed, and, where somebody saved in between, theirs below.
/// Where it can be written no more, the note is shown, with what was typed and is not in it.
pub(super) async fn again<T>(
    visit: &Visit,
    id: NoteId,
    form: &Form<T>,
    refusal: Error,
    (step, purpose): (NoteMove, fn(Box<NoteView>) -> Purpose),
) -> Result<Shown> {
    if !shows_again(&refusal) || form.sent.is_automatic() {
        return Err(refusal);
    }
    let OpenNote { note: stands, moves, .. } = open(visit, id).await?;
    let refusal = at_rows(in_form(refusal));
    let sheet = form.again(visit, &refusal).over(stands.version);
    if !moves.contains(&step) {
        return visit.show_again(&page(visit, id, "", None).await?, &refusal);
    }
    let patient = chart_of(visit, stands.patient_id).await?;
    let sheet = asking_for_reasons(sheet, &refusal);
    let body = stands.body.as_deref().filter(|_| refusal.code == Code::StaleVersion);
    let meanwhile = body.map(|body| Letter::of(visit, body)).transpose()?;
    let page = EditorPage::of(visit, patient, purpose(Box::new(stands)), sheet).await?;
    visit.show_again(&page.beside_what_stands(meanwhile), &refusal)
}
