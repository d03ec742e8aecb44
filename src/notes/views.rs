//! What callers send and are shown of notes.

use garde::Validate;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strum::{Display, IntoStaticStr};
use utoipa::ToSchema;

use super::{AmendReason, NoteBody, NoteKind};
use crate::actor::Discipline;
use crate::audit::Hash;
use crate::clock::Timestamp;
use crate::ids::{AddendumId, EpisodeId, NoteId, PatientId, StaffId};
use crate::policy::NoteState;
use crate::safety::ops::{GivenOverride, OverrideView};
use crate::words::Text;

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
    /// The episode of care it belongs to, if any: one of this patient's that is open when the note is put into it.
    #[garde(skip)]
    #[serde(default)]
    pub episode_id: Option<EpisodeId>,
    /// When the patient was seen.
    #[garde(skip)]
    pub service_at: Timestamp,
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
    /// When the patient was seen.
    #[garde(skip)]
    pub service_at: Timestamp,
    /// Its words, whole.
    #[garde(dive)]
    pub body: NoteBody,
}

/// What a signature comes with, where it needs anything.
#[derive(Clone, Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Signing {
    /// Why what safety items bar was done all the same.
    #[garde(length(max = MAX_OVERRIDES), dive)]
    #[schema(max_items = 100)]
    #[serde(default)]
    pub overrides: Vec<GivenOverride>,
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
}

/// How much of a note is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Display, IntoStaticStr, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Everything.
    Full,
    /// Date, author, kind and state; somebody else's draft, or a note entered in error.
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
    /// When the patient was seen.
    pub service_at: Timestamp,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Whether it was signed, or not yet, more than 24 hours after the patient was seen.
    pub late_entry: bool,
    /// The version for `If-Match`.
    pub version: i32,
    /// The number of the newest signed version; 0 while there is none.
    pub current_version: i32,
    /// SHA-256 of the canonical JSON (RFC 8785) of the newest signed version.
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
}

/// Something odd about a note, which may be right nonetheless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// A patient under the practice's age of majority consented alone.
    MinorConsented,
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
