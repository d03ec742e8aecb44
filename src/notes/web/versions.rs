//! The versions of a signed note, and what changed between them.

use askama::Template;
use serde::Deserialize;
use serde_json::Value;

use super::super::diff::{Change, Op};
use super::super::ops;
use super::super::views::VersionView;
use super::letter::Letter;
use crate::error::Result;
use crate::http::{Filter, PathId};
use crate::ids::{NoteId, kind};
use crate::policy::Action;
use crate::web::{Frame, Shown, Visit, in_words};

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
