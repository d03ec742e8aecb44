//! Writing events down, and checking that what a read rests on still stands.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::schema::{audit_event, audit_pending, audit_subject, audit_text, patient, staff};
use super::tx::{Recorded, Rests, Trail};
use super::{Backend, Conn};
use crate::audit::By;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{PatientId, PracticeId, StaffId};

/// Rows of one statement on PostgreSQL, of at most seven values each: it binds 65,535.
const ROWS: usize = 5_000;

/// Inserts rows: one by one with a statement that stays prepared, which is quickest on SQLite; many a statement on
/// PostgreSQL, where each is a way there and back.
macro_rules! insert_rows {
    ($conn:expr, $table:expr, $rows:expr) => {{
        let rows: Vec<_> = $rows;
        match $conn {
            Conn::Sqlite(conn) => {
                for row in &rows {
                    diesel::insert_into($table).values(row).execute(conn)?;
                }
            }
            Conn::Postgres(conn) => {
                for rows in rows.chunks(ROWS) {
                    match rows {
                        [row] => diesel::insert_into($table).values(row).execute(conn)?,
                        rows => diesel::insert_into($table).values(rows).execute(conn)?,
                    };
                }
            }
        }
    }};
}

/// Inserts the events of trails, each with its subjects, its text and its place in line for sealing, in this order.
pub(super) fn insert<'t>(conn: &mut Conn, trails: impl IntoIterator<Item = &'t Trail>) -> Result<()> {
    let recorded: Vec<_> = trails.into_iter().flat_map(|trail| &trail.events).collect();
    let events = recorded.iter().map(|Recorded { event, .. }| {
        let actor = match event.actor {
            By::Staff { staff, .. } => Some(staff),
            By::Stranger | By::System => None,
        };
        Ok((
            audit_event::log_id.eq(event.log.id()),
            audit_event::id.eq(event.id),
            audit_event::at.eq(event.at),
            audit_event::actor_id.eq(actor),
            audit_event::action.eq(event.action),
            audit_event::outcome.eq(<&'static str>::from(event.outcome)),
            audit_event::leaf.eq(event.leaf()?),
        ))
    });
    insert_rows!(conn, audit_event::table, events.collect::<Result<_>>()?);
    let subjects = recorded.iter().flat_map(|Recorded { event, .. }| {
        event.subjects.iter().map(|subject| {
            (
                audit_subject::log_id.eq(event.log.id()),
                audit_subject::patient_id.eq(*subject),
                audit_subject::event_id.eq(event.id),
            )
        })
    });
    insert_rows!(conn, audit_subject::table, subjects.collect());
    let texts = recorded.iter().filter_map(|Recorded { event, text }| {
        let (salt, text) = text.as_ref()?;
        Some((
            audit_text::log_id.eq(event.log.id()),
            audit_text::event_id.eq(event.id),
            audit_text::salt.eq(salt.as_slice()),
            audit_text::text.eq(text),
        ))
    });
    insert_rows!(conn, audit_text::table, texts.collect());
    let pending = recorded
        .iter()
        .map(|Recorded { event, .. }| (audit_pending::log_id.eq(event.log.id()), audit_pending::event_id.eq(event.id)));
    insert_rows!(conn, audit_pending::table, pending.collect());
    Ok(())
}

/// Locks what a write rests on until its commit, waiting for whoever is changing it. In a serializable transaction this
/// fails, to be run again, when any of it was changed since the write began: so no event gets its place in line behind
/// that of the change which ended the access it rests on. SQLite has but one writer.
pub(super) fn hold(conn: &mut Conn, trail: &Trail) -> Result<()> {
    let Conn::Postgres(conn) = conn else { return Ok(()) };
    for (practice, rests, _) in &trail.rests {
        match rests {
            Rests::Staff(id) => {
                staff::table.find((practice, id)).select(staff::id).for_share().execute(conn)?;
            }
            Rests::Patient(id) => {
                patient::table.find((practice, id)).select(patient::id).for_share().execute(conn)?;
            }
        }
    }
    Ok(())
}

/// The access versions as they stand now, for all trails of a batch at once.
pub(super) struct Standing {
    versions: BTreeMap<Rests, i64>,
    now: Timestamp,
}

impl Standing {
    /// Reads the versions that `trails` rest on. PostgreSQL locks the rows against change until the commit and leaves
    /// out those that somebody is changing right now, which then count as moved; SQLite has but one writer.
    pub(super) fn read<'t>(
        conn: &mut Conn,
        backend: Backend,
        trails: impl Iterator<Item = &'t Trail>,
        now: Timestamp,
    ) -> Result<Self> {
        let (mut practices, mut people, mut patients) = (Vec::new(), Vec::new(), Vec::new());
        for (practice, rests, _) in trails.flat_map(|trail| &trail.rests) {
            practices.push(*practice);
            match rests {
                Rests::Staff(id) => people.push(*id),
                Rests::Patient(id) => patients.push(*id),
            }
        }
        practices.sort_unstable();
        practices.dedup();
        people.sort_unstable();
        people.dedup();
        patients.sort_unstable();
        patients.dedup();
        let mut versions = BTreeMap::new();
        for (id, version) in staff_versions(conn, backend, &practices, &people)? {
            versions.insert(Rests::Staff(id), version);
        }
        for (id, version) in patient_versions(conn, backend, &practices, &patients)? {
            versions.insert(Rests::Patient(id), version);
        }
        Ok(Self { versions, now })
    }

    /// Whether everything that `trail` rests on is as it was when it was read.
    pub(super) fn holds(&self, trail: &Trail) -> bool {
        trail.valid_until.is_none_or(|until| self.now < until)
            && trail.rests.iter().all(|(_, rests, version)| self.versions.get(rests) == Some(version))
    }
}

