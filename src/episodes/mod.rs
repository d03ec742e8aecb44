//! Episodes of care: one complaint each, from its onset to the discharge by every discipline that treated it.
//!
//! What is known of an episode stands in its versions, each whole and never changed; the newest counts.

pub mod api;
mod content;
pub mod ops;
mod query;
pub mod record;
pub mod rules;
#[cfg(test)]
mod tests;
mod views;
pub mod web;

pub use views::{
    ChangedEpisode, Diagnosis, DiagnosisView, Discharge, DischargeView, DisciplineView, EpisodeView, ImpressionView,
    NewEpisode,
};
