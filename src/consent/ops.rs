//! What is done to consent directives.

use std::collections::BTreeSet;

use super::query::Unfinished;
use super::{NewDirective, query, rules};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Bars, Chart, Covered, Covers};
use crate::db::{Retry, Tx, bump_patient, bump_staff};
use crate::error::{Error, Result};
use crate::ids::{DirectiveId, PatientId, StaffId};

pub use super::DirectiveView;

/// Every directive on the record of an open chart, newest first.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx, chart: &Chart) -> Result<Vec<DirectiveView>> {
    query::all(tx.conn(), chart)
}

/// Every directive on a record, newest first, those that are over or revoked too.
///
/// # Errors
/// A refusal.
pub fn list(tx: &mut Tx, patient: PatientId) -> Result<Vec<DirectiveView>> {
    let chart = chart::open(tx, patient)?;
    query::all(tx.conn(), &chart)
}

/// Records what a patient decided. It binds from the very next reading.
///
/// # Errors
/// A refusal; [`crate::error::Code::Invalid`] for what is not in this record or not on the staff, or does not fit
/// together; [`crate::error::Code::KeyReused`].
pub fn set(tx: &mut Tx, retry: &Retry, patient: PatientId, new: &NewDirective) -> Result<DirectiveView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        let from = rules::check(new, tx.now())?;
        check_is_here(tx, &chart, new)?;
        let id = tx.fresh_id();
        let now = tx.now();
        query::insert(tx.conn(), &chart, id, new, from, now)?;
        if let Some(reason) = &new.reason {
            tx.explains(reason.as_str());
        }
        let directive = one(tx, &chart, id)?;
        takes_effect(tx, &chart, &directive)?;
        let to = alerts::privacy_officers(tx, chart.practice())?;
        let object = Object { kind: ObjectKind::Directive, id: id.retype(), version: Some(1) };
        alerts::raise(tx, Alert::new(AlertKind::DirectiveSet, object, to).about(patient))?;
        asks_for_others(tx, &chart, &directive)?;
        Ok((id, directive))
    };
    tx.once(retry, first, |tx, id| one(tx, &chart, id))
}

/// Asks the managers for somebody else in the place of whoever has to act on a referral and may not see it any more, and of
/// a supervisor whose signature is waited for.
fn asks_for_others(tx: &mut Tx, chart: &Chart, directive: &DirectiveView) -> Result<()> {
    let managers = alerts::managers(tx, chart.practice())?;
    for referral in query::unfinished_referrals(tx.conn(), chart)? {
        if !is_stuck(tx, chart, directive, &referral)? {
            continue;
        }
        let object = Object { kind: ObjectKind::Referral, id: referral.id.retype(), version: None };
        let alert = Alert::new(AlertKind::ReferralToReassign, object, managers.clone()).about(chart.patient());
        alerts::raise(tx, Alert { number: Some(referral.number), ..alert })?;
    }
    let mut left_alone = BTreeSet::new();
    for waiting in query::waiting_for_supervisors(tx.conn(), chart)? {
        if bars(tx, chart, directive, waiting.covered(), waiting.supervisor)? {
            left_alone.insert(waiting.signed_by);
        }
    }
    for author in left_alone {
        let object = Object { kind: ObjectKind::Staff, id: author.retype(), version: None };
        let alert = Alert::new(AlertKind::CosignToReassign, object, managers.clone());
        alerts::raise(tx, alert.about(chart.patient()))?;
    }
    Ok(())
}

/// Whether a directive leaves nobody who can act on a referral as it stands.
fn is_stuck(tx: &mut Tx, chart: &Chart, directive: &DirectiveView, referral: &Unfinished) -> Result<bool> {
    if rules::bars_pool(directive, referral.in_pool, referral.episode) {
        return Ok(true);
    }
    let covered = Covered::episode(referral.episode, referral.author);
    for staff in referral.acting() {
        if bars(tx, chart, directive, covered, staff)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn bars(tx: &mut Tx, chart: &Chart, directive: &DirectiveView, covered: Covered, staff: StaffId) -> Result<bool> {
    chart::directive_bars(tx, chart, (directive.id, directive.from), covered, staff)
}

/// Revokes a directive, as the patient wishes.
///
/// # Errors
/// A refusal; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`] if it is revoked already.
pub fn revoke(tx: &mut Tx, retry: &Retry, id: DirectiveId, version: i32) -> Result<DirectiveView> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        let directive = one(tx, &chart, id)?;
        if directive.version != version {
            return Err(tx.stale(crate::policy::Action::ListDirectives, chart.grant(), &directive));
        }
        if directive.revoked_at.is_some() {
            return Err(Error::wrong_state("This directive is revoked", Vec::new()));
        }
        let now = tx.now();
        query::revoke(tx.conn(), &chart, id, now)?;
        takes_effect(tx, &chart, &directive)?;
        Ok((id, one(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| one(tx, &chart, id))
}

fn check_is_here(tx: &mut Tx, chart: &Chart, new: &NewDirective) -> Result<()> {
    let covered = match (new.covers, new.covered_id) {
        (Covers::Note, Some(id)) => query::has_note(tx.conn(), chart, id.retype())?,
        (Covers::Episode, Some(id)) => query::has_episode(tx.conn(), chart, id.retype())?,
        _ => true,
    };
    if !covered {
        return Err(Error::field("/covered_id", "is not in this record"));
    }
    let staff = match new.staff_id {
        Some(id) => query::is_staff(tx.conn(), chart, id)?,
        None => true,
    };
    if staff { Ok(()) } else { Err(Error::field("/staff_id", "is not on the staff of this practice")) }
}

/// No reading that began before is released; lists that leave the patient out rest on who reads them.
fn takes_effect(tx: &mut Tx, chart: &Chart, directive: &DirectiveView) -> Result<()> {
    if let (Bars::Person, Some(staff)) = (directive.bars, directive.staff_id) {
        bump_staff(tx.conn(), chart.practice(), staff)?;
    }
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}

fn one(tx: &mut Tx, chart: &Chart, id: DirectiveId) -> Result<DirectiveView> {
    let directive = query::one(tx.conn(), chart, id)?.ok_or_else(Error::not_found)?;
    tx.names(Object { kind: ObjectKind::Directive, id: id.retype(), version: Some(directive.version) });
    Ok(directive)
}
