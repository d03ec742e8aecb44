//! The document: what is handed out, member by member. `docs/export.md` is written from it.

use serde::Serialize;
use utoipa::ToSchema;

use super::Recipient;
use crate::actor::Colleague;
use crate::clock::Timestamp;
use crate::consent::ops::DirectiveView;
use crate::episodes::ops::RecordedEpisode;
use crate::ids::{DecisionMakerId, ExportId, NoteId, PatientId};
use crate::messages::ops::MessageView;
use crate::notes::ops::{RecordedNote, RecordedReview};
use crate::patients::ops::{DecisionMakerView, Demographics, FormerMemberView, MemberView, RecordNumber};
use crate::referrals::ops::RecordedReferral;
use crate::safety::ops::{HealthHistoryVersion, SafetyItemView};

/// The version of the document's layout, its member `schema_version`. It grows when a member changes its meaning or goes;
/// members may be added at any time.
pub const SCHEMA_VERSION: u8 = 1;

/// A patient's record as it is handed out. A member that holds nothing is left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct Document {
    /// The version of this layout.
    pub schema_version: u8,
    /// Who handed it out, when, to whom, what for, on what authority.
    pub export: About,
    /// Who the patient is, and how they are reached.
    pub patient: ExportedPatient,
    /// Who decides for the patient, or with them, newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub decision_makers: Vec<DecisionMakerView>,
    /// Who treats the patient at the time of the export, in the order they joined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub care_team: Vec<MemberView>,
    /// Who treated the patient before, in the order they joined.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former_care_team: Vec<FormerMemberView>,
    /// What the patient decided about who may read what, newest first, what is over or revoked too; to the patient alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub consent_directives: Vec<DirectiveView>,
    /// What speaks against treating the patient in some way, open items first, newest first; what is resolved too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub safety_items: Vec<SafetyItemView>,
    /// The health history, every version, the first one first; the last one is in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub health_history: Vec<HealthHistoryVersion>,
    /// The episodes of care, in the order they were opened.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub episodes: Vec<RecordedEpisode>,
    /// The notes, in the order of the visits. Drafts are no part of the record, nor what a supervisor returned and why: it is
    /// a draft again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<RecordedNote>,
    /// The joint reviews, in the order they were begun.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub joint_reviews: Vec<RecordedReview>,
    /// The referrals that were sent, newest first, each with everything that happened to it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub referrals: Vec<RecordedReferral>,
    /// What therapists wrote to each other about the patient, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<MessageView>,
    /// Who is meant where the document gives nothing but the id of a member of staff.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub staff: Vec<Colleague>,
    /// What of the record is not in this document, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_out: Vec<LeftOut>,
}

/// What an export is for.
#[derive(Debug, Serialize, ToSchema)]
pub struct About {
    /// The id of the export.
    pub id: ExportId,
    /// The practice that keeps the record.
    pub practice: String,
    /// The practice's time zone by its IANA name. The document's times are in UTC; its page to print has them in this zone.
    pub time_zone: String,
    /// Who handed it out.
    pub made_by: Colleague,
    /// When.
    pub made_at: Timestamp,
    /// To whom.
    pub recipient: Recipient,
    /// What they are called.
    pub recipient_name: String,
    /// The decision-maker it goes to in the patient's stead, one of `decision_makers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision_maker_id: Option<DecisionMakerId>,
    /// What for.
    pub purpose: String,
    /// On what authority.
    pub authority: String,
}

/// The patient.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExportedPatient {
    /// The patient's id.
    pub id: PatientId,
    /// The readable record number.
    pub record_number: RecordNumber,
    /// Who the patient is and how they are reached.
    #[serde(flatten)]
    pub demographics: Demographics,
    /// When they were registered.
    pub registered_at: Timestamp,
}

/// A part of the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Everything but who the patient is.
    Record,
    /// Episodes of care.
    Episodes,
    /// Notes.
    Notes,
}

/// Why something is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// The patient's consent directive withholds it.
    ConsentDirective,
    /// Its author shares it with their own discipline alone.
    Sharing,
    /// A privacy officer severed it, for the reason given.
    Severed,
}

/// Something that is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
pub struct LeftOut {
    /// Of which part. How much of it is not told to others than the patient.
    pub of: Part,
    /// Why.
    pub because: Because,
    /// The note, where the patient is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<NoteId>,
    /// When the patient was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_at: Option<Timestamp>,
    /// The reason for which it was severed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl LeftOut {
    /// Something that others are not told more of.
    #[must_use]
    pub const fn silently(of: Part, because: Because) -> Self {
        Self { of, because, note_id: None, service_at: None, reason: None }
    }
}
