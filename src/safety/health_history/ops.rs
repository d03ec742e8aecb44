//! What is done with health histories.

use super::{HealthHistory, HealthHistoryVersion, HealthHistoryView, query};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart};
use crate::clock::Date;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::PatientId;
use crate::policy::Action;

/// Years after which a health history is to be confirmed again.
pub const CONFIRMED_EVERY_YEARS: u32 = 1;

/// Every version of the health history of an open chart, the first one first, for whoever may hand it out; consent directives are
/// not heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<HealthHistoryVersion>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let mut versions = query::versions(tx.conn(), chart, None, i64::MAX)?;
    versions.reverse();
    Ok(versions)
}

/// The health history as it stands, and whether it is due.
///
/// # Errors
/// A refusal.
pub fn read(tx: &mut Tx, patient: PatientId) -> Result<HealthHistoryView> {
    let chart = chart::open(tx, patient)?;
    view(tx, &chart)
}

/// The versions before a number, newest first.
///
/// # Errors
/// A refusal.
pub fn versions(tx: &mut Tx, patient: PatientId, before: Option<i32>, limit: i64) -> Result<Vec<HealthHistoryVersion>> {
    let chart = chart::open(tx, patient)?;
    query::versions(tx.conn(), &chart, before, limit)
}

/// Records the health history anew, or confirms it by the same words, over the version that was read.
///
/// # Errors
/// A refusal; [`crate::error::Code::StaleVersion`].
pub fn save(tx: &mut Tx, patient: PatientId, version: i32, words: &HealthHistory) -> Result<HealthHistoryView> {
    let chart = chart::open(tx, patient)?;
    let current = view(tx, &chart)?;
    if current.version != version {
        return Err(chart::stale(tx, &chart, Action::ReadHealthHistory, &current));
    }
    let now = tx.now();
    query::add(tx.conn(), &chart, version + 1, words, now)?;
    tx.names(Object { kind: ObjectKind::HealthHistory, id: patient.retype(), version: Some(version + 1) });
    view(tx, &chart)
}

fn view(tx: &mut Tx, chart: &Chart) -> Result<HealthHistoryView> {
    let current = query::versions(tx.conn(), chart, None, 1)?.pop();
    let zone = query::time_zone(tx.conn(), chart)?;
    let due_on =
        current.as_ref().map(|current| Date::on(current.confirmed_at, &zone).plus_years(CONFIRMED_EVERY_YEARS));
    Ok(HealthHistoryView {
        version: current.as_ref().map_or(0, |current| current.version),
        current,
        due_on,
        due: due_on.is_none_or(|due_on| Date::on(tx.now(), &zone) >= due_on),
    })
}
