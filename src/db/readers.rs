//! The pool of connections that read, each run in one snapshot.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use tokio::sync::Semaphore;

use super::{Address, Backend, Conn};
use crate::error::{Code, Error, Result};

/// How long a read waits for a connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// Connections for reading, at most so many at once.
pub(super) struct Readers {
    address: Address,
    idle: Mutex<Vec<Conn>>,
    slots: Semaphore,
}

impl Readers {
    pub(super) fn new(address: Address, most: usize) -> Self {
        Self { address, idle: Mutex::new(Vec::new()), slots: Semaphore::new(most) }
    }

    /// Waits for a place. Hold the permit while [`Self::snapshot`] runs.
    pub(super) async fn place(&self) -> Result<tokio::sync::SemaphorePermit<'_>> {
        let place = tokio::time::timeout(PATIENCE, self.slots.acquire()).await;
        place.ok().and_then(Result::ok).ok_or_else(|| Error::later(Code::Unavailable, 1))
    }

    /// Runs `read` in one read-only snapshot, on the calling thread.
    pub(super) fn snapshot<T>(&self, read: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut conn = match idle {
            Some(mut conn) => match conn.batch_execute(begin(&self.address)) {
                Ok(()) => conn,
                Err(_) => self.open()?,
            },
            None => self.open()?,
        };
        let result = read(&mut conn);
        // A connection that cannot end its transaction is dropped, and a new one made next time.
        if conn.batch_execute("COMMIT").is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
        result
    }

    fn open(&self) -> Result<Conn> {
        let mut conn = self.address.connect()?;
        if self.address.backend() == Backend::Sqlite {
            conn.batch_execute("PRAGMA query_only = ON")?;
        }
        conn.batch_execute(begin(&self.address))?;
        Ok(conn)
    }
}

fn begin(address: &Address) -> &'static str {
    match address.backend() {
        Backend::Sqlite => "BEGIN",
        Backend::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    }
}
