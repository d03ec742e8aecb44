//! The exports room: a patient's record, handed out whole to the patient or, minus what the patient withholds, to others.
//!
//! - To the patient goes everything that is signed, however their therapists share it among themselves, but for what a
//!   privacy officer severed with a reason. To others goes nothing that a consent directive withholds from a discipline or
//!   from everyone, nor what its author shares with their own discipline alone; a directive against one member of staff
//!   concerns nobody outside. The document says where something was left out.
//! - What was handed out is kept as it was, under its hash, which the audit log seals.

pub mod api;
mod document;
mod gather;
mod ops;
mod page;
mod query;
pub mod rules;
#[cfg(test)]
mod tests;
pub mod web;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

use crate::audit::Hash;
use crate::clock::Timestamp;
use crate::ids::{DecisionMakerId, ExportId, NoteId, PatientId, StaffId};
use crate::words::Trimmed;

pub use document::Document;

/// The most notes that are severed from one export.
pub const MAX_SEVERED: usize = 500;

/// To whom a record goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Recipient {
    /// The patient, or the decision-maker of theirs whom `decision_maker_id` names.
    Patient,
    /// Anybody else: an insurer, another practice, a court.
    Other,
}
crate::db::types::sql_word!(Recipient);

/// A note that is left out of what goes to the patient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Severed {
    /// The note.
    #[garde(skip)]
    pub note_id: NoteId,
    /// Why, 1 to 1000 characters; the patient is told.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
}

/// A record to hand out.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExport {
    /// To whom.
    #[garde(skip)]
    pub recipient: Recipient,
    /// What they are called, 1 to 200 characters.
    #[garde(length(chars, min = 1, max = 200))]
    pub recipient_name: Trimmed,
    /// The decision-maker it is given to in the patient's stead; they must be allowed to receive records.
    #[garde(skip)]
    #[serde(default)]
    pub decision_maker_id: Option<DecisionMakerId>,
    /// What for, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub purpose: Trimmed,
    /// On what authority, such as the patient's written request or a section of a statute, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub authority: Trimmed,
    /// What is left out of what goes to the patient; a privacy officer's to say.
    #[garde(length(max = MAX_SEVERED), dive)]
    #[serde(default)]
    #[schema(max_items = 500)]
    pub severed: Vec<Severed>,
}

/// A record that was handed out, without its words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ExportView {
    /// Its id.
    pub id: ExportId,
    /// Whose record it is.
    pub patient_id: PatientId,
    /// Who handed it out.
    pub made_by: StaffId,
    /// When.
    pub made_at: Timestamp,
    /// To whom.
    pub recipient: Recipient,
    /// What they are called.
    pub recipient_name: String,
    /// The decision-maker it was given to in the patient's stead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_maker_id: Option<DecisionMakerId>,
    /// What for.
    pub purpose: String,
    /// On what authority.
    pub authority: String,
    /// What was left out of what went to the patient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub severed: Vec<Severed>,
    /// SHA-256 of the document, byte by byte as `GET /exports/{id}` answers it in JSON; the audit log seals it.
    #[schema(value_type = String)]
    pub hash: Hash,
}
