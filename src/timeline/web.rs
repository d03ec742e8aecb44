//! The chart: who it is, what is new, what happened, who treats.

use std::collections::HashMap;

use askama::Template;

use super::{Entry, Happening, Since, ops};
use crate::actor::Discipline;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::episodes::ops::{self as episodes, EpisodeView};
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{NoteId, PatientId, kind};
use crate::notes::ops as notes;
use crate::patients::ops::{self as patients, CareTeamView, PatientView};
use crate::policy::Action;
use crate::referrals::ops::{self as referrals, ReferralView};
use crate::web::{Frame, Sheet, Shown, Visit};

/// Entries of the timeline on the page.
const MOST: i64 = 40;
/// Entries that are new since one's last note.
const NEWEST: i64 = 20;
/// Letters of a note that stand in the timeline.
const LINE: usize = 160;
/// Episodes and referrals beside them.
const BESIDE: i64 = 10;

#[derive(Template)]
#[template(path = "timeline/chart.html")]
struct ChartPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    /// None where the chart's clinical parts are not shown.
    told: Option<Told>,
    /// None where they are not shown: which is not the same as there being none.
    episodes: Option<Vec<EpisodeView>>,
    referrals: Option<Vec<ReferralView>>,
    team: Option<CareTeamView>,
    sheet: Sheet,
}

struct Told {
    new: Vec<Entry>,
    all: Vec<Entry>,
    since: Option<Timestamp>,
    withheld: bool,
    last_own: Option<NoteId>,
    /// What notes come to whose words are open to the reader.
    gists: HashMap<NoteId, String>,
}

impl ChartPage {
    /// Whether whoever reads is on the care team, or stands in for somebody who is, for what the page offers.
    fn treats(&self) -> bool {
        let (Some(team), Some(who)) = (&self.team, &self.frame.who) else { return false };
        team.members.iter().any(|member| member.staff_id == who.staff)
            || team.covers.iter().any(|cover| cover.to_staff == who.staff)
    }

    /// One's own last signed note, to begin the next one with.
    fn last_own(&self) -> Option<NoteId> {
        self.told.as_ref()?.last_own
    }
}

/// `GET /patients/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn chart(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)).await?;
    let is_clinical = visit.is_clinician() || !patient.open_accesses.is_empty();
    let told = async {
        if !is_clinical {
            return Ok(None);
        }
        let gists = gists_of(&visit, id).await?;
        Visit::unless_refused(
            visit
                .read(Action::ReadTimeline, move |tx| {
                    let new = ops::read(tx, id, Some(Since::LastNote), None, NEWEST)?.read;
                    let all = ops::read(tx, id, None, None, MOST)?.read;
                    let bare = |entries: Vec<(Entry, _)>| entries.into_iter().map(|(entry, _)| entry).collect();
                    let (since, withheld) = (all.changed_since, all.withheld);
                    let last_own = notes::last_own(tx, id)?;
                    Ok(Told {
                        new: bare(new.entries),
                        all: bare(all.entries),
                        since,
                        withheld,
                        last_own,
                        gists: gists.clone(),
                    })
                })
                .await,
        )
    };
    let episodes = async {
        if !is_clinical && !visit.may(Action::ListEpisodes) {
            return Ok(None);
        }
        let listed = Visit::unless_refused(
            visit.read(Action::ListEpisodes, move |tx| episodes::list(tx, id, None, BESIDE)).await,
        )?;
        Ok(listed.map(|listed| listed.episodes))
    };
    let referrals = async {
        if !is_clinical && !visit.may(Action::ListReferrals) {
            return Ok(None);
        }
        let listed = Visit::unless_refused(
            visit.read(Action::ListReferrals, move |tx| referrals::list(tx, id, None, BESIDE)).await,
        )?;
        Ok(listed.map(|listed| listed.referrals))
    };
    let team =
        async { Visit::unless_refused(visit.read(Action::ReadCareTeam, move |tx| patients::care_team(tx, id)).await) };
    let (told, episodes, referrals, team) = tokio::try_join!(told, episodes, referrals, team)?;
    let frame = visit.frame(format!("Chart {}", patient.record_number));
    let sheet = Sheet::blank(&visit);
    visit.show(&ChartPage { frame, tab: "chart", patient, told, episodes, referrals, team, sheet })
}

/// What the newest notes come to whose words are open to whoever reads, each in a line.
async fn gists_of(visit: &Visit, id: PatientId) -> Result<HashMap<NoteId, String>> {
    let gists = visit.read(Action::ListNotes, move |tx: &mut Tx| notes::gists(tx, id, MOST)).await;
    let gists = Visit::unless_refused(gists)?.unwrap_or_default();
    Ok(gists.into_iter().map(|(note, gist)| (note, in_a_line(gist.as_str()))).collect())
}

/// As much of a text as stands in a line of a list.
fn in_a_line(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let mut letters = line.chars();
    let begin: String = letters.by_ref().take(LINE).collect();
    let goes_on = letters.next().is_some() || line.len() < text.trim_end().len();
    if goes_on { begin + "…" } else { begin }
}

/// The discipline in whose colour an entry stands.
const fn side(event: &Happening) -> Option<Discipline> {
    match event {
        Happening::Note(note) => Some(note.discipline),
        Happening::Referral(referral) => Some(referral.discipline),
        Happening::EpisodeJoined(episode) | Happening::EpisodeDischarged(episode) => episode.discipline,
        _ => None,
    }
}
