//! The care team: who treats a patient, how they came to, and until when.
//!
//! Clinicians join when they register a patient, when the front desk assigns them for a visit, or when they start
//! treating with a reason. A membership lapses [90 days](super::rules::LAPSES_AFTER_DAYS) after one's last note or
//! booking, and whoever joins again does so under a new one.

pub mod api;
pub mod ops;
mod query;
pub mod web;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::cover::CoverView;
use crate::actor::Discipline;
use crate::clock::{Date, Timestamp};
use crate::ids::{MembershipId, StaffId};
use crate::words::Trimmed;

/// How somebody came to be on a care team.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum JoinedBy {
    /// By registering the patient, or as the practitioner named in the file the patient was imported from.
    Registration,
    /// By being assigned for a visit.
    Assignment,
    /// By their own word, with a reason.
    StartTreating,
    /// By accepting a referral.
    Referral,
}
crate::db::types::sql_word!(JoinedBy);

/// A member of a care team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MemberView {
    /// The membership's id.
    pub id: MembershipId,
    /// Who it is.
    pub staff_id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they practise.
    pub disciplines: Vec<Discipline>,
    /// How they joined.
    pub joined_by: JoinedBy,
    /// The visit they were assigned for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visit_date: Option<Date>,
    /// When they joined.
    pub joined_at: Timestamp,
    /// When the membership lapses unless they write a note or are booked again.
    pub lapses_at: Timestamp,
}

/// Somebody who was on a care team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormerMemberView {
    /// The membership's id.
    pub id: MembershipId,
    /// Who it was.
    pub staff_id: StaffId,
    /// What they are called.
    pub name: String,
    /// What they practise, as far as they still do.
    pub disciplines: Vec<Discipline>,
    /// How they joined.
    pub joined_by: JoinedBy,
    /// When they joined.
    pub joined_at: Timestamp,
    /// When they left, or the membership lapsed.
    pub left_at: Timestamp,
}

/// Who treats a patient now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CareTeamView {
    /// The members, in the order they joined.
    pub members: Vec<MemberView>,
    /// Who stands in for one of them now.
    pub covers: Vec<CoverView>,
}

/// Why somebody starts treating a patient whom they did not treat.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartTreating {
    /// The reason, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
}

/// Who shall treat a patient, from which visit on.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// An active clinician of the practice.
    #[garde(skip)]
    pub staff_id: StaffId,
    /// The day of the visit, at most 365 days ahead.
    #[garde(skip)]
    pub visit_date: Date,
    /// Why, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Option<Trimmed>,
}
