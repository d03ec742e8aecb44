//! Clearing a note for its signature.

use super::rules::{self, Barring};
use super::{GivenOverride, OverrideView, Visit, query};
use crate::actor::Discipline;
use crate::catalogue::Catalogue;
use crate::chart::Chart;
use crate::db::Tx;
use crate::error::{Barred, Code, Error, Result};
use crate::ids::NoteId;
use crate::safety::query as items;

/// Clears a visit for its signature by the reasons that are on file or given now; those given now are recorded.
///
/// # Errors
/// [`Code::OverrideNeeded`] with the items that still ask, and what each bars; [`Code::Invalid`] for a reason to override
/// what bars nothing here.
pub fn clear(tx: &mut Tx, chart: &Chart, catalogue: &Catalogue, visit: &Visit, given: &[GivenOverride]) -> Result<()> {
    if visit.treatment.is_empty() && given.is_empty() {
        return Ok(());
    }
    let items = items::open_or_open_at(tx.conn(), chart, visit.service_at)?;
    let barring = rules::barring(&items, visit, catalogue.regions());
    rules::check_given(&barring, given)?;
    if barring.is_empty() {
        return Ok(());
    }
    let on_file = query::on_file(tx.conn(), chart, barring.iter().map(|barring| barring.item.id).collect(), visit)?;
    rules::check_new(&on_file, visit, given)?;
    let needed = rules::needed(&barring, &on_file, visit, given);
    if !needed.is_empty() {
        let barred = needed.into_iter().flat_map(|barring| told(barring, visit)).collect();
        return Err(Error { barred, ..Error::of(Code::OverrideNeeded) });
    }
    let now = tx.now();
    given.iter().try_for_each(|given| query::insert(tx.conn(), chart, visit, given, now))
}

fn told<'t>(Barring { item, rows }: &'t Barring, visit: &'t Visit) -> impl Iterator<Item = Barred> + 't {
    rows.iter().map(|row| Barred {
        safety_item_id: item.id,
        severity: item.severity.into(),
        technique: visit.treatment[*row].technique.to_owned(),
        pointer: format!("/body/treatment/{row}/technique"),
    })
}

/// Clears a request for treatment in a discipline, or by techniques, that is about to be accepted: the reasons given for what
/// is barred all the same, as they are to be written down.
///
/// # Errors
/// [`Code::OverrideNeeded`] with what each item bars; [`Code::Invalid`] for a reason to override what bars nothing here.
pub fn clear_request(
    tx: &mut Tx,
    chart: &Chart,
    discipline: Discipline,
    techniques: &[&str],
    given: &[GivenOverride],
) -> Result<String> {
    let items = items::items(tx.conn(), chart, false, None, i64::MAX)?;
    let barring = rules::barring_request(&items, discipline, techniques);
    rules::check_given(&barring, given)?;
    let asks = |barring: &&Barring| given.iter().all(|given| given.safety_item_id != barring.item.id);
    let needed: Vec<_> = barring.iter().filter(asks).collect();
    if needed.is_empty() {
        let told = given.iter().map(|given| given.reason.as_str());
        return Ok(told.collect::<Vec<_>>().join("; "));
    }
    let barred = needed.into_iter().flat_map(|Barring { item, rows }| {
        rows.iter().map(|row| Barred {
            safety_item_id: item.id,
            severity: item.severity.into(),
            technique: techniques.get(*row).map_or_else(|| discipline.to_string(), |named| (*named).to_owned()),
            pointer: "/overrides".to_owned(),
        })
    });
    Err(Error { barred: barred.collect(), ..Error::of(Code::OverrideNeeded) })
}

/// The overrides that were given with these notes.
///
/// # Errors
/// The database's.
pub fn of_notes(tx: &mut Tx, chart: &Chart, notes: &[NoteId]) -> Result<Vec<(NoteId, OverrideView)>> {
    if notes.is_empty() { Ok(Vec::new()) } else { query::of_notes(tx.conn(), chart, notes) }
}
