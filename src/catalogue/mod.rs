//! The technique catalogue: what can be done at a visit, and by whom.
//!
//! Scope of practice differs by jurisdiction, so it is a file: `config/techniques.toml` is built in, and a practice may
//! put its own in its place.

use std::path::Path;

use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::actor::Discipline;

const BUILT_IN: &str = include_str!("../../config/techniques.toml");

/// A technique that a visit's treatment may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Technique {
    /// Its stable name in notes, in snake case, at most 60 characters.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// Who may record having applied it.
    pub scope: Vec<Discipline>,
    /// A typical dose; a suggestion, never checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<String>,
    /// What to keep in mind when recording it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// All techniques, in the order of their file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue(Vec<Technique>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    technique: Vec<Spanned<Technique>>,
}

impl Catalogue {
    /// The catalogue at `path`, or the one built in.
    ///
    /// # Errors
    /// A sentence for whoever runs the practice: file, line, and what is wrong there.
    pub fn load(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else {
            return Self::built_in();
        };
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Self::parse(&text).map_err(|(line, problem)| format!("{}:{line}: {problem}", path.display()))
    }

    /// The catalogue that comes with the program.
    ///
    /// # Errors
    /// None once the tests have passed.
    pub fn built_in() -> Result<Self, String> {
        Self::parse(BUILT_IN).map_err(|(line, problem)| format!("config/techniques.toml:{line}: {problem}"))
    }

    /// Reads and checks a catalogue.
    ///
    /// # Errors
    /// The line, counted from 1, of the first thing that is wrong, and a sentence on it.
    pub fn parse(text: &str) -> Result<Self, (usize, String)> {
        let line = |offset: usize| 1 + text.as_bytes().iter().take(offset).filter(|byte| **byte == b'\n').count();
        let file: File = toml::from_str(text)
            .map_err(|error| (line(error.span().map_or(0, |span| span.start)), error.message().to_owned()))?;
        let mut techniques: Vec<Technique> = Vec::with_capacity(file.technique.len());
        for entry in file.technique {
            let start = entry.span().start;
            let technique = entry.into_inner();
            if let Some(problem) = fault(&technique, &techniques) {
                return Err((line(start), problem));
            }
            techniques.push(technique);
        }
        if techniques.is_empty() {
            return Err((1, "a catalogue needs at least one [[technique]]".to_owned()));
        }
        Ok(Self(techniques))
    }

    /// The technique of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Technique> {
        self.0.iter().find(|technique| technique.id == id)
    }

    /// Every technique.
    pub fn iter(&self) -> impl Iterator<Item = &Technique> {
        self.0.iter()
    }

    /// The techniques that a discipline may record.
    pub fn in_scope(&self, discipline: Discipline) -> impl Iterator<Item = &Technique> {
        self.iter().filter(move |technique| technique.scope.contains(&discipline))
    }
}

fn fault(technique: &Technique, earlier: &[Technique]) -> Option<String> {
    let Technique { id, name, scope, .. } = technique;
    let snake = id
        .split('_')
        .all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    if !snake || id.len() > 60 {
        return Some(format!("id {id:?} must be snake_case and at most 60 characters"));
    }
    if earlier.iter().any(|other| other.id == *id) {
        return Some(format!("id {id:?} is there already"));
    }
    if name.trim().is_empty() {
        return Some(format!("{id}: name must not be empty"));
    }
    if scope.is_empty() {
        return Some(format!("{id}: scope must name at least one discipline"));
    }
    if (1..scope.len()).any(|i| scope[..i].contains(&scope[i])) {
        return Some(format!("{id}: scope names a discipline twice"));
    }
    None
}

#[cfg(test)]
mod tests;
