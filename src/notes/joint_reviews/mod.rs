//! Joint reviews: both disciplines look back and ahead together, each in an ordinary note of its own.
//!
//! A review links the two notes. Neither depends on the other: each stands once it is signed. Whose discipline never comes
//! is not waited for longer than two weeks.

pub mod api;
pub mod ops;
mod query;
pub mod record;
pub mod reminders;
pub mod rules;

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::views::Signer;
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::ids::{JointReviewId, NoteId, PatientId};
use crate::policy::NoteState;
use crate::words::Text;

pub use rules::ReviewState;

/// A joint review to begin.
#[derive(Clone, Copy, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NewJointReview {
    /// One's own half, if it is signed already.
    #[garde(skip)]
    pub note_id: Option<NoteId>,
}

/// One's own half of a joint review.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LinkedNote {
    /// A signed note of one's own, of the kind `joint_review`, in the same record.
    #[garde(skip)]
    pub note_id: NoteId,
}

/// Why a joint review is closed without one of the disciplines.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneSided {
    /// Why.
    #[garde(dive)]
    pub reason: Text,
}

/// A joint review.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JointReviewView {
    /// Its id.
    pub id: JointReviewId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// Who began it.
    pub opened_by: Signer,
    /// When.
    pub opened_at: Timestamp,
    /// Where it stands.
    pub state: ReviewState,
    /// From when on it may be closed with one side; left out once nothing is open.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closable_from: Option<Timestamp>,
    /// Each discipline's half, in the order of the disciplines.
    pub sides: Vec<ReviewSide>,
    /// Who closed it with one side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Signer>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close_reason: Option<String>,
    /// The version for `If-Match`.
    pub version: i32,
}

/// One discipline's half of a joint review.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct ReviewSide {
    /// Which discipline.
    pub discipline: Discipline,
    /// Its note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<NoteId>,
    /// Where that note stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_state: Option<NoteState>,
    /// Whether the note is withheld at the patient's request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
}
