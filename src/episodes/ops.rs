//! What is done with episodes of care.

use std::collections::HashMap;

use strum::IntoEnumIterator;

use super::content::{Content, Part, Stamp};
use super::query::{self, Standing, Wanted};
use super::rules::{self, EpisodeMove, Stage};
use super::{ChangedEpisode, DiagnosisView, Discharge, DischargeView, DisciplineView, ImpressionView, NewEpisode};
use crate::actor::{Colleague, Discipline};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart};
use crate::clock::{Date, Timestamp};
use crate::db::{Retry, Tx};
use crate::error::{Code, Error, Result};
use crate::ids::{EpisodeId, PatientId, StaffId};
use crate::policy::{Action, NoteFacts};
use crate::referrals;

pub use super::query::Change;
pub use super::record::{RecordedEpisode, RecordedEpisodeVersion, course, whole_record};
pub use super::views::EpisodeView;

/// What is listed of a record.
#[derive(Debug)]
pub struct Listed {
    /// The episodes.
    pub episodes: Vec<EpisodeView>,
    /// Whether something is withheld at the patient's request.
    pub withheld: bool,
    /// What whoever lists them may open one with.
    pub offers: Offers,
}

/// What somebody may write of an episode as it stands, or of a new one.
#[derive(Clone, Debug)]
pub struct Offers {
    /// What is known of the complaint.
    pub complaint: bool,
    /// A diagnosis.
    pub diagnosis: bool,
    /// A clinical impression.
    pub impression: bool,
    /// The disciplines in which they may open it, or discharge the patient.
    pub disciplines: Vec<Discipline>,
}

impl Offers {
    fn of(chart: &Chart, may_write: bool, fits: impl Fn(Discipline) -> bool) -> Self {
        let may = |discipline| must_practise(chart, discipline).is_ok();
        Self {
            complaint: may_write,
            diagnosis: may_write && may_diagnose(chart).is_ok(),
            impression: may_write && may(Discipline::Massage),
            disciplines: Discipline::iter().filter(|one| may_write && may(*one) && fits(*one)).collect(),
        }
    }
}

/// The patient's episodes that this reader may see, newest first: up to `limit` after one of them.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, patient: PatientId, after: Option<EpisodeId>, limit: i64) -> Result<Listed> {
    let chart = chart::open(tx, patient)?;
    let but = withheld(tx, &chart)?;
    let withheld = !but.is_empty();
    let episodes = query::episodes(tx.conn(), &chart, &Wanted::Newest { after, limit, but })?;
    let offers = Offers::of(&chart, chart::ask_of_patient(&chart, Action::OpenEpisode).is_ok(), |_| true);
    Ok(Listed { episodes: shape(tx, &chart, episodes)?, withheld, offers })
}

/// Whether a directive withholds an episode of the record from whoever opened it, who would see it otherwise.
///
/// # Errors
/// The database's.
pub fn any_withheld(tx: &mut Tx, chart: &Chart) -> Result<bool> {
    Ok(chart::ask_of_patient(chart, Action::ListEpisodes).is_ok() && !withheld(tx, chart)?.is_empty())
}

/// The episodes that a directive withholds from this reader.
pub(super) fn withheld(tx: &mut Tx, chart: &Chart) -> Result<Vec<EpisodeId>> {
    if !chart.withholds() {
        return Ok(Vec::new());
    }
    let episodes = query::openers(tx.conn(), chart)?;
    let hidden = |(id, by): &(_, _)| chart::ask_of_episode(chart, Action::ReadEpisode, *id, *by).is_err();
    Ok(episodes.into_iter().filter(hidden).map(|(id, _)| id).collect())
}

/// Reads an episode.
///
/// # Errors
/// The policy's.
pub fn read(tx: &mut Tx, id: EpisodeId) -> Result<EpisodeView> {
    let (chart, _) = chart::open_episode(tx, id)?;
    view(tx, &chart, id)
}

