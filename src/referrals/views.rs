//! What callers send and are shown of referrals.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use super::milestones::Milestones;
use super::rules::{Due, Part, ReferralMove, Urgency};
pub use super::said::{
    Acceptance, Booking, CancelReason, Cancelled, DeclineReason, Declined, Reassignment, Remark, Report, ReportResult,
    Resent, Said,
};
use crate::actor::{Colleague, Discipline};
use crate::chart::ReferralState;
use crate::clock::{Date, Timestamp};
use crate::ids::{DecisionMakerId, EpisodeId, NoteId, PatientId, ReferralId, SiteId, StaffId};
use crate::messages::ops::MessageView;
use crate::policy::Sight;
use crate::safety::ops::SafetyItemView;
use crate::wording::words;
use crate::words::Trimmed;

words! {
    /// What a referral asks for.
    pub enum RequestKind {
        /// An assessment.
        Assessment,
        /// A course of sessions.
        Course,
        /// A session of both disciplines together.
        JointSession,
    }

    /// Whose worklist.
    pub enum Worklist {
        /// Referrals to oneself, unfinished.
        Inbox,
        /// Referrals by oneself, unfinished.
        Outbox,
        /// Referrals that wait in a pool of one's own.
        Pool,
        /// Accepted referrals that wait for a first visit to be booked: one's own, for managers and receptionists the
        /// practice's.
        Booking,
        /// Referrals that have passed their limit: one's own, for managers and receptionists the practice's.
        Overdue,
    }

    /// Something to think about before relying on a referral.
    pub enum ReferralWarning {
        /// It is urgent, and whom it is for is away.
        TargetAway,
        /// It is urgent, and the site is closed.
        SiteClosed,
    }
}

/// Whom a referral is for: the pool of a discipline at a site, or a colleague in that discipline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// The discipline.
    #[garde(skip)]
    pub discipline: Discipline,
    /// The site in whose pool it waits; this, or `staff_id`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub site_id: Option<SiteId>,
    /// The colleague, never oneself; this, or `site_id`.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub staff_id: Option<StaffId>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requested {
    /// Of what kind.
    #[garde(skip)]
    pub kind: RequestKind,
    /// Of a course, how many sessions: 1 to 50.
    #[garde(range(min = 1, max = 50))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sessions: Option<u8>,
}

impl Default for Requested {
    fn default() -> Self {
        Self { kind: RequestKind::Assessment, sessions: None }
    }
}

/// That the patient agrees to the referral, or who agreed for them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// The decision-maker who agreed; none if the patient did.
    #[garde(skip)]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_maker_id: Option<DecisionMakerId>,
}

/// A referral before it is sent, whole.
#[derive(Clone, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DraftReferral {
    /// A signed note to compose from: its episode, itself as an attachment and what is known to be dangerous stand in for
    /// what is left out.
    #[garde(skip)]
    #[serde(default)]
    pub from_note: Option<NoteId>,
    /// The open episode of care that it is about.
    #[garde(skip)]
    #[serde(default)]
    pub episode_id: Option<EpisodeId>,
    /// Whom it is for.
    #[garde(dive)]
    pub target: Target,
    /// How soon it wants an answer; `routine` unless told.
    #[garde(skip)]
    #[serde(default)]
    pub urgency: Option<Urgency>,
    /// Why the patient is referred, 1 to 4000 characters; needed to send it.
    #[garde(length(chars, min = 1, max = 4000))]
    #[serde(default)]
    pub reason: Option<Trimmed>,
    /// The question asked, 1 to 4000 characters; needed to send it.
    #[garde(length(chars, min = 1, max = 4000))]
    #[serde(default)]
    pub question: Option<Trimmed>,
    /// What to beware of, 1 to 4000 characters.
    #[garde(length(chars, min = 1, max = 4000))]
    #[serde(default)]
    pub precautions: Option<Trimmed>,
    /// What is asked for; an assessment unless told.
    #[garde(dive)]
    #[serde(default)]
    pub requested: Option<Requested>,
    /// Techniques that are asked for by name, by their ids in the catalogue: at most 20.
    #[garde(length(max = 20), inner(length(chars, min = 1, max = 100)))]
    #[schema(max_items = 20)]
    #[serde(default)]
    pub techniques: Vec<Trimmed>,
    /// By when the first visit should take place.
    #[garde(skip)]
    #[serde(default)]
    pub target_date: Option<Date>,
    /// That the patient agrees; needed to send it.
    #[garde(dive)]
    #[serde(default)]
    pub agreement: Option<Agreement>,
    /// Signed notes of the patient that go with it, which the sender may read: at most 50.
    #[garde(length(max = 50))]
    #[schema(max_items = 50)]
    #[serde(default)]
    pub attachments: Vec<NoteId>,
}

/// A referral as a note names it that is written for it.
#[derive(Clone, Debug)]
pub struct NamedReferral {
    /// Its id.
    pub id: ReferralId,
    /// Its readable number.
    pub number: String,
    /// Whether whoever reads the note may read the referral too.
    pub may_read: bool,
    /// Whether the note is its report.
    pub is_reported: bool,
}

/// A note that goes with a referral.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attachment {
    /// The note.
    pub note_id: NoteId,
    /// The discipline it is written in.
    pub discipline: Discipline,
    /// Who wrote it.
    pub author: Colleague,
    /// When the patient was seen.
    pub service_at: Timestamp,
}

