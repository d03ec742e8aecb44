//! The catalogue: what can be done at a visit and by whom, what speaks against it, and in which phrases it is told.
//!
//! Scope of practice differs by jurisdiction, so the lists are files: `config/techniques.toml`,
//! `config/contraindications.toml` and `config/phrases.toml` are built in, and a practice may put its own in their place.

mod contraindication;
mod phrase;
mod region;
mod technique;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::path::Path;

use crate::actor::Discipline;

pub use contraindication::{Contraindication, Severity};
pub use phrase::Phrase;
pub use region::{Area, Regions};
pub use technique::Technique;

const TECHNIQUES: &str = include_str!("../../config/techniques.toml");
const CONTRAINDICATIONS: &str = include_str!("../../config/contraindications.toml");
const PHRASES: &str = include_str!("../../config/phrases.toml");

/// All techniques, contraindications and phrases, in the order of their files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Catalogue {
    techniques: Vec<Technique>,
    contraindications: Vec<Contraindication>,
    regions: Regions,
    phrases: Vec<Phrase>,
}

/// What is wrong in a file, and from which byte on.
struct Fault {
    at: usize,
    problem: String,
}

impl Fault {
    fn new(span: &Range<usize>, problem: String) -> Self {
        Self { at: span.start, problem }
    }
}

impl From<toml::de::Error> for Fault {
    fn from(error: toml::de::Error) -> Self {
        Self { at: error.span().map_or(0, |span| span.start), problem: error.message().to_owned() }
    }
}

impl Catalogue {
    /// The catalogue in these files, each in place of the one built in.
    ///
    /// # Errors
    /// A sentence for whoever runs the practice: file, line, and what is wrong there.
    pub fn load(
        techniques: Option<&Path>,
        contraindications: Option<&Path>,
        phrases: Option<&Path>,
    ) -> Result<Self, String> {
        let (name, text) = read(techniques, "config/techniques.toml", TECHNIQUES)?;
        let techniques = technique::parse(&text).map_err(|fault| told(&name, &text, &fault))?;
        let (name, text) = read(contraindications, "config/contraindications.toml", CONTRAINDICATIONS)?;
        let (contraindications, regions) =
            contraindication::parse(&text, &techniques).map_err(|fault| told(&name, &text, &fault))?;
        let (name, text) = read(phrases, "config/phrases.toml", PHRASES)?;
        let phrases = phrase::parse(&text).map_err(|fault| told(&name, &text, &fault))?;
        Ok(Self { techniques, contraindications, regions, phrases })
    }

    /// The catalogue that comes with the program.
    ///
    /// # Errors
    /// None once the tests have passed.
    pub fn built_in() -> Result<Self, String> {
        Self::load(None, None, None)
    }

    /// The technique of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Technique> {
        self.iter().find(|technique| technique.id == id)
    }

    /// Every technique.
    pub fn iter(&self) -> impl Iterator<Item = &Technique> {
        self.techniques.iter()
    }

    /// The techniques that a discipline may record.
    pub fn in_scope(&self, discipline: Discipline) -> impl Iterator<Item = &Technique> {
        self.iter().filter(move |technique| technique.scope.contains(&discipline))
    }

    /// Every contraindication.
    pub fn contraindications(&self) -> impl Iterator<Item = &Contraindication> {
        self.contraindications.iter()
    }

    /// The contraindication of this id.
    #[must_use]
    pub fn contraindication(&self, id: &str) -> Option<&Contraindication> {
        self.contraindications().find(|contraindication| contraindication.id == id)
    }

    /// The phrases of these disciplines.
    pub fn phrases(&self, disciplines: &[Discipline]) -> impl Iterator<Item = &Phrase> {
        self.phrases.iter().filter(move |phrase| phrase.scope.iter().any(|of| disciplines.contains(of)))
    }

    /// The words by which regions are understood.
    #[must_use]
    pub fn regions(&self) -> &Regions {
        &self.regions
    }
}

fn read(path: Option<&Path>, name: &str, built_in: &str) -> Result<(String, String), String> {
    let Some(path) = path else { return Ok((name.to_owned(), built_in.to_owned())) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    Ok((name, text))
}

/// File, line counted from 1, and what is wrong there.
fn told(name: &str, text: &str, Fault { at, problem }: &Fault) -> String {
    let line = 1 + text.bytes().take(*at).filter(|byte| *byte == b'\n').count();
    format!("{name}:{line}: {problem}")
}

/// What is wrong with an id among those before it.
fn bad_id<'i>(id: &str, mut earlier: impl Iterator<Item = &'i str>) -> Option<String> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if !id.split('_').all(word) || id.len() > 60 {
        return Some(format!("id {id:?} must be snake_case and at most 60 characters"));
    }
    earlier.any(|other| other == id).then(|| format!("id {id:?} is there already"))
}

/// Whether something stands twice.
fn twice<T: PartialEq>(items: &[T]) -> bool {
    (1..items.len()).any(|i| items[..i].contains(&items[i]))
}
