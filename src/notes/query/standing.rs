//! What still stands of an author, or of a discipline, where a note turned out wrong.

use diesel::dsl::exists;
use diesel::prelude::*;

use crate::actor::Discipline;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, note_version};
use crate::error::Result;
use crate::ids::{EpisodeId, StaffId};
use crate::policy::NoteState;

/// When somebody last signed a note of the chart that stands, or an amendment of one.
pub fn last_signature(conn: &mut Conn, chart: &Chart, author: StaffId) -> Result<Option<Timestamp>> {
    let own = note::table
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::author_id.eq(author))
        .filter(note::state.ne(NoteState::EnteredInError))
        .filter(note::signed_at.is_not_null());
    let version = note_version::practice_id.eq(note::practice_id).and(note_version::note_id.eq(note::id));
    let amended = own.inner_join(note_version::table.on(version)).order(note_version::signed_at.desc());
    let amended = amended.select(note_version::signed_at).first::<Timestamp>(conn).optional()?;
    let signed = own.order(note::signed_at.desc()).select(note::signed_at);
    Ok(signed.first::<Option<Timestamp>>(conn).optional()?.flatten().max(amended))
}

/// Whether an episode of the chart holds a note of a discipline, be it a draft, that was not signed by a moment already; what
/// was entered in error does not count.
pub fn holds_note_of(
    conn: &mut Conn,
    chart: &Chart,
    episode: EpisodeId,
    discipline: Discipline,
    unless_by: Option<Timestamp>,
) -> Result<bool> {
    let standing = note::table
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::episode_id.eq(episode))
        .filter(note::discipline.eq(discipline))
        .filter(note::state.ne(NoteState::EnteredInError));
    let Some(moment) = unless_by else { return Ok(diesel::select(exists(standing)).get_result(conn)?) };
    let later = standing.filter(note::signed_at.is_null().or(note::signed_at.gt(moment)));
    Ok(diesel::select(exists(later)).get_result(conn)?)
}
