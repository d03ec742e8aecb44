//! The second signature: of notes, and of the amendments and addenda of those who need one.

use super::super::query::{self, Appended, Ended, Frozen, PendingRow, Returned, WaitingRow};
use super::super::rules::{self, NoteMove, PendingKind, PendingState};
use super::super::shown;
use super::super::views::{Comments, NoteView, OpenPending, PendingView, Signer, WaitingView};
use super::{after_move, again, author_leaves, body, must_be_fresh, names, open_to_change, without_words};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Hash, Object, ObjectKind};
use crate::chart::{self, Chart, LocatedPending};
use crate::clock::Timestamp;
use crate::db::{Retry, Tx};
use crate::error::{Code, Error, Result};
use crate::ids::{NoteId, ObjectId, PendingId, PracticeId, StaffId};
use crate::patients::ops as patients;
use crate::policy::{Action, NoteFacts, NoteState, Permit, Sight};
use crate::referrals;

/// Signs a note beside its author, whose words and whose signature it keeps: freezes it as version 1.
///
/// # Errors
/// The policy's; [`Code::FreshSignInNeeded`]; [`Code::StaleVersion`]; [`Code::WrongState`] unless it waits.
pub fn cosign(tx: &mut Tx, retry: &Retry, id: NoteId, version: i32) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::Cosign)?;
            must_be_fresh(tx, &chart)?;
            let answers = shown::answered(query::note(tx.conn(), &chart, id)?.answers)?;
            let hash = freeze_waiting(tx, &chart, id, version, Some((chart.actor().staff, tx.now())))?;
            if let Some(referral) = note.referral {
                referrals::ops::note_cosigned(tx, &chart, referral, id, note.author, answers)?;
            }
            names(tx, id, version + 1);
            tx.hashes(hash);
            Ok((id, after_move(tx, &chart, id, NoteFacts { state: NoteState::Signed, ..note.facts })?))
        },
        again,
    )
}

/// Freezes what waits as version 1, as its author signed it.
pub(super) fn freeze_waiting(
    tx: &mut Tx,
    chart: &Chart,
    id: NoteId,
    version: i32,
    cosigned: Option<(StaffId, Timestamp)>,
) -> Result<Hash> {
    let row = query::note(tx.conn(), chart, id)?;
    let (Some(draft), Some(at)) = (row.draft, row.signed_at) else { return Err(without_words()) };
    let hash = body::hash(&draft);
    let (reason, explanation, signed_by) = (None, None, row.author_id);
    let frozen = Frozen { number: 1, body: &draft, hash, reason, explanation, signed_by, at, cosigned };
    query::freeze(tx.conn(), chart, id, version, &frozen)?;
    Ok(Hash(hash))
}

/// Returns a note to its author, as a draft again. What was signed is kept, with the comments.
///
/// # Errors
/// The policy's; [`Code::Invalid`] without comments; [`Code::StaleVersion`]; [`Code::WrongState`] unless it waits.
pub fn give_back(tx: &mut Tx, retry: &Retry, id: NoteId, version: i32, new: &Comments) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::Return)?;
            let (comments, now) = (said(new)?, tx.now());
            let row = query::note(tx.conn(), &chart, id)?;
            let (Some(body), Some(signed_at)) = (&row.draft, row.signed_at) else { return Err(without_words()) };
            let returned = Returned { body, hash: body::hash(body), signed_at, comments, at: now };
            query::send_back(tx.conn(), &chart, id, version, &returned)?;
            if query::has_left(tx.conn(), chart.practice(), note.author)? {
                author_leaves(tx, chart.permit(), chart.practice(), note.author)?;
            }
            let row = query::note(tx.conn(), &chart, id)?;
            names(tx, id, row.version);
            let object = Object { kind: ObjectKind::Note, id: id.retype(), version: None };
            is_returned(tx, &chart, object, note.author)?;
            Ok((id, after_move(tx, &chart, id, NoteFacts { state: row.state, ..note.facts })?))
        },
        again,
    )
}

/// Reads an amendment or addendum that waits for a second signature, or waited.
///
/// # Errors
/// The policy's.
pub fn read_pending(tx: &mut Tx, id: PendingId) -> Result<PendingView> {
    let (chart, _) = chart::open_pending(tx, id)?;
    shown_whole(tx, &chart, id)
}

