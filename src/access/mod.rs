//! Records opened beside roles and relations: breaking the glass in an emergency, and reviewers' audit access.
//!
//! Each is for one patient, to read, for a stated reason, and for [an hour](rules::LASTS_SECONDS) by the clock. Its end is
//! an event of its own; an emergency access is reviewed by somebody else within [three working
//! days](rules::REVIEW_WORKING_DAYS).

pub mod api;
pub mod ops;
mod query;
pub mod rules;
pub mod web;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::chart::Pass;
use crate::clock::Timestamp;
use crate::db::types::sql_word;
use crate::ids::{AccessId, PatientId, StaffId};
use crate::patients::ops::RecordNumber;
use crate::words::Trimmed;

/// Why somebody breaks the glass.
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
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EmergencyReason {
    /// Somebody would come to serious harm; the one reason that passes a directive against a discipline.
    SeriousHarm,
    /// The patient needs treatment now and cannot be asked.
    UnableToConsent,
    /// The patient needs treatment now and nobody who treats them can be reached.
    NobodyReachable,
}

/// What came of a review.
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
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// It was right to open the record.
    Justified,
    /// It was not.
    Breach,
}

sql_word!(Verdict);

/// An emergency or audit access.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AccessView {
    /// Its id.
    pub id: AccessId,
    /// Whose record it opens.
    pub patient_id: PatientId,
    /// The number of that record.
    pub record_number: RecordNumber,
    /// What the patient is called.
    pub patient: String,
    /// To whom.
    pub staff_id: StaffId,
    /// What they are called.
    pub name: String,
    /// Which kind of access it is.
    pub kind: Pass,
    /// Why, as a code; `audit` for audit access.
    pub reason_code: String,
    /// Why, in words.
    pub reason: String,
    /// Since when.
    pub opened_at: Timestamp,
    /// Until when at the latest.
    pub ends_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Until when an emergency access is to be reviewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_due: Option<Timestamp>,
    /// What came of the review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewView>,
    /// Whether it waits for a review that nobody can make: there is no privacy officer but whoever opened it, those aside who
    /// may know nothing of the record.
    pub nobody_else_reviews: bool,
    /// The version for `If-Match`.
    pub version: i32,
}

/// What came of a review, and who reviewed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReviewView {
    /// What came of it.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
    /// Who reviewed.
    pub reviewed_by: StaffId,
    /// When.
    pub reviewed_at: Timestamp,
}

/// Breaking the glass.
#[derive(Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Emergency {
    /// Why, as a code.
    #[garde(skip)]
    pub reason_code: EmergencyReason,
    /// Why, in words: 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
    /// One's password, once more.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    pub password: SecretString,
    /// A code from the authenticator, for whoever has one.
    #[garde(length(chars, max = 40))]
    pub totp: Option<String>,
}

/// Opening a record as a reviewer.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// Why: 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
}

/// What a reviewer says of an emergency access.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// What comes of it.
    #[garde(skip)]
    pub verdict: Verdict,
    /// Why: 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
}

/// Which emergency accesses are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reviewed {
    /// Those that wait for a review.
    No,
    /// Those that were reviewed.
    Yes,
}