/// The same, with what whoever reads it may write of it as it stands.
///
/// # Errors
/// The policy's.
pub fn read_to_write(tx: &mut Tx, id: EpisodeId) -> Result<(EpisodeView, Offers)> {
    let (chart, _) = chart::open_episode(tx, id)?;
    let standing = find(tx, &chart, id)?.ok_or_else(Error::not_found)?;
    let fits = |discipline, wanted| rules::step(standing.content.stage(discipline), wanted).is_ok();
    let may = chart::ask_of_episode(&chart, Action::ChangeEpisode, id, standing.opened_by).is_ok();
    let may_write = may && Discipline::iter().any(|one| fits(one, EpisodeMove::Change));
    let offers = Offers::of(&chart, may_write, |one| fits(one, EpisodeMove::Discharge));
    Ok((view(tx, &chart, id)?, offers))
}

/// Opens an episode for a complaint; the discipline of whoever opens it takes part from then on.
///
/// # Errors
/// The policy's; [`Code::Invalid`] for an onset in the future or a discipline that is not said.
pub fn open(tx: &mut Tx, retry: &Retry, patient: PatientId, new: &NewEpisode) -> Result<EpisodeView> {
    let first = |tx: &mut Tx| {
        let chart = chart::open_for_author(tx, patient)?;
        let discipline = new.discipline.or_else(|| chart.actor().roles.only_discipline());
        let discipline =
            discipline.ok_or_else(|| Error::field("/discipline", "say which of your two disciplines this is"))?;
        must_practise(&chart, discipline)?;
        let written = (new.diagnosis.is_some(), new.clinical_impression.is_some());
        check(&chart, new.onset, written, tx.now())?;
        let (id, at) = (tx.fresh_id(), tx.now());
        let content = Content::opened(new, discipline, stamp(tx, &chart));
        query::open(tx.conn(), &chart, id, &content, at)?;
        names(tx, id, 1);
        Ok((id, view(tx, &chart, id)?))
    };
    tx.once(retry, first, read)
}

/// Changes what is known of a complaint.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`] with what stands now; [`Code::WrongState`] once it is closed; [`Code::Invalid`]
/// for an onset in the future.
pub fn change(tx: &mut Tx, id: EpisodeId, version: i32, changed: &ChangedEpisode) -> Result<EpisodeView> {
    let (chart, standing) = open_at(tx, id, version)?;
    let own = chart.actor().roles.disciplines().next().ok_or_else(|| Error::of(Code::RoleDoesNotAllow))?;
    rules::step(standing.content.stage(own), EpisodeMove::Change)?;
    let content = standing.content.clone().changed(changed, stamp(tx, &chart));
    let diagnosed = content.diagnosis != standing.content.diagnosis;
    let impressed = content.clinical_impression != standing.content.clinical_impression;
    check(&chart, changed.onset.flatten(), (diagnosed, impressed), tx.now())?;
    go_on(tx, &chart, &standing, Change::Changed, &content)?;
    view(tx, &chart, id)
}

/// Discharges the patient in one discipline; the last one closes the episode.
///
/// # Errors
/// The policy's; [`Code::OtherDiscipline`] unless it is one's own; [`Code::StaleVersion`] with what stands now;
/// [`Code::WrongState`] unless it treats.
pub fn discharge(
    tx: &mut Tx,
    retry: &Retry,
    id: EpisodeId,
    version: i32,
    discharge: &Discharge,
) -> Result<EpisodeView> {
    let first = |tx: &mut Tx| {
        let (chart, standing) = open_at(tx, id, version)?;
        must_practise(&chart, discharge.discipline)?;
        rules::step(standing.content.stage(discharge.discipline), EpisodeMove::Discharge)?;
        let stamp = stamp(tx, &chart);
        let content = standing.content.clone().discharged(discharge.discipline, &discharge.outcome, stamp);
        go_on(tx, &chart, &standing, Change::Discharged, &content)?;
        Ok((id, view(tx, &chart, id)?))
    };
    tx.once(retry, first, read)
}