/// A report that was returned.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// The signed note that reports.
    pub note_id: NoteId,
    /// How far it answers what was asked.
    pub result: ReportResult,
    /// When it was returned.
    pub returned_at: Timestamp,
}

/// A referral.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReferralView {
    /// Its id.
    pub id: ReferralId,
    /// Its readable number, such as `R-2026-0042`.
    pub number: String,
    /// Who is referred.
    pub patient_id: PatientId,
    /// The episode of care that it is about.
    pub episode_id: EpisodeId,
    /// Where it stands.
    pub state: ReferralState,
    /// How soon it wants an answer.
    pub urgency: Urgency,
    /// Who sends it.
    pub referrer: Colleague,
    /// Whom it is for.
    pub target: Target,
    /// Who has taken it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Colleague>,
    /// By when its holder has to move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Whether anything has not happened in time.
    pub overdue: bool,
    /// What: that which its holder has to do, or what had been due before they were asked something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Due>,
    /// When what happened.
    pub milestones: Milestones,
    /// The booked first visit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<Timestamp>,
    /// Why it was declined or withdrawn.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// `full`, or `stub`: where it stands, and none of its words.
    pub shown: Sight,
    /// Why the patient is referred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Trimmed>,
    /// The question asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Trimmed>,
    /// What to beware of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precautions: Option<Trimmed>,
    /// What is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested: Option<Requested>,
    /// Techniques that are asked for by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub techniques: Vec<Trimmed>,
    /// By when the first visit should take place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_date: Option<Date>,
    /// That the patient agrees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
    /// How many notes go with it.
    pub attached: usize,
    /// Those notes; not to a pool, before somebody has taken it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// The patient's open safety items.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub safety_items: Vec<SafetyItemView>,
    /// The report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub report: Option<ReportView>,
    /// What happens next, as the referrer said when closing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what_next: Option<String>,
    /// What was written about it, oldest first: the newest 100 messages; to those who may read messages about the patient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conversation: Vec<MessageView>,
    /// What this reader may do with it now.
    pub allowed: Vec<ReferralMove>,
    /// What to think about, in the answer to sending alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<ReferralWarning>,
    /// The version for `If-Match`.
    pub version: i32,
}

/// A referral with what its page shows beside it.
#[derive(Clone, Debug)]
pub struct OpenReferral {
    /// The referral.
    pub referral: ReferralView,
    /// Everything that happened to it, the first first.
    pub events: Vec<ReferralEventView>,
    /// What the patient is called.
    pub patient: String,
    /// Whether its reader may write a message about it.
    pub may_write: bool,
}

/// A referral in a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReferralSummary {
    /// Its id.
    pub id: ReferralId,
    /// Its readable number.
    pub number: String,
    /// Who is referred.
    pub patient_id: PatientId,
    /// What the patient is called.
    pub patient: String,
    /// Where it stands.
    pub state: ReferralState,
    /// How soon it wants an answer.
    pub urgency: Urgency,
    /// Who sends it.
    pub referrer: Colleague,
    /// Whom it is for.
    pub target: Target,
    /// Who has taken it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Colleague>,
    /// By when its holder has to move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Timestamp>,
    /// Whether anything has not happened in time.
    pub overdue: bool,
    /// What: that which its holder has to do, or what had been due before they were asked something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub late: Option<Due>,
}

/// An unfinished referral that somebody who leaves takes part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftReferral {
    /// Which it is.
    pub referral_id: ReferralId,
    /// Its readable number.
    pub number: String,
    /// Who is referred.
    pub patient_id: PatientId,
    /// Where it stands.
    pub state: ReferralState,
    /// The part they play in it.
    pub part: Part,
}

/// A referral that was sent, in few words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SentReferral {
    /// Its id.
    pub id: ReferralId,
    /// Its readable number.
    pub number: String,
    /// Where it stands.
    pub state: ReferralState,
    /// The discipline it is for.
    pub discipline: Discipline,
    /// Who sent it.
    pub referrer: Colleague,
    /// The question asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Trimmed>,
}

/// A referral as it is handed out with the record.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedReferral {
    /// Its readable number.
    pub number: String,
    /// The episode of care that it is about.
    pub episode_id: EpisodeId,
    /// Where it stands.
    pub state: ReferralState,
    /// How soon it wanted an answer.
    pub urgency: Urgency,
    /// Who sent it.
    pub referrer: Colleague,
    /// The discipline it was for.
    pub discipline: Discipline,
    /// Who took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Colleague>,
    /// Why the patient was referred.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Trimmed>,
    /// The question asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub question: Option<Trimmed>,
    /// What to beware of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub precautions: Option<Trimmed>,
    /// Everything that happened to it, the first first.
    pub events: Vec<ReferralEventView>,
}

/// One move of a referral, never changed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ReferralEventView {
    /// Counted from 1.
    pub number: i32,
    /// What was done.
    #[serde(rename = "move")]
    pub step: ReferralMove,
    /// Out of which state.
    pub from: ReferralState,
    /// Into which state.
    pub to: ReferralState,
    /// Who did it; nobody where the clock ran out or a note changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Colleague>,
    /// In which part.
    pub part: Part,
    /// Why, as a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
    /// The note that reports.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note_id: Option<NoteId>,
    /// The visit that was booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planned_at: Option<Timestamp>,
    /// When.
    pub at: Timestamp,
}
