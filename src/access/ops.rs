//! What is done to emergency and audit accesses.

use super::query::{self, Listed, Opening};
use super::{EmergencyReason, Review, rules};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Log, Object, ObjectKind};
use crate::auth::ops::{Again, Judged};
use crate::chart::{self, Chart, Pass};
use crate::clock::Timestamp;
use crate::db::{Conn, Retry, Tx, bump_patient};
use crate::error::{Error, Result};
use crate::ids::{AccessId, PatientId};
use crate::policy::{Action, Permit};

pub use super::{AccessView, Reviewed};

/// Ends written down in one transaction.
const CHUNK: i64 = 50;

/// Breaks the glass, for whoever proved once more who they are.
///
/// # Errors
/// A refusal; [`crate::error::Code::KeyReused`]; inside, [`crate::error::Code::SignInFailed`] and [`crate::error::Code::SecondFactorNeeded`], which are recorded.
pub fn break_glass(
    tx: &mut Tx,
    retry: &Retry,
    patient: PatientId,
    again: &Again,
    reason_code: EmergencyReason,
    reason: &str,
) -> Result<Judged<AccessView>> {
    let chart = chart::open(tx, patient)?;
    if let Some(id) = tx.done_before(retry)? {
        // The same words came with the same password, so a code that was good for once is not asked for again.
        again.attempt.take_back(tx)?;
        return one(tx, chart.permit(), id).map(Ok);
    }
    if let Err(code) = again.attempt.confirm(tx, &again.gate, &again.proof, chart.permit())? {
        return Ok(Err(code));
    }
    let (id, access) = open(tx, &chart, rules::pass(reason_code), reason_code.into(), reason)?;
    let now = tx.now();
    let mut to = query::reviewers(tx.conn(), chart.permit(), chart.practice(), patient, chart.actor().staff, now)?;
    if to.is_empty() {
        to = alerts::managers(tx, chart.practice())?;
    }
    let alert = Alert::new(AlertKind::EmergencyAccess, object(id), to).about(patient);
    let due = rules::review_due(&tx.calendar()?, tx.now());
    alerts::raise(tx, alert.due(due))?;
    tx.remember(retry, id)?;
    Ok(Ok(access))
}

/// Opens a record to a reviewer.
///
/// # Errors
/// A refusal; [`crate::error::Code::KeyReused`].
pub fn open_for_audit(tx: &mut Tx, retry: &Retry, patient: PatientId, reason: &str) -> Result<AccessView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| open(tx, &chart, Pass::Audit, "audit", reason);
    tx.once(retry, first, |tx, id| one(tx, chart.permit(), id))
}

fn open(
    tx: &mut Tx,
    chart: &Chart,
    pass: Pass,
    reason_code: &'static str,
    reason: &str,
) -> Result<(AccessId, AccessView)> {
    let opening = Opening { id: tx.fresh_id(), pass, reason_code, reason, at: tx.now() };
    query::insert(tx.conn(), chart, &opening)?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())?;
    tx.explains(reason);
    Ok((opening.id, one(tx, chart.permit(), opening.id)?))
}

/// Gives an access up before its time.
///
/// # Errors
/// 404 for what is not one's own; [`crate::error::Code::WrongState`] if it is over.
pub fn give_up(tx: &mut Tx, id: AccessId) -> Result<()> {
    let actor = tx.actor()?;
    let own = query::locate(tx.conn(), &actor, id)?.filter(|(_, staff, _)| *staff == actor.staff);
    let permit = tx.permit_on(object(id), own.is_some(), false)?;
    let (patient, ..) = own.ok_or_else(Error::not_found)?;
    tx.discloses([patient]);
    let now = tx.now();
    if one(tx, permit, id)?.ends_at <= now || !query::end(tx.conn(), actor.practice, id, now)? {
        return Err(Error::wrong_state("This access is over", Vec::new()));
    }
    bump_patient(tx.conn(), actor.practice, patient)
}

/// Emergency accesses with their reviews, newest first: up to `limit`, and one more if there are more.
///
/// # Errors
/// A refusal.
pub fn emergencies(
    tx: &mut Tx,
    reviewed: Option<Reviewed>,
    after: Option<AccessId>,
    limit: i64,
) -> Result<Vec<AccessView>> {
    let permit = tx.permit(false)?;
    let hidden = chart::hidden_patients(tx)?.all();
    let practice = tx.actor()?.practice;
    let calendar = tx.calendar()?;
    let listed = Listed { reviewed, hidden, after, limit: limit + 1 };
    let mut accesses = query::emergencies(tx.conn(), permit, &calendar, practice, listed)?;
    for access in &mut accesses {
        says_whether_anybody_reviews(tx, permit, access)?;
    }
    tx.discloses_page(&accesses, limit, |access| access.patient_id);
    Ok(accesses)
}

