//! What waits for somebody's signature, without a word of it.

use serde::Serialize;
use utoipa::ToSchema;

use super::Signer;
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::ids::{NoteId, ObjectId, PatientId};
use crate::notes::NoteKind;
use crate::notes::rules::PendingKind;
use crate::patients::ops::PatientSummary;

/// Something that waits for the reader's signature, without a word of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct WaitingView {
    /// The note's id, or that of the amendment or addendum.
    pub id: ObjectId,
    /// `amendment` or `addendum`; left out if it is the note itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending: Option<PendingKind>,
    /// The note.
    pub note_id: NoteId,
    /// Whose record it stands in.
    pub patient: PatientSummary,
    /// Who wrote and signed it.
    pub author: Signer,
    /// The discipline it is written in.
    pub discipline: Discipline,
    /// What the note was written for.
    pub kind: NoteKind,
    /// When the patient was seen.
    pub service_at: Timestamp,
    /// When its author signed it.
    pub signed_at: Timestamp,
}

/// A note that nobody has signed, without a word of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct UnsignedView {
    /// The note.
    pub note_id: NoteId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// Whose it is to sign.
    pub author: Signer,
    /// The discipline it is written in.
    pub discipline: Discipline,
    /// What it is written for.
    pub kind: NoteKind,
    /// When the patient was seen.
    pub service_at: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
    /// For how many whole hours it has been open: since the patient was seen, or since it was begun if that was later.
    pub hours: i64,
}
