//! What callers send and are shown of episodes of care.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::Icd10;
use crate::actor::{Colleague, Discipline};
use crate::anatomy::Side;
use crate::clock::{Date, Timestamp};
use crate::ids::{EpisodeId, PatientId};
use crate::wording::said;
use crate::words::Trimmed;

/// A physiotherapist's diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Diagnosis {
    /// In words, 1 to 2000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    pub text: Trimmed,
    /// Its code in ICD-10 or a national edition, such as `M75.1`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icd10: Option<Icd10>,
}

/// An episode to open, for one complaint.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEpisode {
    /// The complaint in a few words, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub complaint: Trimmed,
    /// When it began, if that is known; not in the future.
    #[garde(skip)]
    pub onset: Option<Date>,
    /// On which side.
    #[garde(skip)]
    pub side: Option<Side>,
    /// In which part of the body, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub region: Option<Trimmed>,
    /// The diagnosis; physiotherapists only.
    #[garde(dive)]
    pub diagnosis: Option<Diagnosis>,
    /// The clinical impression, 1 to 2000 characters; massage therapists only.
    #[garde(length(chars, min = 1, max = 2000))]
    pub clinical_impression: Option<Trimmed>,
    /// The discipline that opens it; needed only from those who practise both.
    #[garde(skip)]
    pub discipline: Option<Discipline>,
}

/// What of an episode changes: a field that is left out stays, null clears one that may be missing. The bounds are those of
/// [`NewEpisode`].
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ChangedEpisode {
    /// The complaint in a few words.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = String, required = false)]
    pub complaint: Option<Trimmed>,
    /// When it began.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = Option<Date>)]
    pub onset: Option<Option<Date>>,
    /// On which side.
    #[serde(deserialize_with = "said")]
    #[garde(skip)]
    #[schema(value_type = Option<Side>)]
    pub side: Option<Option<Side>>,
    /// In which part of the body.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 200))]
    #[schema(value_type = Option<Trimmed>)]
    pub region: Option<Option<Trimmed>>,
    /// The diagnosis, replaced as a whole; physiotherapists only.
    #[serde(deserialize_with = "said")]
    #[garde(dive)]
    #[schema(value_type = Option<Diagnosis>)]
    pub diagnosis: Option<Option<Diagnosis>>,
    /// The clinical impression; massage therapists only.
    #[serde(deserialize_with = "said")]
    #[garde(length(chars, min = 1, max = 2000))]
    #[schema(value_type = Option<Trimmed>)]
    pub clinical_impression: Option<Option<Trimmed>>,
}

/// The end of an episode for one discipline.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Discharge {
    /// The discipline, one's own.
    #[garde(skip)]
    pub discipline: Discipline,
    /// How the treatment ended, 1 to 2000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    pub outcome: Trimmed,
}

/// An episode of care.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EpisodeView {
    /// Its id.
    pub id: EpisodeId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// The complaint in a few words.
    pub complaint: Trimmed,
    /// When it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub onset: Option<Date>,
    /// On which side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
    /// In which part of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Trimmed>,
    /// The physiotherapist's diagnosis.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diagnosis: Option<DiagnosisView>,
    /// The massage therapist's clinical impression.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clinical_impression: Option<ImpressionView>,
    /// The disciplines that take part or took part, in the order they joined.
    pub disciplines: Vec<DisciplineView>,
    /// Who opened it.
    pub opened_by: Colleague,
    /// When.
    pub opened_at: Timestamp,
    /// When the last discipline discharged the patient; none while it is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// The version for `If-Match`.
    pub version: i32,
}

/// A diagnosis, with who recorded it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DiagnosisView {
    /// In words.
    pub text: Trimmed,
    /// Its code in ICD-10.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icd10: Option<Icd10>,
    /// Who recorded it.
    pub recorded_by: Colleague,
    /// When.
    pub recorded_at: Timestamp,
}

/// A clinical impression, with who recorded it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ImpressionView {
    /// In words.
    pub text: Trimmed,
    /// Who recorded it.
    pub recorded_by: Colleague,
    /// When.
    pub recorded_at: Timestamp,
}

/// A discipline's part in an episode.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DisciplineView {
    /// Which.
    pub discipline: Discipline,
    /// Who brought it in: by opening the episode, or by beginning a note in it.
    pub joined_by: Colleague,
    /// When.
    pub joined_at: Timestamp,
    /// How it ended; none while it treats.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discharge: Option<DischargeView>,
}

/// The end of an episode for one discipline.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DischargeView {
    /// How the treatment ended.
    pub outcome: Trimmed,
    /// Who discharged the patient.
    pub discharged_by: Colleague,
    /// When.
    pub discharged_at: Timestamp,
}
