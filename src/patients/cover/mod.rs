//! Cover: one clinician stands in for another, from one moment until another, for all patients whom that one treats
//! meanwhile.

pub mod api;
pub mod ops;
mod query;
pub mod web;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Timestamp;
use crate::ids::{CoverId, StaffId};

/// Who stands in for whom, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CoverView {
    /// The cover's id.
    pub id: CoverId,
    /// Whose patients they are.
    pub from_staff: StaffId,
    /// What that clinician is called.
    pub from_name: String,
    /// Who stands in.
    pub to_staff: StaffId,
    /// What the stand-in is called.
    pub to_name: String,
    /// From when.
    pub from: Timestamp,
    /// Until when, exclusively.
    pub until: Timestamp,
}

/// Who shall stand in for whom, and when.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCover {
    /// Whose patients they are: an active clinician.
    #[garde(skip)]
    pub from_staff: StaffId,
    /// Who stands in: another active clinician, of either discipline.
    #[garde(skip)]
    pub to_staff: StaffId,
    /// From when.
    #[garde(skip)]
    pub from: Timestamp,
    /// Until when, exclusively: later than now, and at most 92 days after `from`.
    #[garde(skip)]
    pub until: Timestamp,
}
