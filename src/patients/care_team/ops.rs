//! What is done to care teams.

use super::query::{self, Joining};
use super::{Assignment, CareTeamView, FormerMemberView, JoinedBy, MemberView, StartTreating};
use crate::actor::Discipline;
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart};
use crate::clock::Timestamp;
use crate::db::{Retry, Tx, bump_patient};
use crate::error::{Code, Error, Result};
use crate::ids::{MembershipId, PatientId, PracticeId, StaffId};
use crate::patients::{clinicians, cover, rules};
use crate::policy::Permit;
use crate::words::Trimmed;

/// See who treats a patient, and who stands in for them.
///
/// # Errors
/// A refusal.
pub fn read(tx: &mut Tx, patient: PatientId) -> Result<CareTeamView> {
    let chart = chart::open(tx, patient)?;
    let now = tx.now();
    let members = query::members(tx.conn(), &chart, now)?;
    let covers = cover::ops::standing_in(tx, &chart, members.iter().map(|member| member.staff_id))?;
    Ok(CareTeamView { members, covers })
}

/// Who treats the patient of an open chart now.
///
/// # Errors
/// The database's.
pub fn members(tx: &mut Tx, chart: &Chart) -> Result<Vec<MemberView>> {
    let now = tx.now();
    query::members(tx.conn(), chart, now)
}

/// Who treated the patient of an open chart before, in the order they joined.
///
/// # Errors
/// The database's.
pub fn former_members(tx: &mut Tx, chart: &Chart) -> Result<Vec<FormerMemberView>> {
    let now = tx.now();
    query::former_members(tx.conn(), chart, now)
}

/// Puts the actor on the care team, for a reason that the audit log keeps.
///
/// # Errors
/// A refusal; [`Code::AlreadyExists`] for a member; [`Code::KeyReused`].
pub fn start_treating(tx: &mut Tx, retry: &Retry, patient: PatientId, start: &StartTreating) -> Result<MemberView> {
    let chart = chart::open(tx, patient)?;
    let (now, staff) = (tx.now(), chart.actor().staff);
    let first = |tx: &mut Tx| {
        let joining = Joining {
            id: tx.fresh_id(),
            staff,
            by: JoinedBy::StartTreating,
            reason: Some(start.reason.as_str()),
            visit_date: None,
            joined_at: now,
            lapses_at: rules::lapses_at(now),
        };
        let team = alerts::care_team(tx, chart.practice(), patient)?;
        let joined = join(tx, &chart, &joining)?;
        tx.explains(start.reason.as_str());
        alerts::raise(tx, Alert::new(AlertKind::StartedTreating, object(joining.id), team).about(patient))?;
        Ok(joined)
    };
    tx.once(retry, first, |tx, id| joined(tx, &chart, id))
}

/// Puts a clinician on the care team for a visit, at once, so that they can prepare. Who is on it already has the visit
/// booked, and stays until it lapses at least.
///
/// # Errors
/// A refusal; [`Code::Invalid`] for somebody who does not treat, oneself, or a visit out of bounds; [`Code::KeyReused`].
pub fn assign(tx: &mut Tx, retry: &Retry, patient: PatientId, assignment: &Assignment) -> Result<MemberView> {
    let chart = chart::open(tx, patient)?;
    let now = tx.now();
    let reason = assignment.reason.as_ref().map(Trimmed::as_str);
    let first = |tx: &mut Tx| {
        let (staff, visit) = (assignment.staff_id, assignment.visit_date);
        clinicians::check_treats(tx.conn(), chart.practice(), staff, "/staff_id")?;
        let lapses_at = rules::lapses_after_visit(visit, now)?;
        let joined = if let Some((id, present)) = query::active(tx.conn(), &chart, staff, now)? {
            query::book(tx.conn(), &chart, id, visit, present.max(lapses_at))?;
            bump_patient(tx.conn(), chart.practice(), patient)?;
            (id, joined(tx, &chart, id)?)
        } else if staff == chart.actor().staff {
            // That would be starting to treat without what it asks for: a reason that the team hears, and a note in time.
            return Err(Error::field("/staff_id", "is yourself; start treating, and say why"));
        } else {
            let (id, by, visit_date) = (tx.fresh_id(), JoinedBy::Assignment, Some(visit));
            join(tx, &chart, &Joining { id, staff, by, reason, visit_date, joined_at: now, lapses_at })?
        };
        if let Some(reason) = reason {
            tx.explains(reason);
        }
        Ok(joined)
    };
    tx.once(retry, first, |tx, id| joined(tx, &chart, id))
}

fn join(tx: &mut Tx, chart: &Chart, joining: &Joining) -> Result<(MembershipId, MemberView)> {
    if query::active(tx.conn(), chart, joining.staff, joining.joined_at)?.is_some() {
        return Err(Error::new(Code::AlreadyExists, "They are on the care team already"));
    }
    query::join(tx.conn(), chart, joining)?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())?;
    Ok((joining.id, joined(tx, chart, joining.id)?))
}