fn shown_whole(tx: &mut Tx, chart: &Chart, id: PendingId) -> Result<PendingView> {
    match chart.sight() {
        Sight::Full => view(tx, chart, id),
        Sight::Stub => Err(Error::of(Code::SharedWithDiscipline)),
    }
}

/// The same, with what may be done with it by whoever reads it.
///
/// # Errors
/// The policy's.
pub fn open_pending(tx: &mut Tx, id: PendingId) -> Result<OpenPending> {
    let (chart, located) = chart::open_pending(tx, id)?;
    let pending = shown_whole(tx, &chart, id)?;
    let patient = patients::whose(tx, &chart)?;
    let waits = rules::check_waiting(pending.state).is_ok();
    let may = |action| waits && chart::ask_also(&chart, action, located.facts).is_ok();
    Ok(OpenPending { may_cosign: may(Action::CosignNote), may_withdraw: may(Action::DiscardDraft), pending, patient })
}

/// Signs an amendment or addendum beside its author: it becomes the current version, or is appended.
///
/// # Errors
/// The policy's; [`Code::FreshSignInNeeded`]; [`Code::StaleVersion`]; [`Code::WrongState`] unless it waits.
pub fn cosign_pending(tx: &mut Tx, retry: &Retry, id: PendingId, version: i32) -> Result<PendingView> {
    tx.once(
        retry,
        |tx| {
            let (chart, located, row) = open_waiting(tx, id, version)?;
            must_be_fresh(tx, &chart)?;
            let note_version = stands(tx, &chart, &located, &row)?;
            let ended = Ended { state: PendingState::Cosigned, comments: None, at: tx.now() };
            query::end_pending(tx.conn(), &chart, id, ended)?;
            names(tx, located.note, note_version);
            tx.hashes(Hash(row.hash.as_slice().try_into().map_err(Error::internal)?));
            Ok((id, view(tx, &chart, id)?))
        },
        seen_again,
    )
}

/// Makes what was co-signed stand; the version of the note then.
fn stands(tx: &mut Tx, chart: &Chart, located: &LocatedPending, row: &PendingRow) -> Result<i32> {
    let (at, cosigned) = (row.signed_at, Some((chart.actor().staff, tx.now())));
    let hash = row.hash.as_slice().try_into().map_err(Error::internal)?;
    let LocatedPending { note, place, author, .. } = *located;
    match row.kind {
        PendingKind::Amendment => {
            let (number, explanation) = (place.current_version + 1, row.explanation.as_deref());
            let (body, reason, signed_by) = (row.words.as_str(), row.reason, author);
            let frozen = Frozen { number, body, hash, reason, explanation, signed_by, at, cosigned };
            query::freeze(tx.conn(), chart, note, place.version, &frozen)?;
            referrals::ops::note_amended(tx, chart, note)?;
            Ok(place.version + 1)
        }
        PendingKind::Addendum => {
            let appended = Appended { id: row.id.retype(), author, text: &row.words, hash, at, cosigned };
            query::append(tx.conn(), chart, note, &appended)?;
            Ok(place.version)
        }
    }
}

/// Returns an amendment or addendum to its author, who may send another.
///
/// # Errors
/// The policy's; [`Code::Invalid`] without comments; [`Code::StaleVersion`]; [`Code::WrongState`] unless it waits.
pub fn give_back_pending(
    tx: &mut Tx,
    retry: &Retry,
    id: PendingId,
    version: i32,
    new: &Comments,
) -> Result<PendingView> {
    let ends = |tx: &mut Tx| end(tx, id, version, PendingState::Returned, Some(new));
    tx.once(retry, ends, seen_again)
}

/// Withdraws an amendment or addendum of one's own that waits.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`] unless it waits.
pub fn withdraw_pending(tx: &mut Tx, retry: &Retry, id: PendingId, version: i32) -> Result<PendingView> {
    tx.once(retry, |tx| end(tx, id, version, PendingState::Withdrawn, None), seen_again)
}

fn end(
    tx: &mut Tx,
    id: PendingId,
    version: i32,
    state: PendingState,
    comments: Option<&Comments>,
) -> Result<(PendingId, PendingView)> {
    let (chart, located, _) = open_waiting(tx, id, version)?;
    let comments = comments.map(said).transpose()?;
    let ended = Ended { state, comments, at: tx.now() };
    query::end_pending(tx.conn(), &chart, id, ended)?;
    let object = Object { kind: ObjectKind::Pending, id: id.retype(), version: Some(version + 1) };
    tx.names(object);
    if comments.is_some() {
        is_returned(tx, &chart, object, located.author)?;
    }
    Ok((id, view(tx, &chart, id)?))
}

