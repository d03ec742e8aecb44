//! Signed words held against the log: every text under the hash that its signing was recorded with, and every recorded
//! hash with its text. The log itself is verified first, so that its leaves can be trusted here.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use super::query::is_disposed_of;
use super::query::words as query;
use crate::audit::verify::{FindingKind, Report, Where};
use crate::audit::{By, Event, Hash, Log, ObjectKind, Outcome};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::Result;
use crate::ids::{EventId, Id, NoteId, PracticeId, StaffId};
use crate::policy::Action;

/// The calls whose event names a note and the hash of what was signed.
const SIGNING: [Action; 4] = [Action::SignNote, Action::AmendNote, Action::AddAddendum, Action::CosignNote];

/// A text that somebody signed, as it is kept.
pub(super) struct Kept {
    pub(super) note: NoteId,
    pub(super) what: &'static str,
    pub(super) words: String,
    pub(super) hash: Vec<u8>,
    pub(super) signed_at: Timestamp,
    /// Who signed it; none where that stands elsewhere.
    pub(super) signed_by: Option<StaffId>,
    pub(super) cosigned: Option<(StaffId, Timestamp)>,
}

/// Adds to the report what is wrong with the signed words of a practice.
///
/// # Errors
/// The database's.
pub(super) fn check(conn: &mut Conn, log: Log, report: &mut Report) -> Result<()> {
    let Log::Practice(practice) = log else { return Ok(()) };
    let mut after: Option<NoteId> = None;
    loop {
        let notes = query::notes_after(conn, practice, after)?;
        let Some(last) = notes.last().copied() else { break };
        for kept in query::kept(conn, practice, &notes)? {
            stands_in_log(conn, log, &kept, report)?;
        }
        after = Some(last);
    }
    every_hash_has_its_words(conn, practice, report)
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
    let leaves = query::leaves_between(conn, log, first, last)?;
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

fn every_hash_has_its_words(conn: &mut Conn, practice: PracticeId, report: &mut Report) -> Result<()> {
    let mut after: EventId = Id::new(Timestamp::from_micros(0), [0; 10]);
    loop {
        let leaves = query::leaves_after(conn, practice, after, &SIGNING)?;
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

/// The hashes of what is kept of these notes. What waits for a second signature comes first: it may move on meanwhile.
fn hashes(conn: &mut Conn, practice: PracticeId, notes: BTreeSet<NoteId>) -> Result<BTreeSet<(NoteId, Vec<u8>)>> {
    let notes: Vec<NoteId> = notes.into_iter().collect();
    let waiting = query::words_awaiting_cosign(conn, practice, &notes)?;
    let mut there: BTreeSet<_> =
        waiting.into_iter().map(|(note, words)| (note, Sha256::digest(words).to_vec())).collect();
    there.extend(query::hashes(conn, practice, &notes)?);
    Ok(there)
}
