//! The safety room: what speaks against treating a patient in some way, and what is known of their health.
//!
//! A safety item is in force from when it is raised, not from when a note is signed. Its words stay as they were: whoever
//! wants them otherwise raises another in its place, so that an [override](signing) always is of what its author read.

pub mod api;
pub mod health_history;
pub mod ops;
mod query;
pub mod rules;
pub mod signing;
pub mod web;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::catalogue::{Area, Contraindication, Severity};
use crate::clock::Timestamp;
use crate::ids::{PatientId, SafetyItemId, StaffId};
use crate::words::Trimmed;

/// The most techniques that one item may bar.
pub const MAX_TECHNIQUES: usize = 100;

/// What sort of thing speaks against a treatment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SafetyKind {
    /// An allergy.
    Allergy,
    /// Something to be careful about.
    Precaution,
    /// Something that forbids a treatment.
    Contraindication,
    /// A sign of something serious that has to be looked into first.
    RedFlag,
}
crate::db::types::sql_word!(SafetyKind, Severity);

/// What an item bars: techniques, whole disciplines, everywhere or on one part of the body.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, garde::Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Bars {
    /// Techniques, by their ids in the catalogue.
    #[garde(length(max = MAX_TECHNIQUES), inner(length(chars, min = 1, max = 60)))]
    #[schema(max_items = 100)]
    pub techniques: Vec<Trimmed>,
    /// Disciplines, whatever they do.
    #[garde(length(max = 2))]
    #[schema(max_items = 2)]
    pub disciplines: Vec<Discipline>,
    /// The part of the body where it is barred; everywhere unless told.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub area: Option<Area>,
    /// The side on which it is barred; both unless told.
    #[garde(skip)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<Side>,
}

/// A safety item to raise.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSafetyItem {
    /// What sort of thing it is.
    #[garde(skip)]
    pub kind: SafetyKind,
    /// What it is, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub what: Trimmed,
    /// How strongly it bars; that of the contraindication unless told, and else needed.
    #[garde(skip)]
    #[serde(default)]
    pub severity: Option<Severity>,
    /// A contraindication of the catalogue, which adds what it bars.
    #[garde(length(chars, min = 1, max = 60))]
    #[serde(default)]
    pub contraindication: Option<Trimmed>,
    /// What it bars.
    #[garde(dive)]
    #[serde(default)]
    pub bars: Bars,
    /// The discipline in which it is raised; needed only from those who practise both.
    #[garde(skip)]
    #[serde(default)]
    pub discipline: Option<Discipline>,
    /// The open item that it takes the place of.
    #[garde(skip)]
    #[serde(default)]
    pub replaces: Option<SafetyItemId>,
}

/// Why a safety item no longer holds.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resolve {
    /// The reason, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
}

/// A severity as its word.
#[must_use]
pub const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Absolute => "absolute",
        Severity::Relative => "relative",
        Severity::Caution => "caution",
    }
}

/// A clinician by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Clinician {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
}

/// How a safety item ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Resolution {
    /// Who said so.
    pub by: Clinician,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A safety item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SafetyItemView {
    /// Its id.
    pub id: SafetyItemId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// What sort of thing it is.
    pub kind: SafetyKind,
    /// What it is.
    pub what: String,
    /// How strongly it bars.
    pub severity: Severity,
    /// The contraindication it was raised by, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub contraindication: Option<String>,
    /// What it bars.
    pub bars: Bars,
    /// The item that it took the place of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<SafetyItemId>,
    /// Who raised it.
    pub raised_by: Clinician,
    /// In which discipline.
    pub raised_in: Discipline,
    /// When; it is in force since.
    pub raised_at: Timestamp,
    /// How it ended; open without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved: Option<Resolution>,
    /// The version to send back in `If-Match`.
    pub version: i32,
}

/// What of the safety items is shown with every reading of a chart to whoever opened it; nothing to the office.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct SafetyShown {
    /// To clinicians of the patient: the open items, newest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety_items: Option<Vec<SafetyItemView>>,
    /// To the front desk: whether a clinician has to be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety_flag: Option<bool>,
}

/// What is read of a record, with what of the safety items is shown beside it.
#[derive(Clone, Debug, Serialize)]
pub struct WithSafety<T> {
    /// What is read.
    #[serde(flatten)]
    pub read: T,
    /// What is dangerous, whatever a lesser directive withholds of what is read.
    #[serde(flatten)]
    pub safety: SafetyShown,
}

/// The contraindications that safety items may name.
#[derive(Debug, Serialize, ToSchema)]
pub struct Contraindications {
    /// In the order of their file.
    pub items: Vec<Contraindication>,
}
