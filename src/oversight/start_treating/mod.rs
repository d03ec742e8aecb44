//! Who started treating a patient of their own accord and signed no note of it in time: what a reviewer asks them about, and
//! what came of that.
//!
//! It is found out at each reading, from what stands: nothing waits for a job, and a note that is signed late shows as late.

pub mod api;
pub(super) mod ops;
mod query;
pub mod web;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::access::ops::ReviewView;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::ids::{MembershipId, PatientId, StaffId};
use crate::patients::ops::RecordNumber;

/// Working days within which whoever starts treating a patient signs a note about them.
pub const NOTE_WITHIN_WORKING_DAYS: i64 = 3;

/// Somebody who started treating a patient and signed no note in time.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StartedWithoutNote {
    /// The membership of the care team that they began.
    pub id: MembershipId,
    /// Whom they started treating.
    pub patient_id: PatientId,
    /// The number of that record.
    pub record_number: RecordNumber,
    /// What the patient is called.
    pub patient: String,
    /// Who it is.
    pub staff_id: StaffId,
    /// What they are called.
    pub name: String,
    /// The reason they gave.
    pub reason: String,
    /// When they started.
    pub started_at: Timestamp,
    /// Until when a note was expected.
    pub note_due: Timestamp,
    /// When they signed their first note all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// What came of the review.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewView>,
    /// Whether it waits for a review that nobody can make: there is no privacy officer but whoever started, those aside who
    /// may know nothing of the record.
    pub nobody_else_reviews: bool,
}

/// Where a page ends.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Position(Timestamp, MembershipId);

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_{}", self.0, self.1)
    }
}

impl FromStr for Position {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::field("/cursor", "is no place in this list");
        let (at, id) = text.split_once('_').ok_or_else(unknown)?;
        Ok(Self(Timestamp::parse(at).map_err(|_| unknown())?, id.parse().map_err(|_| unknown())?))
    }
}
