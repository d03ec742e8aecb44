//! What a note took over from an earlier one, and what of that is neither confirmed nor changed.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoEnumIterator, IntoStaticStr};
use utoipa::ToSchema;

use super::body::NoteBody;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::NoteId;

/// The layout of [`Copied`].
const SCHEMA_VERSION: u8 = 1;

/// A part of a note that is copied as a whole, written as a JSON Pointer into its words. Consent is none: it is asked for
/// at every visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, IntoStaticStr, Serialize, Deserialize, ToSchema)]
pub enum CopiedPart {
    /// What a phone contact was about.
    #[serde(rename = "/text")]
    #[strum(serialize = "/text")]
    Text,
    /// What the patient reports.
    #[serde(rename = "/subjective")]
    #[strum(serialize = "/subjective")]
    Subjective,
    /// What the therapist finds.
    #[serde(rename = "/objective")]
    #[strum(serialize = "/objective")]
    Objective,
    /// What the therapist makes of it.
    #[serde(rename = "/assessment")]
    #[strum(serialize = "/assessment")]
    Assessment,
    /// What is to be done.
    #[serde(rename = "/plan")]
    #[strum(serialize = "/plan")]
    Plan,
    /// What was done.
    #[serde(rename = "/treatment")]
    #[strum(serialize = "/treatment")]
    Treatment,
    /// How the treatment ended.
    #[serde(rename = "/outcome")]
    #[strum(serialize = "/outcome")]
    Outcome,
}

impl CopiedPart {
    fn same(self, one: &NoteBody, other: &NoteBody) -> bool {
        match self {
            Self::Text => one.text == other.text,
            Self::Subjective => one.subjective == other.subjective,
            Self::Objective => one.objective == other.objective,
            Self::Assessment => one.assessment == other.assessment,
            Self::Plan => one.plan == other.plan,
            Self::Treatment => one.treatment == other.treatment,
            Self::Outcome => one.outcome == other.outcome,
        }
    }
}

/// Where a draft's words were copied from, as it lies beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Copied {
    schema_version: u8,
    /// The note that they were copied from.
    pub from: NoteId,
    /// The parts that have been neither confirmed nor changed since.
    pub parts: Vec<CopiedPart>,
}

impl Copied {
    /// The words that a note gives to another, and the mark on each part of them.
    #[must_use]
    pub fn forward(from: NoteId, source: NoteBody) -> (NoteBody, Self) {
        let words = NoteBody { consent: None, ..source };
        let nothing = NoteBody::default();
        let parts = CopiedPart::iter().filter(|part| !part.same(&words, &nothing)).collect();
        (words, Self { schema_version: SCHEMA_VERSION, from, parts })
    }

    /// What is left once a draft was saved: a part that changed is the author's own.
    #[must_use]
    pub fn saved(mut self, before: &NoteBody, after: &NoteBody) -> Self {
        self.parts.retain(|part| part.same(before, after));
        self
    }

    /// What is left once it is signed: nothing.
    ///
    /// # Errors
    /// [`Code::CopiedUnconfirmed`] with a pointer to each part that was neither changed nor is among those `confirmed`.
    pub fn signed(self, confirmed: &[CopiedPart]) -> Result<Self> {
        let open = self.parts.iter().filter(|part| !confirmed.contains(part));
        let errors: Vec<_> = open
            .map(|part| FieldError::new(<&str>::from(*part), "Copied from an earlier note: confirm it or change it"))
            .collect();
        if errors.is_empty() {
            return Ok(Self { parts: Vec::new(), ..self });
        }
        Err(Error { errors, ..Error::of(Code::CopiedUnconfirmed) })
    }

    /// Reads what lies beside a draft.
    ///
    /// # Errors
    /// [`Code::Internal`] if it was not written by [`Self::written`].
    pub fn read(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(Error::internal)
    }

    /// As it lies beside a draft.
    ///
    /// # Errors
    /// None is expected.
    pub fn written(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }
}
