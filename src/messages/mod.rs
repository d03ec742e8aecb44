//! Messages between therapists about a patient. They belong to the record: whoever treats the patient reads them, in either
//! discipline, and nobody changes or deletes them. What is about a referral is withheld with it.

pub mod api;
pub mod ops;
mod query;
pub mod web;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::Colleague;
use crate::clock::Timestamp;
use crate::ids::{MessageId, PatientId, ReferralId};
use crate::words::Trimmed;

/// A message to write.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    /// What is written, 1 to 4000 characters.
    #[garde(length(chars, min = 1, max = 4000))]
    pub text: Trimmed,
    /// The referral that it is about, of the same patient: it is shown with that referral's conversation.
    #[garde(skip)]
    #[serde(default)]
    pub referral_id: Option<ReferralId>,
}

/// A message about a patient.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageView {
    /// Its id.
    pub id: MessageId,
    /// About whom.
    pub patient_id: PatientId,
    /// Who wrote it.
    pub author: Colleague,
    /// When.
    pub written_at: Timestamp,
    /// What is written.
    pub text: Trimmed,
    /// The referral that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_id: Option<ReferralId>,
}
