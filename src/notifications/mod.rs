//! What people do with their alerts: read them, choose how they arrive, and for a manager look after the mails that did not.

pub mod api;
pub mod ops;
mod query;
pub mod web;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::actor::Colleague;
use crate::alerts::{AlertKind, Delivery, MailKind};
use crate::audit::ObjectKind;
use crate::clock::Timestamp;
use crate::ids::{MailId, NotificationId, ObjectId, PatientId, StaffId};

/// Something that somebody was told. It names nobody: what it is about is read where it stands.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NotificationView {
    /// Its id.
    pub id: NotificationId,
    /// What happened.
    pub kind: AlertKind,
    /// The same in a sentence, as a mail says it on that day.
    pub sentence: String,
    /// What kind of thing it is about.
    #[schema(value_type = String)]
    pub object_kind: ObjectKind,
    /// The thing it is about.
    pub object_id: ObjectId,
    /// Whose record it is about, if it is about one.
    pub patient_id: Option<PatientId>,
    /// The readable number, such as `R-2026-0042`.
    pub number: Option<String>,
    /// Until when somebody has to act.
    pub due_at: Option<Timestamp>,
    /// Whether it does not wait.
    pub urgent: bool,
    /// When it was raised.
    pub raised_at: Timestamp,
    /// When it was marked as read.
    pub read_at: Option<Timestamp>,
    /// Whether what it asks for is done, or somebody else's to do by now. It counts as unread no longer.
    pub settled: bool,
    /// Whom one stands in for, being told instead of them.
    pub instead_of: Option<StaffId>,
}

/// How alerts reach oneself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertPreferences {
    /// The hour of the daily mail, local time.
    pub digest_hour: i32,
    /// How each kind reaches oneself, of those that can in one's roles.
    pub kinds: Vec<KindPreference>,
    /// Counts the changes.
    pub version: i32,
}

/// How alerts of one kind reach oneself.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct KindPreference {
    /// The kind.
    pub kind: AlertKind,
    /// How it arrives.
    pub delivery: Delivery,
    /// How it would, had one chosen nothing.
    pub default: Delivery,
    /// Whether one may choose.
    pub optional: bool,
}

/// How alerts shall reach oneself.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAlertPreferences {
    /// The hour of the daily mail, local time: 0 to 23.
    #[garde(range(min = 0, max = 23))]
    pub digest_hour: i32,
    /// What one chose; any other kind arrives as it does for everyone.
    #[garde(length(max = 100))]
    pub choices: Vec<AlertChoice>,
}

/// How alerts of one kind shall reach oneself.
#[derive(Clone, Copy, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct AlertChoice {
    /// The kind.
    pub kind: AlertKind,
    /// How it shall arrive.
    pub delivery: Delivery,
}

/// A mail that is tried no longer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct DeadLetter {
    /// Its id.
    pub id: MailId,
    /// What it is made of.
    pub kind: MailKind,
    /// Whom it was for.
    pub staff: Colleague,
    /// How often it was tried.
    pub attempts: i32,
    /// What went wrong the last time: `smtp` with the server's code, or what happened on the way.
    pub failure: Option<String>,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was laid aside.
    pub ended_at: Option<Timestamp>,
    /// Counts its changes.
    pub version: i32,
}