fn staff_versions(
    conn: &mut Conn,
    backend: Backend,
    practices: &[PracticeId],
    ids: &[StaffId],
) -> Result<Vec<(StaffId, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = staff::table
        .filter(staff::practice_id.eq_any(practices.to_vec()))
        .filter(staff::id.eq_any(ids.to_vec()))
        .order(staff::id)
        .select((staff::id, staff::access_version));
    Ok(match (backend, conn) {
        (Backend::Postgres, Conn::Postgres(conn)) => query.for_share().skip_locked().load(conn)?,
        (_, conn) => query.load(conn)?,
    })
}

fn patient_versions(
    conn: &mut Conn,
    backend: Backend,
    practices: &[PracticeId],
    ids: &[PatientId],
) -> Result<Vec<(PatientId, i64)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let query = patient::table
        .filter(patient::practice_id.eq_any(practices.to_vec()))
        .filter(patient::id.eq_any(ids.to_vec()))
        .order(patient::id)
        .select((patient::id, patient::access_version));
    Ok(match (backend, conn) {
        (Backend::Postgres, Conn::Postgres(conn)) => query.for_share().skip_locked().load(conn)?,
        (_, conn) => query.load(conn)?,
    })
}

/// Says that what this person may see has changed: reads that rest on the former state are not released.
///
/// # Errors
/// The database's.
pub fn bump_staff(conn: &mut Conn, practice: PracticeId, id: StaffId) -> Result<()> {
    diesel::update(staff::table.find((practice, id)))
        .set(staff::access_version.eq(staff::access_version + 1))
        .execute(conn)?;
    Ok(())
}

/// Says that who may see this patient has changed.
///
/// # Errors
/// The database's.
pub fn bump_patient(conn: &mut Conn, practice: PracticeId, id: PatientId) -> Result<()> {
    diesel::update(patient::table.find((practice, id)))
        .set(patient::access_version.eq(patient::access_version + 1))
        .execute(conn)?;
    Ok(())
}
