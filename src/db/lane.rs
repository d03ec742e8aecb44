//! The lanes: threads that own a connection and bring work into the database in batches.
//!
//! SQLite has one lane for everything. Each write runs in a savepoint of its own inside one transaction, which is
//! committed once for all. PostgreSQL has a lane of several threads for writes, one transaction each, and one lane
//! that appends the events of reads in batches.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::append::{self, Standing};
use super::failure::{may_run_again, moved};
use super::pulse::Pulse;
use super::queue::{Queue, Taken};
use super::tx::Trail;
use super::{Address, Backend, Conn};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::figures;
use diesel::connection::SimpleConnection;

/// How often PostgreSQL may find a write not serializable before it is given up.
const ATTEMPTS: u32 = 8;
/// How often of these it runs beside the other writes of this process; from then on it runs alone.
const BESIDE_OTHERS: u32 = 4;
/// A batch takes no more work once it has run so long.
const BATCH_TIME: Duration = Duration::from_millis(20);
/// A lane that nobody asks anything for so long looks after its connection.
const PATIENCE: Duration = Duration::from_millis(500);

/// A piece of writing that can be run again, and is answered once its outcome is known.
pub(super) trait Job: Send {
    /// Runs inside a transaction or savepoint. `Err` undoes it; the trail it yields is then written on its own.
    fn run(&mut self, conn: &mut Conn) -> Result<Trail, Undone>;
    /// Keeps what the caller shall be told if the commit succeeds.
    fn settle(&mut self, error: Error);
    /// Tells the caller.
    fn answer(self: Box<Self>, committed: Result<()>);
    /// How the transaction begins on PostgreSQL.
    fn begin(&self) -> &'static str;
}

/// A closure that failed, with the event of its refusal.
pub(super) struct Undone {
    pub(super) error: Error,
    pub(super) trail: Trail,
}

/// What became of the events of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Appended {
    /// They are durable.
    Durable,
    /// What the read rests on has changed meanwhile: nothing was written, read again.
    Moved,
}

/// The events of one read or one refusal.
pub(super) struct Append {
    pub(super) trail: Trail,
    /// Tells the caller.
    pub(super) answer: Box<dyn FnOnce(Result<Appended>) + Send>,
}

/// Work for a lane.
pub(super) enum Work {
    Write(Box<dyn Job>),
    Append(Append),
}

/// Threads with a queue before them.
pub(super) struct Lane {
    queue: Arc<Queue<Work>>,
    pulse: Arc<Pulse>,
    threads: Vec<JoinHandle<()>>,
}

impl Lane {
    /// Opens `threads` connections and starts working. `batch` is how many writes share a commit.
    pub(super) fn start(address: &Address, clock: &Clock, threads: usize, batch: usize, bound: usize) -> Result<Self> {
        let queue = Arc::new(Queue::new(bound));
        let mut lane = Self { queue: queue.clone(), pulse: Arc::default(), threads: Vec::new() };
        let turns = Arc::default();
        for number in 0..threads {
            let worker = Worker {
                conn: Some(address.connect()?),
                address: address.clone(),
                backend: address.backend(),
                clock: clock.clone(),
                turns: Arc::clone(&turns),
                pulse: lane.pulse.clone(),
            };
            let queue = queue.clone();
            let thread = std::thread::Builder::new().name(format!("lane-{number}"));
            lane.threads.push(thread.spawn(move || worker.work(&queue, batch)).map_err(Error::internal)?);
        }
        Ok(lane)
    }

    /// Puts work in line.
    ///
    /// # Errors
    /// [`Code::Unavailable`] when the line is full.
    pub(super) fn put(&self, work: Work, urgent: bool) -> Result<()> {
        self.queue.put(work, urgent).map_err(|_| Error::later(Code::Unavailable, 1))
    }

