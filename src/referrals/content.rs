//! What a referral says, as one JSON document that is frozen once it is sent.

use serde::{Deserialize, Serialize};

use super::views::{Agreement, DraftReferral, Requested};
use crate::clock::Date;
use crate::error::{Error, Result};
use crate::words::Trimmed;

/// The version of [`Content`] as a JSON document.
const SCHEMA_VERSION: u8 = 1;

/// The words of a referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    schema_version: u8,
    pub(super) reason: Option<Trimmed>,
    pub(super) question: Option<Trimmed>,
    pub(super) precautions: Option<Trimmed>,
    pub(super) requested: Requested,
    pub(super) techniques: Vec<Trimmed>,
    pub(super) target_date: Option<Date>,
    pub(super) agreement: Option<Agreement>,
}

impl Content {
    /// What a draft says.
    pub(super) fn of(draft: &DraftReferral) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            reason: draft.reason.clone(),
            question: draft.question.clone(),
            precautions: draft.precautions.clone(),
            requested: draft.requested.clone().unwrap_or_default(),
            techniques: draft.techniques.clone(),
            target_date: draft.target_date,
            agreement: draft.agreement.clone(),
        }
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// As it was stored.
    pub(super) fn of_json(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(Error::internal)
    }
}
