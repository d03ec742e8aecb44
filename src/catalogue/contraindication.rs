//! Contraindications: what speaks against which techniques, and how strongly.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use toml::Spanned;

use super::region::Regions;
use super::{Fault, Technique, bad_id, twice};
use crate::actor::Discipline;

/// How strongly something is barred.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Severity {
    /// Every visit asks for a reasoned override.
    Absolute,
    /// Asks for one once per episode and author, until the item changes.
    Relative,
    /// Is shown, and never asks.
    Caution,
}

/// A contraindication that a safety item may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contraindication {
    /// Its stable name in safety items, in snake case, at most 60 characters.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// How strongly it bars.
    pub severity: Severity,
    /// The techniques it bars, by their ids.
    pub techniques: Vec<String>,
    /// The disciplines it bars altogether.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disciplines: Vec<Discipline>,
    /// How far it reaches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Where it is published; none where it is custom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    contraindication: Vec<Spanned<Contraindication>>,
    regions: Spanned<Regions>,
}

/// Reads and checks a list of contraindications; the first thing that is wrong ends it.
pub(super) fn parse(text: &str, techniques: &[Technique]) -> Result<(Vec<Contraindication>, Regions), Fault> {
    let file: File = toml::from_str(text)?;
    let mut all: Vec<Contraindication> = Vec::with_capacity(file.contraindication.len());
    for entry in file.contraindication {
        let span = entry.span();
        let contraindication = entry.into_inner();
        if let Some(problem) = fault(&contraindication, &all, techniques) {
            return Err(Fault::new(&span, problem));
        }
        all.push(contraindication);
    }
    let span = file.regions.span();
    let regions = file.regions.into_inner();
    match regions.fault() {
        Some(problem) => Err(Fault::new(&span, problem)),
        None => Ok((all, regions)),
    }
}

fn fault(new: &Contraindication, earlier: &[Contraindication], known: &[Technique]) -> Option<String> {
    let Contraindication { id, name, techniques, disciplines, .. } = new;
    if let Some(problem) = bad_id(id, earlier.iter().map(|other| other.id.as_str())) {
        return Some(problem);
    }
    if name.trim().is_empty() {
        return Some(format!("{id}: name must not be empty"));
    }
    if techniques.is_empty() && disciplines.is_empty() {
        return Some(format!("{id}: techniques or disciplines must name what it bars"));
    }
    if twice(techniques) || twice(disciplines) {
        return Some(format!("{id}: bars something twice"));
    }
    // A technique that nobody can record would be barred in vain, and nobody would notice.
    let unknown = techniques.iter().find(|id| known.iter().all(|technique| technique.id != **id))?;
    Some(format!("{id}: techniques names {unknown:?}, which is not in the technique catalogue"))
}
