//! Techniques: what can be done at a visit, and by whom.

use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{Fault, bad_id, twice};
use crate::actor::Discipline;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    technique: Vec<Spanned<Technique>>,
}

/// Reads and checks a list of techniques; the first thing that is wrong ends it.
pub(super) fn parse(text: &str) -> Result<Vec<Technique>, Fault> {
    let file: File = toml::from_str(text)?;
    let mut techniques: Vec<Technique> = Vec::with_capacity(file.technique.len());
    for entry in file.technique {
        let span = entry.span();
        let technique = entry.into_inner();
        if let Some(problem) = fault(&technique, &techniques) {
            return Err(Fault::new(&span, problem));
        }
        techniques.push(technique);
    }
    if techniques.is_empty() {
        return Err(Fault::new(&(0..0), "a catalogue needs at least one [[technique]]".to_owned()));
    }
    Ok(techniques)
}

fn fault(technique: &Technique, earlier: &[Technique]) -> Option<String> {
    let Technique { id, name, scope, .. } = technique;
    if let Some(problem) = bad_id(id, earlier.iter().map(|other| other.id.as_str())) {
        return Some(problem);
    }
    if name.trim().is_empty() {
        return Some(format!("{id}: name must not be empty"));
    }
    if scope.is_empty() {
        return Some(format!("{id}: scope must name at least one discipline"));
    }
    if twice(scope) {
        return Some(format!("{id}: scope names a discipline twice"));
    }
    None
}
