//! What is done with referrals: composed, sent, taken, treated for, reported on, reviewed.

mod alerting;
mod clock;
mod compose;
mod cosigned;
mod linked;
mod moves;
mod recorded;
mod shown;
mod step;

use super::query::worklist::{self, Narrowed};
use super::query::{self, Standing};
use super::rules::{self, Part};
use super::views::ReferralEventView;
use crate::actor::{Actor, Role};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart, LocatedReferral, ReferralState};
use crate::clock::Date;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{EpisodeId, PatientId, PracticeId, ReferralId, StaffId};
use crate::policy::{Action, Grant, Permit, Sight};

pub use super::rules::{ReferralMove, Urgency};
pub use super::views::{
    LeftReferral, NamedReferral, OpenReferral, RecordedReferral, ReferralSummary, ReferralView, ReportResult,
    SentReferral, Worklist,
};
pub use clock::{advance, any_due};
pub use compose::{begin, change, discard, send};
pub use cosigned::{check_answer, note_cosigned};
pub use linked::{called, check_note, note_amended, note_in_error, note_signed, readers_of_report};
pub use moves::{
    accept, answer, ask_further, cancel, close, confirm_cancel, decline, keep, no_show, reassign, receive, release,
    request_cancel, request_info, resend, return_report, schedule, start,
};
pub use recorded::{course, whole_record};

/// What is listed of a record.
#[derive(Debug)]
pub struct Listed {
    /// The referrals.
    pub referrals: Vec<ReferralView>,
    /// Whether something is withheld at the patient's request.
    pub withheld: bool,
}

/// The patient's referrals that this reader may see, newest first: up to `limit` after one of them.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, patient: PatientId, after: Option<ReferralId>, limit: i64) -> Result<Listed> {
    let chart = chart::open(tx, patient)?;
    let found = query::of_patient(tx.conn(), &chart, after, limit)?;
    let mut listed = Listed { referrals: Vec::with_capacity(found.len()), withheld: false };
    for standing in found {
        // What is withheld stays in the list by its number, its state and its times.
        let asked = ask_to_read(&chart, &standing);
        listed.withheld |= asked.as_ref().is_err_and(|refusal| refusal.code == Code::WithheldByPatient);
        let sight = asked.map_or(Sight::Stub, |grant| grant.sight);
        listed.referrals.push(shown::view(tx, &chart, standing, sight, false)?);
    }
    Ok(listed)
}

/// Reads a referral.
///
/// # Errors
/// The policy's; [`Code::DraftIsPrivate`] for somebody else's draft.
pub fn read(tx: &mut Tx, id: ReferralId) -> Result<ReferralView> {
    let (chart, located, standing) = seen(tx, id)?;
    shown(tx, &chart, &located, standing)
}

/// A referral with everything that happened to it, and what else is shown beside it.
///
/// # Errors
/// Those of [`read`].
pub fn open(tx: &mut Tx, id: ReferralId) -> Result<OpenReferral> {
    let (chart, located, standing) = seen(tx, id)?;
    let events = told_events(tx, &chart, &located, &standing)?;
    let patient = worklist::called(tx.conn(), &chart)?;
    let is_sent = standing.at.state != ReferralState::Draft;
    let may_write = is_sent && chart::ask_of_patient(&chart, Action::WriteMessage).is_ok();
    let referral = shown(tx, &chart, &located, standing)?;
    Ok(OpenReferral { referral, events, patient, may_write })
}

/// Opens the chart to look at a referral.
fn seen(tx: &mut Tx, id: ReferralId) -> Result<(Chart, LocatedReferral, Standing)> {
    let (chart, located) = chart::open_referral(tx, id)?;
    let standing = find(tx, &chart, id)?;
    may_see(&chart, &standing)?;
    Ok((chart, located, standing))
}

fn shown(tx: &mut Tx, chart: &Chart, located: &LocatedReferral, standing: Standing) -> Result<ReferralView> {
    let sight = if is_anothers_draft(chart, &standing) { Sight::Stub } else { chart.sight() };
    shown::view(tx, chart, standing, sight, located.in_own_pool)
}

/// Everything that happened to a referral, the first first.
///
/// # Errors
/// Those of [`read`].
pub fn events(tx: &mut Tx, id: ReferralId) -> Result<Vec<ReferralEventView>> {
    let (chart, located, standing) = seen(tx, id)?;
    told_events(tx, &chart, &located, &standing)
}

