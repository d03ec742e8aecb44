//! What is done with decision-makers.

use super::query::{self, Age};
use super::{ChangedDecisionMaker, DecisionMaker, DecisionMakerView, rules};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart};
use crate::clock::{Date, Timestamp};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{DecisionMakerId, PatientId};
use crate::policy::Action;

/// Every decision-maker of the patient of an open chart, newest first.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx, chart: &Chart) -> Result<Vec<DecisionMakerView>> {
    query::list(tx.conn(), chart, None, i64::MAX)
}

/// The decision-makers of a patient after a position, newest first.
///
/// # Errors
/// A refusal.
pub fn list(
    tx: &mut Tx,
    patient: PatientId,
    after: Option<DecisionMakerId>,
    limit: i64,
) -> Result<Vec<DecisionMakerView>> {
    let chart = chart::open(tx, patient)?;
    query::list(tx.conn(), &chart, after, limit)
}

/// One decision-maker.
///
/// # Errors
/// A refusal, or 404.
pub fn read(tx: &mut Tx, id: DecisionMakerId) -> Result<DecisionMakerView> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    let chart = chart::open(tx, patient)?;
    told(tx, &chart, id)
}

/// Records a decision-maker.
///
/// # Errors
/// A refusal; [`crate::error::Code::Invalid`]; [`crate::error::Code::KeyReused`].
pub fn add(tx: &mut Tx, retry: &Retry, patient: PatientId, new: &DecisionMaker) -> Result<DecisionMakerView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        rules::check(new)?;
        let (id, now) = (tx.fresh_id(), tx.now());
        query::insert(tx.conn(), &chart, id, new, now)?;
        Ok((id, told(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| told(tx, &chart, id))
}

/// Changes what is recorded of a decision-maker.
///
/// # Errors
/// A refusal; [`crate::error::Code::StaleVersion`]; [`crate::error::Code::Invalid`].
pub fn change(
    tx: &mut Tx,
    id: DecisionMakerId,
    version: i32,
    changed: &ChangedDecisionMaker,
) -> Result<DecisionMakerView> {
    let actor = tx.actor()?;
    let patient = query::locate(tx.conn(), &actor, id)?.ok_or_else(Error::not_found)?;
    let chart = chart::open(tx, patient)?;
    let current = query::one(tx.conn(), &chart, id)?.ok_or_else(Error::not_found)?;
    if current.version != version {
        return Err(chart::stale(tx, &chart, Action::ListDecisionMakers, &current));
    }
    let changed = changed.of(current.is);
    rules::check(&changed)?;
    query::update(tx.conn(), &chart, id, &changed)?;
    told(tx, &chart, id)
}

fn told(tx: &mut Tx, chart: &Chart, id: DecisionMakerId) -> Result<DecisionMakerView> {
    let maker = query::one(tx.conn(), chart, id)?.ok_or_else(Error::not_found)?;
    tx.names(Object { kind: ObjectKind::DecisionMaker, id: id.retype(), version: Some(maker.version) });
    Ok(maker)
}

/// Whether somebody is a decision-maker of the patient, whatever they may decide today.
///
/// # Errors
/// The database's.
pub fn is_decision_maker(tx: &mut Tx, chart: &Chart, id: DecisionMakerId) -> Result<bool> {
    Ok(query::one(tx.conn(), chart, id)?.is_some())
}

/// The name of a decision-maker of the patient who might consent to treatment at a moment; none if there is no such.
///
/// # Errors
/// The database's.
pub fn may_consent(tx: &mut Tx, chart: &Chart, id: DecisionMakerId, at: Timestamp) -> Result<Option<String>> {
    let Some(maker) = query::one(tx.conn(), chart, id)? else { return Ok(None) };
    let Age { time_zone, .. } = query::age(tx.conn(), chart)?;
    let may = rules::may_consent(&maker.is, Date::on(at, &time_zone));
    Ok(may.then(|| maker.is.name.as_str().to_owned()))
}

/// The name of a decision-maker of the patient, and whether they may be given records today; none if there is no such.
///
/// # Errors
/// The database's.
pub fn receives_records(tx: &mut Tx, chart: &Chart, id: DecisionMakerId) -> Result<Option<(String, bool)>> {
    let Some(maker) = query::one(tx.conn(), chart, id)? else { return Ok(None) };
    let Age { time_zone, .. } = query::age(tx.conn(), chart)?;
    let may = rules::may_receive_records(&maker.is, Date::on(tx.now(), &time_zone));
    Ok(Some((maker.is.name.as_str().to_owned(), may)))
}

/// Whether the patient is a minor at a moment, by the age of majority of the practice.
///
/// # Errors
/// The database's.
pub fn is_minor(tx: &mut Tx, chart: &Chart, at: Timestamp) -> Result<bool> {
    let Age { born, time_zone, of_majority } = query::age(tx.conn(), chart)?;
    let age = u32::try_from(of_majority).map_err(Error::internal)?;
    Ok(rules::is_minor(born, Date::on(at, &time_zone), age))
}
