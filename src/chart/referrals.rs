//! What referrals open: each to those who take part in it, and beside it the patient's contact details and safety items and
//! the notes that are attached to it or report on it. Whoever stands in for somebody takes part in their place.

use super::query::facts;
use super::query::referrals::{self as query, Referral};
use super::sight::seek_note;
use super::{Chart, Covered, Sought, approach, open_with, refuse_at};
use crate::actor::{Actor, Colleague};
use crate::audit::{Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::{Conn, Tx};
use crate::directives;
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, NoteId, PatientId, PracticeId, ReferralId, StaffId};
use crate::policy::{self, Action, Grant, Place, Relation, Sight, Ties};
use crate::referral_state::ReferralState;

/// A referral's place: whose record it stands in, and who takes part in it.
#[derive(Clone, Debug)]
pub struct LocatedReferral {
    /// Whose record it stands in.
    pub patient: PatientId,
    /// The episode of care that it is about.
    pub episode: EpisodeId,
    /// Who wrote it.
    pub author: StaffId,
    /// Who sends it.
    pub referrer: StaffId,
    /// Who has taken it.
    pub owner: Option<StaffId>,
    /// The colleague whom it was sent to.
    pub named: Option<StaffId>,
    /// Whether the actor could take it out of its pool: it waits there, for their discipline, at their site or that of
    /// somebody they stand in for.
    pub in_own_pool: bool,
    /// Whether the actor takes part in it, be it for somebody they stand in for.
    pub takes_part: bool,
    /// Counts its changes.
    pub version: i32,
    /// When the first of the covers ends by which they stand in.
    until: Option<Timestamp>,
}

/// What a referral is about, and who wrote it: what consent directives decide by.
#[derive(Clone, Copy, Debug)]
pub struct ReferralSubject {
    /// Who is referred.
    pub patient: PatientId,
    /// The episode of care.
    pub episode: EpisodeId,
    /// Who wrote it.
    pub author: StaffId,
}

/// Finds a referral by its id and opens the record it stands in.
///
/// # Errors
/// As [`super::open`].
pub fn open_referral(tx: &mut Tx, id: ReferralId) -> Result<(Chart, LocatedReferral)> {
    let (actor, now) = (tx.actor()?, tx.now());
    let Some(located) = locate(tx.conn(), &actor, id, now)? else {
        return Err(refuse_at(tx, &actor, Place::Elsewhere));
    };
    let object = Object { kind: ObjectKind::Referral, id: id.retype(), version: None };
    let covered = Covered {
        party: Some(located.in_own_pool || located.takes_part),
        episode: Some(located.episode),
        author: Some(located.author),
        note: None,
    };
    let chart = open_with(tx, located.patient, Sought { object, note: None, covered })?;
    if let Some(until) = located.until {
        tx.valid_until(until);
    }
    Ok((chart, located))
}

fn locate(conn: &mut Conn, actor: &Actor, id: ReferralId, now: Timestamp) -> Result<Option<LocatedReferral>> {
    let Some(row) = query::referral(conn, actor.practice, id)? else { return Ok(None) };
    let Referral { patient, episode, author, referrer, owner, named, version, state, discipline, site } = row;
    let standing = Stead::of(conn, actor.practice, actor.staff, now)?;
    let waits = state == ReferralState::Sent && actor.roles.disciplines().any(|own| own == discipline);
    let in_own_pool = match site {
        Some(site) if waits && referrer != actor.staff => {
            query::any_works_at(conn, actor.practice, &standing.people, site)?
        }
        _ => false,
    };
    let takes_part = [Some(referrer), owner, named].into_iter().flatten().any(|party| standing.is(party));
    let until = standing.until;
    Ok(Some(LocatedReferral {
        patient,
        episode,
        author,
        referrer,
        owner,
        named,
        in_own_pool,
        takes_part,
        version,
        until,
    }))
}

/// In whose stead somebody acts: their own, and that of those they cover for now.
struct Stead {
    people: Vec<StaffId>,
    /// When the first of the covers ends.
    until: Option<Timestamp>,
}

impl Stead {
    fn of(conn: &mut Conn, practice: PracticeId, staff: StaffId, now: Timestamp) -> Result<Self> {
        let covers = facts::covers_by(conn, practice, staff, now)?;
        let until = covers.iter().map(|(_, ends)| *ends).min();
        Ok(Self { people: std::iter::once(staff).chain(covers.into_iter().map(|(from, _)| from)).collect(), until })
    }

    fn is(&self, staff: StaffId) -> bool {
        self.people.contains(&staff)
    }
}

/// Those in whose stead somebody takes part in referrals now: themselves first, then those they cover for.
///
/// # Errors
/// The database's.
pub fn stands_in_for(tx: &mut Tx, practice: PracticeId, staff: StaffId) -> Result<Vec<StaffId>> {
    let now = tx.now();
    let standing = Stead::of(tx.conn(), practice, staff, now)?;
    if let Some(until) = standing.until {
        tx.valid_until(until);
    }
    Ok(standing.people)
}

