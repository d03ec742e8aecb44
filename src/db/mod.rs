//! The two databases behind two doors: [`Db::read`] and [`Db::write`].
//!
//! Both run the session, the facts, the decision and the rows in one transaction and let nothing out before the
//! audit event is durable. Closures may run again: they take owned input and touch nothing but the [`Tx`].

mod append;
mod calendar;
pub mod connection;
pub mod dialect;
mod failure;
mod job;
mod lane;
mod multi;
mod once;
mod pulse;
mod queue;
mod readers;
#[rustfmt::skip]
pub mod schema;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub mod trial;
mod tx;
pub mod types;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;

pub use append::{bump_patient, bump_staff};
pub use calendar::calendar;
pub use connection::{Address, Backend, is_current, migrate, revert};
pub use multi::{Conn, MultiBackend};
pub use once::{Retry, forget_old_keys};
pub use tx::Tx;

use crate::actor::{Party, Request};
use crate::clock::Clock;
use crate::error::{Code, Error, Result};
use crate::policy::Action;
use job::{Upkeep, Write};
use lane::{Append, Appended, Lane, Work};
use readers::Readers;
use tx::Trail;

/// How often a read starts over because access changed under it: over an eighth of a second, with the pauses.
const REREADS: u32 = 8;
/// How many SQLite writes share a commit at most.
const BATCH: usize = 64;

/// Who stands at the door of a transaction. It is asked inside the transaction, so what it says holds for all of it.
pub trait Door: Send + Sync {
    /// Finds out who acts.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`] when the session is not, or no longer, good.
    fn admit(&self, conn: &mut Conn, request: &Request) -> Result<Admitted>;

    /// Whether whoever was let in may do anything yet; a refusal leaves its event in their name.
    ///
    /// # Errors
    /// The refusal's code; the database's.
    fn lets_begin(&self, _: &mut Conn, _: &Party) -> Result<()> {
        Ok(())
    }
}

/// Who was let in, and until when what they read may be released.
pub struct Admitted {
    /// Who acts.
    pub party: Party,
    /// When the session ends by the clock.
    pub until: Option<crate::clock::Timestamp>,
}

/// The door of those who need no session.
pub struct Open(pub Party);

impl Door for Open {
    fn admit(&self, _: &mut Conn, _: &Request) -> Result<Admitted> {
        Ok(Admitted { party: self.0.clone(), until: None })
    }
}

/// One call: what it asks for, who is at the door, whether it came to a transaction, and whether an event of it is durable.
#[derive(Clone)]
pub struct Call {
    /// Where from, when, with which randomness.
    pub request: Request,
    /// What is asked for.
    pub action: Action,
    door: Arc<dyn Door>,
    begun: Arc<AtomicBool>,
    recorded: Arc<AtomicBool>,
}

impl Call {
    /// A call for `action` through `door`.
    #[must_use]
    pub fn new(request: Request, action: Action, door: Arc<dyn Door>) -> Self {
        Self { request, action, door, begun: Arc::default(), recorded: Arc::default() }
    }

    /// Whether an event of this call is durable already.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.recorded.load(Ordering::SeqCst)
    }

    /// Whether a transaction of this call was put in line: an event of it comes, then, or nothing was done.
    #[must_use]
    pub fn has_begun(&self) -> bool {
        self.begun.load(Ordering::SeqCst)
    }

    fn begins(&self) -> Self {
        self.begun.store(true, Ordering::SeqCst);
        self.clone()
    }

    fn begin(&self, tx: &mut Tx) -> Result<()> {
        let party = tx.party().clone();
        self.door.lets_begin(tx.conn(), &party)
    }

    fn tx<'c>(&'c self, conn: &'c mut Conn) -> Result<Tx<'c>> {
        let admitted = self.door.admit(conn, &self.request)?;
        let mut tx = Tx::new(conn, &self.request, self.action);
        tx.admit(admitted.party);
        if let Some(until) = admitted.until {
            tx.valid_until(until);
        }
        Ok(tx)
    }
}

/// How much of the database the program may use.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Connections for reading.
    pub readers: usize,
    /// PostgreSQL connections for writing.
    pub writers: usize,
    /// Pieces of work that may wait for a lane before callers are turned away.
    pub waiting: usize,
}

/// The database.
pub struct Db {
    readers: Readers,
    writes: Arc<Lane>,
    /// On SQLite the one lane, too.
    appends: Arc<Lane>,
    backend: Backend,
}

impl Db {
    /// Opens the database and starts its lanes.
    ///
    /// # Errors
    /// The database cannot be reached.
    pub fn open(address: &Address, clock: &Clock, limits: &Limits) -> Result<Self> {
        let readers = Readers::start(address, limits.readers, limits.waiting)?;
        let backend = address.backend();
        let appends = Arc::new(Lane::start(address, clock, 1, BATCH, limits.waiting)?);
        let writes = match backend {
            Backend::Sqlite => appends.clone(),
            Backend::Postgres => Arc::new(Lane::start(address, clock, limits.writers, 1, limits.waiting)?),
        };
        Ok(Self { readers, writes, appends, backend })
    }

