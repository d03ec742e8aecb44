//! The episodes of a chart as they are handed out: every version, who made it and when.

use serde::Serialize;
use utoipa::ToSchema;

use super::EpisodeView;
use super::ops::{shown, withheld};
use super::query::{self, Change, Past};
use crate::actor::Colleague;
use crate::chart::{self, Chart};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::EpisodeId;
use crate::policy::Action;

/// An episode of care as it is handed out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedEpisode {
    /// Its id, which its notes name.
    pub id: EpisodeId,
    /// Every version, the first one first; the last one is in force.
    pub versions: Vec<RecordedEpisodeVersion>,
}

/// What was known of an episode from one change to the next.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedEpisodeVersion {
    /// What made it.
    pub change: Change,
    /// Who made it, and when.
    pub changed: ChangedBy,
    /// What was known from then on.
    #[serde(flatten)]
    pub episode: EpisodeView,
}

/// Who made a version, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangedBy {
    /// Who.
    pub by: Colleague,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// Every version of every episode of the chart, for whoever may hand it out; consent directives are not heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<RecordedEpisode>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let mut episodes: Vec<RecordedEpisode> = Vec::new();
    for version in versions(tx, chart, &[])? {
        let id = version.episode.id;
        match episodes.last_mut().filter(|episode| episode.id == id) {
            Some(former) => former.versions.push(version),
            None => episodes.push(RecordedEpisode { id, versions: vec![version] }),
        }
    }
    Ok(episodes)
}

/// Every version of the episodes that whoever opened the chart may see, in the order they were opened and changed; none to
/// whom no episode is shown.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart) -> Result<Vec<RecordedEpisodeVersion>> {
    if chart::ask_of_patient(chart, Action::ListEpisodes).is_err() {
        return Ok(Vec::new());
    }
    let but = withheld(tx, chart)?;
    versions(tx, chart, &but)
}

fn versions(tx: &mut Tx, chart: &Chart, but: &[EpisodeId]) -> Result<Vec<RecordedEpisodeVersion>> {
    let mut versions = query::versions(tx.conn(), chart)?;
    versions.retain(|past| !but.contains(&past.standing.id));
    let people = versions
        .iter()
        .flat_map(|past| past.standing.content.people().chain([past.standing.opened_by, past.changed_by]));
    let colleagues = query::colleagues(tx.conn(), chart, people.collect())?;
    let recorded = versions.into_iter().map(|Past { standing, change, changed_by, changed_at }| {
        let by = colleagues.get(&changed_by).cloned().ok_or_else(|| Error::internal("a version of nobody"))?;
        let episode = shown(chart.patient(), standing, &colleagues)?;
        Ok(RecordedEpisodeVersion { change, changed: ChangedBy { by, at: changed_at }, episode })
    });
    recorded.collect()
}
