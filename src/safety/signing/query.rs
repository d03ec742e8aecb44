//! The rows of overrides.

use diesel::prelude::*;

use super::rules::OnFile;
use super::{GivenOverride, OverrideView, Visit};
use crate::catalogue::Severity;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, safety_item, safety_override, staff};
use crate::error::Result;
use crate::ids::{EpisodeId, NoteId, SafetyItemId, StaffId};
use crate::policy::NoteState;
use crate::safety::Clinician;

/// The overrides of these items that may cover the visit: with its note, or by whoever signs it. Those of notes entered in
/// error never happened.
pub(super) fn on_file(conn: &mut Conn, chart: &Chart, items: Vec<SafetyItemId>, visit: &Visit) -> Result<Vec<OnFile>> {
    type Row = (SafetyItemId, NoteId, Option<EpisodeId>, StaffId);
    let rows = safety_override::table
        .inner_join(
            note::table
                .on(note::practice_id.eq(safety_override::practice_id).and(note::id.eq(safety_override::note_id))),
        )
        .filter(safety_override::practice_id.eq(chart.practice()))
        .filter(safety_override::patient_id.eq(chart.patient()))
        .filter(safety_override::safety_item_id.eq_any(items))
        .filter(safety_override::note_id.eq(visit.note).or(safety_override::overridden_by.eq(visit.author)))
        .filter(note::state.ne(NoteState::EnteredInError))
        .select((
            safety_override::safety_item_id,
            safety_override::note_id,
            note::episode_id,
            safety_override::overridden_by,
        ))
        .load::<Row>(conn)?;
    Ok(rows.into_iter().map(|(item, note, episode, by)| OnFile { item, note, episode, by }).collect())
}

/// Records an override, by whoever opened the chart.
pub(super) fn insert(
    conn: &mut Conn,
    chart: &Chart,
    visit: &Visit,
    given: &GivenOverride,
    at: Timestamp,
) -> Result<()> {
    diesel::insert_into(safety_override::table)
        .values((
            safety_override::practice_id.eq(chart.practice()),
            safety_override::patient_id.eq(chart.patient()),
            safety_override::note_id.eq(visit.note),
            safety_override::number.eq(visit.number),
            safety_override::safety_item_id.eq(given.safety_item_id),
            safety_override::reason.eq(given.reason.as_str()),
            safety_override::overridden_by.eq(chart.actor().staff),
            safety_override::overridden_at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The overrides of these notes, in the order in which they were given.
pub(super) fn of_notes(conn: &mut Conn, chart: &Chart, notes: &[NoteId]) -> Result<Vec<(NoteId, OverrideView)>> {
    type Row = (NoteId, SafetyItemId, String, Severity, String, StaffId, String, Timestamp, i32);
    let rows =
        safety_override::table
            .inner_join(
                safety_item::table.on(safety_item::practice_id
                    .eq(safety_override::practice_id)
                    .and(safety_item::id.eq(safety_override::safety_item_id))),
            )
            .inner_join(staff::table.on(
                staff::practice_id.eq(safety_override::practice_id).and(staff::id.eq(safety_override::overridden_by)),
            ))
            .filter(safety_override::practice_id.eq(chart.practice()))
            .filter(safety_override::patient_id.eq(chart.patient()))
            .filter(safety_override::note_id.eq_any(notes.to_vec()))
            .order((safety_override::number, safety_override::safety_item_id))
            .select((
                safety_override::note_id,
                safety_override::safety_item_id,
                safety_item::what,
                safety_item::severity,
                safety_override::reason,
                safety_override::overridden_by,
                staff::name,
                safety_override::overridden_at,
                safety_override::number,
            ))
            .load::<Row>(conn)?;
    let shown = |(note, safety_item_id, what, severity, reason, by, name, at, number): Row| {
        (note, OverrideView { safety_item_id, what, severity, reason, by: Clinician { id: by, name }, at, number })
    };
    Ok(rows.into_iter().map(shown).collect())
}
