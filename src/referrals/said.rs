//! What somebody says with a move of a referral.

use garde::Validate;
use serde::Deserialize;
use utoipa::ToSchema;

use super::views::Target;
use crate::clock::{Date, Timestamp};
use crate::ids::{NoteId, StaffId};
use crate::safety::ops::GivenOverride;
use crate::wording::words;
use crate::words::Trimmed;

words! {
    /// Why a referral was declined.
    pub enum DeclineReason {
        /// It is not what this discipline does.
        OutOfScope,
        /// Nobody has time.
        NoCapacity,
        /// A physician has to see the patient first.
        NeedsMedicalReview,
        /// There is another for the same.
        Duplicate,
        /// The patient does not want it.
        PatientDeclined,
        /// It is for the other discipline.
        WrongDiscipline,
        /// Something speaks against it.
        Contraindicated,
    }

    /// Why a referral was withdrawn.
    pub enum CancelReason {
        /// The patient is better, or is treated elsewhere.
        NoLongerNeeded,
        /// The patient does not want it.
        PatientDeclined,
        /// There is another for the same.
        Duplicate,
        /// It ought never to have been sent; worklists leave it out.
        EnteredInError,
        /// Something else.
        Other,
    }

    /// How far a report answers what was asked.
    pub enum ReportResult {
        /// It is answered.
        Answered,
        /// Part of it is.
        Partly,
        /// The patient did not finish.
        NotCompleted,
    }
}

/// A few words with a move.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// The words, 1 to 2000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    #[serde(default)]
    pub words: Option<Trimmed>,
}

/// A question or an answer.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    /// The words, 1 to 4000 characters.
    #[garde(length(chars, min = 1, max = 4000))]
    pub words: Trimmed,
}

/// An acceptance.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Why what safety items bar is done all the same: at most 100.
    #[garde(length(max = 100), dive)]
    #[schema(max_items = 100)]
    #[serde(default)]
    pub overrides: Vec<GivenOverride>,
}

/// Why a referral is declined.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Declined {
    /// Why.
    #[garde(skip)]
    pub reason: DeclineReason,
    /// More about why, 1 to 2000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    #[serde(default)]
    pub words: Option<Trimmed>,
}

/// Why a referral is withdrawn.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancelled {
    /// Why.
    #[garde(skip)]
    pub reason: CancelReason,
    /// More about why, 1 to 2000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    #[serde(default)]
    pub words: Option<Trimmed>,
}

/// When the patient will be seen.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Booking {
    /// The first visit.
    #[garde(skip)]
    pub first_visit_at: Timestamp,
    /// The date of the last planned session, which the report's limit is reckoned from; not before the first visit.
    #[garde(skip)]
    #[serde(default)]
    pub last_session_on: Option<Date>,
}

/// A report.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The signed note that reports, which the referrer may read.
    #[garde(skip)]
    pub note_id: NoteId,
    /// How far it answers what was asked.
    #[garde(skip)]
    pub result: ReportResult,
}

/// Who takes whose place in a referral.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reassignment {
    /// The new owner or, before anybody has taken it, the colleague it is for.
    #[garde(skip)]
    #[serde(default)]
    pub owner_id: Option<StaffId>,
    /// The new referrer.
    #[garde(skip)]
    #[serde(default)]
    pub referrer_id: Option<StaffId>,
    /// Why, 1 to 2000 characters.
    #[garde(length(chars, min = 1, max = 2000))]
    pub words: Trimmed,
}

/// Where a declined or expired referral is sent now.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resent {
    /// Whom it is for now; as before unless told.
    #[garde(dive)]
    #[serde(default)]
    pub target: Option<Target>,
}
