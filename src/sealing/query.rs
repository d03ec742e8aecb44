//! The rows of the log: what waits, leaves, tiles, checkpoints, and sealed rows in pages.

pub(super) mod verification;
pub(super) mod words;

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::{count_star, exists, not};
use diesel::prelude::*;

use crate::audit::Log;
use crate::audit::event::Event;
use crate::audit::merkle::{Hash, TileAt, leaf_hash};
use crate::audit::verify::{Beside, Columns, SealedRow, Stored};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{
    audit_checkpoint, audit_event, audit_leaf, audit_pending, audit_subject, audit_text, audit_tile, disposal, practice,
};
use crate::error::{Code, Error, Result};
use crate::ids::{EventId, PatientId, PracticeId, StaffId};

/// Sealed rows read at once.
pub(super) const PAGE: u64 = 500;

/// An event in line for sealing.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) position: i64,
    pub(super) log: PracticeId,
    pub(super) event: EventId,
    pub(super) hash: Hash,
}

/// The first `most` events in line, without those of the logs in `except` and those that are sealed already.
pub(super) fn waiting(conn: &mut Conn, except: &[PracticeId], most: usize) -> Result<Vec<Waiting>> {
    let sealed = audit_leaf::table
        .filter(audit_leaf::log_id.eq(audit_pending::log_id))
        .filter(audit_leaf::event_id.eq(audit_pending::event_id));
    let rows: Vec<(i64, PracticeId, EventId, Vec<u8>)> = audit_pending::table
        .inner_join(
            audit_event::table
                .on(audit_event::log_id.eq(audit_pending::log_id).and(audit_event::id.eq(audit_pending::event_id))),
        )
        .filter(audit_pending::log_id.ne_all(except.to_vec()))
        .filter(not(exists(sealed)))
        .order(audit_pending::position)
        .limit(i64::try_from(most).map_err(Error::internal)?)
        .select((audit_pending::position, audit_pending::log_id, audit_pending::event_id, audit_event::leaf))
        .load(conn)?;
    let mut seen = BTreeSet::new();
    let once = rows.into_iter().filter(|(_, log, event, _)| seen.insert((*log, *event)));
    Ok(once.map(|(position, log, event, leaf)| Waiting { position, log, event, hash: leaf_hash(&leaf) }).collect())
}

/// How many events of all logs wait.
pub(super) fn all_waiting(conn: &mut Conn) -> Result<u64> {
    let waiting: i64 = audit_pending::table.select(count_star()).first(conn)?;
    unsigned(waiting)
}

/// Which of these positions are still in line.
pub(super) fn still_waiting(conn: &mut Conn, positions: Vec<i64>) -> Result<BTreeSet<i64>> {
    let rows = audit_pending::table.filter(audit_pending::position.eq_any(positions)).select(audit_pending::position);
    Ok(rows.load(conn)?.into_iter().collect())
}

/// Takes events out of the line.
pub(super) fn take(conn: &mut Conn, positions: Vec<i64>) -> Result<()> {
    diesel::delete(audit_pending::table.filter(audit_pending::position.eq_any(positions))).execute(conn)?;
    Ok(())
}

/// The installation's log, that of every practice, and those in `also`.
pub(super) fn logs(conn: &mut Conn, also: BTreeSet<PracticeId>) -> Result<Vec<Log>> {
    let mut logs = also;
    logs.insert(Log::Installation.id());
    logs.extend(practice::table.select(practice::id).load::<PracticeId>(conn)?);
    Ok(logs.into_iter().map(Log::of_id).collect())
}

/// How many events of a log wait, and how many neither wait nor are sealed.
pub(super) fn unsealed(conn: &mut Conn, log: Log) -> Result<(u64, u64)> {
    let log = log.id();
    let events = audit_event::table.filter(audit_event::log_id.eq(log)).select(count_star()).single_value();
    let sealed = audit_leaf::table.filter(audit_leaf::log_id.eq(log)).select(count_star()).single_value();
    let waiting = audit_pending::table.filter(audit_pending::log_id.eq(log)).select(count_star()).single_value();
    // One statement, so that an event that is just being sealed is counted once.
    let (events, sealed, waiting): (Option<i64>, Option<i64>, Option<i64>) =
        diesel::select((events, sealed, waiting)).get_result(conn)?;
    let [events, sealed, waiting] = [events, sealed, waiting].map(Option::unwrap_or_default);
    Ok((waiting.unsigned_abs(), u64::try_from(events - sealed - waiting).unwrap_or(0)))
}

