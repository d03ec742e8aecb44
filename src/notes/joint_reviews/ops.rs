//! What is done with joint reviews: begun, linked, closed, listed.

use std::collections::HashMap;

use strum::IntoEnumIterator;

use super::super::ops::{Linked, half_of, linked_notes, names_of};
use super::super::views::Signer;
use super::query::{self, Only, ReviewRow};
use super::rules::{self, ReviewState};
use super::{JointReviewView, LinkedNote, NewJointReview, OneSided, ReviewSide};
use crate::actor::Discipline;
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart, Covered};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{JointReviewId, NoteId, PatientId, StaffId};
use crate::policy::{Action, NoteState};

/// The joint reviews of a patient, newest first: up to `limit` after a position.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, patient: PatientId, after: Option<JointReviewId>, limit: i64) -> Result<Vec<JointReviewView>> {
    let chart = chart::open_for_author(tx, patient)?;
    let rows = query::reviews(tx.conn(), &chart, Only::All, after, limit)?;
    views(tx, &chart, rows)
}

/// The joint review that a half of that discipline is in, or else the newest one that waits for it.
///
/// # Errors
/// The policy's.
pub fn for_half(
    tx: &mut Tx,
    patient: PatientId,
    half: NoteId,
    discipline: Discipline,
) -> Result<Option<JointReviewView>> {
    let chart = chart::open_for_author(tx, patient)?;
    let holds = query::reviews(tx.conn(), &chart, Only::With(half), None, 1)?;
    if !holds.is_empty() {
        return Ok(views(tx, &chart, holds)?.pop());
    }
    let unclosed = query::reviews(tx.conn(), &chart, Only::Unclosed, None, i64::MAX)?;
    let linked: Vec<_> = unclosed.iter().filter_map(|row| row.half(discipline)).collect();
    let linked = linked_notes(tx, &chart, &linked)?;
    let waits = |row: &ReviewRow| !is_taken(row.half(discipline).and_then(|id| linked.get(&id)));
    let waiting = unclosed.into_iter().find(waits).into_iter().collect();
    Ok(views(tx, &chart, waiting)?.pop())
}

/// Whether the place of a discipline in a review is taken by what is linked there.
fn is_taken(linked: Option<&Linked>) -> bool {
    linked.is_some_and(|note| rules::keeps_its_place(note.state))
}

/// Every joint review of the record, if whoever opened the chart may read them.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart) -> Result<Vec<JointReviewView>> {
    if chart::ask_of(chart, Action::ListJointReviews, Covered::written_by(chart.actor().staff)).is_err() {
        return Ok(Vec::new());
    }
    let rows = query::reviews(tx.conn(), chart, Only::All, None, i64::MAX)?;
    views(tx, chart, rows)
}

/// Begins a joint review, with one's own half if that is signed.
///
/// # Errors
/// The policy's; [`crate::error::Code::Invalid`] for a note that is no half of one's own.
pub fn open(tx: &mut Tx, retry: &Retry, patient: PatientId, new: NewJointReview) -> Result<JointReviewView> {
    tx.once(
        retry,
        |tx| {
            let chart = chart::open_for_author(tx, patient)?;
            let (id, at) = (tx.fresh_id(), tx.now());
            query::open(tx.conn(), &chart, id, at)?;
            if let Some(note) = new.note_id {
                link_half(tx, &chart, id, note)?;
            }
            Ok((id, changed(tx, &chart, id)?))
        },
        again,
    )
}

/// Links one's own signed note as the half of its discipline.
///
/// # Errors
/// The policy's; [`crate::error::Code::Invalid`] for a note that is no half of one's own;
/// [`crate::error::Code::StaleVersion`]; [`crate::error::Code::WrongState`] if the review is over, or has that half.
pub fn link(
    tx: &mut Tx,
    retry: &Retry,
    id: JointReviewId,
    version: i32,
    linked: LinkedNote,
) -> Result<JointReviewView> {
    tx.once(
        retry,
        |tx| {
            let chart = chart::open_joint_review(tx, id)?;
            unchanged_since(tx, &chart, id, version)?;
            link_half(tx, &chart, id, linked.note_id)?;
            Ok((id, changed(tx, &chart, id)?))
        },
        again,
    )
}

fn link_half(tx: &mut Tx, chart: &Chart, id: JointReviewId, note: NoteId) -> Result<()> {
    let half =
        half_of(tx, chart, note)?.ok_or_else(|| Error::field("/note_id", "is no note of yours in this record"))?;
    rules::check_half(half.kind, half.state)?;
    let review = one(tx, chart, id)?;
    let before = review.half(half.discipline).into_iter().collect::<Vec<_>>();
    if is_taken(linked_notes(tx, chart, &before)?.values().next()) {
        return Err(Error::wrong_state("Your discipline has its note here already", Vec::new()));
    }
    query::link(tx.conn(), chart, id, review.version, half.discipline, note)
}

