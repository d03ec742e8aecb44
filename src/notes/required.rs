//! What each kind of note must hold before it can be signed.

use serde::Serialize;
use serde_json::Value;
use strum::IntoStaticStr;

use super::body::{Assessment, NoteBody, NoteKind};
use crate::error::FieldError;
use crate::words::Text;

/// Something that a signature may ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Part {
    /// Anything that the patient reports.
    Subjective,
    /// Anything that the therapist finds.
    Objective,
    /// A text, diagnosis, clinical impression or progress against the goals.
    Assessment,
    /// At least one treatment row.
    Treatment,
    /// A region in every treatment row.
    Areas,
    /// A response, in one of the treatment rows or in the assessment.
    Response,
    /// Consent, and who gave it.
    Consent,
    /// Anything that is planned.
    Plan,
    /// How the treatment ended.
    Outcome,
    /// The text.
    Text,
}

/// What a kind of note needs; for a progress note on a relaxation massage less.
///
/// A joint review's two halves are about the course so far and what comes next, so they need assessment and plan.
#[must_use]
pub const fn required_parts(kind: NoteKind, relaxation: bool) -> &'static [Part] {
    match kind {
        NoteKind::InitialAssessment => &[
            Part::Subjective,
            Part::Objective,
            Part::Assessment,
            Part::Treatment,
            Part::Response,
            Part::Consent,
            Part::Plan,
        ],
        NoteKind::Progress if relaxation => &[Part::Treatment, Part::Areas, Part::Response, Part::Consent],
        NoteKind::Progress => &[Part::Subjective, Part::Treatment, Part::Response, Part::Consent, Part::Plan],
        NoteKind::Discharge => &[Part::Outcome, Part::Plan],
        NoteKind::JointReview => &[Part::Assessment, Part::Plan],
        NoteKind::PhoneContact => &[Part::Text],
    }
}

/// What is missing before this note can be signed; empty if nothing is.
///
/// Beyond [`required_parts`]: whoever was treated consented, whatever the kind of note; and where consent was declined,
/// no treatment and so no response is asked for, since a visit that ends so must be recorded too.
#[must_use]
pub fn missing_parts(kind: NoteKind, body: &NoteBody) -> Vec<FieldError> {
    let mut missing = Vec::new();
    if body.relaxation && kind != NoteKind::Progress {
        missing.push(FieldError::new("/relaxation", "Only a progress note can be one on a relaxation massage"));
    }
    let required = required_parts(kind, body.relaxation);
    for part in required {
        part.look_for(body, &mut missing);
    }
    if !body.treatment.is_empty() && !required.contains(&Part::Consent) {
        Part::Consent.look_for(body, &mut missing);
    }
    missing
}

impl Part {
    fn look_for(self, body: &NoteBody, missing: &mut Vec<FieldError>) {
        let declined = body.consent.as_ref().is_some_and(|consent| !consent.given);
        let mut need = |there: bool, pointer: &str, message: &str| {
            if !there {
                missing.push(FieldError::new(pointer, message));
            }
        };
        match self {
            Self::Subjective => need(says_something(&body.subjective), "/subjective", "Write what the patient reports"),
            Self::Objective => need(says_something(&body.objective), "/objective", "Write what you found"),
            Self::Assessment => {
                need(body.assessment.as_ref().is_some_and(assesses), "/assessment", "Write your assessment");
            }
            Self::Plan => need(says_something(&body.plan), "/plan", "Write what is planned"),
            Self::Outcome => need(filled(body.outcome.as_ref()), "/outcome", "Write how the treatment ended"),
            Self::Text => need(filled(body.text.as_ref()), "/text", "Write what was said on the phone"),
            Self::Treatment => {
                need(declined || !body.treatment.is_empty(), "/treatment", "Record at least one technique applied");
            }
            Self::Response => need(
                body.treatment.is_empty() || responds(body),
                "/treatment/0/response",
                "Write how the patient responded, here or in the assessment",
            ),
            Self::Areas => {
                for (row, treated) in body.treatment.iter().enumerate() {
                    let named = treated.region.as_ref().is_some_and(|region| !region.is_blank());
                    need(named, &format!("/treatment/{row}/region"), "Name the area that was massaged");
                }
            }
            Self::Consent => match &body.consent {
                None => need(false, "/consent", "Record the patient's consent to the treatment"),
                Some(consent) => {
                    let treated = !body.treatment.is_empty();
                    need(consent.given_by.is_some(), "/consent/given_by", "Say who gave or declined consent");
                    need(consent.given || !treated, "/consent/given", "Nobody is treated without consent");
                }
            },
        }
    }
}

fn assesses(assessment: &Assessment) -> bool {
    let Assessment { text, diagnosis, clinical_impression, response: _, progress } = assessment;
    [text, diagnosis, clinical_impression, progress].into_iter().any(|words| filled(words.as_ref()))
}

fn responds(body: &NoteBody) -> bool {
    let overall = body.assessment.as_ref().and_then(|assessment| assessment.response.as_ref());
    body.treatment.iter().map(|row| row.response.as_ref()).chain([overall]).any(filled)
}

fn filled(words: Option<&Text>) -> bool {
    words.is_some_and(|words| !words.is_blank())
}

/// Whether anything stands in a part: looked for in its JSON, so that no field of it can be forgotten here.
fn says_something(part: &impl Serialize) -> bool {
    fn anything(value: &Value) -> bool {
        match value {
            Value::Null => false,
            Value::String(words) => !words.trim().is_empty(),
            Value::Array(rows) => rows.iter().any(anything),
            Value::Object(fields) => fields.values().any(anything),
            Value::Bool(_) | Value::Number(_) => true,
        }
    }
    serde_json::to_value(part).is_ok_and(|value| anything(&value))
}
