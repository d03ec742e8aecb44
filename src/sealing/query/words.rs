//! The rows of signed words, and of the events that record their signing.

use diesel::prelude::*;

use crate::audit::Log;
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{audit_event, note, note_addendum, note_pending, note_return, note_version};
use crate::error::Result;
use crate::ids::{EventId, NoteId, PracticeId, StaffId};
use crate::policy::{Action, NoteState};
use crate::sealing::words::Kept;

/// How many notes, or events, are read at a time.
const PAGE: i64 = 100;

/// The notes after this one in the order of their ids, or the first ones, a page of them.
pub(in crate::sealing) fn notes_after(
    conn: &mut Conn,
    practice: PracticeId,
    after: Option<NoteId>,
) -> Result<Vec<NoteId>> {
    let notes = note::table.filter(note::practice_id.eq(practice)).order(note::id).limit(PAGE).select(note::id);
    Ok(match after {
        Some(after) => notes.filter(note::id.gt(after)).load(conn)?,
        None => notes.load(conn)?,
    })
}

/// The leaves of the events of a log with ids from `first` to `last`.
pub(in crate::sealing) fn leaves_between(
    conn: &mut Conn,
    log: Log,
    first: EventId,
    last: EventId,
) -> Result<Vec<Vec<u8>>> {
    Ok(audit_event::table
        .filter(audit_event::log_id.eq(log.id()))
        .filter(audit_event::id.between(first, last))
        .select(audit_event::leaf)
        .load(conn)?)
}

/// The leaves of the events after this one that record one of these actions, in the order of their ids, a page of them.
pub(in crate::sealing) fn leaves_after(
    conn: &mut Conn,
    practice: PracticeId,
    after: EventId,
    actions: &[Action],
) -> Result<Vec<(EventId, Vec<u8>)>> {
    Ok(audit_event::table
        .filter(audit_event::log_id.eq(practice))
        .filter(audit_event::id.gt(after))
        .filter(audit_event::action.eq_any(actions.to_vec()))
        .order(audit_event::id)
        .limit(PAGE)
        .select((audit_event::id, audit_event::leaf))
        .load(conn)?)
}

/// All that somebody signed in these notes, as it is kept.
pub(in crate::sealing) fn kept(conn: &mut Conn, practice: PracticeId, notes: &[NoteId]) -> Result<Vec<Kept>> {
    type Version = (NoteId, String, Vec<u8>, StaffId, Timestamp, Option<StaffId>, Option<Timestamp>);
    let of_version = |what: &'static str| {
        move |(note, words, hash, by, signed_at, cosigner, cosigned_at): Version| {
            let cosigned = cosigner.zip(cosigned_at);
            Kept { note, what, words, hash, signed_at, signed_by: Some(by), cosigned }
        }
    };
    let versions: Vec<Version> = note_version::table
        .filter(note_version::practice_id.eq(practice))
        .filter(note_version::note_id.eq_any(notes.to_vec()))
        .select((
            note_version::note_id,
            note_version::body,
            note_version::hash,
            note_version::signed_by,
            note_version::signed_at,
            note_version::cosigned_by,
            note_version::cosigned_at,
        ))
        .load(conn)?;
    let addenda: Vec<Version> = note_addendum::table
        .filter(note_addendum::practice_id.eq(practice))
        .filter(note_addendum::note_id.eq_any(notes.to_vec()))
        .select((
            note_addendum::note_id,
            note_addendum::text,
            note_addendum::hash,
            note_addendum::author_id,
            note_addendum::written_at,
            note_addendum::cosigned_by,
            note_addendum::cosigned_at,
        ))
        .load(conn)?;
    let waiting: Vec<(NoteId, String, Vec<u8>, StaffId, Timestamp)> = note_pending::table
        .filter(note_pending::practice_id.eq(practice))
        .filter(note_pending::note_id.eq_any(notes.to_vec()))
        .select((
            note_pending::note_id,
            note_pending::words,
            note_pending::hash,
            note_pending::author_id,
            note_pending::signed_at,
        ))
        .load(conn)?;
    let returned: Vec<(NoteId, String, Vec<u8>, Timestamp)> = note_return::table
        .filter(note_return::practice_id.eq(practice))
        .filter(note_return::note_id.eq_any(notes.to_vec()))
        .select((note_return::note_id, note_return::body, note_return::hash, note_return::signed_at))
        .load(conn)?;
    let waiting = waiting.into_iter().map(|(note, words, hash, by, signed_at)| {
        let (what, signed_by) = ("amendment or addendum", Some(by));
        Kept { note, what, words, hash, signed_at, signed_by, cosigned: None }
    });
    let returned = returned.into_iter().map(|(note, words, hash, signed_at)| {
        let what = "words that were returned";
        Kept { note, what, words, hash, signed_at, signed_by: None, cosigned: None }
    });
    let frozen = versions.into_iter().map(of_version("version"));
    let appended = addenda.into_iter().map(of_version("addendum"));
    Ok(frozen.chain(appended).chain(waiting).chain(returned).collect())
}

/// The words of those of these notes that wait for a second signature.
pub(in crate::sealing) fn words_awaiting_cosign(
    conn: &mut Conn,
    practice: PracticeId,
    notes: &[NoteId],
) -> Result<Vec<(NoteId, String)>> {
    let waiting = note::table
        .filter(note::practice_id.eq(practice))
        .filter(note::id.eq_any(notes.to_vec()))
        .filter(note::state.eq(NoteState::AwaitingCosign))
        .select((note::id, note::draft))
        .load::<(NoteId, Option<String>)>(conn)?;
    Ok(waiting.into_iter().filter_map(|(note, words)| Some((note, words?))).collect())
}

/// The hashes of all else that is kept of these notes. What may move on meanwhile comes first.
pub(in crate::sealing) fn hashes(
    conn: &mut Conn,
    practice: PracticeId,
    notes: &[NoteId],
) -> Result<Vec<(NoteId, Vec<u8>)>> {
    let returned = note_return::table
        .filter(note_return::practice_id.eq(practice))
        .filter(note_return::note_id.eq_any(notes.to_vec()))
        .select((note_return::note_id, note_return::hash));
    let mut there: Vec<(NoteId, Vec<u8>)> = returned.load(conn)?;
    let pending = note_pending::table
        .filter(note_pending::practice_id.eq(practice))
        .filter(note_pending::note_id.eq_any(notes.to_vec()))
        .select((note_pending::note_id, note_pending::hash));
    there.extend(pending.load::<(NoteId, Vec<u8>)>(conn)?);
    let appended = note_addendum::table
        .filter(note_addendum::practice_id.eq(practice))
        .filter(note_addendum::note_id.eq_any(notes.to_vec()))
        .select((note_addendum::note_id, note_addendum::hash));
    there.extend(appended.load::<(NoteId, Vec<u8>)>(conn)?);
    let frozen = note_version::table
        .filter(note_version::practice_id.eq(practice))
        .filter(note_version::note_id.eq_any(notes.to_vec()))
        .select((note_version::note_id, note_version::hash));
    there.extend(frozen.load::<(NoteId, Vec<u8>)>(conn)?);
    Ok(there)
}