/// Closes a review to which one discipline did not come.
///
/// # Errors
/// The policy's; [`crate::error::Code::Invalid`] without a reason; [`crate::error::Code::StaleVersion`];
/// [`crate::error::Code::WrongState`] before 14 days have passed, and once it is complete or closed.
pub fn close(
    tx: &mut Tx,
    retry: &Retry,
    id: JointReviewId,
    version: i32,
    one_sided: &OneSided,
) -> Result<JointReviewView> {
    tx.once(
        retry,
        |tx| {
            let chart = chart::open_joint_review(tx, id)?;
            let review = unchanged_since(tx, &chart, id, version)?;
            if one_sided.reason.is_blank() {
                return Err(Error::field("/reason", "say why the other discipline did not come"));
            }
            let row = one(tx, &chart, id)?;
            let linked: Vec<_> = [row.physiotherapy, row.massage].into_iter().flatten().collect();
            let states = states(&row, &linked_notes(tx, &chart, &linked)?);
            rules::check_close(states, review.opened_at, tx.now())?;
            let (reason, at) = (one_sided.reason.as_str(), tx.now());
            query::close(tx.conn(), &chart, id, version, reason, at)?;
            let view = changed(tx, &chart, id)?;
            tx.explains(reason);
            Ok((id, view))
        },
        again,
    )
}

/// The review as it was read, if it is open and has not changed since.
fn unchanged_since(tx: &mut Tx, chart: &Chart, id: JointReviewId, version: i32) -> Result<JointReviewView> {
    let view = view(tx, chart, id)?;
    if view.version != version {
        return Err(chart::stale(tx, chart, Action::ListJointReviews, &view));
    }
    rules::check_open(view.state)?;
    Ok(view)
}

fn changed(tx: &mut Tx, chart: &Chart, id: JointReviewId) -> Result<JointReviewView> {
    let view = view(tx, chart, id)?;
    tx.names(Object { kind: ObjectKind::JointReview, id: id.retype(), version: Some(view.version) });
    Ok(view)
}

/// Answers a call that comes again, to whoever may still read joint reviews.
fn again(tx: &mut Tx, id: JointReviewId) -> Result<JointReviewView> {
    let chart = chart::open_joint_review(tx, id)?;
    chart::ask_of_patient(&chart, Action::ListJointReviews)?;
    view(tx, &chart, id)
}

fn one(tx: &mut Tx, chart: &Chart, id: JointReviewId) -> Result<ReviewRow> {
    query::reviews(tx.conn(), chart, Only::This(id), None, 1)?.pop().ok_or_else(Error::not_found)
}

fn view(tx: &mut Tx, chart: &Chart, id: JointReviewId) -> Result<JointReviewView> {
    let row = one(tx, chart, id)?;
    views(tx, chart, vec![row])?.pop().ok_or_else(Error::not_found)
}

fn views(tx: &mut Tx, chart: &Chart, rows: Vec<ReviewRow>) -> Result<Vec<JointReviewView>> {
    let linked: Vec<_> = rows.iter().flat_map(|row| [row.physiotherapy, row.massage]).flatten().collect();
    let notes = linked_notes(tx, chart, &linked)?;
    let names = names_of(tx, chart, rows.iter().filter_map(|row| row.closed_by).collect())?;
    Ok(rows.into_iter().map(|row| shape(row, chart, &notes, &names)).collect())
}

/// Where the note of each discipline stands, whether it is shown or not.
fn states(row: &ReviewRow, notes: &HashMap<NoteId, Linked>) -> [Option<NoteState>; 2] {
    [row.physiotherapy, row.massage].map(|half| half.and_then(|id| notes.get(&id)).map(|note| note.state))
}

fn shape(
    row: ReviewRow,
    chart: &Chart,
    notes: &HashMap<NoteId, Linked>,
    names: &HashMap<StaffId, String>,
) -> JointReviewView {
    let note = |discipline| row.half(discipline).and_then(|id| Some((id, notes.get(&id)?)));
    let state = rules::state(row.closed_at.is_some(), states(&row, notes));
    let side = |discipline| {
        let linked = note(discipline);
        let shown = linked.filter(|(_, note)| note.is_visible);
        ReviewSide {
            discipline,
            note_id: shown.map(|(id, _)| id),
            note_state: shown.map(|(_, note)| note.state),
            withheld: linked.is_some() && shown.is_none(),
        }
    };
    let sides = Discipline::iter().map(side).collect();
    let closable_from = (state == ReviewState::Open).then(|| row.opened_at.plus_seconds(rules::WAITED_FOR));
    // The reason is the words of whoever closed it.
    let told = |by| chart::ask_of(chart, Action::ListJointReviews, Covered::written_by(by)).is_ok();
    let close_reason = row.close_reason.filter(|_| row.closed_by.is_some_and(told));
    let closed_by = row.closed_by.map(|id| Signer { id, name: names.get(&id).cloned().unwrap_or_default() });
    JointReviewView {
        id: row.id,
        patient_id: chart.patient(),
        opened_by: Signer { id: row.opened_by, name: row.opener_name },
        opened_at: row.opened_at,
        state,
        closable_from,
        sides,
        closed_by,
        closed_at: row.closed_at,
        close_reason,
        version: row.version,
    }
}
