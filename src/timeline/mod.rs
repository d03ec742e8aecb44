//! The timeline: what happened to a patient, of both disciplines and every room in one order, and what of it is new to
//! the reader.

pub mod api;
pub mod ops;
mod sources;
pub mod web;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::{Colleague, Discipline};
use crate::catalogue::Severity;
use crate::clock::Timestamp;
use crate::ids::{EpisodeId, JointReviewId, MessageId, ObjectId, SafetyItemId, StaffId};
use crate::notes::ops::NoteSummary;
use crate::policy::NoteState;
use crate::referrals::ops::SentReferral;
use crate::safety::ops::SafetyKind;
use crate::words::Trimmed;

/// What happened to a patient at one moment.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Entry {
    /// When: of a note, when the patient was seen.
    pub at: Timestamp,
    /// When anything of it last changed: a note is amended, appended to, or declared wrong.
    pub changed_at: Timestamp,
    /// Whether that was after the reader last signed a note about the patient. What they are writing themselves never is.
    pub new: bool,
    /// What it is.
    #[serde(flatten)]
    pub event: Happening,
}

/// What can happen to a patient.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// They were seen.
    Note(NoteSummary),
    /// They were referred to a colleague; it has changed whenever it moved.
    Referral(SentReferral),
    /// An episode of care was opened.
    EpisodeOpened(EpisodeSummary),
    /// What is known of an episode of care changed, such as the diagnosis.
    EpisodeChanged(EpisodeSummary),
    /// A discipline joined an episode of care, or joined again after it had discharged the patient.
    EpisodeJoined(EpisodeSummary),
    /// A discipline discharged the patient from an episode of care in which another still treats them.
    EpisodeDischarged(EpisodeSummary),
    /// An episode of care was closed, its last discipline having discharged the patient.
    EpisodeClosed(EpisodeSummary),
    /// A therapist wrote to the others about them.
    Message(MessageSummary),
    /// Something that speaks against a treatment was raised; it is in force from then on.
    SafetyItemRaised(SafetySummary),
    /// It no longer holds.
    SafetyItemResolved(SafetySummary),
    /// A joint review was begun.
    JointReviewOpened(JointReviewSummary),
    /// A joint review was closed without one of the disciplines. One that is complete shows by its two notes.
    JointReviewClosed(JointReviewSummary),
}

impl Happening {
    /// Whether it is a note that the reader is writing: nothing that is new to them.
    fn is_draft_of(&self, reader: StaffId) -> bool {
        matches!(self, Self::Note(note) if note.state == NoteState::Draft && note.author.id == reader)
    }
}

/// An episode of care in few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct EpisodeSummary {
    /// Its id.
    pub id: EpisodeId,
    /// The complaint, as it was worded then.
    pub complaint: Trimmed,
    /// Who opened it.
    pub opened_by: Colleague,
    /// Who opened, changed, joined, discharged from or closed it.
    pub by: Colleague,
    /// The discipline that joined or discharged the patient.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discipline: Option<Discipline>,
}

/// A message about the patient.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MessageSummary {
    /// Its id.
    pub id: MessageId,
    /// Who wrote it.
    pub author: Colleague,
    /// What is written.
    pub text: Trimmed,
}

/// A safety item in few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SafetySummary {
    /// Its id.
    pub id: SafetyItemId,
    /// What sort of thing it is.
    pub kind: SafetyKind,
    /// How strongly it bars.
    pub severity: Severity,
    /// What it is.
    pub what: String,
    /// Who raised it, or resolved it.
    pub by: Colleague,
    /// Why it was resolved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A joint review in few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct JointReviewSummary {
    /// Its id.
    pub id: JointReviewId,
    /// Who began it, or closed it.
    pub by: Colleague,
    /// Why it was closed with one side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A page of a timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// What happened, newest first.
    pub items: Vec<Entry>,
    /// The cursor of the next page, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Whether something is left out at the patient's request.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// When the reader last signed a note about the patient, else when they joined the care team; if neither, all is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changed_since: Option<Timestamp>,
}

/// What a timeline is narrowed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// What changed since the reader's last signed note.
    LastNote,
}

/// Where a page ends: at which moment, in which source, with what.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Place {
    at: Timestamp,
    source: usize,
    id: ObjectId,
    /// What the reader's last note was when they began to read: signing one in between loses nothing.
    since: Option<Timestamp>,
}