/// The bytes of a tile; none if it is not stored.
pub(super) fn tile(conn: &mut Conn, log: Log, at: TileAt) -> Result<Vec<u8>> {
    let found = audit_tile::table
        .find((log.id(), i32::from(at.level), signed(at.index)?))
        .select(audit_tile::hashes)
        .first(conn)
        .optional()?;
    Ok(found.unwrap_or_default())
}

/// Stores a tile anew.
pub(super) fn put_tile(conn: &mut Conn, log: Log, at: TileAt, hashes: &[u8]) -> Result<()> {
    let number = signed(at.index)?;
    let found = audit_tile::table.find((log.id(), i32::from(at.level), number));
    let updated = diesel::update(found).set(audit_tile::hashes.eq(hashes)).execute(conn)?;
    if updated == 0 {
        diesel::insert_into(audit_tile::table)
            .values((
                audit_tile::log_id.eq(log.id()),
                audit_tile::level.eq(i32::from(at.level)),
                audit_tile::number.eq(number),
                audit_tile::hashes.eq(hashes),
            ))
            .execute(conn)?;
    }
    Ok(())
}

/// One stored checkpoint of a log, with the time it was signed: that of this size, or the newest.
pub(super) fn checkpoint(conn: &mut Conn, log: Log, size: Option<u64>) -> Result<Option<(Stored, Timestamp)>> {
    let mut query = audit_checkpoint::table.filter(audit_checkpoint::log_id.eq(log.id())).into_boxed();
    if let Some(size) = size {
        query = query.filter(audit_checkpoint::size.eq(signed(size)?));
    }
    let found: Option<(i64, String, Timestamp)> = query
        .order(audit_checkpoint::size.desc())
        .select((audit_checkpoint::size, audit_checkpoint::note, audit_checkpoint::at))
        .first(conn)
        .optional()?;
    found.map(|(size, note, at)| Ok((Stored { size: unsigned(size)?, note }, at))).transpose()
}

/// Checkpoints of a log, newest first, those smaller than `before` only.
pub(super) fn checkpoints_before(
    conn: &mut Conn,
    log: Log,
    before: Option<u64>,
    most: i64,
) -> Result<Vec<(Stored, Timestamp)>> {
    let mut query = audit_checkpoint::table.filter(audit_checkpoint::log_id.eq(log.id())).into_boxed();
    if let Some(before) = before {
        query = query.filter(audit_checkpoint::size.lt(signed(before)?));
    }
    let rows: Vec<(i64, String, Timestamp)> = query
        .order(audit_checkpoint::size.desc())
        .limit(most)
        .select((audit_checkpoint::size, audit_checkpoint::note, audit_checkpoint::at))
        .load(conn)?;
    rows.into_iter().map(|(size, note, at)| Ok((Stored { size: unsigned(size)?, note }, at))).collect()
}

/// All checkpoints of a log, smallest first.
pub(super) fn all_checkpoints(conn: &mut Conn, log: Log) -> Result<Vec<Stored>> {
    let rows: Vec<(i64, String)> = audit_checkpoint::table
        .filter(audit_checkpoint::log_id.eq(log.id()))
        .order(audit_checkpoint::size)
        .select((audit_checkpoint::size, audit_checkpoint::note))
        .load(conn)?;
    rows.into_iter().map(|(size, note)| Ok(Stored { size: unsigned(size)?, note })).collect()
}

/// Stores a signed checkpoint.
pub(super) fn put_checkpoint(conn: &mut Conn, log: Log, stored: &Stored, at: Timestamp) -> Result<()> {
    diesel::insert_into(audit_checkpoint::table)
        .values((
            audit_checkpoint::log_id.eq(log.id()),
            audit_checkpoint::size.eq(signed(stored.size)?),
            audit_checkpoint::note.eq(&stored.note),
            audit_checkpoint::at.eq(at),
        ))
        .execute(conn)?;
    Ok(())
}

