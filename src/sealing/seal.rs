//! Sealing: what waits becomes leaves, the tree grows, and the new checkpoint is signed in the same transaction.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ed25519_dalek::{SigningKey, VerifyingKey};
use tokio::task::spawn_blocking;

use super::{CheckpointFile, query};
use crate::audit::Log;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::merkle::Tiles;
use crate::audit::verify::Stored;
use crate::clock::Timestamp;
use crate::db::{Conn, Db, dialect};
use crate::error::{Code, Error, Result};
use crate::figures;
use crate::ids::PracticeId;

/// Events sealed in one transaction: on SQLite they keep the one writer for some 15 ms.
const BATCH: usize = 1_000;

/// Why the audit log is not as well kept as it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Trouble {
    /// The file outside cannot be written: checkpoints are in the database alone.
    CheckpointFile,
    /// The file outside knows a longer log than the database: it was cut, or an older backup was restored.
    LogShortened,
    /// A log does not fit its newest checkpoint, so nothing more is sealed in it.
    LogDamaged,
    /// The database did not let the last sealing happen.
    Database,
}

/// Seals what waits. One at a time; on PostgreSQL also among several processes.
pub struct Sealer {
    signing: SigningKey,
    known: Vec<VerifyingKey>,
    file: CheckpointFile,
    turn: tokio::sync::Mutex<Turn>,
    troubles: Mutex<BTreeSet<Trouble>>,
    done: Mutex<Option<Timestamp>>,
}

#[derive(Default)]
struct Turn {
    /// Whether the file's end is known to be whole and the database to hold nothing that it lacks.
    file_ready: bool,
    /// The newest checkpoint of each log that the file still lacks.
    owed: BTreeMap<PracticeId, Stored>,
    /// Logs that are damaged.
    damaged: Vec<PracticeId>,
}

/// What one transaction sealed.
#[derive(Default)]
struct Sealed {
    events: u64,
    checkpoints: Vec<(PracticeId, Stored)>,
    damaged: Vec<PracticeId>,
}

impl Sealer {
    /// A sealer that signs with `signing` and knows the logs by its public key and the `former` ones.
    #[must_use]
    pub fn new(signing: SigningKey, former: Vec<VerifyingKey>, file: CheckpointFile) -> Self {
        let mut known = vec![signing.verifying_key()];
        known.extend(former);
        Self {
            signing,
            known,
            file,
            turn: tokio::sync::Mutex::default(),
            troubles: Mutex::default(),
            done: Mutex::default(),
        }
    }

    /// The public keys that checkpoints are signed with, the present one first.
    #[must_use]
    pub fn keys(&self) -> &[VerifyingKey] {
        &self.known
    }

    /// What is wrong at the moment, for readiness.
    #[must_use]
    pub fn troubles(&self) -> Vec<Trouble> {
        self.lock_troubles().iter().copied().collect()
    }

    /// Seconds since everything was sealed last; 0 before it first was.
    #[must_use]
    pub fn behind(&self, now: Timestamp) -> i64 {
        let done = *self.done.lock().unwrap_or_else(PoisonError::into_inner);
        done.map_or(0, |done| now.seconds_since(done))
    }

    fn lock_troubles(&self) -> MutexGuard<'_, BTreeSet<Trouble>> {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Seals until nothing waits, then appends the newest checkpoint of each log to the file outside; returns how many
    /// events were sealed. What could not be done is tried again by the next call.
    ///
    /// # Errors
    /// The database's. A file that cannot be written is no error here: see [`Self::troubles`].
    pub async fn seal_all(&self, db: &Db, now: Timestamp) -> Result<u64> {
        let mut turn = self.turn.lock().await;
        let sealed = self.seal_waiting(db, &mut turn, now).await;
        let written = self.write_out(db, &mut turn).await;
        if sealed.is_ok() {
            *self.done.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
        }
        self.tell(Trouble::Database, sealed.as_ref().err());
        self.tell(Trouble::CheckpointFile, written.as_ref().err());
        self.set(Trouble::LogDamaged, !turn.damaged.is_empty());
        figures::unsealed(db.look(query::all_waiting).await?);
        sealed
    }

    async fn seal_waiting(&self, db: &Db, turn: &mut Turn, now: Timestamp) -> Result<u64> {
        let mut events = 0;
        loop {
            let except = turn.damaged.clone();
            // Read and hashed beside the writer, whose time is what others wait for.
            let waiting = db.look(move |conn| query::waiting(conn, &except, BATCH)).await?;
            if waiting.is_empty() {
                return Ok(events);
            }
            let all = waiting.len() < BATCH;
            let (key, known) = (self.signing.clone(), self.known.clone());
            let sealed = db.upkeep(move |conn| seal(conn, &waiting, &key, &known, now)).await?;
            for (log, stored) in sealed.checkpoints {
                turn.owed.insert(log, stored);
            }
            for log in &sealed.damaged {
                let log = Log::of_id(*log);
                tracing::error!(%log, "the log does not fit its newest checkpoint; verify it: nothing more is sealed in it");
            }
            figures::sealed(sealed.events);
            events += sealed.events;
            turn.damaged.extend(sealed.damaged);
            // Where nothing was sealed another process is at work.
            if all || sealed.events == 0 {
                return Ok(events);
            }
        }
    }