/// Puts a note of this discipline into an episode of the chart; a discipline that did not treat it takes part by this, one
/// that had discharged the patient takes part again.
///
/// # Errors
/// [`Code::Invalid`] at `/episode_id` for what is no episode of this patient; [`Code::WithheldByPatient`];
/// [`Code::WrongState`] once it is closed.
pub fn take_note(tx: &mut Tx, chart: &Chart, id: EpisodeId, discipline: Discipline) -> Result<()> {
    let foreign = || Error::field("/episode_id", "is no episode of this patient");
    let standing = find(tx, chart, id)?.ok_or_else(foreign)?;
    let grant = chart::ask_of_episode(chart, Action::ChangeEpisode, id, standing.opened_by)?;
    let stage = standing.content.stage(discipline);
    rules::step(stage, EpisodeMove::WriteNote)?;
    if stage == Stage::Treating {
        return Ok(());
    }
    let content = standing.content.clone().joined(discipline, stamp(tx, chart));
    write(tx, chart, &standing, Change::Joined, &content)?;
    let object = Object { kind: ObjectKind::Episode, id: id.retype(), version: Some(standing.version + 1) };
    chart::done_also(tx, chart, Action::ChangeEpisode, grant, object);
    Ok(())
}

/// Takes a discipline out of an episode again that treats it by a note alone, which turned out wrong; where it had
/// discharged the patient before, that stands again. `treats` says whether another note of it stands in the episode, beside
/// those that were signed before such a discharge. What would leave nobody who treats stays as it is: only a discharge closes
/// an episode.
///
/// # Errors
/// Those of `treats`; the database's.
pub fn note_in_error(
    tx: &mut Tx,
    chart: &Chart,
    id: EpisodeId,
    discipline: Discipline,
    treats: impl FnOnce(&mut Tx, Option<Timestamp>) -> Result<bool>,
) -> Result<()> {
    let standing = find(tx, chart, id)?.ok_or_else(Error::not_found)?;
    let joined = match standing.content.part(discipline) {
        Some(part) if part.discharged.is_none() => part.joined,
        _ => return Ok(()),
    };
    let versions = query::versions(tx.conn(), chart)?.into_iter().map(|past| past.standing);
    let before = versions
        .filter(|version| version.id == id)
        .take_while(|version| version.content.part(discipline).is_none_or(|part| part.joined != joined))
        .last();
    // Without a version before it, it opened the episode.
    let Some(before) = before else { return Ok(()) };
    let part = before.content.part(discipline).cloned();
    let discharged_at = part.as_ref().and_then(|part| Some(part.discharged.as_ref()?.stamp.at));
    let content = standing.content.clone().left(discipline, part);
    if content.is_over() || treats(tx, discharged_at)? {
        return Ok(());
    }
    write(tx, chart, &standing, Change::Changed, &content)?;
    let object = Object { kind: ObjectKind::Episode, id: id.retype(), version: Some(standing.version + 1) };
    chart::done_also(tx, chart, Action::ChangeEpisode, chart.grant(), object);
    Ok(())
}

/// Checks that a note which was put into an episode may be signed in it.
///
/// # Errors
/// [`Code::WrongState`] if the visit took place after the episode was closed.
pub fn check_visit(tx: &mut Tx, chart: &Chart, id: EpisodeId, service_at: Timestamp) -> Result<()> {
    let standing = find(tx, chart, id)?.ok_or_else(Error::not_found)?;
    rules::check_visit(service_at, standing.closed_at)
}

/// Opens the chart to change an episode that still is at the version which was read.
fn open_at(tx: &mut Tx, id: EpisodeId, version: i32) -> Result<(Chart, Standing)> {
    let (chart, located) = chart::open_episode(tx, id)?;
    if located.version != version {
        let current = view(tx, &chart, id)?;
        return Err(chart::stale(tx, &chart, Action::ReadEpisode, &current));
    }
    let standing = find(tx, &chart, id)?.ok_or_else(Error::not_found)?;
    Ok((chart, standing))
}

fn find(tx: &mut Tx, chart: &Chart, id: EpisodeId) -> Result<Option<Standing>> {
    Ok(query::episodes(tx.conn(), chart, &Wanted::One(id))?.pop())
}

/// Who may write in a discipline may open an episode for it, and discharge from it.
fn must_practise(chart: &Chart, discipline: Discipline) -> Result<()> {
    chart::ask_also(chart, Action::CreateNote, NoteFacts::begun(discipline)).map(drop)
}

fn may_diagnose(chart: &Chart) -> Result<()> {
    chart::ask_also(chart, Action::RecordDiagnosis, NoteFacts::begun(Discipline::Physiotherapy)).map(drop)
}