/// Whether open referrals let somebody in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Opening {
    pub(super) takes_part: bool,
    /// Until when by the clock.
    pub(super) until: Option<Timestamp>,
}

/// Whether an open referral about the patient, in which the actor takes part other than from a pool, opens the patient's
/// contact details and safety items to them, or `note` where one is asked for.
pub(super) fn opens(
    conn: &mut Conn,
    actor: &Actor,
    patient: PatientId,
    note: Option<NoteId>,
    now: Timestamp,
) -> Result<Opening> {
    let Stead { people, until } = Stead::of(conn, actor.practice, actor.staff, now)?;
    Ok(Opening { takes_part: query::opens(conn, actor.practice, patient, people, note)?, until })
}

/// Who has taken a referral out of a pool of the actor's own.
///
/// # Errors
/// The database's.
pub fn taken_from_own_pool(tx: &mut Tx, of: ReferralId) -> Result<Option<Colleague>> {
    let (actor, now) = (tx.actor()?, tx.now());
    let Some(taken) = query::taken(tx.conn(), actor.practice, of)? else { return Ok(None) };
    let Some(site) = taken.site else { return Ok(None) };
    let standing = Stead::of(tx.conn(), actor.practice, actor.staff, now)?;
    let practises = actor.roles.disciplines().any(|own| own == taken.discipline);
    let belongs = practises && query::any_works_at(tx.conn(), actor.practice, &standing.people, site)?;
    Ok(belongs.then_some(Colleague { id: taken.by, name: taken.name }))
}

/// How much of a note a colleague may see once it is the report on a referral of theirs. Nothing is shown to the actor.
///
/// # Errors
/// The database's.
pub fn sight_of_reported(tx: &mut Tx, chart: &Chart, colleague: StaffId, note: NoteId) -> Result<Option<Sight>> {
    let Some(colleague) = facts::colleague(tx, chart.practice, colleague)? else { return Ok(None) };
    let Some((located, known)) = seek_note(tx, &colleague, note, true)? else { return Ok(None) };
    let grant = known.ask(Action::ReadNote, colleague.roles, Some(located.facts)).grant().ok();
    Ok(grant.map(|grant| grant.sight))
}

/// Whether somebody who takes part in a referral may read what it says: nobody refers a patient to whoever the patient keeps
/// it from.
///
/// # Errors
/// The database's.
pub fn may_take_part(tx: &mut Tx, practice: PracticeId, about: ReferralSubject, colleague: StaffId) -> Result<bool> {
    let Some(colleague) = facts::colleague(tx, practice, colleague)? else { return Ok(false) };
    let covered = Covered { party: Some(true), ..Covered::episode(about.episode, about.author) };
    let Ok(known) = approach(tx, &colleague, about.patient, covered)? else { return Ok(false) };
    let read = known.ask(Action::ReadReferral, colleague.roles, None).grant();
    Ok(read.is_ok_and(|grant| grant.sight == Sight::Full))
}

/// The patients and the episodes that directives withhold from the actor now; a pool does not show what is about them. Those
/// that bar everyone count: nobody who wrote a referral finds it in their own pool.
///
/// # Errors
/// The database's.
pub fn referrals_withheld(tx: &mut Tx) -> Result<(Vec<PatientId>, Vec<EpisodeId>)> {
    let (actor, now) = (tx.actor()?, tx.now());
    let withheld = directives::withheld_in_lists(tx.conn(), (&actor).into(), now)?;
    if let Some(until) = withheld.changes_at {
        tx.valid_until(until);
    }
    Ok((withheld.patients, withheld.episodes))
}

impl Chart {
    /// Whether whoever opened it sees more of the record than a referral opens: they treat the patient, or were let in.
    #[must_use]
    pub fn opened_beyond_referral(&self) -> bool {
        self.ways.iter().any(|way| !matches!(way, Relation::None | Relation::Former | Relation::Party))
    }
}

/// Asks, of a chart that is open, about an action on one of the patient's referrals, about `episode` and written by `author`,
/// in which the actor takes part or not; what other referrals open to them does not count. Records nothing.
///
/// # Errors
/// The refusal's code.
pub fn ask_of_referral(
    chart: &Chart,
    action: Action,
    (episode, author): (EpisodeId, StaffId),
    takes_part: bool,
) -> Result<Grant> {
    let others = chart.ways.iter().copied().filter(|way| *way != Relation::Party);
    let ways: Vec<_> = others.chain(takes_part.then_some(Relation::Party)).collect();
    let withheld = chart.withheld(Covered::episode(episode, author));
    let decision = policy::decide_any(action, chart.actor.roles, &ways, Ties { withheld, ..Ties::NONE });
    decision.grant().map_err(|refusal| Error::of(refusal.code()))
}
