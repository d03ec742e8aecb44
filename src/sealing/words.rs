//! Signed words held against the log: every text under the hash that its signing was recorded with, and every recorded
//! hash with its text. The log itself is verified first, so that its leaves can be trusted here.

use std::collections::BTreeSet;

use diesel::dsl::count_star;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::audit::verify::{FindingKind, Report, Where};
use crate::audit::{By, Event, Hash, Log, ObjectKind, Outcome};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{audit_event, disposal, note, note_addendum, note_pending, note_return, note_version};
use crate::error::{Error, Result};
use crate::ids::{EventId, Id, NoteId, PatientId, PracticeId, StaffId};
use crate::policy::{Action, NoteState};

/// How many notes, or events, are read at a time.
const PAGE: i64 = 100;

/// The calls whose event names a note and the hash of what was signed.
const SIGNING: [Action; 4] = [Action::SignNote, Action::AmendNote, Action::AddAddendum, Action::CosignNote];

/// A text that somebody signed, as it is kept.
struct Kept {
    note: NoteId,
    what: &'static str,
    words: String,
    hash: Vec<u8>,
    signed_at: Timestamp,
    /// Who signed it; none where that stands elsewhere.
    signed_by: Option<StaffId>,
    cosigned: Option<(StaffId, Timestamp)>,
}

/// Adds to the report what is wrong with the signed words of a practice.
///
/// # Errors
/// The database's.
pub(super) fn check(conn: &mut Conn, log: Log, report: &mut Report) -> Result<()> {
    let Log::Practice(practice) = log else { return Ok(()) };
    let mut after: Option<NoteId> = None;
    loop {
        let notes = notes_after(conn, practice, after)?;
        let Some(last) = notes.last().copied() else { break };
        for kept in kept(conn, practice, &notes)? {
            stands_in_log(conn, log, &kept, report)?;
        }
        after = Some(last);
    }
    every_hash_has_its_words(conn, practice, report)
}

fn notes_after(conn: &mut Conn, practice: PracticeId, after: Option<NoteId>) -> Result<Vec<NoteId>> {
    let notes = note::table.filter(note::practice_id.eq(practice)).order(note::id).limit(PAGE).select(note::id);
    Ok(match after {
        Some(after) => notes.filter(note::id.gt(after)).load(conn)?,
        None => notes.load(conn)?,
    })
}

fn stands_in_log(conn: &mut Conn, log: Log, kept: &Kept, report: &mut Report) -> Result<()> {
    let Kept { note, what, words, hash, signed_at, signed_by, cosigned } = kept;
    let computed = Hash(Sha256::digest(words.as_bytes()).into());
    if hash[..] != computed.0 {
        let message = format!("the words of its {what}, signed at {signed_at}, are not those of their hash");
        report.find(Where::Note(*note), FindingKind::WordsAltered, message);
        return Ok(());
    }
    let cosigned = cosigned.map(|(by, at)| (Some(by), at));
    for (by, at) in std::iter::once((*signed_by, *signed_at)).chain(cosigned) {
        if !is_recorded(conn, log, *note, computed, by, at)? {
            let message = format!("no event says that its {what} was signed like this at {at}");
            report.find(Where::Note(*note), FindingKind::WordsUnlogged, message);
        }
    }
    Ok(())
}

/// Whether an event says that this was signed, by this person, at this time.
fn is_recorded(
    conn: &mut Conn,
    log: Log,
    note: NoteId,
    hash: Hash,
    by: Option<StaffId>,
    at: Timestamp,
) -> Result<bool> {
    // An event's id begins with its time, which is the time of what it tells.
    let (first, last): (EventId, EventId) = (Id::new(at, [0; 10]), Id::new(at, [0xff; 10]));
    let leaves: Vec<Vec<u8>> = audit_event::table
        .filter(audit_event::log_id.eq(log.id()))
        .filter(audit_event::id.between(first, last))
        .select(audit_event::leaf)
        .load(conn)?;
    Ok(leaves.iter().filter_map(|leaf| Event::read(leaf).ok()).any(|event| {
        let is_theirs = by.is_none_or(|by| matches!(event.actor, By::Staff { staff, .. } if staff == by));
        event.at == at && is_theirs && signed(&event) == Some((note, hash))
    }))
}

