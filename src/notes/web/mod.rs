//! A signed note, as one reads a letter: its versions, what changed between them, what was appended.

pub mod editor;

use askama::Template;
use serde::Deserialize;
use serde_json::Value;

use super::body::NoteBody;
use super::diff::{Change, Op};
use super::measure::{Mark, Measurement, Side};
use super::ops;
use super::views::{NewAddendum, NoteView, Shown as Sight, VersionView};
use crate::error::{Code, Error, Result};
use crate::http::{Filter, PathId};
use crate::ids::{NoteId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::{Action, NoteState};
use crate::web::{Form, Frame, Sheet, Shown, Visit, in_words};

/// Versions that are listed beside a note.
const VERSIONS: i64 = 50;

#[derive(Template)]
#[template(path = "notes/note.html")]
struct NotePage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    note: NoteView,
    letter: Option<Letter>,
    versions: Vec<VersionView>,
    sheet: Sheet,
}

impl NotePage {
    fn is_mine(&self) -> bool {
        self.frame.is_own(&self.note.author.id)
    }

    fn is_signed(&self) -> bool {
        self.note.state == NoteState::Signed
    }
}

/// The words of a note, ready to be read.
struct Letter {
    body: NoteBody,
    techniques: Vec<(String, String)>,
}

impl Letter {
    fn of(visit: &Visit, body: &serde_json::value::RawValue) -> Result<Self> {
        let body: NoteBody = serde_json::from_str(body.get()).map_err(Error::internal)?;
        let techniques =
            visit.app.catalogue.iter().map(|technique| (technique.id.clone(), technique.name.clone())).collect();
        Ok(Self { body, techniques })
    }

    /// What a technique is called in the catalogue; its id where the catalogue has it no more.
    fn technique(&self, id: &str) -> String {
        let known = self.techniques.iter().find(|(known, _)| known == id);
        known.map_or_else(|| in_words(id), |(_, name)| name.clone())
    }
}

/// What was measured, in one line.
fn measured(row: &Measurement) -> String {
    let on = |side: &Option<Side>| side.map(|side| format!(", {}", self::side(side))).unwrap_or_default();
    match row {
        Measurement::Range { movement, side, value, unit, normal } => {
            let normal = normal.map(|normal| format!(" (normal {})", word(&normal))).unwrap_or_default();
            format!("{}{}: {} {}{normal}", movement.as_str(), on(side), word(value), word(unit))
        }
        Measurement::Strength { muscle, side, grade } => {
            format!("{}{}: strength {}", muscle.as_str(), on(side), word(grade))
        }
        Measurement::SpecialTest { name, side, positive } => {
            let found = if *positive { "positive" } else { "negative" };
            format!("{}{}: {found}", name.as_str(), on(side))
        }
    }
}

/// A mark on the body chart, in one line.
fn marked(mark: &Mark) -> String {
    let intensity = mark.intensity.map(|intensity| format!(", {intensity} of 10")).unwrap_or_default();
    format!("{} on the {}{intensity}", word(&mark.kind), word(&mark.view))
}

/// A value of one word or number, as one reads it.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => in_words(&text),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// `GET /notes/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn note(visit: Visit, PathId(id): PathId<kind::Note>) -> Result<Shown> {
    let page = page(&visit, id, None).await?;
    if page.note.state == NoteState::Draft && page.is_mine() {
        return Ok(visit.go(format!("/notes/{id}/edit")));
    }
    visit.show(&page)
}

async fn page(visit: &Visit, id: NoteId, sheet: Option<Sheet>) -> Result<NotePage> {
    let note = visit.read(Action::ReadNote, move |tx| ops::read(tx, id)).await?.read;
    let patient = note.patient_id;
    let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, patient)).await?;
    let versions = match (note.shown, note.current_version) {
        (Sight::Full, 1..) => visit.read(Action::ReadNote, move |tx| ops::versions(tx, id, None, VERSIONS)).await?,
        _ => Vec::new(),
    };
    let letter = note.body.as_deref().map(|body| Letter::of(visit, body)).transpose()?;
    let frame = visit.frame(format!("{} note, {}", in_words(note.kind.into()), patient.record_number));
    let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit));
    Ok(NotePage { frame, tab: "", patient, note, letter, versions, sheet })
}

/// `POST /notes/{id}/addenda`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn append(visit: Visit, PathId(id): PathId<kind::Note>, mut form: Form<NewAddendum>) -> Result<Shown> {
    let retry = form.sent.retry();
    let appended = match form.value() {
        Ok(new) => visit.write(Action::AddAddendum, move |tx| ops::append(tx, &retry, id, &new)).await,
        Err(error) => Err(error),
    };
    match appended {
        Ok(_) => Ok(visit.go_saying(format!("/notes/{id}"), "The addendum is signed and appended.")),
        Err(error) if error.is_about_form() || error.code == Code::FreshSignInNeeded => {
            let page = page(&visit, id, Some(form.again(&visit, &error))).await?;
            visit.show_again(&page, &error)
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "notes/version.html")]
struct VersionPage {
    frame: Frame,
    id: NoteId,
    version: VersionView,
    letter: Option<Letter>,
}

/// Which version is read, or which two are compared.
#[derive(Clone, Copy, Deserialize)]
pub struct Versions {
    from: Option<i32>,
    to: i32,
}

/// `GET /notes/{id}/versions?to=2` shows a version, `?from=1&to=2` what changed.
///
/// # Errors
/// The refusal's code.
pub async fn versions(visit: Visit, PathId(id): PathId<kind::Note>, Filter(asked): Filter<Versions>) -> Result<Shown> {
    let Versions { from, to } = asked;
    let Some(from) = from else {
        let version = visit.read(Action::ReadNote, move |tx| ops::version(tx, id, to)).await?;
        let letter = version.body.as_deref().map(|body| Letter::of(&visit, body)).transpose()?;
        return visit.show(&VersionPage { frame: visit.frame(format!("Version {to}")), id, version, letter });
    };
    let changes = visit.read(Action::ReadNote, move |tx| ops::diff(tx, id, from, to)).await?;
    visit.show(&DiffPage { frame: visit.frame(format!("Versions {from} and {to}")), id, from, to, changes })
}

#[derive(Template)]
#[template(path = "notes/diff.html")]
struct DiffPage {
    frame: Frame,
    id: NoteId,
    from: i32,
    to: i32,
    changes: Vec<Change>,
}

/// A place in a note as one calls it: `subjective, text`.
fn place(pointer: &str) -> String {
    let parts = pointer.split('/').filter(|part| !part.is_empty()).map(|part| match part.parse::<usize>() {
        Ok(number) => format!("row {}", number + 1),
        Err(_) => in_words(part),
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// A value as one reads it.
fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A side of the body as its word.
const fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
        Side::Bilateral => "both sides",
    }
}

/// Why a version was written.
fn reason(reason: super::AmendReason) -> String {
    in_words(reason.into())
}
