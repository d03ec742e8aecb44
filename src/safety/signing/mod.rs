//! What a signature has to answer for: treatment that a safety item bars, and the reasons given to sign it all the same.

pub mod ops;
mod query;
pub mod rules;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Clinician;
use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::catalogue::Severity;
use crate::clock::Timestamp;
use crate::ids::{EpisodeId, NoteId, SafetyItemId, StaffId};
use crate::words::Trimmed;

/// Why something barred was done all the same.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GivenOverride {
    /// The safety item that bars it.
    #[garde(skip)]
    pub safety_item_id: SafetyItemId,
    /// The reason, 1 to 1000 characters.
    #[garde(length(chars, min = 1, max = 1000))]
    pub reason: Trimmed,
}

/// An override, as the note shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct OverrideView {
    /// The safety item.
    pub safety_item_id: SafetyItemId,
    /// What it is.
    pub what: String,
    /// How strongly it bars.
    pub severity: Severity,
    /// Why it was overridden.
    pub reason: String,
    /// By whom.
    pub by: Clinician,
    /// When.
    pub at: Timestamp,
    /// The number of the version that was signed with it.
    pub number: i32,
}

/// One treatment row of a visit.
#[derive(Clone, Copy, Debug)]
pub struct Treated<'v> {
    /// The technique's id in the catalogue.
    pub technique: &'v str,
    /// Where, in the therapist's words.
    pub region: Option<&'v str>,
    /// On which side.
    pub side: Option<Side>,
}

/// A visit whose note is about to be signed.
#[derive(Clone, Debug)]
pub struct Visit<'v> {
    /// The note.
    pub note: NoteId,
    /// The number of the version that is to be signed.
    pub number: i32,
    /// Who signs.
    pub author: StaffId,
    /// In which discipline.
    pub discipline: Discipline,
    /// The episode that the note belongs to; a relative item asks at every visit outside one.
    pub episode: Option<EpisodeId>,
    /// When the patient was treated.
    pub service_at: Timestamp,
    /// What came up until then concerns the note: now at its first signature, and that moment ever after.
    pub as_of: Timestamp,
    /// What was done.
    pub treatment: Vec<Treated<'v>>,
}
