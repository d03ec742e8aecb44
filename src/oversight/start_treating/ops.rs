//! Who started treating without a note, and the review of it.

use super::query::{self, Membership, Sought};
use super::{NOTE_WITHIN_WORKING_DAYS, Position, StartedWithoutNote};
use crate::access::ops::{self as access, Review, ReviewView, Reviewed};
use crate::audit::{Object, ObjectKind};
use crate::calendar::Calendar;
use crate::chart;
use crate::clock::Timestamp;
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{MembershipId, PatientId, StaffId};
use crate::patients::ops::{JoinedBy, RecordNumber};
use crate::policy::{Action, Permit};

/// Memberships looked at in one statement.
const LOOKED_AT: usize = 500;

/// Those who signed no note in time, newest first: up to `limit` after a position, and one more if there are more.
///
/// # Errors
/// The refusal's code.
pub fn started_without_note(
    tx: &mut Tx,
    reviewed: Option<Reviewed>,
    mut after: Option<Position>,
    limit: i64,
) -> Result<Vec<StartedWithoutNote>> {
    let permit = tx.permit(false)?;
    let hidden = chart::hidden_patients(tx)?.all();
    let (practice, calendar, now) = (tx.actor()?.practice, tx.calendar()?, tx.now());
    let reviewed = reviewed.map(|reviewed| reviewed == Reviewed::Yes);
    let answered = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut late: Vec<StartedWithoutNote> = Vec::new();
    // How many working days a stretch of time has is not for SQL to say.
    while late.len() <= answered {
        let sought = Sought { reviewed, hidden: &hidden, after, most: LOOKED_AT, ..Sought::that(BEGAN.into()) };
        let started = query::started(tx.conn(), permit, practice, &sought)?;
        let Some(last) = started.last() else { break };
        after = Some(Position(last.started_at, last.id));
        late.extend(started.into_iter().filter_map(|one| overdue(one, &calendar, now)));
    }
    late.truncate(answered.saturating_add(1));
    for one in &mut late {
        says_whether_anybody_reviews(tx, permit, one)?;
    }
    tx.discloses(late.iter().take(answered).map(|one| one.patient_id));
    Ok(late)
}

/// One of them, and whether whoever reads it may review it.
///
/// # Errors
/// A refusal; 404 for what the list would not show either.
pub(super) fn started(tx: &mut Tx, id: MembershipId) -> Result<(StartedWithoutNote, bool)> {
    let (actor, found) = (tx.actor()?, locate(tx, id)?);
    let permit = tx.permit_on(object(id), found.is_some(), false)?;
    let (patient, staff) = found.ok_or_else(Error::not_found)?;
    let started = one(tx, permit, id)?;
    tx.discloses([patient]);
    let oneself = staff == actor.staff;
    let may_review = started.review.is_none() && tx.would_permit(Action::ReviewStartedTreating, oneself);
    Ok((started, may_review))
}

/// Reviews that a colleague started treating and signed no note in time.
///
/// # Errors
/// A refusal, of one's own too; 404 for what the list would not show either; [`crate::error::Code::WrongState`] if it was
/// reviewed.
pub(super) fn review(tx: &mut Tx, retry: &Retry, id: MembershipId, review: &Review) -> Result<StartedWithoutNote> {
    let (actor, found) = (tx.actor()?, locate(tx, id)?);
    let oneself = found.is_some_and(|(_, staff)| staff == actor.staff);
    let permit = tx.permit_on(object(id), found.is_some(), oneself)?;
    let (patient, _) = found.ok_or_else(Error::not_found)?;
    tx.discloses([patient]);
    let first = |tx: &mut Tx| {
        if one(tx, permit, id)?.review.is_some() {
            return Err(Error::wrong_state("This was reviewed", Vec::new()));
        }
        let now = tx.now();
        let judged = (review.verdict.into(), review.reason.as_str());
        query::review(tx.conn(), permit, &actor, (id, patient), judged, now)?;
        tx.explains(review.reason.as_str());
        Ok((id, one(tx, permit, id)?))
    };
    tx.once(retry, first, |tx, id| one(tx, permit, id))
}

/// Whom somebody started treating of their own accord, and who it is; none for records that are hidden from whoever asks.
fn locate(tx: &mut Tx, id: MembershipId) -> Result<Option<(PatientId, StaffId)>> {
    let actor = tx.actor()?;
    let hidden = chart::hidden_patients(tx)?.all();
    let found = query::locate(tx.conn(), actor.practice, BEGAN.into(), id)?;
    Ok(found.filter(|(patient, _)| !hidden.contains(patient)))
}

fn one(tx: &mut Tx, permit: Permit, id: MembershipId) -> Result<StartedWithoutNote> {
    let (practice, calendar, now) = (tx.actor()?.practice, tx.calendar()?, tx.now());
    let sought = Sought { only: Some(id), ..Sought::that(BEGAN.into()) };
    let found = query::started(tx.conn(), permit, practice, &sought)?.pop();
    let mut one = found.and_then(|one| overdue(one, &calendar, now)).ok_or_else(Error::not_found)?;
    says_whether_anybody_reviews(tx, permit, &mut one)?;
    Ok(one)
}

/// How those memberships began that it is about.
const BEGAN: JoinedBy = JoinedBy::StartTreating;

/// A practice of one reviewer is told so, instead of waiting for another.
fn says_whether_anybody_reviews(tx: &mut Tx, permit: Permit, one: &mut StartedWithoutNote) -> Result<()> {
    if one.review.is_none() {
        one.nobody_else_reviews = !access::somebody_else_reviews(tx, permit, one.patient_id, one.staff_id)?;
    }
    Ok(())
}

/// What is asked about it, if no note was signed in time.
fn overdue(started: Membership, calendar: &Calendar, now: Timestamp) -> Option<StartedWithoutNote> {
    let note_due = calendar.plus_days(started.started_at, NOTE_WITHIN_WORKING_DAYS);
    let in_time = started.signed_at.is_some_and(|signed_at| signed_at <= note_due);
    let review = match started.review {
        (Some(verdict), Some(reason), Some(reviewed_by), Some(reviewed_at)) => {
            verdict.parse().ok().map(|verdict| ReviewView { verdict, reason, reviewed_by, reviewed_at })
        }
        _ => None,
    };
    let (number, given_name, family_name) = started.patient;
    (now > note_due && !in_time).then(|| StartedWithoutNote {
        id: started.id,
        patient_id: started.patient_id,
        record_number: RecordNumber(number),
        patient: format!("{given_name} {family_name}"),
        staff_id: started.staff_id,
        name: started.name,
        reason: started.reason.unwrap_or_default(),
        started_at: started.started_at,
        note_due,
        signed_at: started.signed_at,
        review,
        nobody_else_reviews: false,
    })
}

const fn object(id: MembershipId) -> Object {
    Object { kind: ObjectKind::CareTeam, id: id.retype(), version: None }
}
