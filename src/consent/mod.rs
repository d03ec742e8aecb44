//! Consent directives: what a patient decided about who may read what of their record.
//!
//! They beat every role and relation, from the moment they begin until they end or are revoked; [`crate::chart`] asks
//! for them whenever a record is opened. A directive is revoked, never rewritten.

pub mod api;
pub mod ops;
mod query;
pub mod rules;
pub mod web;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::Discipline;
use crate::chart::{Bars, Covers};
use crate::clock::Timestamp;
use crate::ids::{DirectiveId, ObjectId, StaffId};
use crate::words::Trimmed;

/// A consent directive.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DirectiveView {
    /// Its id.
    pub id: DirectiveId,
    /// How much of the record it covers.
    pub covers: Covers,
    /// The episode or the note that it covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub covered_id: Option<ObjectId>,
    /// From whom it withholds that.
    pub bars: Bars,
    /// From which member of staff.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<StaffId>,
    /// From which discipline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discipline: Option<Discipline>,
    /// From when.
    pub from: Timestamp,
    /// Until when, exclusively; none for good.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What the patient said about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who recorded it.
    pub recorded_by: StaffId,
    /// When.
    pub recorded_at: Timestamp,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Timestamp>,
    /// Who recorded that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_by: Option<StaffId>,
    /// The version for `If-Match`.
    pub version: i32,
}

/// What a patient decides.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDirective {
    /// How much of the record it covers.
    #[garde(skip)]
    pub covers: Covers,
    /// The episode or the note that it covers; none for the whole record.
    #[garde(skip)]
    pub covered_id: Option<ObjectId>,
    /// From whom it withholds that.
    #[garde(skip)]
    pub bars: Bars,
    /// From which member of staff, where it bars a person.
    #[garde(skip)]
    pub staff_id: Option<StaffId>,
    /// From which discipline, where it bars one.
    #[garde(skip)]
    pub discipline: Option<Discipline>,
    /// From when, not in the past; now unless said.
    #[garde(skip)]
    pub from: Option<Timestamp>,
    /// Until when, exclusively; for good unless said.
    #[garde(skip)]
    pub until: Option<Timestamp>,
    /// What the patient said about it, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Option<Trimmed>,
}

/// Every directive on a record, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct DirectiveList {
    items: Vec<DirectiveView>,
}
