//! What callers send and are shown of notes.

mod waiting;

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strum::{Display, IntoStaticStr};
use utoipa::ToSchema;

use super::copied::CopiedPart;
use super::rules::{NoteMove, PendingKind, PendingState};
use super::{AmendReason, NoteBody, NoteKind};
use crate::actor::Discipline;
use crate::audit::Hash;
use crate::clock::Timestamp;
use crate::ids::{AddendumId, EpisodeId, NoteId, PatientId, PendingId, ReferralId, StaffId};
use crate::patients::ops::PatientSummary;
use crate::policy::{NoteState, Sharing};
use crate::referrals::ops::{NamedReferral, ReportResult};
use crate::safety::ops::{GivenOverride, OverrideView};
use crate::words::Text;

pub use waiting::{UnsignedView, WaitingView};

/// A note to begin.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewNote {
    /// What it is written for.
    #[garde(skip)]
    pub kind: NoteKind,
    /// The discipline it is written in; needed only from those who practise both.
    #[garde(skip)]
    #[serde(default)]
    pub discipline: Option<Discipline>,
    /// The episode of care it belongs to, if any: one of this patient's that is open when the note is put into it. Left
    /// out, that of the referral it is written for.
    #[garde(skip)]
    #[serde(default)]
    pub episode_id: Option<EpisodeId>,
    /// The referral it is written for, if any: an open one of this patient's that the author owns.
    #[garde(skip)]
    #[serde(default)]
    pub referral_id: Option<ReferralId>,
    /// When the patient was seen.
    #[garde(skip)]
    pub service_at: Timestamp,
    /// Among whom it is shared; the care team unless told.
    #[garde(skip)]
    #[serde(default)]
    pub sharing: Option<Sharing>,
    /// Its words so far.
    #[garde(dive)]
    pub body: NoteBody,
}

/// A draft as it stands now.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftSave {
    /// The episode of care it belongs to; left out or null, it belongs to none.
    #[garde(skip)]
    #[serde(default)]
    pub episode_id: Option<EpisodeId>,
    /// The referral it is written for; left out or null, it is written for none.
    #[garde(skip)]
    #[serde(default)]
    pub referral_id: Option<ReferralId>,
    /// When the patient was seen.
    #[garde(skip)]
    pub service_at: Timestamp,
    /// Among whom it is shared; left out, it stays as it is.
    #[garde(skip)]
    #[serde(default)]
    pub sharing: Option<Sharing>,
    /// Its words, whole.
    #[garde(dive)]
    pub body: NoteBody,
}

/// What a signature comes with, where it needs anything.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// The parts that were copied from an earlier note and hold for this visit as they stand.
    #[garde(length(max = 7))]
    #[schema(max_items = 7)]
    #[serde(default)]
    pub confirmed: Vec<CopiedPart>,
    /// Why what safety items bar was done all the same.
    #[garde(length(max = MAX_OVERRIDES), dive)]
    #[schema(max_items = 100)]
    #[serde(default)]
    pub overrides: Vec<GivenOverride>,
    /// That the note answers the referral it is written for, and how far: signing it returns the report.
    #[garde(skip)]
    #[serde(default)]
    pub answers_referral: Option<ReportResult>,
}

/// The most overrides that one signature may come with.
const MAX_OVERRIDES: usize = 100;

/// A whole new version of a signed note.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// Why.
    #[garde(skip)]
    pub reason: AmendReason,
    /// More about why.
    #[garde(dive)]
    #[serde(default)]
    pub explanation: Option<Text>,
    /// The words of the new version, whole.
    #[garde(dive)]
    pub body: NoteBody,
    /// Why what safety items bar was done all the same.
    #[garde(length(max = MAX_OVERRIDES), dive)]
    #[schema(max_items = 100)]
    #[serde(default)]
    pub overrides: Vec<GivenOverride>,
}

