//! A note without its words.

use diesel::Queryable;
use serde::Serialize;
use utoipa::ToSchema;

use super::NoteKind;
use super::rules;
use super::views::{Shown, Signer};
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::ids::{EpisodeId, NoteId, PatientId, StaffId};
use crate::policy::{NoteClass, NoteState, Sight};

/// A note without its words, as it lies in the database.
#[derive(Debug, Queryable)]
pub struct SummaryRow {
    pub(super) id: NoteId,
    pub(super) patient_id: PatientId,
    pub(super) episode_id: Option<EpisodeId>,
    pub(super) author_id: StaffId,
    pub(super) author_name: String,
    pub(super) discipline: Discipline,
    pub(super) kind: NoteKind,
    pub(super) state: NoteState,
    pub(super) service_at: Timestamp,
    pub(super) signed_at: Option<Timestamp>,
    pub(super) class: i32,
}

/// A note without its words.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct NoteSummary {
    /// Its id.
    pub id: NoteId,
    /// Whose record it stands in.
    pub patient_id: PatientId,
    /// The episode of care it belongs to.
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
    /// How much of it reading it shows.
    pub shown: Shown,
    /// When the patient was seen.
    pub service_at: Timestamp,
    /// When it was signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Whether it was signed, or not yet, more than 24 hours after the patient was seen.
    pub late_entry: bool,
}

impl NoteSummary {
    /// The row as it is shown to a reader who sees so much of each class.
    pub(super) fn of(row: SummaryRow, visible: &[(NoteClass, Sight)], now: Timestamp) -> Self {
        let class = visible.iter().find(|(class, _)| i32::from(class.number()) == row.class);
        let shown = match class.map(|(_, sight)| *sight) {
            Some(Sight::Full) => Shown::Full,
            Some(Sight::Stub) | None => Shown::Stub,
        };
        Self {
            id: row.id,
            patient_id: row.patient_id,
            episode_id: row.episode_id,
            kind: row.kind,
            discipline: row.discipline,
            author: Signer { id: row.author_id, name: row.author_name },
            state: row.state,
            shown,
            service_at: row.service_at,
            signed_at: row.signed_at,
            late_entry: rules::late_entry(row.service_at, row.signed_at.unwrap_or(now)),
        }
    }
}
