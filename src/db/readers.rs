//! The threads that read. Each owns a connection, opened when it is first needed.
//!
//! After every commit SQLite lets a reader's cached pages go, so the reads that wait share a snapshot taken after they
//! all arrived. On PostgreSQL, where an error ends the transaction, each has its own.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::oneshot;

use super::queue::{Queue, Taken};
use super::{Address, Backend, Conn};
use crate::error::{Code, Error, Result};

/// How long a read waits to be begun.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many SQLite reads share a snapshot at most.
const SHARE: usize = 16;

/// A read, which is told so when there is no connection.
type Read = Box<dyn FnOnce(Result<&mut Conn>) + Send>;
/// A read in line: the thread takes it out to begin it, or the caller to give it up.
type Slot = Arc<Mutex<Option<Read>>>;

/// Threads for reading, with a queue before them.
pub(super) struct Readers {
    queue: Arc<Queue<Slot>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// Starts so many threads. At most `bound` reads wait for them.
    pub(super) fn start(address: &Address, threads: usize, bound: usize) -> Result<Self> {
        let mut readers = Self { queue: Arc::new(Queue::new(bound)), threads: Vec::new() };
        for number in 0..threads {
            let (reader, queue) = (Reader { address: address.clone(), conn: None }, readers.queue.clone());
            let thread = std::thread::Builder::new().name(format!("reader-{number}"));
            readers.threads.push(thread.spawn(move || reader.work(&queue, threads)).map_err(Error::internal)?);
        }
        Ok(readers)
    }

    /// Has `read` run in a read-only snapshot, and waits for what it has `answered`.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when too many wait, or none of the threads came to it in time; else what was answered.
    pub(super) async fn run<T>(
        &self,
        read: impl FnOnce(Result<&mut Conn>) + Send + 'static,
        mut answered: oneshot::Receiver<Result<T>>,
    ) -> Result<T> {
        let turned_away = || Error::later(Code::Unavailable, 1);
        let slot: Slot = Arc::new(Mutex::new(Some(Box::new(read))));
        self.queue.put(slot.clone(), true).map_err(|_| turned_away())?;
        match tokio::time::timeout(PATIENCE, &mut answered).await {
            Ok(answer) => answer.map_err(Error::internal)?,
            Err(_) if take(&slot).is_some() => Err(turned_away()),
            Err(_) => answered.await.map_err(Error::internal)?,
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A thread that panicked has dropped its reads, whose callers were told.
            drop(thread.join());
        }
    }
}

fn take(slot: &Slot) -> Option<Read> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

struct Reader {
    address: Address,
    conn: Option<Conn>,
}

impl Reader {
    fn work(mut self, queue: &Queue<Slot>, among: usize) {
        let most = if self.address.backend() == Backend::Sqlite { SHARE } else { 1 };
        loop {
            match queue.take(most, among, PATIENCE) {
                Taken::Batch(slots) => self.snapshot(slots.iter().filter_map(take)),
                Taken::Idle => {}
                Taken::Closed => return,
            }
        }
    }

    /// Runs the reads in one read-only snapshot.
    fn snapshot(&mut self, reads: impl Iterator<Item = Read>) {
        let mut conn = match self.begin() {
            Ok(conn) => conn,
            Err(error) => {
                let mut known = Some(error);
                // The cause went to the log once.
                return reads.for_each(|read| {
                    read(Err(known.take().unwrap_or_else(|| Error::later(Code::Unavailable, 5))));
                });
            }
        };
        let mut whole = true;
        for read in reads {
            // Its caller is told by what it drops.
            whole &= catch_unwind(AssertUnwindSafe(|| read(Ok(&mut conn)))).is_ok();
        }
        // A connection that cannot end its transaction is dropped, and a new one made next time.
        if conn.batch_execute("COMMIT").is_ok() && whole {
            self.conn = Some(conn);
        }
    }

    fn begin(&mut self) -> Result<Conn> {
        let begin = match self.address.backend() {
            Backend::Sqlite => "BEGIN",
            Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        if let Some(mut conn) = self.conn.take()
            && conn.batch_execute(begin).is_ok()
        {
            return Ok(conn);
        }
        let mut conn = self.address.connect()?;
        if self.address.backend() == Backend::Sqlite {
            conn.batch_execute("PRAGMA query_only = ON")?;
        }
        conn.batch_execute(begin)?;
        Ok(conn)
    }
}