/// The number after the greatest one in the log; 0 for an empty log.
pub(super) fn end(conn: &mut Conn, log: Log) -> Result<u64> {
    let greatest: Option<i64> = audit_leaf::table
        .filter(audit_leaf::log_id.eq(log.id()))
        .select(diesel::dsl::max(audit_leaf::seq))
        .first(conn)?;
    greatest.map_or(Ok(0), |greatest| unsigned(greatest).map(|greatest| greatest + 1))
}

/// The leaf with this number.
pub(super) fn leaf(conn: &mut Conn, log: Log, seq: u64) -> Result<Option<Vec<u8>>> {
    Ok(raw_leaves(conn, log, seq, seq + 1)?.pop().map(|(_, leaf, _)| leaf))
}

/// Sealed rows of one log in the order of their numbers, page by page, each in queries of its own.
pub(super) struct Rows<'c> {
    conn: &'c mut Conn,
    log: Log,
    next: u64,
    end: u64,
    page: std::vec::IntoIter<SealedRow>,
}

impl<'c> Rows<'c> {
    /// The rows numbered from 0 up to, and without, `end`.
    pub(super) fn new(conn: &'c mut Conn, log: Log, end: u64) -> Self {
        Self { conn, log, next: 0, end, page: Vec::new().into_iter() }
    }
}