fn joined(tx: &mut Tx, chart: &Chart, id: MembershipId) -> Result<MemberView> {
    tx.names(object(id));
    query::member(tx.conn(), chart, id)?.ok_or_else(Error::not_found)
}

const fn object(id: MembershipId) -> Object {
    Object { kind: ObjectKind::CareTeam, id: id.retype(), version: None }
}

/// Puts somebody on the care team of a patient who has just been entered.
///
/// # Errors
/// The database's.
pub(in crate::patients) fn join_by_registration(
    tx: &mut Tx,
    permit: Permit,
    practice: PracticeId,
    patient: PatientId,
    staff: StaffId,
) -> Result<()> {
    let now = tx.now();
    let joining = Joining {
        id: tx.fresh_id(),
        staff,
        by: JoinedBy::Registration,
        reason: None,
        visit_date: None,
        joined_at: now,
        lapses_at: rules::lapses_at(now),
    };
    query::join_first(tx.conn(), permit, practice, patient, &joining)
}

/// Puts whoever accepts a referral on the care team; the membership that this made, none for a member.
///
/// # Errors
/// The database's.
pub fn join_by_referral(tx: &mut Tx, chart: &Chart, staff: StaffId) -> Result<Option<MembershipId>> {
    let now = tx.now();
    if query::active(tx.conn(), chart, staff, now)?.is_some() {
        return Ok(None);
    }
    let joining = Joining {
        id: tx.fresh_id(),
        staff,
        by: JoinedBy::Referral,
        reason: None,
        visit_date: None,
        joined_at: now,
        lapses_at: rules::lapses_at(now),
    };
    query::join(tx.conn(), chart, &joining)?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())?;
    Ok(Some(joining.id))
}

/// Ends a membership that a referral made.
///
/// # Errors
/// The database's.
pub fn end_membership(tx: &mut Tx, chart: &Chart, id: MembershipId) -> Result<()> {
    let now = tx.now();
    query::end(tx.conn(), chart, id, now)?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}

/// Checks that somebody works in the practice and treats.
///
/// # Errors
/// [`Code::Invalid`] at `pointer`.
pub fn check_treats(tx: &mut Tx, chart: &Chart, staff: StaffId, pointer: &str) -> Result<()> {
    clinicians::check_treats(tx.conn(), chart.practice(), staff, pointer)
}

/// Checks that somebody works in the practice and practises a discipline.
///
/// # Errors
/// [`Code::Invalid`] at `pointer`.
pub fn check_practises(
    tx: &mut Tx,
    chart: &Chart,
    staff: StaffId,
    discipline: Discipline,
    pointer: &str,
) -> Result<()> {
    clinicians::check_practises(tx.conn(), chart.practice(), staff, discipline, pointer)
}

/// Ends the actor's own membership.
///
/// # Errors
/// A refusal; [`Code::NotFound`] unless it is their own and active.
pub fn leave(tx: &mut Tx, id: MembershipId) -> Result<()> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    let chart = chart::open(tx, patient)?;
    tx.names(Object { kind: ObjectKind::CareTeam, id: id.retype(), version: None });
    let now = tx.now();
    if !query::leave(tx.conn(), &chart, id, now)? {
        return Err(Error::not_found());
    }
    bump_patient(tx.conn(), chart.practice(), patient)
}

/// Seconds in a day.
const DAY: i64 = 24 * 60 * 60;

/// Lets the actor's own active membership last [`rules::LAPSES_AFTER_DAYS`] from a note or booking at `at`. It is never
/// shortened, and one that has lapsed or ended stays so; somebody who only stands in has none to extend.
///
/// # Errors
/// The database's.
pub fn extend_membership(tx: &mut Tx, chart: &Chart, at: Timestamp) -> Result<()> {
    let (now, lapses_at) = (tx.now(), rules::lapses_at(at));
    // Whole days are enough, and spare most signatures a write.
    if chart.lapses_at().is_none_or(|present| present >= lapses_at.plus_seconds(-DAY)) {
        return Ok(());
    }
    query::extend(tx.conn(), chart, now, lapses_at)
}

/// Takes back what a note that turned out wrong gave to its author's active membership: it lasts as long as their last note
/// that stands, their visit or their joining lets it.
///
/// # Errors
/// The database's.
pub fn shorten_membership(tx: &mut Tx, chart: &Chart, author: StaffId, last_note: Option<Timestamp>) -> Result<()> {
    let now = tx.now();
    let Some(member) = query::active_member(tx.conn(), chart, author, now)? else { return Ok(()) };
    let lapses_at = rules::lapses_by(member.joined_at, member.visit_date, last_note);
    if lapses_at >= member.lapses_at {
        return Ok(());
    }
    query::shorten(tx.conn(), chart, member.id, lapses_at)?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}