    /// Which database it is.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.backend
    }

    /// How many pieces of work wait for the lanes.
    #[must_use]
    pub fn waiting(&self) -> usize {
        let apart = !Arc::ptr_eq(&self.writes, &self.appends);
        self.writes.waiting() + if apart { self.appends.waiting() } else { 0 }
    }

    /// Why what is written now might not be kept, in words; nothing while all is well.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let apart = Some(&self.appends).filter(|lane| !Arc::ptr_eq(&self.writes, lane));
        std::iter::once(&self.writes).chain(apart).filter_map(|lane| lane.trouble()).collect()
    }

    /// Writes, where the database gave way last, so that it shows when there is room again even if nobody calls.
    pub async fn try_again(&self) {
        for lane in [&self.writes, &self.appends] {
            if lane.is_broken() {
                let (answer, answered) = oneshot::channel();
                if lane.put(Work::Write(Box::new(Upkeep::new(dialect::leave_a_trace, answer))), false).is_ok() {
                    // Whether it was kept is what the lane remembers.
                    drop(answered.await);
                }
            }
        }
    }

    /// Reads in one snapshot, and releases what was read once its event is durable. Should access to it change
    /// meanwhile, it is read again.
    ///
    /// # Errors
    /// The closure's, with the event of the refusal durable; [`Code::Unavailable`] when no event could be written.
    pub async fn read<T, F>(&self, call: &Call, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        let read = Arc::new(read);
        for reread in 0..REREADS {
            match self.snapshot(call, read.clone()).await? {
                (result, Appended::Durable) => {
                    call.recorded.store(true, Ordering::SeqCst);
                    return result;
                }
                (_, Appended::Moved) => crate::figures::reread(),
            }
            // On PostgreSQL whoever changes access may not have committed yet: read at once, it would be as before.
            tokio::time::sleep(Duration::from_millis(1 << reread)).await;
        }
        Err(Error::later(Code::Unavailable, 1))
    }

    /// Reads, and has the events appended right from where it was read: the caller is woken once, when they are.
    async fn snapshot<T, F>(&self, call: &Call, read: Arc<F>) -> Result<(Result<T>, Appended)>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        let (appends, call) = (self.appends.clone(), call.begins());
        let (answer, answered) = oneshot::channel();
        let snapshot = move |conn: Result<&mut Conn>| {
            // Whoever hung up needs no reading.
            if answer.is_closed() {
                return;
            }
            match conn.and_then(|conn| read_recorded(conn, &call, &*read)) {
                Ok((result, trail)) => {
                    let answer = move |appended: Result<_>| drop(answer.send(appended.map(|became| (result, became))));
                    appends.append(Append { trail, answer: Box::new(answer) });
                }
                Err(error) => drop(answer.send(Err(error))),
            }
        };
        self.readers.run(snapshot, answered).await
    }

    /// Changes something, in one transaction with its event, and answers once it is durable.
    ///
    /// # Errors
    /// The closure's, with nothing changed and the event of the refusal durable; [`Code::Unavailable`] with nothing
    /// changed; [`Code::OutcomeUnknown`] when the database gave way during the commit.
    pub async fn write<T, F>(&self, call: &Call, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.writes.put(Work::Write(Box::new(Write::new(call.begins(), write, answer))), true)?;
        answered.await.map_err(Error::internal)?
    }

    /// Counts an attempt, and finds whom it concerns, before it is judged: counted afterwards, many guesses at once would
    /// all pass the same count. The one door that may leave without an event, since the write that judges follows it.
    ///
    /// # Errors
    /// The closure's, with nothing changed and the event of the refusal durable; else those of [`Db::write`].
    pub async fn prepare<T, F>(&self, call: &Call, prepare: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.writes.put(Work::Write(Box::new(Write::preparing(call.begins(), prepare, answer))), true)?;
        answered.await.map_err(Error::internal)?
    }

    /// Looks after the database itself, such as sealing: no actor, no event, behind everything people wait for.
    ///
    /// # Errors
    /// The closure's, with nothing changed.
    pub async fn upkeep<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.writes.put(Work::Write(Box::new(Upkeep::new(work, answer))), false)?;
        answered.await.map_err(Error::internal)?
    }

    /// Looks into the database itself, such as for its health: no actor, no event, nothing about a patient.
    ///
    /// # Errors
    /// The closure's, or [`Code::Unavailable`].
    pub async fn look<T, F>(&self, look: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        self.readers.run(move |conn| drop(answer.send(conn.and_then(look))), answered).await
    }
}

/// Reads, and yields the trail of it or of its refusal, which holds at least one event.
fn read_recorded<T>(conn: &mut Conn, call: &Call, read: &dyn Fn(&mut Tx) -> Result<T>) -> Result<(Result<T>, Trail)> {
    let mut tx = call.tx(conn)?;
    let result = call.begin(&mut tx).and_then(|()| read(&mut tx));
    let trail = match &result {
        Ok(_) => tx.into_trail(),
        Err(error) => tx.refusal(error),
    };
    if trail.events.is_empty() {
        return Err(result.err().unwrap_or_else(|| Error::internal("a transaction without an audit event")));
    }
    Ok((result, trail))
}
