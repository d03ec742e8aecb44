//! Composing a referral, and sending it.

use super::super::content::Content;
use super::super::query::{self, Begun, Changed, Standing};
use super::super::rules::{self, ReferralMove, ToSend, Urgency};
use super::super::views::{DraftReferral, ReferralView, Target};
use super::step::{Given, step};
use super::{after, again, find, names, open_at, shown};
use crate::alerts;
use crate::chart::{self, Chart, ReferralSubject};
use crate::clock::Date;
use crate::db::{Retry, Tx};
use crate::error::{Error, FieldError, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, ReferralId, StaffId};
use crate::patients::ops as patients;
use crate::policy::{Action, Sight};
use crate::safety::ops as safety;
use crate::words::Trimmed;

/// Begins a referral; what a note that it is composed from knows stands in for what is left out.
///
/// # Errors
/// The policy's; [`crate::error::Code::Invalid`] for an episode, a note, a decision-maker, a site or a colleague that is none of
/// this patient's or practice's.
pub fn begin(tx: &mut Tx, retry: &Retry, patient: PatientId, draft: &DraftReferral) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let chart = chart::open(tx, patient)?;
        let composed = compose(tx, &chart, draft, chart.actor().staff)?;
        let calendar = tx.calendar()?;
        let year = chrono::Datelike::year(&calendar.date_of(tx.now()));
        let (id, at, number) = (tx.fresh_id(), tx.now(), query::draw_number(tx.conn(), &chart, year)?);
        let Composed { episode, content, attachments } = &composed;
        let urgency = draft.urgency.unwrap_or(Urgency::Routine);
        let begun = Begun { id, number, episode: *episode, target: &draft.target, urgency, content, at };
        query::begin(tx.conn(), &chart, &begun)?;
        query::attach(tx.conn(), &chart, id, attachments)?;
        names(tx, id, 1);
        Ok((id, after_begun(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| {
        let chart = chart::open(tx, patient)?;
        after_begun(tx, &chart, id)
    })
}

/// The chart was opened for the patient, not for the referral, whose words are the writer's own.
fn after_begun(tx: &mut Tx, chart: &Chart, id: ReferralId) -> Result<ReferralView> {
    let standing = find(tx, chart, id)?;
    super::may_see(chart, &standing)?;
    shown::view(tx, chart, standing, Sight::Full, false)
}

/// Changes a draft as a whole.
///
/// # Errors
/// As [`begin`]; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`] once it is sent.
pub fn change(tx: &mut Tx, id: ReferralId, version: i32, draft: &DraftReferral) -> Result<ReferralView> {
    let (chart, located, standing) = open_at(tx, id, version)?;
    step(tx, &chart, &located, &standing, ReferralMove::Discard)?;
    must_treat(&chart)?;
    let Composed { episode, content, attachments } = compose(tx, &chart, draft, standing.author)?;
    let urgency = draft.urgency.unwrap_or(Urgency::Routine);
    let changed = Changed { episode, target: &draft.target, urgency, content: &content };
    query::change(tx.conn(), &chart, &standing, &changed)?;
    query::attach(tx.conn(), &chart, id, &attachments)?;
    names(tx, id, version + 1);
    after(tx, &chart, id)
}

/// Throws a draft away.
///
/// # Errors
/// The policy's; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`] once it is sent.
pub fn discard(tx: &mut Tx, id: ReferralId, version: i32) -> Result<()> {
    let (chart, located, standing) = open_at(tx, id, version)?;
    step(tx, &chart, &located, &standing, ReferralMove::Discard)?;
    query::discard(tx.conn(), &chart, &standing)?;
    names(tx, id, version);
    Ok(())
}

/// Sends a draft.
///
/// # Errors
/// The policy's; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`];
/// [`crate::error::Code::PartsMissing`] without a reason, a question or the patient's agreement;
/// [`crate::error::Code::Invalid`] for a day that is past, for a target that is none, or from whom the patient keeps what it
/// is about, and for a note that its sender may not read.
pub fn send(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, ReferralMove::Send)?;
        check_ready(tx, &chart, &standing, &standing.target())?;
        let now = tx.now();
        let today = Date::from(tx.calendar()?.date_of(now));
        if standing.content.target_date.is_some_and(|date| date < today) {
            return Err(Error::field("/target_date", "is past"));
        }
        made.go(tx, &chart, &standing, &Given::default(), |place| place.sent_at = Some(now))?;
        Ok((id, just_sent(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

/// A referral that was just sent, with what to think about.
pub(super) fn just_sent(tx: &mut Tx, chart: &Chart, id: ReferralId) -> Result<ReferralView> {
    let sent = find(tx, chart, id)?;
    let warnings = shown::warnings(tx, chart, &sent)?;
    Ok(ReferralView { warnings, ..after(tx, chart, id)? })
}

/// Checks all that sending takes, the first time and again.
pub(super) fn check_ready(tx: &mut Tx, chart: &Chart, standing: &Standing, target: &Target) -> Result<()> {
    must_treat(chart)?;
    check_target(tx, chart, target, standing.subject())?;
    check_sendable(tx, chart, standing, target)?;
    for (at, attachment) in query::attachments(tx.conn(), chart, standing.id)?.into_iter().enumerate() {
        check_attached(tx, chart, attachment.note_id, at)?;
    }
    Ok(())
}

/// Whoever refers a patient treats them: what a referral opens is not for its referrer to open to themselves.
pub(super) fn must_treat(chart: &Chart) -> Result<()> {
    chart::ask_of_patient(chart, Action::CreateReferral).map(drop)
}

fn check_sendable(tx: &mut Tx, chart: &Chart, standing: &Standing, target: &Target) -> Result<()> {
    let content = &standing.content;
    rules::check_sendable(ToSend {
        referrer: standing.at.referrer,
        named: target.staff_id,
        reason: content.reason.as_ref().map(Trimmed::as_str),
        question: content.question.as_ref().map(Trimmed::as_str),
        agreed: content.agreement.is_some(),
    })?;
    let Some(by) = content.agreement.as_ref().and_then(|agreement| agreement.decision_maker_id) else { return Ok(()) };
    let now = tx.now();
    if patients::may_consent(tx, chart, by, now)?.is_some() {
        return Ok(());
    }
    Err(Error::field("/agreement/decision_maker_id", "is no decision-maker of this patient who may consent today"))
}

/// A draft, checked.
struct Composed {
    episode: EpisodeId,
    content: Content,
    attachments: Vec<NoteId>,
}

fn compose(tx: &mut Tx, chart: &Chart, draft: &DraftReferral, author: StaffId) -> Result<Composed> {
    let mut content = Content::of(draft);
    let (mut episode, mut attachments) = (draft.episode_id, draft.attachments.clone());
    if let Some(note) = draft.from_note {
        let of_note = query::signed_note(tx.conn(), chart, note)?
            .ok_or_else(|| Error::field("/from_note", "is no signed note of this patient"))?;
        episode = episode.or(of_note.1);
        attachments.push(note);
        if content.precautions.is_none() {
            content.precautions = known_dangers(tx, chart)?;
        }
    }
    attachments.sort_unstable();
    attachments.dedup();
    for (at, note) in attachments.iter().enumerate() {
        check_attached(tx, chart, *note, at)?;
    }
    let episode = episode.ok_or_else(|| Error::field("/episode_id", "say which episode of care it is about"))?;
    let opened_by = query::open_episode(tx.conn(), chart, episode)?
        .ok_or_else(|| Error::field("/episode_id", "is no open episode of this patient"))?;
    chart::ask_of_episode(chart, tx.action(), episode, opened_by)?;
    check_target(tx, chart, &draft.target, ReferralSubject { patient: chart.patient(), episode, author })?;
    if let Some(maker) = content.agreement.as_ref().and_then(|agreement| agreement.decision_maker_id)
        && !patients::is_decision_maker(tx, chart, maker)?
    {
        return Err(Error::field("/agreement/decision_maker_id", "is no decision-maker of this patient"));
    }
    Ok(Composed { episode, content, attachments })
}

/// What the open safety items say, as far as it fits.
fn known_dangers(tx: &mut Tx, chart: &Chart) -> Result<Option<Trimmed>> {
    let items = safety::open_items(tx, chart)?;
    let told = items.iter().map(|item| item.what.as_str()).collect::<Vec<_>>().join("; ");
    let told: String = told.chars().take(4000).collect();
    Ok(Some(Trimmed::from(told.as_str())).filter(|told| !told.as_str().is_empty()))
}

/// A note that goes with a referral is signed, and its sender may read all of it.
fn check_attached(tx: &mut Tx, chart: &Chart, note: NoteId, at: usize) -> Result<()> {
    let signed = query::signed_note(tx.conn(), chart, note)?.is_some();
    if signed && chart::sight_of(tx, note)? == Some(Sight::Full) {
        return Ok(());
    }
    Err(Error::field(format!("/attachments/{at}"), "is no signed note of this patient that you may read"))
}

/// Whom a referral is for is a site's pool, or a clinician of that discipline; the patient keeps what it is about from
/// neither: of a pool, at least somebody else may read it.
fn check_target(tx: &mut Tx, chart: &Chart, target: &Target, about: ReferralSubject) -> Result<()> {
    let me = chart.actor().staff;
    match (target.site_id, target.staff_id) {
        (Some(site), None) => {
            if query::site_open(tx.conn(), chart, site)?.is_none() {
                return Err(Error::field("/target/site_id", "is no site of this practice"));
            }
            for member in alerts::pool(tx, chart.practice(), target.discipline, site)? {
                if member != me && chart::may_take_part(tx, chart.practice(), about, member)? {
                    return Ok(());
                }
            }
            Err(Error::field("/target/site_id", "has nobody in that discipline who may see what it is about"))
        }
        (None, Some(staff)) if staff == me => {
            Err(Error::field("/target/staff_id", "is yourself; name a colleague or a pool"))
        }
        (None, Some(staff)) => {
            patients::check_practises(tx, chart, staff, target.discipline, "/target/staff_id")?;
            if chart::may_take_part(tx, chart.practice(), about, staff)? {
                return Ok(());
            }
            Err(Error::field("/target/staff_id", "may not see what it is about, as the patient wishes"))
        }
        _ => Err(Error::invalid(vec![FieldError::new("/target", "say either a site or a colleague")])),
    }
}