/// Tells an author that something of theirs came back.
fn is_returned(tx: &mut Tx, chart: &Chart, object: Object, author: StaffId) -> Result<()> {
    alerts::raise(tx, Alert::new(AlertKind::CosignReturned, object, vec![author]).about(chart.patient()))
}

fn said(new: &Comments) -> Result<&str> {
    if new.comments.is_blank() {
        return Err(Error::field("/comments", "say what the author is to look at"));
    }
    Ok(new.comments.as_str())
}

/// Opens the chart on what waits: the policy first, then its version, then where it stands.
fn open_waiting(tx: &mut Tx, id: PendingId, version: i32) -> Result<(Chart, LocatedPending, PendingRow)> {
    let (chart, located) = chart::open_pending(tx, id)?;
    let row = query::pending(tx.conn(), &chart, id)?;
    if located.version != version {
        let Ok(grant) = chart::ask_also(&chart, Action::ReadNote, located.facts) else {
            return Err(Error::of(Code::StaleVersion));
        };
        let current = view(tx, &chart, id)?;
        return Err(tx.stale(Action::ReadNote, grant, &current));
    }
    rules::check_waiting(row.state)?;
    Ok((chart, located, row))
}

fn view(tx: &mut Tx, chart: &Chart, id: PendingId) -> Result<PendingView> {
    let row = query::pending(tx.conn(), chart, id)?;
    shown::pending(tx, chart, row)
}

/// Answers a call that comes again, to whoever may make it still.
fn seen_again(tx: &mut Tx, id: PendingId) -> Result<PendingView> {
    let (chart, located) = chart::open_pending(tx, id)?;
    chart::ask_also(&chart, Action::ReadNote, located.facts)?;
    view(tx, &chart, id)
}

/// Checks that no amendment of a note waits: the next one would be written over words that nobody has agreed to.
///
/// # Errors
/// [`Code::WrongState`].
pub(super) fn must_not_wait(tx: &mut Tx, chart: &Chart, id: NoteId) -> Result<()> {
    let pending = query::pending_of(tx.conn(), chart, &[id])?;
    let waits = |row: &PendingRow| (row.kind, row.state) == (PendingKind::Amendment, PendingState::Waiting);
    if pending.iter().any(waits) {
        let detail = "An amendment of this note waits for the second signature; withdraw it or let it be signed first";
        return Err(Error::wrong_state(detail, Vec::new()));
    }
    Ok(())
}

/// What waits for the actor's signature, longest waiting first: up to `limit` after a position, and one more if there are
/// more.
///
/// # Errors
/// The policy's.
pub fn waiting(tx: &mut Tx, after: Option<(Timestamp, ObjectId)>, limit: i64) -> Result<Vec<WaitingView>> {
    let scope = chart::scope(tx)?;
    let full = scope.visible_notes().into_iter().filter(|(_, sight)| *sight == Sight::Full);
    let classes: Vec<_> = full.map(|(class, _)| class).collect();
    let mut rows = query::waiting_notes(tx.conn(), &scope, &classes, after, limit + 1)?;
    rows.extend(query::waiting_pending(tx.conn(), &scope, &classes, after, limit + 1)?);
    rows.sort_by_key(|row| (row.signed_at, row.id));
    rows.truncate(usize::try_from(limit + 1).unwrap_or(usize::MAX));
    for row in &rows {
        tx.rests_on(scope.practice, row.patient.0, row.access_version);
    }
    tx.discloses_page(&rows, limit, |row| row.patient.0);
    Ok(rows.into_iter().map(waits).collect())
}

fn waits(row: WaitingRow) -> WaitingView {
    WaitingView {
        id: row.id,
        pending: row.pending,
        note_id: row.note_id,
        patient: row.patient.into(),
        author: Signer { id: row.author_id, name: row.author_name },
        discipline: row.discipline,
        kind: row.kind,
        service_at: row.service_at,
        signed_at: row.signed_at,
    }
}

/// How much of what somebody wrote waits for a second signature.
///
/// # Errors
/// The database's.
pub fn count_waiting(tx: &mut Tx, _: Permit, practice: PracticeId, author: StaffId) -> Result<i64> {
    query::waiting_of(tx.conn(), practice, author)
}