/// Something appended to a signed note.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAddendum {
    /// What is appended.
    #[garde(dive)]
    pub text: Text,
}

/// Why a signed note is wrong as a whole.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorDeclared {
    /// Why.
    #[garde(dive)]
    pub reason: Text,
    /// Where it belongs, if it stands in the wrong record: a draft with its words is begun there. From its author alone.
    #[garde(skip)]
    #[serde(default)]
    pub replacement: Option<Replacement>,
}

/// Where a note belongs.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replacement {
    /// Whose visit it was.
    pub patient_id: PatientId,
}

/// Among whom a note is shared from now on.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSharing {
    /// Among whom.
    #[garde(skip)]
    pub sharing: Sharing,
}

/// Why something is returned to its author.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Comments {
    /// What the author is to look at.
    #[garde(dive)]
    pub comments: Text,
}

/// A note to begin with the words of an earlier one.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CopyForward {
    /// When the patient was seen this time.
    #[garde(skip)]
    pub service_at: Timestamp,
    /// What it is written for; what the earlier one was for, unless told.
    #[garde(skip)]
    #[serde(default)]
    pub kind: Option<NoteKind>,
}

/// What a list of notes is narrowed to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Narrowed {
    /// Notes of one discipline.
    pub discipline: Option<Discipline>,
    /// Notes of one kind.
    pub kind: Option<NoteKind>,
    /// Notes that belong to one episode of care.
    pub episode: Option<EpisodeId>,
    /// Notes that one person wrote.
    pub author: Option<StaffId>,
    /// Notes that their author has signed, and that were not entered in error.
    pub stands: bool,
}

/// A note, with what whoever reads it may do with it as it stands now.
#[derive(Clone, Debug)]
pub struct OpenNote {
    /// The note.
    pub note: NoteView,
    /// Of whom.
    pub patient: PatientSummary,
    /// The moves.
    pub moves: Vec<NoteMove>,
    /// Whether they may open the patient's front page, besides the note.
    pub may_open_patient: bool,
    /// Whether they may refer the patient.
    pub may_refer: bool,
    /// The referral that it is written for, as far as whoever reads may know of it.
    pub referral: Option<NamedReferral>,
}

/// An amendment or addendum that needs a second signature, with what whoever reads it may do with it now.
#[derive(Clone, Debug)]
pub struct OpenPending {
    /// What it is.
    pub pending: PendingView,
    /// Of whom.
    pub patient: PatientSummary,
    /// Whether they may co-sign it, or return it.
    pub may_cosign: bool,
    /// Whether they may withdraw it.
    pub may_withdraw: bool,
}

/// A note that was never signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, diesel::Queryable)]
pub struct LeftDraft {
    /// Which it is.
    pub note_id: NoteId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// When the treatment took place.
    pub service_at: Timestamp,
    /// `draft`, or `left_unsigned` once its author has been deactivated.
    pub state: NoteState,
}

/// How much of a note is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Everything.
    Full,
    /// Date, author, kind and state; somebody else's draft, a note entered in error, or one that its author shares with
    /// their own discipline: the author is whom to ask.
    Stub,
}

/// Who wrote or signed something.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Signer {
    /// Who.
    pub id: StaffId,
    /// Their name.
    pub name: String,
}

