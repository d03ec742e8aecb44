//! The health history: conditions, medications, surgeries, implants, pregnancy, confirmed again yearly.
//!
//! Each save is a version of its own that nothing changes any more; saving the same words confirms them.

pub mod api;
pub mod ops;
mod query;
pub mod web;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, IntoStaticStr};
use utoipa::ToSchema;

use super::Clinician;
use crate::clock::{Date, Timestamp};
use crate::words::Trimmed;

/// The most entries of one sort.
pub const MAX_ENTRIES: usize = 100;

/// Whether the patient is pregnant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, Display, IntoStaticStr, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Pregnancy {
    /// No.
    No,
    /// It is possible.
    Possible,
    /// Yes.
    Yes,
}

/// What is known of a patient's health. An entry has 1 to 500 characters; an empty list says that there is nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HealthHistory {
    /// Diseases and disorders.
    #[garde(length(max = MAX_ENTRIES), inner(length(chars, min = 1, max = 500)))]
    #[schema(max_items = 100)]
    pub conditions: Vec<Trimmed>,
    /// Medicines taken.
    #[garde(length(max = MAX_ENTRIES), inner(length(chars, min = 1, max = 500)))]
    #[schema(max_items = 100)]
    pub medications: Vec<Trimmed>,
    /// Operations, with their years.
    #[garde(length(max = MAX_ENTRIES), inner(length(chars, min = 1, max = 500)))]
    #[schema(max_items = 100)]
    pub surgeries: Vec<Trimmed>,
    /// Joint replacements, screws, pacemakers and other implants.
    #[garde(length(max = MAX_ENTRIES), inner(length(chars, min = 1, max = 500)))]
    #[schema(max_items = 100)]
    pub implants: Vec<Trimmed>,
    /// Whether the patient is pregnant, where it was asked.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pregnancy: Option<Pregnancy>,
    /// When the child is expected.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected_on: Option<Date>,
}

/// One version of a health history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthHistoryVersion {
    /// Counted from 1.
    pub version: i32,
    /// The words.
    #[serde(flatten)]
    pub words: HealthHistory,
    /// Who recorded or confirmed them.
    pub confirmed_by: Clinician,
    /// When.
    pub confirmed_at: Timestamp,
}

/// The health history as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthHistoryView {
    /// The version to send back in `If-Match`; 0 while nothing is recorded.
    pub version: i32,
    /// The newest version; none while nothing is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current: Option<HealthHistoryVersion>,
    /// The day on which it is to be confirmed again: a year after the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_on: Option<Date>,
    /// Whether it is to be taken or confirmed now.
    pub due: bool,
}
