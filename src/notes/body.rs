//! The words of a note: what a therapist writes, and what a signature freezes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use super::measure::{Mark, Measurement};
use crate::anatomy::Side;
use crate::error::{Error, Result};
use crate::ids::DecisionMakerId;
use crate::words::{Name, Text};

/// The layout that this program writes.
pub const SCHEMA_VERSION: u8 = 1;

/// The most rows any list in a note may have.
pub const MAX_ROWS: usize = 200;

/// What a note is written for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
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
pub enum NoteKind {
    /// The first assessment of a complaint.
    InitialAssessment,
    /// A visit in the course of treatment.
    Progress,
    /// The end of treatment by one discipline.
    Discharge,
    /// One discipline's half of a joint review.
    JointReview,
    /// A conversation on the phone.
    PhoneContact,
}

/// Everything a note says. Every part may be missing in a draft; what a signature asks for is in [`super::rules`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// The layout of these words; callers may leave it out.
    #[garde(range(equal = SCHEMA_VERSION))]
    #[schema(default = 1, minimum = 1, maximum = 1)]
    #[serde(default = "current_schema")]
    pub schema_version: u8,
    /// A progress note on a relaxation massage, of which less is required; massage therapists only.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "is_false")]
    pub relaxation: bool,
    /// What a phone contact was about.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// What the patient reports.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subjective: Option<Subjective>,
    /// What the therapist finds.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objective: Option<Objective>,
    /// What the therapist makes of it.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assessment: Option<Assessment>,
    /// What is to be done.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<Plan>,
    /// What was done at this visit.
    #[garde(length(max = MAX_ROWS), dive)]
    #[schema(max_items = 200)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub treatment: Vec<TreatmentRow>,
    /// The patient's consent to it.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// How the treatment ended; for a discharge.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Text>,
}

/// S: what the patient reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Subjective {
    /// In running text: history, complaint, medication, work.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// How strong the pain is.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pain: Option<Pain>,
    /// What makes it worse.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggravating: Option<Text>,
    /// What makes it better.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub easing: Option<Text>,
    /// Sleep.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sleep: Option<Text>,
    /// Stress and other psychosocial factors.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub psychosocial: Option<Text>,
    /// What the patient wants to reach, one goal a row.
    #[garde(length(max = MAX_ROWS), dive)]
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub goals: Vec<Text>,
}

/// Pain on the numeric pain rating scale (NPRS): whole numbers from 0, none, to 10, the worst imaginable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Pain {
    /// Now.
    #[garde(range(max = 10))]
    #[schema(maximum = 10)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub now: Option<u8>,
    /// At its best.
    #[garde(range(max = 10))]
    #[schema(maximum = 10)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub best: Option<u8>,
    /// At its worst.
    #[garde(range(max = 10))]
    #[schema(maximum = 10)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worst: Option<u8>,
}

/// O: what the therapist finds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Objective {
    /// In running text: observation, gait, examination.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// Ranges, strength and special tests.
    #[garde(length(max = MAX_ROWS), dive)]
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub measurements: Vec<Measurement>,
    /// Marks on the body chart.
    #[garde(length(max = MAX_ROWS), dive)]
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub body_chart: Vec<Mark>,
    /// What palpation finds.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub palpation: Option<Text>,
}

/// A: what the therapist makes of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Assessment {
    /// In running text.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// The diagnosis; a physiotherapist's alone to record.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<Text>,
    /// The massage therapist's clinical impression.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clinical_impression: Option<Text>,
    /// How the patient responded to the treatment.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<Text>,
    /// Progress against the goals.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Text>,
}

/// P: what is to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Plan {
    /// In running text.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
    /// When the patient comes again, in words such as `in one week`.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_visit: Option<Name>,
    /// What to do at home.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub home_exercises: Option<Text>,
    /// What the patient was advised.
    #[garde(dive)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<Text>,
    /// Techniques of the catalogue, by id, meant for coming visits; also those the other discipline will apply.
    #[garde(length(max = MAX_ROWS), dive)]
    #[schema(max_items = 200)]
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub planned_techniques: Vec<Name>,
}