impl Iterator for Rows<'_> {
    type Item = Result<SealedRow>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(row) = self.page.next() {
                return Some(Ok(row));
            }
            if self.next >= self.end {
                return None;
            }
            let to = self.end.min(self.next + PAGE);
            match rows(self.conn, self.log, self.next, to) {
                Ok(rows) => {
                    self.page = rows.into_iter();
                    self.next = to;
                }
                Err(error) => {
                    self.next = self.end;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// The rows numbered `from..to`. What somebody made unreadable is narrowed down to its row.
fn rows(conn: &mut Conn, log: Log, from: u64, to: u64) -> Result<Vec<SealedRow>> {
    match readable_rows(conn, log, from, to) {
        Err(error) if error.code == Code::Internal && to - from > 1 => {
            let middle = from + (to - from) / 2;
            let mut left = rows(conn, log, from, middle)?;
            left.extend(rows(conn, log, middle, to)?);
            Ok(left)
        }
        Err(error) if error.code == Code::Internal => {
            let leaves = raw_leaves(conn, log, from, to)?;
            Ok(leaves
                .into_iter()
                .map(|(seq, leaf, leaf_hash)| SealedRow {
                    seq,
                    leaf,
                    leaf_hash,
                    columns: None,
                    beside: Beside::Nothing,
                })
                .collect())
        }
        other => other,
    }
}

type Cells = (i64, Vec<u8>, EventId, Timestamp, Option<StaffId>, String, String, Vec<u8>);

fn readable_rows(conn: &mut Conn, log: Log, from: u64, to: u64) -> Result<Vec<SealedRow>> {
    let cells: Vec<Cells> = audit_leaf::table
        .inner_join(
            audit_event::table
                .on(audit_event::log_id.eq(audit_leaf::log_id).and(audit_event::id.eq(audit_leaf::event_id))),
        )
        .filter(audit_leaf::log_id.eq(log.id()))
        .filter(audit_leaf::seq.ge(signed(from)?))
        .filter(audit_leaf::seq.lt(signed(to)?))
        .order(audit_leaf::seq)
        .select((
            audit_leaf::seq,
            audit_leaf::leaf_hash,
            audit_event::id,
            audit_event::at,
            audit_event::actor_id,
            audit_event::action,
            audit_event::outcome,
            audit_event::leaf,
        ))
        .load(conn)?;
    let events: Vec<EventId> = cells.iter().map(|cells| cells.2).collect();
    let mut subjects = subjects(conn, log, &events)?;
    let mut texts = texts(conn, log, &events)?;
    let mut rows = Vec::with_capacity(cells.len());
    for (seq, hash, event, at, staff, action, outcome, leaf) in cells {
        let subjects = subjects.remove(&event).unwrap_or_default();
        let beside = match texts.remove(&event) {
            Some((salt, text)) => Beside::Text { salt, text },
            None => without_text(conn, log, &leaf)?,
        };
        let columns = Some(Columns { event, log, at, staff, action, outcome, subjects });
        rows.push(SealedRow { seq: unsigned(seq)?, leaf, leaf_hash: hash_of(&hash), columns, beside });
    }
    Ok(rows)
}

fn raw_leaves(conn: &mut Conn, log: Log, from: u64, to: u64) -> Result<Vec<(u64, Vec<u8>, Hash)>> {
    let rows: Vec<(i64, Vec<u8>, Vec<u8>)> = audit_leaf::table
        .inner_join(
            audit_event::table
                .on(audit_event::log_id.eq(audit_leaf::log_id).and(audit_event::id.eq(audit_leaf::event_id))),
        )
        .filter(audit_leaf::log_id.eq(log.id()))
        .filter(audit_leaf::seq.ge(signed(from)?))
        .filter(audit_leaf::seq.lt(signed(to)?))
        .order(audit_leaf::seq)
        .select((audit_leaf::seq, audit_event::leaf, audit_leaf::leaf_hash))
        .load(conn)?;
    rows.into_iter().map(|(seq, leaf, hash)| Ok((unsigned(seq)?, leaf, hash_of(&hash)))).collect()
}

fn subjects(conn: &mut Conn, log: Log, events: &[EventId]) -> Result<BTreeMap<EventId, BTreeSet<PatientId>>> {
    let rows: Vec<(EventId, PatientId)> = audit_subject::table
        .filter(audit_subject::log_id.eq(log.id()))
        .filter(audit_subject::event_id.eq_any(events.to_vec()))
        .select((audit_subject::event_id, audit_subject::patient_id))
        .load(conn)?;
    let mut subjects: BTreeMap<EventId, BTreeSet<PatientId>> = BTreeMap::new();
    for (event, patient) in rows {
        subjects.entry(event).or_default().insert(patient);
    }
    Ok(subjects)
}

/// The texts beside these events with their salts; a salt of another length than 32 bytes becomes one that fits nothing.
pub(super) fn texts(conn: &mut Conn, log: Log, events: &[EventId]) -> Result<BTreeMap<EventId, ([u8; 32], String)>> {
    let rows: Vec<(EventId, Vec<u8>, String)> = audit_text::table
        .filter(audit_text::log_id.eq(log.id()))
        .filter(audit_text::event_id.eq_any(events.to_vec()))
        .select((audit_text::event_id, audit_text::salt, audit_text::text))
        .load(conn)?;
    Ok(rows.into_iter().map(|(event, salt, text)| (event, (salt.try_into().unwrap_or_default(), text))).collect())
}

/// Why an event has no text: it never had one, the record was disposed of, or there is no reason.
fn without_text(conn: &mut Conn, log: Log, leaf: &[u8]) -> Result<Beside> {
    let Some(event) = Event::read(leaf).ok().filter(|event| event.text.is_some()) else { return Ok(Beside::Nothing) };
    let disposed = is_disposed_of(conn, log.id(), &event.subjects)?;
    Ok(if disposed { Beside::Disposed } else { Beside::Nothing })
}

/// Whether the record of one of these was disposed of, in which case its words are gone for good reason.
pub(super) fn is_disposed_of(conn: &mut Conn, practice: PracticeId, subjects: &BTreeSet<PatientId>) -> Result<bool> {
    let disposed = disposal::table
        .filter(disposal::practice_id.eq(practice))
        .filter(disposal::patient_id.eq_any(subjects.iter().copied().collect::<Vec<_>>()));
    Ok(disposed.select(count_star()).first::<i64>(conn)? > 0)
}

/// A stored hash; one of another length becomes one that no leaf has.
fn hash_of(bytes: &[u8]) -> Hash {
    Hash(bytes.try_into().unwrap_or_default())
}

pub(super) fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::not_found())
}

pub(super) fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(Error::internal)
}
