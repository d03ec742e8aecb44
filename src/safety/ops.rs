//! What is done with safety items.

use super::query::{self, Position, Raised};
use super::rules::{self, MAX_OPEN};
use super::{NewSafetyItem, Resolve};
use crate::actor::{Actor, Discipline};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::catalogue::Catalogue;
use crate::chart::{self, Chart};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{PatientId, SafetyItemId};
use crate::policy::{Action, Ground};

pub use super::health_history::HealthHistoryVersion;
pub use super::signing::ops::{clear, clear_request, of_notes};
pub use super::signing::{GivenOverride, OverrideView, Treated, Visit};
pub use super::{SafetyItemView, SafetyKind, SafetyShown, WithSafety};

pub use super::health_history::ops::whole_record as health_history;

/// Every safety item of the record of an open chart, open ones first, newest first, for whoever may hand it out; consent directives are
/// not heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<SafetyItemView>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    query::items(tx.conn(), chart, true, None, i64::MAX)
}

/// The safety items of a patient after a position, open ones first, newest first; with those resolved if `resolved`.
///
/// # Errors
/// A refusal.
pub fn list(
    tx: &mut Tx,
    patient: PatientId,
    resolved: bool,
    after: Option<Position>,
    limit: i64,
) -> Result<Vec<SafetyItemView>> {
    let chart = chart::open(tx, patient)?;
    query::items(tx.conn(), &chart, resolved, after, limit)
}

/// Every safety item of the record, open or not, if whoever opened the chart may read them.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart) -> Result<Vec<SafetyItemView>> {
    if chart::ask_of_patient(chart, Action::ListSafetyItems).is_err() {
        return Ok(Vec::new());
    }
    query::items(tx.conn(), chart, true, None, i64::MAX)
}

/// The open items of a record, newest first, for whatever shows them beside it; the chart's policy must allow
/// [`Action::ListSafetyItems`].
///
/// # Errors
/// The database's.
pub fn open_items(tx: &mut Tx, chart: &Chart) -> Result<Vec<SafetyItemView>> {
    query::items(tx.conn(), chart, false, None, i64::try_from(MAX_OPEN).unwrap_or(i64::MAX))
}

/// What was read of an open chart, with the safety items that whoever opened it is shown beside it.
///
/// # Errors
/// The database's.
pub fn beside<T>(tx: &mut Tx, chart: &Chart, read: T) -> Result<WithSafety<T>> {
    Ok(WithSafety { read, safety: shown_with(tx, chart)? })
}

/// What of the safety items is shown with a reading of the chart, to whoever opened it.
///
/// # Errors
/// The database's.
pub fn shown_with(tx: &mut Tx, chart: &Chart) -> Result<SafetyShown> {
    // Reviewers who were let in read the list itself, so that the event of it says so.
    let reads = chart::ask_of_patient(chart, Action::ListSafetyItems);
    if reads.is_ok_and(|grant| grant.ground != Ground::AuditAccess) {
        return Ok(SafetyShown { safety_items: Some(open_items(tx, chart)?), safety_flag: None });
    }
    if chart::ask_of_patient(chart, Action::ReadSafetyFlag).is_ok() {
        let flag = query::count_open(tx.conn(), chart)? > 0;
        return Ok(SafetyShown { safety_items: None, safety_flag: Some(flag) });
    }
    Ok(SafetyShown::default())
}

