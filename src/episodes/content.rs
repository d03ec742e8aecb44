//! What one version of an episode of care holds, and how one follows from another.

use serde::{Deserialize, Serialize};

use super::rules::Stage;
use super::{ChangedEpisode, Diagnosis, NewEpisode};
use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};
use crate::ids::StaffId;
use crate::words::Trimmed;

/// The version of [`Content`] as a JSON document.
const SCHEMA_VERSION: u8 = 1;

/// Who did something, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) by: StaffId,
    pub(super) at: Timestamp,
}

/// Something with who recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Recorded<T> {
    pub(super) what: T,
    pub(super) stamp: Stamp,
}

/// A discipline's part in an episode.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Part {
    pub(super) discipline: Discipline,
    pub(super) joined: Stamp,
    /// How the treatment ended.
    pub(super) discharged: Option<Recorded<Trimmed>>,
}

/// What is known of an episode, as one JSON document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Content {
    schema_version: u8,
    pub(super) complaint: Trimmed,
    pub(super) onset: Option<Date>,
    pub(super) side: Option<Side>,
    pub(super) region: Option<Trimmed>,
    pub(super) diagnosis: Option<Recorded<Diagnosis>>,
    pub(super) clinical_impression: Option<Recorded<Trimmed>>,
    pub(super) parts: Vec<Part>,
}

impl Content {
    /// The first version, of the discipline that opens the episode.
    pub(super) fn opened(new: &NewEpisode, discipline: Discipline, stamp: Stamp) -> Self {
        Self {
            schema_version: SCHEMA_VERSION,
            complaint: new.complaint.clone(),
            onset: new.onset,
            side: new.side,
            region: new.region.clone(),
            diagnosis: recorded(new.diagnosis.as_ref(), stamp),
            clinical_impression: recorded(new.clinical_impression.as_ref(), stamp),
            parts: vec![Part { discipline, joined: stamp, discharged: None }],
        }
    }

    /// The version after a change.
    pub(super) fn changed(self, changed: &ChangedEpisode, stamp: Stamp) -> Self {
        let diagnosis = changed.diagnosis.as_ref().map(|diagnosis| recorded(diagnosis.as_ref(), stamp));
        let impression = changed.clinical_impression.as_ref().map(|words| recorded(words.as_ref(), stamp));
        Self {
            complaint: changed.complaint.clone().unwrap_or(self.complaint),
            onset: changed.onset.unwrap_or(self.onset),
            side: changed.side.unwrap_or(self.side),
            region: changed.region.clone().unwrap_or(self.region),
            diagnosis: diagnosis.unwrap_or(self.diagnosis),
            clinical_impression: impression.unwrap_or(self.clinical_impression),
            ..self
        }
    }

    /// The version after a discipline has joined, or joined again.
    pub(super) fn joined(mut self, discipline: Discipline, joined: Stamp) -> Self {
        self.parts.retain(|part| part.discipline != discipline);
        self.parts.push(Part { discipline, joined, discharged: None });
        self
    }

    /// The version after a discipline's part is again what it was before it joined.
    pub(super) fn left(mut self, discipline: Discipline, before: Option<Part>) -> Self {
        self.parts.retain(|part| part.discipline != discipline);
        self.parts.extend(before);
        self
    }

    /// A discipline's part.
    pub(super) fn part(&self, discipline: Discipline) -> Option<&Part> {
        self.parts.iter().find(|part| part.discipline == discipline)
    }

    /// The version after a discipline has discharged the patient.
    pub(super) fn discharged(mut self, discipline: Discipline, outcome: &Trimmed, stamp: Stamp) -> Self {
        if let Some(part) = self.parts.iter_mut().find(|part| part.discipline == discipline) {
            part.discharged = recorded(Some(outcome), stamp);
        }
        self
    }

    /// Whether every discipline that took part has discharged the patient.
    pub(super) fn is_over(&self) -> bool {
        self.parts.iter().all(|part| part.discharged.is_some())
    }

    /// Where a discipline stands.
    pub(super) fn stage(&self, discipline: Discipline) -> Stage {
        if self.is_over() {
            return Stage::Closed;
        }
        match self.part(discipline) {
            None => Stage::Outside,
            Some(Part { discharged: None, .. }) => Stage::Treating,
            Some(Part { discharged: Some(_), .. }) => Stage::Discharged,
        }
    }

    /// Everyone it names.
    pub(super) fn people(&self) -> impl Iterator<Item = StaffId> {
        let diagnosis = self.diagnosis.iter().map(|recorded| recorded.stamp.by);
        let impression = self.clinical_impression.iter().map(|recorded| recorded.stamp.by);
        let joined = self.parts.iter().map(|part| part.joined.by);
        let discharged = self.parts.iter().filter_map(|part| Some(part.discharged.as_ref()?.stamp.by));
        diagnosis.chain(impression).chain(joined).chain(discharged)
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> Result<String> {
        serde_json::to_string(self).map_err(Error::internal)
    }

    /// As it was stored.
    pub(super) fn of_json(json: &str) -> Result<Self> {
        serde_json::from_str(json).map_err(Error::internal)
    }
}

fn recorded<T: Clone>(what: Option<&T>, stamp: Stamp) -> Option<Recorded<T>> {
    what.map(|what| Recorded { what: what.clone(), stamp })
}