/// Which note an event says was signed, and the hash of what.
fn signed(event: &Event) -> Option<(NoteId, Hash)> {
    let object = event.object.filter(|object| object.kind == ObjectKind::Note)?;
    let is_signing = event.outcome == Outcome::Done && SIGNING.contains(&event.action);
    event.hash.filter(|_| is_signing).map(|hash| (object.id.retype(), hash))
}

fn kept(conn: &mut Conn, practice: PracticeId, notes: &[NoteId]) -> Result<Vec<Kept>> {
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

fn every_hash_has_its_words(conn: &mut Conn, practice: PracticeId, report: &mut Report) -> Result<()> {
    let mut after: EventId = Id::new(Timestamp::from_micros(0), [0; 10]);
    loop {
        let leaves: Vec<(EventId, Vec<u8>)> = audit_event::table
            .filter(audit_event::log_id.eq(practice))
            .filter(audit_event::id.gt(after))
            .filter(audit_event::action.eq_any(SIGNING.to_vec()))
            .order(audit_event::id)
            .limit(PAGE)
            .select((audit_event::id, audit_event::leaf))
            .load(conn)?;
        let Some((last, _)) = leaves.last() else { return Ok(()) };
        after = *last;
        let events: Vec<Event> = leaves.iter().filter_map(|(_, leaf)| Event::read(leaf).ok()).collect();
        let said: Vec<(&Event, NoteId, Hash)> =
            events.iter().filter_map(|event| signed(event).map(|(note, hash)| (event, note, hash))).collect();
        let there = hashes(conn, practice, said.iter().map(|(_, note, _)| *note).collect())?;
        for (event, note, hash) in said {
            let (at, subjects) = (event.at, &event.subjects);
            if !there.contains(&(note, hash.0.to_vec())) && !is_disposed_of(conn, practice, subjects)? {
                let message = format!("what was signed at {at} is not there any more");
                report.find(Where::Note(note), FindingKind::WordsMissing, message);
            }
        }
    }
}

/// Whether a record was disposed of, in which case its words are gone for good reason.
fn is_disposed_of(conn: &mut Conn, practice: PracticeId, subjects: &BTreeSet<PatientId>) -> Result<bool> {
    let disposed = disposal::table
        .filter(disposal::practice_id.eq(practice))
        .filter(disposal::patient_id.eq_any(subjects.iter().copied().collect::<Vec<_>>()));
    Ok(disposed.select(count_star()).first::<i64>(conn)? > 0)
}

/// The hashes of what is kept of these notes. What waits for a second signature comes first: it may move on meanwhile.
fn hashes(conn: &mut Conn, practice: PracticeId, notes: BTreeSet<NoteId>) -> Result<BTreeSet<(NoteId, Vec<u8>)>> {
    let notes: Vec<NoteId> = notes.into_iter().collect();
    let waiting: Vec<(NoteId, Option<String>)> = note::table
        .filter(note::practice_id.eq(practice))
        .filter(note::id.eq_any(notes.clone()))
        .filter(note::state.eq(NoteState::AwaitingCosign))
        .select((note::id, note::draft))
        .load(conn)?;
    let waiting = waiting.into_iter().filter_map(|(note, words)| Some((note, Sha256::digest(words?).to_vec())));
    let mut there: BTreeSet<(NoteId, Vec<u8>)> = waiting.collect();
    let returned = note_return::table
        .filter(note_return::practice_id.eq(practice))
        .filter(note_return::note_id.eq_any(notes.clone()))
        .select((note_return::note_id, note_return::hash));
    there.extend(returned.load(conn).map_err(Error::from)?);
    let pending = note_pending::table
        .filter(note_pending::practice_id.eq(practice))
        .filter(note_pending::note_id.eq_any(notes.clone()))
        .select((note_pending::note_id, note_pending::hash));
    there.extend(pending.load(conn).map_err(Error::from)?);
    let appended = note_addendum::table
        .filter(note_addendum::practice_id.eq(practice))
        .filter(note_addendum::note_id.eq_any(notes.clone()))
        .select((note_addendum::note_id, note_addendum::hash));
    there.extend(appended.load(conn).map_err(Error::from)?);
    let frozen = note_version::table
        .filter(note_version::practice_id.eq(practice))
        .filter(note_version::note_id.eq_any(notes))
        .select((note_version::note_id, note_version::hash));
    there.extend(frozen.load(conn).map_err(Error::from)?);
    Ok(there)
}