/// A note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoteView {
    /// Its id.
    pub id: NoteId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// The episode of care it belongs to, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_id: Option<EpisodeId>,
    /// The referral it is written for, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referral_id: Option<ReferralId>,
    /// How far it answers that referral, as soon as it is co-signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers_referral: Option<ReportResult>,
    /// What it was written for.
    pub kind: NoteKind,
    /// The discipline it is written in.
    pub discipline: Discipline,
    /// Who wrote it.
    pub author: Signer,
    /// Where it stands in its life.
    pub state: NoteState,
    /// How much of it is shown.
    pub shown: Shown,
    /// Among whom its author shares it.
    pub sharing: Sharing,
    /// When the patient was seen.
    pub service_at: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its author signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Who signed the newest version beside its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Cosigned>,
    /// Whether it was signed, or not yet, more than 24 hours after the patient was seen.
    pub late_entry: bool,
    /// The version for `If-Match`.
    pub version: i32,
    /// The number of the newest signed version; 0 while there is none.
    pub current_version: i32,
    /// SHA-256 of the canonical JSON (RFC 8785) of the newest signed version, or of what waits for the second signature.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hash: Option<Hash>,
    /// Its words; left out of a stub.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NoteBody>)]
    pub body: Option<Box<RawValue>>,
    /// What was appended, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addenda: Vec<AddendumView>,
    /// Why what safety items bar was done all the same, as the signer said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideView>,
    /// What the signer is to think about, in the answer to the signature alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
    /// Amendments and addenda that wait for a second signature, and to their author and supervisor those that came back or
    /// were withdrawn; the version above stands until they are co-signed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<PendingView>,
    /// What was signed and came back, to its author and supervisor.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub returns: Vec<ReturnView>,
    /// Of a draft, the parts that were copied from an earlier note and are neither confirmed nor changed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copied: Vec<CopiedPart>,
    /// The note entered in error in another record, in whose place it stands; to whoever may read that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaces: Option<NoteId>,
    /// The note in the right record that stands in its place; to whoever may read that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replaced_by: Option<NoteId>,
}

/// Something odd about a note, which may be right nonetheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// A patient under the practice's age of majority consented alone.
    MinorConsented,
}

/// A second signature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Cosigned {
    /// Whose.
    pub by: Signer,
    /// When.
    pub at: Timestamp,
}

/// An amendment or addendum whose author needs a second signature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PendingView {
    /// Its id.
    pub id: PendingId,
    /// The note it is for.
    pub note_id: NoteId,
    /// What it is.
    pub kind: PendingKind,
    /// Who wrote and signed it.
    pub author: Signer,
    /// When its author signed it.
    pub signed_at: Timestamp,
    /// Where it stands.
    pub state: PendingState,
    /// Of an amendment, why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AmendReason>,
    /// Of an amendment, more about why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// Of an amendment, the words of the new version.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NoteBody>)]
    pub body: Option<Box<RawValue>>,
    /// Of an addendum, what is appended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// SHA-256 of its words, as the version or addendum will carry it.
    pub hash: Hash,
    /// Who co-signed, returned or withdrew it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<Signer>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// What the supervisor said when returning it, to its author and the supervisor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
    /// The version for `If-Match`.
    pub version: i32,
}

/// What was signed and came back.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReturnView {
    /// Who returned it.
    pub returned_by: Signer,
    /// When.
    pub returned_at: Timestamp,
    /// What the author was to look at.
    pub comments: String,
    /// When its author had signed it.
    pub signed_at: Timestamp,
    /// SHA-256 of its canonical JSON (RFC 8785).
    pub hash: Hash,
    /// Its words as they were signed.
    #[schema(value_type = NoteBody)]
    pub body: Box<RawValue>,
}

/// Something that was appended to a note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AddendumView {
    /// Its id.
    pub id: AddendumId,
    /// Who appended it.
    pub author: Signer,
    /// When.
    pub written_at: Timestamp,
    /// What.
    pub text: String,
    /// SHA-256 of the text.
    pub hash: Hash,
    /// Who signed it beside its author.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Cosigned>,
}

/// A signed version of a note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// Counted from 1.
    pub number: i32,
    /// Who signed it.
    pub signed_by: Signer,
    /// When.
    pub signed_at: Timestamp,
    /// Who signed it beside them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Cosigned>,
    /// Why it was written; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AmendReason>,
    /// More about why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// SHA-256 of its canonical JSON (RFC 8785).
    pub hash: Hash,
    /// Its words; left out of lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NoteBody>)]
    pub body: Option<Box<RawValue>>,
}