    /// Puts the events of a read in line; when the line is full, its caller is told so.
    pub(super) fn append(&self, append: Append) {
        if let Err(Work::Append(Append { answer, .. })) = self.queue.put(Work::Append(append), true) {
            answer(Err(Error::later(Code::Unavailable, 1)));
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Whether the database gave way when this lane last wrote.
    pub(super) fn is_broken(&self) -> bool {
        self.pulse.is_broken()
    }

    /// Why callers are turned away, or cannot rely on being answered, in words.
    pub(super) fn trouble(&self) -> Option<String> {
        let waiting = self.waiting();
        let full = self.queue.is_full().then(|| "the line is full".to_owned());
        self.pulse.trouble().or(full).map(|trouble| format!("{trouble}; {waiting} calls wait"))
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.queue.close();
        for thread in self.threads.drain(..) {
            // A lane that panicked has dropped its work, whose callers were told.
            drop(thread.join());
        }
    }
}

struct Worker {
    conn: Option<Conn>,
    address: Address,
    backend: Backend,
    clock: Clock,
    /// Held for reading by each write, and for writing by one that keeps losing against the others.
    turns: Arc<RwLock<()>>,
    pulse: Arc<Pulse>,
}

impl Worker {
    fn work(mut self, queue: &Queue<Work>, batch: usize) {
        loop {
            match queue.take(batch, 1, PATIENCE) {
                Taken::Batch(work) => {
                    let (mut appends, mut writes) = (Vec::new(), Vec::new());
                    for piece in work {
                        match piece {
                            Work::Append(append) => appends.push(append),
                            Work::Write(job) => writes.push(job),
                        }
                    }
                    self.batch(appends, writes);
                }
                Taken::Idle => self.rest(),
                Taken::Closed => return,
            }
        }
    }

    fn rest(&mut self) {
        if let (Backend::Sqlite, Some(conn)) = (self.backend, &mut self.conn) {
            // Only saves the next commit the work; a failure shows there.
            drop(conn.batch_execute("PRAGMA wal_checkpoint(PASSIVE)"));
        }
    }

    fn batch(&mut self, appends: Vec<Append>, writes: Vec<Box<dyn Job>>) {
        let began = Instant::now();
        self.pulse.begins();
        self.carry_out(appends, writes);
        // A connection that failed was let go.
        self.pulse.ends(self.conn.is_none());
        figures::batch(began.elapsed());
    }

    fn carry_out(&mut self, appends: Vec<Append>, writes: Vec<Box<dyn Job>>) {
        match self.backend {
            Backend::Sqlite => self.together(appends, writes),
            Backend::Postgres => {
                if !appends.is_empty() {
                    self.together(appends, Vec::new());
                }
                for job in writes {
                    self.alone(job);
                }
            }
        }
    }

    /// One transaction for everything: first the reads' events, checked against the state before any write.
    fn together(&mut self, appends: Vec<Append>, mut writes: Vec<Box<dyn Job>>) {
        let mut late = Vec::new();
        let outcome = self.commit_together(&appends, &mut writes, &mut late);
        if outcome.is_err() {
            self.conn = None;
        }
        match outcome {
            Ok(appended) => {
                for (append, became) in appends.into_iter().zip(appended) {
                    (append.answer)(Ok(became));
                }
                for job in writes {
                    job.answer(Ok(()));
                }
                // Each round does at least one, so that this comes to an end.
                if !late.is_empty() {
                    self.together(Vec::new(), late);
                }
            }
            Err(error) => {
                for append in appends {
                    // A read changes nothing: it is simply not answered, whatever became of its event.
                    (append.answer)(Err(Error::later(Code::Unavailable, 2)));
                }
                for job in writes.into_iter().chain(late) {
                    job.answer(Err(again(&error)));
                }
            }
        }
    }

    fn commit_together(
        &mut self,
        appends: &[Append],
        writes: &mut Vec<Box<dyn Job>>,
        late: &mut Vec<Box<dyn Job>>,
    ) -> Result<Vec<Appended>> {
        let (backend, now) = (self.backend, self.clock.now());
        let conn = self.connection()?;
        conn.batch_execute(match backend {
            Backend::Sqlite => "BEGIN IMMEDIATE",
            Backend::Postgres => "BEGIN ISOLATION LEVEL READ COMMITTED",
        })?;
        let standing = Standing::read(conn, backend, appends.iter().map(|append| &append.trail), now)?;
        let judge = |append: &Append| if standing.holds(&append.trail) { Appended::Durable } else { Appended::Moved };
        let appended: Vec<_> = appends.iter().map(judge).collect();
        let held = appends.iter().zip(&appended).filter(|(_, became)| **became == Appended::Durable);
        append::insert(conn, held.map(|(append, _)| &append.trail))?;
        let began = Instant::now();
        let mut done = 0;
        while done < writes.len() && (done == 0 || began.elapsed() < BATCH_TIME) {
            run_in_savepoint(conn, writes[done].as_mut()).map_err(unknown)?;
            done += 1;
        }
        late.extend(writes.drain(done..));
        conn.batch_execute("COMMIT").map_err(unknown)?;
        Ok(appended)
    }

    /// One PostgreSQL transaction for one write, run again while it is not serializable.
    fn alone(&mut self, mut job: Box<dyn Job>) {
        for attempt in 1..=ATTEMPTS {
            match self.take_turn(attempt, job.as_mut()) {
                Ok(()) => return job.answer(Ok(())),
                Err(error) if attempt < ATTEMPTS && may_run_again(&error) => {
                    let conn = self.conn.as_mut();
                    if conn.is_none_or(|conn| conn.batch_execute("ROLLBACK").is_err()) {
                        self.conn = None;
                    }
                    #[expect(
                        clippy::disallowed_methods,
                        reason = "a bounded wait before a retry, on a thread of its own"
                    )]
                    std::thread::sleep(jitter(attempt, &self.clock));
                }
                Err(error) => {
                    self.conn = None;
                    return job.answer(Err(error));
                }
            }
        }
    }