/// Checks what the single fields cannot tell: the onset, and whether a diagnosis and a clinical impression, as far as they
/// are written or taken away, are this person's to write.
fn check(chart: &Chart, onset: Option<Date>, (diagnosed, impressed): (bool, bool), now: Timestamp) -> Result<()> {
    if diagnosed {
        may_diagnose(chart)?;
    }
    if impressed {
        must_practise(chart, Discipline::Massage)?;
    }
    onset.map_or(Ok(()), |onset| rules::check_onset(onset, now))
}

fn stamp(tx: &Tx, chart: &Chart) -> Stamp {
    Stamp { by: chart.actor().staff, at: tx.now() }
}

/// Writes the next version, and names it as what this call is about.
fn go_on(tx: &mut Tx, chart: &Chart, former: &Standing, change: Change, content: &Content) -> Result<()> {
    write(tx, chart, former, change, content)?;
    names(tx, former.id, former.version + 1);
    Ok(())
}

/// An episode is closed only after the referrals about it.
fn write(tx: &mut Tx, chart: &Chart, former: &Standing, change: Change, content: &Content) -> Result<()> {
    let at = tx.now();
    if content.is_over() && referrals::ops::keeps_open(tx, chart, former.id)? {
        return Err(Error::wrong_state(
            "A referral about this episode is open; close or withdraw it first",
            Vec::new(),
        ));
    }
    let closed_at = content.is_over().then_some(at);
    query::go_on(tx.conn(), chart, former, change, content, closed_at, at)
}

fn names(tx: &mut Tx, id: EpisodeId, version: i32) {
    tx.names(Object { kind: ObjectKind::Episode, id: id.retype(), version: Some(version) });
}

fn view(tx: &mut Tx, chart: &Chart, id: EpisodeId) -> Result<EpisodeView> {
    let standing = find(tx, chart, id)?;
    shape(tx, chart, standing.into_iter().collect())?.pop().ok_or_else(Error::not_found)
}

fn shape(tx: &mut Tx, chart: &Chart, episodes: Vec<Standing>) -> Result<Vec<EpisodeView>> {
    let people = episodes.iter().flat_map(|episode| episode.content.people().chain([episode.opened_by])).collect();
    let colleagues = query::colleagues(tx.conn(), chart, people)?;
    episodes.into_iter().map(|episode| shown(chart.patient(), episode, &colleagues)).collect()
}

pub(super) fn shown(
    patient_id: PatientId,
    episode: Standing,
    colleagues: &HashMap<StaffId, Colleague>,
) -> Result<EpisodeView> {
    let named = |id: StaffId| colleagues.get(&id).cloned().ok_or_else(|| Error::internal("an episode of nobody"));
    let Standing { id, opened_by, opened_at, closed_at, version, content } = episode;
    let diagnosis = content.diagnosis.map(|recorded| {
        let (diagnosis, Stamp { by, at }) = (recorded.what, recorded.stamp);
        let (text, icd10) = (diagnosis.text, diagnosis.icd10);
        Ok::<_, Error>(DiagnosisView { text, icd10, recorded_by: named(by)?, recorded_at: at })
    });
    let clinical_impression = content.clinical_impression.map(|recorded| {
        let Stamp { by, at } = recorded.stamp;
        Ok::<_, Error>(ImpressionView { text: recorded.what, recorded_by: named(by)?, recorded_at: at })
    });
    let part = |part: Part| {
        let discharge = part.discharged.map(|recorded| {
            let Stamp { by, at } = recorded.stamp;
            Ok::<_, Error>(DischargeView { outcome: recorded.what, discharged_by: named(by)?, discharged_at: at })
        });
        let (discipline, Stamp { by, at }) = (part.discipline, part.joined);
        Ok(DisciplineView { discipline, joined_by: named(by)?, joined_at: at, discharge: discharge.transpose()? })
    };
    Ok(EpisodeView {
        id,
        patient_id,
        complaint: content.complaint,
        onset: content.onset,
        side: content.side,
        region: content.region,
        diagnosis: diagnosis.transpose()?,
        clinical_impression: clinical_impression.transpose()?,
        disciplines: content.parts.into_iter().map(part).collect::<Result<_>>()?,
        opened_by: named(opened_by)?,
        opened_at,
        closed_at,
        version,
    })
}
