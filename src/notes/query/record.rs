//! Everything that was signed in a chart, for whoever hands out the whole of it.

use std::collections::HashMap;

use diesel::prelude::*;

use super::super::rules::{PendingKind, PendingState};
use super::super::{AmendReason, NoteKind};
use crate::actor::Discipline;
use crate::chart::Chart;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{note, note_addendum, note_error, note_pending, note_version, staff};
use crate::error::Result;
use crate::ids::{AddendumId, EpisodeId, NoteId, StaffId};
use crate::policy::{NoteState, Sharing};

/// A note, without what was signed.
#[derive(Debug, Queryable)]
pub struct Kept {
    pub id: NoteId,
    pub author_id: StaffId,
    pub discipline: Discipline,
    pub kind: NoteKind,
    pub state: NoteState,
    pub sharing: Sharing,
    pub episode_id: Option<EpisodeId>,
    pub service_at: Timestamp,
    pub created_at: Timestamp,
    pub signed_at: Option<Timestamp>,
    pub draft: Option<String>,
}

/// A signed version.
#[derive(Debug, Queryable)]
pub struct KeptVersion {
    pub note_id: NoteId,
    pub number: i32,
    pub signed_by: StaffId,
    pub signed_at: Timestamp,
    pub cosigned_by: Option<StaffId>,
    pub cosigned_at: Option<Timestamp>,
    pub reason: Option<AmendReason>,
    pub explanation: Option<String>,
    pub hash: Vec<u8>,
    pub body: String,
}

/// An addendum.
#[derive(Debug, Queryable)]
pub struct KeptAddendum {
    pub note_id: NoteId,
    pub id: AddendumId,
    pub author_id: StaffId,
    pub written_at: Timestamp,
    pub cosigned_by: Option<StaffId>,
    pub cosigned_at: Option<Timestamp>,
    pub text: String,
    pub hash: Vec<u8>,
}

/// An amendment or addendum that awaits a second signature.
#[derive(Debug, Queryable)]
pub struct KeptPending {
    pub note_id: NoteId,
    pub kind: PendingKind,
    pub author_id: StaffId,
    pub signed_at: Timestamp,
    pub reason: Option<AmendReason>,
    pub explanation: Option<String>,
    pub words: String,
    pub hash: Vec<u8>,
}

/// The notes of the chart that are no drafts, oldest service first.
pub fn kept(conn: &mut Conn, chart: &Chart) -> Result<Vec<Kept>> {
    Ok(note::table
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::state.ne(NoteState::Draft))
        .order((note::service_at, note::id))
        .select((
            note::id,
            note::author_id,
            note::discipline,
            note::kind,
            note::state,
            note::sharing,
            note::episode_id,
            note::service_at,
            note::created_at,
            note::signed_at,
            note::draft,
        ))
        .load(conn)?)
}

/// Their signed versions, oldest first; of those entered in error none.
pub fn kept_versions(conn: &mut Conn, chart: &Chart) -> Result<Vec<KeptVersion>> {
    let of_note = note::practice_id.eq(note_version::practice_id).and(note::id.eq(note_version::note_id));
    Ok(note_version::table
        .inner_join(note::table.on(of_note))
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::state.ne(NoteState::EnteredInError))
        .order((note_version::note_id, note_version::number))
        .select((
            note_version::note_id,
            note_version::number,
            note_version::signed_by,
            note_version::signed_at,
            note_version::cosigned_by,
            note_version::cosigned_at,
            note_version::reason,
            note_version::explanation,
            note_version::hash,
            note_version::body,
        ))
        .load(conn)?)
}

/// What was appended to them, oldest first; to those entered in error nothing.
pub fn kept_addenda(conn: &mut Conn, chart: &Chart) -> Result<Vec<KeptAddendum>> {
    let of_note = note::practice_id.eq(note_addendum::practice_id).and(note::id.eq(note_addendum::note_id));
    Ok(note_addendum::table
        .inner_join(note::table.on(of_note))
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note::state.ne(NoteState::EnteredInError))
        .order((note_addendum::written_at, note_addendum::id))
        .select((
            note_addendum::note_id,
            note_addendum::id,
            note_addendum::author_id,
            note_addendum::written_at,
            note_addendum::cosigned_by,
            note_addendum::cosigned_at,
            note_addendum::text,
            note_addendum::hash,
        ))
        .load(conn)?)
}

/// What awaits a second signature on them, oldest first.
pub fn kept_pending(conn: &mut Conn, chart: &Chart) -> Result<Vec<KeptPending>> {
    let of_note = note::practice_id.eq(note_pending::practice_id).and(note::id.eq(note_pending::note_id));
    Ok(note_pending::table
        .inner_join(note::table.on(of_note))
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .filter(note_pending::state.eq(PendingState::Waiting))
        .order((note_pending::signed_at, note_pending::id))
        .select((
            note_pending::note_id,
            note_pending::kind,
            note_pending::author_id,
            note_pending::signed_at,
            note_pending::reason,
            note_pending::explanation,
            note_pending::words,
            note_pending::hash,
        ))
        .load(conn)?)
}

/// Which notes of the chart were declared wrong, by whom and when.
pub fn declared_wrong(conn: &mut Conn, chart: &Chart) -> Result<HashMap<NoteId, (StaffId, Timestamp)>> {
    let of_note = note::practice_id.eq(note_error::practice_id).and(note::id.eq(note_error::note_id));
    let rows = note_error::table
        .inner_join(note::table.on(of_note))
        .filter(note::practice_id.eq(chart.practice()))
        .filter(note::patient_id.eq(chart.patient()))
        .select((note_error::note_id, note_error::declared_by, note_error::declared_at))
        .load::<(NoteId, StaffId, Timestamp)>(conn)?;
    Ok(rows.into_iter().map(|(note, by, at)| (note, (by, at))).collect())
}

/// What the practice's staff, past and present, are called.
pub fn everybody(conn: &mut Conn, chart: &Chart) -> Result<HashMap<StaffId, String>> {
    let named = staff::table.filter(staff::practice_id.eq(chart.practice())).select((staff::id, staff::name));
    Ok(named.load(conn)?.into_iter().collect())
}