fn told_events(
    tx: &mut Tx,
    chart: &Chart,
    located: &LocatedReferral,
    standing: &Standing,
) -> Result<Vec<ReferralEventView>> {
    let events = query::events(tx.conn(), chart, standing.id)?;
    // A pool is told what is asked, not what others said about it.
    let reads = chart.sight() == Sight::Full && (chart.opened_beyond_referral() || !located.in_own_pool);
    if reads && !is_anothers_draft(chart, standing) {
        return Ok(events);
    }
    Ok(events.into_iter().map(|event| ReferralEventView { words: None, note_id: None, ..event }).collect())
}

/// A worklist: up to `limit` referrals after one of them, oldest first, and one more if there are more. It tells where each
/// stands, and no words.
///
/// # Errors
/// The policy's.
pub fn work(
    tx: &mut Tx,
    list: Worklist,
    state: Option<ReferralState>,
    after: Option<ReferralId>,
    limit: i64,
) -> Result<Vec<ReferralSummary>> {
    let scope = chart::scope(tx)?;
    let everyones = scope.roles.has(Role::Manager) || scope.roles.has(Role::Receptionist);
    let places = chart::stands_in_for(tx, scope.practice, scope.staff)?;
    let withheld = if list == Worklist::Pool { chart::referrals_withheld(tx)? } else { Default::default() };
    let narrowed = Narrowed { list, state, everyones, places, withheld };
    let found = worklist::worklist(tx.conn(), &scope, &narrowed, after, limit + 1)?;
    tx.discloses_page(&found, limit, |standing| standing.patient);
    let names = worklist::patients(tx.conn(), &scope, found.iter().map(|standing| standing.patient).collect())?;
    shown::summaries(tx, found, &names)
}

/// Whether an unfinished referral keeps an episode of the chart open.
///
/// # Errors
/// The database's.
pub fn keeps_open(tx: &mut Tx, chart: &Chart, episode: EpisodeId) -> Result<bool> {
    query::keeps_open(tx.conn(), chart, episode)
}

/// The unfinished referrals that somebody takes part in, for whoever looks after what they leave behind.
///
/// # Errors
/// The database's.
pub fn left_by(tx: &mut Tx, permit: Permit, practice: PracticeId, staff: StaffId) -> Result<Vec<LeftReferral>> {
    worklist::left_by(tx.conn(), permit, practice, staff)
}

fn find(tx: &mut Tx, chart: &Chart, id: ReferralId) -> Result<Standing> {
    query::referral(tx.conn(), chart, id)?.ok_or_else(Error::not_found)
}

/// A draft is its referrer's alone; a manager sees that it is there, to give it to somebody else.
fn may_see(chart: &Chart, standing: &Standing) -> Result<()> {
    let own = standing.at.referrer == chart.actor().staff;
    if own || standing.at.state != ReferralState::Draft || chart.actor().roles.has(Role::Manager) {
        return Ok(());
    }
    Err(Error::of(Code::DraftIsPrivate))
}

fn is_anothers_draft(chart: &Chart, standing: &Standing) -> bool {
    standing.at.state == ReferralState::Draft && standing.at.referrer != chart.actor().staff
}

/// Whether its reader may read a referral of an open chart.
fn ask_to_read(chart: &Chart, standing: &Standing) -> Result<Grant> {
    let (about, at) = ((standing.episode, standing.author), &standing.at);
    let takes_part = [Some(at.referrer), at.owner, at.named].contains(&Some(chart.actor().staff));
    chart::ask_of_referral(chart, Action::ReadReferral, about, takes_part)
}