    async fn write_out(&self, db: &Db, turn: &mut Turn) -> Result<()> {
        if !turn.file_ready {
            self.catch_up(db, turn).await?;
            turn.file_ready = true;
        }
        if turn.owed.is_empty() {
            return Ok(());
        }
        let notes: String = turn.owed.values().map(|stored| stored.note.as_str()).collect();
        let file = self.file.clone();
        let appended = spawn_blocking(move || file.append(&notes)).await.map_err(Error::internal)?;
        match appended {
            Ok(()) => turn.owed.clear(),
            // Part of it may have been written.
            Err(_) => turn.file_ready = false,
        }
        appended
    }

    /// Repairs the file's end, and finds the checkpoints that were committed and never appended.
    async fn catch_up(&self, db: &Db, turn: &mut Turn) -> Result<()> {
        let file = self.file.clone();
        let read = spawn_blocking(move || Ok::<_, Error>((file.repair()?, file.newest()?)));
        let (cut, kept_outside) = read.await.map_err(Error::internal)??;
        if cut > 0 {
            tracing::warn!(bytes = cut, "cut off the checkpoint that was not written whole");
        }
        let logs = kept_outside.keys().copied().collect();
        let stored = db.look(move |conn| newest_of_all(conn, logs)).await?;
        let mut shortened = false;
        for (log, stored) in stored {
            let outside = kept_outside.get(&log.id()).copied().unwrap_or(0);
            let inside = stored.as_ref().map_or(0, |stored| stored.size);
            if inside < outside {
                tracing::error!(%log, inside, outside, "the log is shorter than the file outside says");
                shortened = true;
            }
            if let Some(stored) = stored.filter(|stored| stored.size > outside) {
                turn.owed.insert(log.id(), stored);
            }
        }
        self.set(Trouble::LogShortened, shortened);
        Ok(())
    }

    /// Logs the first failure of a kind, and remembers that it goes on.
    fn tell(&self, trouble: Trouble, error: Option<&Error>) {
        let begins = self.set(trouble, error.is_some());
        if let Some(error) = error.filter(|_| begins) {
            let cause = error.cause_without_values();
            tracing::error!(trouble = <&'static str>::from(trouble), detail = %error.detail, cause, "sealing");
        }
    }

    /// Says whether something is wrong; true if it was not wrong before.
    fn set(&self, trouble: Trouble, wrong: bool) -> bool {
        figures::audit_trouble(trouble.into(), wrong);
        let mut troubles = self.lock_troubles();
        if !wrong {
            troubles.remove(&trouble);
        }
        wrong && troubles.insert(trouble)
    }
}

fn newest_of_all(conn: &mut Conn, outside: BTreeSet<PracticeId>) -> Result<Vec<(Log, Option<Stored>)>> {
    let mut newest = Vec::new();
    for log in query::logs(conn, outside)? {
        newest.push((log, query::checkpoint(conn, log, None)?.map(|(stored, _)| stored)));
    }
    Ok(newest)
}

fn seal(
    conn: &mut Conn,
    waiting: &[query::Waiting],
    signing: &SigningKey,
    known: &[VerifyingKey],
    now: Timestamp,
) -> Result<Sealed> {
    let mut sealed = Sealed::default();
    if !dialect::may_seal(conn)? {
        return Ok(sealed);
    }
    // Another process may have sealed some of them since they were read.
    let still = query::still_waiting(conn, waiting.iter().map(|event| event.position).collect())?;
    let mut logs: BTreeMap<PracticeId, Vec<&query::Waiting>> = BTreeMap::new();
    for event in waiting.iter().filter(|event| still.contains(&event.position)) {
        logs.entry(event.log).or_default().push(event);
    }
    for (log, events) in logs {
        match seal_log(conn, Log::of_id(log), &events, signing, known, now)? {
            Some(stored) => {
                sealed.events += events.len() as u64;
                sealed.checkpoints.push((log, stored));
            }
            None => sealed.damaged.push(log),
        }
    }
    Ok(sealed)
}

/// Appends events to one log; nothing, with nothing changed, if the log does not fit its newest checkpoint: the tree must
/// not grow on what somebody else laid there.
fn seal_log(
    conn: &mut Conn,
    log: Log,
    events: &[&query::Waiting],
    signing: &SigningKey,
    known: &[VerifyingKey],
    now: Timestamp,
) -> Result<Option<Stored>> {
    let newest = query::checkpoint(conn, log, None)?.map(|(stored, _)| stored);
    let size = newest.as_ref().map_or(0, |stored| stored.size);
    if query::end(conn, log)? != size {
        return Ok(None);
    }
    let hashes: Vec<_> = events.iter().map(|event| event.hash).collect();
    let mut tiles = Tiles::new(|at| query::tile(conn, log, at));
    let grown = tiles.root(size).and_then(|root| {
        let fits = newest.as_ref().is_none_or(|stored| {
            Checkpoint::open(&stored.note, known).is_ok_and(|signed| signed == Checkpoint { log, size, root })
        });
        if fits { tiles.append(size, &hashes).map(Some) } else { Ok(None) }
    });
    let grown = match grown {
        Ok(Some(grown)) => grown,
        Err(error) if error.code != Code::Internal => return Err(error),
        Ok(None) | Err(_) => return Ok(None),
    };
    let leaves: Vec<_> = events.iter().map(|event| (event.event, event.hash)).collect();
    dialect::insert_leaves(conn, log.id(), query::signed(size)?, &leaves)?;
    query::take(conn, events.iter().map(|event| event.position).collect())?;
    for (at, hashes) in &grown.tiles {
        query::put_tile(conn, log, *at, hashes)?;
    }
    let note = Checkpoint { log, size: grown.size, root: grown.root }.sign(&[signing]);
    let stored = Stored { size: grown.size, note };
    query::put_checkpoint(conn, log, &stored, now)?;
    Ok(Some(stored))
}
