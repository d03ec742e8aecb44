//! Episodes of care, as pages.

use askama::Template;
use serde_json::json;

use super::ops::Offers;
use super::{ChangedEpisode, Discharge, EpisodeView, NewEpisode, ops};
use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{EpisodeId, PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit};

/// Episodes that the page shows.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "episodes/list.html")]
struct EpisodesPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    episodes: Vec<EpisodeView>,
    withheld: bool,
    sheet: Sheet,
    offers: Offers,
}

impl EpisodesPage {
    async fn read(visit: &Visit, id: PatientId, sheet: Option<Sheet>) -> Result<Self> {
        let (patient, listed) = tokio::try_join!(
            visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
            visit.read(Action::ListEpisodes, move |tx| ops::list(tx, id, None, MOST)),
        )?;
        let frame = visit.frame(format!("Episodes, {}", patient.record_number));
        let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit));
        let ops::Listed { episodes, withheld, offers } = listed;
        Ok(Self { frame, tab: "", patient, episodes, withheld, sheet, offers })
    }
}

fn choices(disciplines: &[Discipline]) -> Vec<Choice> {
    disciplines.iter().map(|one| Choice::new(one.to_string(), crate::web::discipline(*one))).collect()
}

/// `GET /patients/{id}/episodes`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = EpisodesPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /patients/{id}/episodes`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn open(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<NewEpisode>) -> Result<Shown> {
    let opened = visit.takes(Action::OpenEpisode, &mut form, move |tx, retry, new| ops::open(tx, retry, id, new)).await;
    match opened {
        Ok(episode) => Ok(visit.go_saying(format!("/episodes/{}", episode.id), "The episode is open.")),
        Err(error) => visit.again(&form, error, async |sheet| EpisodesPage::read(&visit, id, Some(sheet)).await).await,
    }
}

/// Which of the forms of an episode stand on its page: one that was refused stands alone, with what was typed into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    Complaint,
    Diagnosis,
    Impression,
    Discharge,
}

#[derive(Template)]
#[template(path = "episodes/episode.html")]
struct EpisodePage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    episode: EpisodeView,
    offers: Offers,
    sheet: Sheet,
    part: Part,
}

impl EpisodePage {
    async fn read(visit: &Visit, id: EpisodeId, refused: Option<(Part, Sheet)>) -> Result<Self> {
        let (episode, offers) = visit.read(Action::ReadEpisode, move |tx| ops::read_to_write(tx, id)).await?;
        let patient = episode.patient_id;
        let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, patient)).await?;
        let (part, sheet) = refused.unwrap_or_else(|| (Part::All, filled(visit, &episode)));
        let frame = visit.frame(format!("Episode, {}", patient.record_number));
        Ok(Self { frame, tab: "", patient, episode, offers, sheet, part })
    }

    /// Whether a form stands on the page.
    fn offers(&self, part: Part) -> bool {
        let may_write = match part {
            Part::Diagnosis => self.offers.diagnosis,
            Part::Impression => self.offers.impression,
            Part::Discharge => !self.offers.disciplines.is_empty(),
            Part::All | Part::Complaint => self.offers.complaint,
        };
        may_write && (self.part == Part::All || self.part == part)
    }
}

fn filled(visit: &Visit, episode: &EpisodeView) -> Sheet {
    let diagnosis = episode.diagnosis.as_ref();
    let known = json!({
        "complaint": episode.complaint,
        "onset": episode.onset,
        "side": episode.side,
        "region": episode.region,
        "diagnosis": diagnosis.map(|diagnosis| json!({"text": diagnosis.text, "icd10": diagnosis.icd10})),
        "clinical_impression": episode.clinical_impression.as_ref().map(|impression| &impression.text),
    });
    Sheet::of(visit, &known, Some(episode.version))
}

/// `GET /episodes/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn episode(visit: Visit, PathId(id): PathId<kind::Episode>) -> Result<Shown> {
    let page = EpisodePage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /episodes/{id}`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn change(visit: Visit, PathId(id): PathId<kind::Episode>, mut form: Form<ChangedEpisode>) -> Result<Shown> {
    let version = form.sent.version()?;
    let part = match (form.sent.one("diagnosis/text"), form.sent.one("clinical_impression")) {
        (Some(_), _) => Part::Diagnosis,
        (None, Some(_)) => Part::Impression,
        (None, None) => Part::Complaint,
    };
    let changed = match form.value() {
        Ok(changed) => visit.write(Action::ChangeEpisode, move |tx| ops::change(tx, id, version, &changed)).await,
        Err(error) => Err(error),
    };
    done(&visit, id, &form, part, changed, "The episode is changed.").await
}

/// `POST /episodes/{id}/discharge`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn discharge(visit: Visit, PathId(id): PathId<kind::Episode>, mut form: Form<Discharge>) -> Result<Shown> {
    let discharged = visit
        .takes_over(Action::DischargeEpisode, &mut form, move |tx, retry, version, end| {
            ops::discharge(tx, retry, id, version, end)
        })
        .await;
    done(&visit, id, &form, Part::Discharge, discharged, "The patient is discharged.").await
}

async fn done<T>(
    visit: &Visit,
    id: EpisodeId,
    form: &Form<T>,
    part: Part,
    outcome: Result<EpisodeView>,
    said: &'static str,
) -> Result<Shown> {
    match outcome {
        Ok(_) => Ok(visit.go_saying(format!("/episodes/{id}"), said)),
        Err(error) => {
            visit.again(form, error, async |sheet| EpisodePage::read(visit, id, Some((part, sheet))).await).await
        }
    }
}

fn sides() -> Vec<Choice> {
    [("left", "Left"), ("right", "Right"), ("bilateral", "Both")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

const fn side(side: Side) -> &'static str {
    match side {
        Side::Left => "left",
        Side::Right => "right",
        Side::Bilateral => "both",
    }
}