/// One technique applied at this visit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TreatmentRow {
    /// The technique's id in the catalogue.
    #[garde(dive)]
    pub technique: Name,
    /// Where on the body.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<Name>,
    /// On which side.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// How long, in minutes: 1 to 480.
    #[garde(range(min = 1, max = 480))]
    #[schema(minimum = 1, maximum = 480)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u16>,
    /// How much: sets, grade, pressure, current, oil used.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dose: Option<Name>,
    /// How the patient responded to it.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<Text>,
}

/// Consent to this visit's treatment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// Whether it was given; `false` records that the patient declined.
    #[garde(skip)]
    pub given: bool,
    /// Who gave or declined it.
    #[garde(dive)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_by: Option<ConsentGiver>,
    /// Sensitive areas, each with the consent asked for it by name.
    #[garde(length(max = MAX_ROWS), dive)]
    #[schema(max_items = 200)]
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive_areas: Vec<SensitiveArea>,
}

/// Who speaks for the patient. `Patient` has braces because serde lets unknown fields pass beside a bare variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(tag = "who", rename_all = "snake_case", deny_unknown_fields)]
pub enum ConsentGiver {
    /// The patient.
    Patient {},
    /// A decision-maker of the patient.
    DecisionMaker {
        /// Which of the patient's decision-makers; a signature asks for it.
        #[garde(skip)]
        #[serde(default, skip_serializing_if = "Option::is_none")]
        id: Option<DecisionMakerId>,
        /// Their name, as it is recorded of them.
        #[garde(dive)]
        name: Name,
        /// What they are to the patient.
        #[garde(dive)]
        relation: Name,
    },
}

/// A sensitive area and the patient's answer for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SensitiveArea {
    /// Which area.
    #[garde(dive)]
    pub area: Name,
    /// Whether the patient agreed to treatment there.
    #[garde(skip)]
    pub given: bool,
}

impl Default for NoteBody {
    fn default() -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            relaxation: false,
            text: None,
            subjective: None,
            objective: None,
            assessment: None,
            plan: None,
            treatment: Vec::new(),
            consent: None,
            outcome: None,
        }
    }
}

impl NoteBody {
    /// What it comes to, in the words that tell most: what the therapist makes of it, or else what happened.
    #[must_use]
    pub fn gist(&self) -> Option<&Text> {
        let assessed = self.assessment.as_ref().and_then(|assessment| {
            let Assessment { text, clinical_impression, diagnosis, progress, response } = assessment;
            let parts = [text, clinical_impression, diagnosis, progress, response];
            parts.into_iter().find_map(Option::as_ref)
        });
        let reported = || self.subjective.as_ref()?.text.as_ref();
        let planned = || self.plan.as_ref()?.text.as_ref();
        assessed.or(self.outcome.as_ref()).or(self.text.as_ref()).or_else(reported).or_else(planned)
    }

    /// Checks every bound.
    ///
    /// # Errors
    /// [`crate::error::Code::Invalid`] with a pointer to each field that is out of bounds.
    pub fn check(&self) -> Result<()> {
        Ok(garde::Validate::validate(self)?)
    }

    /// The one text these words have as JSON: RFC 8785, absent parts left out.
    ///
    /// # Errors
    /// None is expected: every value has a canonical form.
    pub fn canonical(&self) -> Result<String> {
        serde_json_canonicalizer::to_string(self).map_err(Error::internal)
    }
}

/// The SHA-256 of a canonical text's bytes, without prefix, so that anybody can repeat it with `sha256sum`.
#[must_use]
pub fn hash(canonical: &str) -> [u8; 32] {
    Sha256::digest(canonical.as_bytes()).into()
}

const fn current_schema() -> u8 {
    SCHEMA_VERSION
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that serde calls")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}
