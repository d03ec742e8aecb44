//! The patients room: who the patients are, who treats them, and who stands in for whom.
//!
//! The front page of a chart holds demographics and contacts. Who may open more than that follows from the
//! [care team](care_team) and from [cover]; both are read by [`crate::chart`], and changed only here.

pub mod api;
pub mod care_team;
mod clinicians;
pub mod cover;
pub mod decision_makers;
mod demographics;
pub mod import;
mod names;
pub mod ops;
mod query;
mod record_number;
pub mod rules;
pub mod search;
#[cfg(test)]
mod tests;
pub mod web;

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::chart::OpenPass;
use crate::clock::{Date, Timestamp};
use crate::ids::{PatientId, StaffId};
use crate::safety::ops::SafetyShown;

use crate::words::Trimmed;
pub use demographics::{ChangedDemographics, Demographics, EmergencyContact, Sex};
pub use record_number::RecordNumber;

/// The front page of a chart.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PatientView {
    /// The patient's id.
    pub id: PatientId,
    /// The readable record number.
    pub record_number: RecordNumber,
    /// Who the patient is and how they are reached.
    #[serde(flatten)]
    pub demographics: Demographics,
    /// The member of staff whose own record it is; shown only to those who may say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_record_of: Option<StaffId>,
    /// What speaks against treating the patient in some way, as far as the reader may know.
    #[serde(flatten)]
    pub safety: SafetyShown,
    /// Emergency and audit accesses that the reader has open to this record, for a banner as long as they last.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub open_accesses: Vec<OpenPass>,
    /// Counts the changes.
    pub version: i32,
    /// When the patient was registered.
    pub created_at: Timestamp,
}

/// A patient in a list: enough to tell them from others, and no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PatientSummary {
    /// The patient's id.
    pub id: PatientId,
    /// The readable record number.
    pub record_number: RecordNumber,
    /// Given names.
    pub given_name: Trimmed,
    /// Family name.
    pub family_name: Trimmed,
    /// Date of birth.
    pub birth_date: Date,
}

/// Patients by their ids, for lists that carry ids alone.
#[derive(Clone, Debug, Default)]
pub struct Known(HashMap<PatientId, PatientSummary>);

impl Known {
    /// Who this is; nobody who is hidden from whoever asks.
    #[must_use]
    pub fn get(&self, id: &PatientId) -> Option<&PatientSummary> {
        self.0.get(id)
    }
}

impl PatientSummary {
    /// Given names and family name.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{} {}", self.given_name.as_str(), self.family_name.as_str())
    }
}

/// A patient who was just registered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Registration {
    /// The new front page.
    pub patient: PatientView,
    /// Others born on the same day under a similar name.
    pub possible_duplicates: Vec<PossibleDuplicate>,
}

/// Somebody who may be the same person as the one just registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct PossibleDuplicate {
    /// The patient's id.
    pub id: PatientId,
    /// The readable record number.
    pub record_number: RecordNumber,
    /// Given names and family name.
    pub name: Trimmed,
    /// Date of birth.
    pub birth_date: Date,
}

/// What to find patients by; all that is given must apply, and something must be given.
#[derive(Clone, Debug, Default, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindPatients {
    /// Words that all occur in given, family or preferred name, in any order, as a whole or in part, whatever their case
    /// and accents; at most ten.
    #[garde(length(chars, min = 1, max = 200))]
    pub name: Option<Trimmed>,
    /// Date of birth.
    #[garde(skip)]
    pub birth_date: Option<Date>,
    /// The record number, as `P-000123` or `123`.
    #[garde(length(chars, min = 1, max = 30))]
    pub number: Option<Trimmed>,
    /// Any run of digits of the phone number, four or more besides leading zeros; other characters do not count, and a
    /// country's code may be left out or typed in addition.
    #[garde(length(chars, min = 1, max = 50))]
    pub phone: Option<Trimmed>,
    /// How many patients: 1 to 100, 25 unless told.
    #[garde(range(min = 1, max = 100))]
    pub limit: Option<u8>,
    /// Where the page before ended.
    #[garde(skip)]
    pub cursor: Option<String>,
}

/// Whose own record a patient record is.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnRecord {
    /// The member of staff, or null if it is nobody's here. It must be said either way.
    #[serde(deserialize_with = "Option::deserialize")]
    #[garde(skip)]
    pub staff_id: Option<StaffId>,
}
