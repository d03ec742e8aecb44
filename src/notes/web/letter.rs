//! The words of a note, ready to be read.

use serde_json::Value;
use serde_json::value::RawValue;

use super::super::AmendReason;
use super::super::body::NoteBody;
use super::super::measure::{Mark, Measurement, Side};
use super::figure::{Figure, marked_figures, region_of};
use crate::error::{Error, Result};
use crate::web::{Visit, in_words, titled};

/// The words of a note, ready to be read.
pub struct Letter {
    /// The words.
    pub body: NoteBody,
    techniques: Vec<(String, String)>,
}

impl Letter {
    /// What a note says.
    ///
    /// # Errors
    /// [`crate::error::Code::Internal`] for words that are none of a note.
    pub fn of(visit: &Visit, body: &RawValue) -> Result<Self> {
        let body: NoteBody = serde_json::from_str(body.get()).map_err(Error::internal)?;
        let techniques = visit.app.catalogue.iter();
        let techniques = techniques.map(|technique| (technique.id.clone(), technique.name.clone())).collect();
        Ok(Self { body, techniques })
    }

    /// What a technique is called in the catalogue; its id where the catalogue has it no more.
    #[must_use]
    pub fn technique(&self, id: &str) -> String {
        let known = self.techniques.iter().find(|(known, _)| known == id);
        known.map_or_else(|| in_words(id), |(_, name)| name.clone())
    }

    /// The figures that bear marks.
    #[must_use]
    pub fn figures(&self) -> Vec<Figure> {
        let marks = self.body.objective.as_ref().map(|part| part.body_chart.as_slice());
        marked_figures(marks.unwrap_or_default())
    }
}

/// What was measured, in one line.
pub(super) fn measured(row: &Measurement) -> String {
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
pub(super) fn marked(mark: &Mark) -> String {
    let intensity = mark.intensity.map(|intensity| format!(", {intensity} of 10")).unwrap_or_default();
    format!("{}, {} ({} view){intensity}", titled(&word(&mark.kind)), region_of(mark), word(&mark.view))
}

/// A value of one word or number, as one reads it.
pub(super) fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => in_words(&text),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// A side of the body as its word.
pub(super) const fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
        Side::Bilateral => "both sides",
    }
}

/// Why a version was written.
pub(super) fn reason(reason: AmendReason) -> String {
    in_words(reason.into())
}