/// Raises a safety item, which is in force at once, and resolves the one that it takes the place of.
///
/// # Errors
/// A refusal; [`Code::Invalid`] for what the catalogue does not know, or if the record holds [`MAX_OPEN`] open items;
/// [`Code::AbsoluteItem`], [`Code::WrongState`] for the one replaced; [`Code::KeyReused`].
pub fn raise(
    tx: &mut Tx,
    retry: &Retry,
    catalogue: &Catalogue,
    patient: PatientId,
    new: &NewSafetyItem,
) -> Result<SafetyItemView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        let discipline = rules::raised_in(&practised(chart.actor()), new.discipline)?;
        let (severity, bars) = rules::barred_by(new, catalogue)?;
        if let Some(former) = new.replaces {
            let former = query::item(tx.conn(), &chart, former)?
                .ok_or_else(|| Error::field("/replaces", "is no safety item of this patient"))?;
            end(tx, &chart, &former, "replaced")?;
            let grant = chart::ask_of_patient(&chart, Action::ResolveSafetyItem)?;
            let version = Some(former.version + 1);
            let object = Object { kind: ObjectKind::SafetyItem, id: former.id.retype(), version };
            chart::done_also(tx, &chart, Action::ResolveSafetyItem, grant, object);
        }
        if usize::try_from(query::count_open(tx.conn(), &chart)?).is_ok_and(|open| open >= MAX_OPEN) {
            return Err(Error::field(
                "",
                format!("The record holds {MAX_OPEN} open items; resolve some that are over"),
            ));
        }
        let raised = Raised {
            id: tx.fresh_id(),
            kind: new.kind,
            what: new.what.as_str(),
            severity,
            contraindication: new.contraindication.as_ref().map(crate::words::Trimmed::as_str),
            bars,
            replaces: new.replaces,
            discipline,
            at: tx.now(),
        };
        let id = raised.id;
        query::raise(tx.conn(), &chart, raised)?;
        if new.kind == SafetyKind::RedFlag {
            let mut team = alerts::care_team(tx, chart.practice(), patient)?;
            team.extend(alerts::referral_parties(tx, chart.practice(), patient)?);
            let object = Object { kind: ObjectKind::SafetyItem, id: id.retype(), version: Some(1) };
            alerts::raise(tx, Alert::new(AlertKind::RedFlag, object, team).about(patient))?;
        }
        Ok((id, told(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| told(tx, &chart, id))
}

/// Resolves a safety item: it no longer holds, and stays in the record. Who raised it learns of it from here.
///
/// # Errors
/// A refusal; [`Code::StaleVersion`]; [`Code::AbsoluteItem`]; [`Code::WrongState`] if it is resolved already;
/// [`Code::KeyReused`].
pub fn resolve(
    tx: &mut Tx,
    retry: &Retry,
    id: SafetyItemId,
    version: i32,
    resolve: &Resolve,
) -> Result<SafetyItemView> {
    let chart = open_at(tx, id)?;
    let first = |tx: &mut Tx| {
        let item = query::item(tx.conn(), &chart, id)?.ok_or_else(Error::not_found)?;
        if item.version != version {
            return Err(chart::stale(tx, &chart, Action::ListSafetyItems, &item));
        }
        end(tx, &chart, &item, resolve.reason.as_str())?;
        tx.explains(resolve.reason.as_str());
        Ok((id, told(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| told(tx, &chart, id))
}

fn open_at(tx: &mut Tx, id: SafetyItemId) -> Result<Chart> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    chart::open(tx, patient)
}

fn end(tx: &mut Tx, chart: &Chart, item: &SafetyItemView, why: &str) -> Result<()> {
    rules::may_resolve(item.severity, item.raised_in, &practised(chart.actor()))?;
    if item.resolved.is_some() {
        return Err(Error::wrong_state("This safety item is resolved already", Vec::new()));
    }
    let now = tx.now();
    query::resolve(tx.conn(), chart, item.id, why, now)
}

fn told(tx: &mut Tx, chart: &Chart, id: SafetyItemId) -> Result<SafetyItemView> {
    let item = query::item(tx.conn(), chart, id)?.ok_or_else(Error::not_found)?;
    tx.names(Object { kind: ObjectKind::SafetyItem, id: id.retype(), version: Some(item.version) });
    Ok(item)
}

fn practised(actor: &Actor) -> Vec<Discipline> {
    actor.roles.disciplines().collect()
}