    fn take_turn(&mut self, attempt: u32, job: &mut dyn Job) -> Result<()> {
        let turns = Arc::clone(&self.turns);
        if attempt <= BESIDE_OTHERS {
            let _beside = turns.read().unwrap_or_else(PoisonError::into_inner);
            self.commit_alone(job)
        } else {
            let _alone = turns.write().unwrap_or_else(PoisonError::into_inner);
            self.commit_alone(job)
        }
    }

    fn commit_alone(&mut self, job: &mut dyn Job) -> Result<()> {
        let now = self.clock.now();
        let conn = self.connection()?;
        conn.batch_execute(job.begin())?;
        match guarded(conn, job) {
            Ok(trail) => {
                append::hold(conn, &trail)?;
                append::insert(conn, [&trail])?;
                conn.batch_execute("COMMIT").map_err(|cause| match Error::from(cause) {
                    error if may_run_again(&error) => error,
                    error => unknown(error),
                })
            }
            Err(Undone { error, .. }) if may_run_again(&error) => Err(error),
            Err(Undone { error, trail }) => {
                conn.batch_execute("ROLLBACK; BEGIN ISOLATION LEVEL READ COMMITTED")?;
                // A refusal that shows what stands now is released as a read is.
                if !Standing::read(conn, Backend::Postgres, std::iter::once(&trail), now)?.holds(&trail) {
                    return Err(moved());
                }
                append::insert(conn, [&trail])?;
                conn.batch_execute("COMMIT")?;
                job.settle(error);
                Ok(())
            }
        }
    }

    fn connection(&mut self) -> Result<&mut Conn> {
        if self.conn.is_none() {
            self.conn = Some(self.address.connect()?);
        }
        self.conn.as_mut().ok_or_else(|| Error::of(Code::Unavailable))
    }
}

/// Runs a job so that its failure undoes it alone. SQLite drops the whole transaction when the disk is full or fails:
/// then the savepoint is gone too, `RELEASE` or `ROLLBACK TO` fails, and with it the batch. Events are written after
/// that, or they would be kept one by one, of what was not.
fn run_in_savepoint(conn: &mut Conn, job: &mut dyn Job) -> Result<()> {
    conn.batch_execute("SAVEPOINT job")?;
    match guarded(conn, job) {
        Ok(trail) => {
            conn.batch_execute("RELEASE job")?;
            append::insert(conn, [&trail])
        }
        Err(Undone { error, trail }) => {
            conn.batch_execute("ROLLBACK TO job; RELEASE job")?;
            append::insert(conn, [&trail])?;
            job.settle(error);
            Ok(())
        }
    }
}

fn guarded(conn: &mut Conn, job: &mut dyn Job) -> Result<Trail, Undone> {
    let began = Instant::now();
    let ran = catch_unwind(AssertUnwindSafe(|| job.run(conn)));
    figures::closure(began.elapsed());
    ran.unwrap_or_else(|_| Err(Undone { error: Error::internal("a closure panicked"), trail: Trail::default() }))
}

fn unknown(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error { cause: Some(cause.into()), ..Error::later(Code::OutcomeUnknown, 2) }
}

/// The same bad news for everyone in the batch; the cause went to the log once.
fn again(error: &Error) -> Error {
    Error::later(if error.code == Code::OutcomeUnknown { error.code } else { Code::Unavailable }, 2)
}

/// A few milliseconds, more with every attempt, and not the same for two lanes.
fn jitter(attempt: u32, clock: &Clock) -> Duration {
    let spread = u64::try_from(clock.now().micros().rem_euclid(1_000)).unwrap_or(0);
    Duration::from_micros((1 << attempt) * 500 + spread * u64::from(attempt))
}