/// One emergency access, and whether whoever reads it may review it.
///
/// # Errors
/// A refusal; 404 for what the list would not show either.
pub fn emergency(tx: &mut Tx, id: AccessId) -> Result<(AccessView, bool)> {
    let actor = tx.actor()?;
    let hidden = chart::hidden_patients(tx)?.all();
    let found = query::locate(tx.conn(), &actor, id)?;
    let found = found.filter(|(patient, _, pass)| *pass != Pass::Audit && !hidden.contains(patient));
    let permit = tx.permit_on(object(id), found.is_some(), false)?;
    let (patient, staff, _) = found.ok_or_else(Error::not_found)?;
    tx.discloses([patient]);
    let access = one(tx, permit, id)?;
    let may_review = access.review.is_none() && tx.would_permit(Action::ReviewEmergencyAccess, staff == actor.staff);
    Ok((access, may_review))
}

/// Reviews a colleague's emergency access.
///
/// # Errors
/// A refusal, of one's own too; 404; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`] if it was reviewed.
pub fn review(tx: &mut Tx, retry: &Retry, id: AccessId, version: i32, review: &Review) -> Result<AccessView> {
    let actor = tx.actor()?;
    let hidden = chart::hidden_patients(tx)?.all();
    let found = query::locate(tx.conn(), &actor, id)?;
    let found = found.filter(|(patient, _, pass)| *pass != Pass::Audit && !hidden.contains(patient));
    let oneself = found.is_some_and(|(_, staff, _)| staff == actor.staff);
    let permit = tx.permit_on(object(id), found.is_some(), oneself)?;
    let (patient, ..) = found.ok_or_else(Error::not_found)?;
    tx.discloses([patient]);
    let first = |tx: &mut Tx| {
        let access = one(tx, permit, id)?;
        if access.version != version {
            return Err(tx.stale_at_desk(Action::ListEmergencyAccesses, &access));
        }
        if access.review.is_some() {
            return Err(Error::wrong_state("This access was reviewed", Vec::new()));
        }
        let now = tx.now();
        query::review(tx.conn(), permit, &actor, id, review, now)?;
        tx.explains(review.reason.as_str());
        Ok((id, one(tx, permit, id)?))
    };
    tx.once(retry, first, |tx, id| one(tx, permit, id))
}

/// Whether any access has run out whose end is not written down.
///
/// # Errors
/// The database's.
pub fn any_ran_out(conn: &mut Conn, now: Timestamp) -> Result<bool> {
    Ok(!query::run_out(conn, now, 1)?.is_empty())
}

/// Writes down which accesses have run out, each as an event of its own; says whether there may be more.
///
/// # Errors
/// The database's.
pub fn end_what_ran_out(tx: &mut Tx) -> Result<bool> {
    let now = tx.now();
    let over = query::run_out(tx.conn(), now, CHUNK)?;
    for access in &over {
        tx.record_own(Log::Practice(access.practice), "ran_out");
        tx.names(object(access.id));
        tx.discloses([access.patient]);
        query::end(tx.conn(), access.practice, access.id, access.ends_at)?;
    }
    Ok(i64::try_from(over.len()).is_ok_and(|count| count == CHUNK))
}

fn one(tx: &mut Tx, permit: Permit, id: AccessId) -> Result<AccessView> {
    let practice = tx.actor()?.practice;
    let calendar = tx.calendar()?;
    let mut access = query::one(tx.conn(), permit, &calendar, practice, id)?.ok_or_else(Error::not_found)?;
    says_whether_anybody_reviews(tx, permit, &mut access)?;
    tx.names(Object { version: Some(access.version), ..object(id) });
    Ok(access)
}

/// A practice of one reviewer is told so, instead of waiting for another.
fn says_whether_anybody_reviews(tx: &mut Tx, permit: Permit, access: &mut AccessView) -> Result<()> {
    if access.kind == Pass::Audit || access.review.is_some() {
        return Ok(());
    }
    let (practice, now) = (tx.actor()?.practice, tx.now());
    let others = query::reviewers(tx.conn(), permit, practice, access.patient_id, access.staff_id, now)?;
    access.nobody_else_reviews = others.is_empty();
    Ok(())
}

const fn object(id: AccessId) -> Object {
    Object { kind: ObjectKind::Access, id: id.retype(), version: None }
}