/// The parts that somebody plays in a referral: their own, and that of those for whom they stand in. A stand-in answers what
/// their own discipline answers, sends no draft, and does not both send and answer.
fn parts(tx: &mut Tx, actor: &Actor, standing: &Standing, in_own_pool: bool) -> Result<Vec<Part>> {
    let (at, me) = (&standing.at, actor.staff);
    let places = chart::stands_in_for(tx, actor.practice, me)?;
    let practises = actor.roles.disciplines().any(|own| own == at.discipline);
    let in_place_of = |party: StaffId| party == me || places.contains(&party);
    let answers = |party: Option<StaffId>| {
        party.is_some_and(|party| party == me || in_place_of(party) && practises && at.referrer != me)
    };
    let sends = at.referrer == me
        || in_place_of(at.referrer) && at.state != ReferralState::Draft && ![at.owner, at.named].contains(&Some(me));
    let parts = [
        (sends, Part::Referrer),
        (answers(at.owner), Part::Owner),
        (at.owner.is_none() && answers(at.named), Part::Named),
        (in_own_pool, Part::Pool),
        (actor.roles.has(Role::Receptionist), Part::Reception),
        (actor.roles.has(Role::Manager), Part::Manager),
    ]
    .into_iter()
    .filter_map(|(plays, part)| plays.then_some(part));
    Ok(parts.collect())
}

/// Whether somebody has left, or is away today by the practice's calendar.
fn is_absent(tx: &mut Tx, practice: PracticeId, staff: StaffId) -> Result<bool> {
    let (now, calendar) = (tx.now(), crate::db::calendar(tx.conn(), practice)?);
    query::is_absent(tx.conn(), practice, staff, Date::from(calendar.date_of(now)))
}

/// What the moves of a referral depend on, now.
fn moves_of(tx: &mut Tx, practice: PracticeId, standing: &Standing) -> Result<rules::Standing> {
    let (at, now) = (&standing.at, tx.now());
    let silent = at.clocks.due_at.is_some_and(|due| due <= now);
    // Only of a draft does anything depend on it.
    let referrer_absent = at.state == ReferralState::Draft && is_absent(tx, practice, at.referrer)?;
    let visit_at = match at.state {
        ReferralState::Scheduled => query::visit_at(tx.conn(), practice, standing.id)?,
        _ => None,
    };
    let visit_ahead = visit_at.is_some_and(|visit| visit > now);
    Ok(rules::Standing { state: at.state, came_from: at.came_from, silent, referrer_absent, visit_ahead })
}

/// Opens the chart to move a referral that still is at the version which was read.
fn open_at(tx: &mut Tx, id: ReferralId, version: i32) -> Result<(Chart, LocatedReferral, Standing)> {
    let (chart, located) = chart::open_referral(tx, id)?;
    let standing = find(tx, &chart, id)?;
    if standing.version != version {
        return Err(stale(tx, &chart, standing, located.in_own_pool)?);
    }
    Ok((chart, located, standing))
}

/// Nobody is told what stands now who might not read it, and who might has read it.
fn stale(tx: &mut Tx, chart: &Chart, standing: Standing, in_own_pool: bool) -> Result<Error> {
    let Ok(grant) = chart::ask_of_patient(chart, Action::ReadReferral) else {
        return Ok(Error::of(Code::StaleVersion));
    };
    if may_see(chart, &standing).is_err() {
        return Ok(Error::of(Code::StaleVersion));
    }
    let sight = if is_anothers_draft(chart, &standing) { Sight::Stub } else { grant.sight };
    let current = shown::view(tx, chart, standing, sight, in_own_pool)?;
    Ok(tx.stale(Action::ReadReferral, grant, &current))
}

/// A referral as it stands after a move, to whoever made it.
fn after(tx: &mut Tx, chart: &Chart, id: ReferralId) -> Result<ReferralView> {
    let standing = find(tx, chart, id)?;
    let asked = chart::ask_of_patient(chart, Action::ReadReferral);
    let sight = if is_anothers_draft(chart, &standing) { Err(()) } else { asked.map_err(|_| ()) };
    // Whoever put it back into the pool sees it as the pool does.
    let at = &standing.at;
    let waits = at.state == ReferralState::Sent && at.site.is_some() && at.referrer != chart.actor().staff;
    shown::view(tx, chart, standing, sight.map_or(Sight::Stub, |grant| grant.sight), waits)
}

/// Answers a call that comes again: today's policy is asked about the move, and about reading what came of it.
fn again(tx: &mut Tx, id: ReferralId) -> Result<ReferralView> {
    let (chart, _) = chart::open_referral(tx, id)?;
    after(tx, &chart, id)
}

fn names(tx: &mut Tx, id: ReferralId, version: i32) {
    tx.names(Object { kind: ObjectKind::Referral, id: id.retype(), version: Some(version) });
}
