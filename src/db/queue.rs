//! A bounded queue with a fast and a slow side, for the lanes.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Work waiting for a lane. What people wait for goes first; of the rest at most one piece a batch.
pub(super) struct Queue<W> {
    waiting: Mutex<Waiting<W>>,
    arrived: Condvar,
    bound: usize,
}

struct Waiting<W> {
    urgent: VecDeque<W>,
    upkeep: VecDeque<W>,
    closed: bool,
}

/// What a lane got to do.
pub(super) enum Taken<W> {
    /// At least one piece of work.
    Batch(Vec<W>),
    /// Nothing came for a while.
    Idle,
    /// The queue is closed and empty.
    Closed,
}

impl<W> Queue<W> {
    pub(super) fn new(bound: usize) -> Self {
        let waiting = Waiting { urgent: VecDeque::new(), upkeep: VecDeque::new(), closed: false };
        Self { waiting: Mutex::new(waiting), arrived: Condvar::new(), bound }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<W>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts work in line, or hands it back when the line is full or closed.
    pub(super) fn put(&self, work: W, urgent: bool) -> Result<(), W> {
        let mut waiting = self.lock();
        let closed = waiting.closed;
        let line = if urgent { &mut waiting.urgent } else { &mut waiting.upkeep };
        if closed || line.len() >= self.bound {
            return Err(work);
        }
        line.push_back(work);
        drop(waiting);
        self.arrived.notify_one();
        Ok(())
    }

    /// Waits for work, at most `patience`, and takes up to `most` pieces: of what is in line no more than one of `among`
    /// threads should.
    pub(super) fn take(&self, most: usize, among: usize, patience: Duration) -> Taken<W> {
        let mut waiting = self.lock();
        if waiting.urgent.is_empty() && waiting.upkeep.is_empty() && !waiting.closed {
            let nothing =
                |waiting: &mut Waiting<W>| waiting.urgent.is_empty() && waiting.upkeep.is_empty() && !waiting.closed;
            waiting =
                self.arrived.wait_timeout_while(waiting, patience, nothing).unwrap_or_else(PoisonError::into_inner).0;
        }
        let count = waiting.urgent.len().div_ceil(among).min(most);
        let mut batch: Vec<W> = waiting.urgent.drain(..count).collect();
        if batch.len() < most {
            batch.extend(waiting.upkeep.pop_front());
        }
        match (batch.is_empty(), waiting.closed) {
            (false, _) => Taken::Batch(batch),
            (true, true) => Taken::Closed,
            (true, false) => Taken::Idle,
        }
    }

    /// Lets no more work in; what is in line is still done.
    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Whether what people wait for is turned away.
    pub(super) fn is_full(&self) -> bool {
        self.lock().urgent.len() >= self.bound
    }

    /// How many pieces wait.
    pub(super) fn len(&self) -> usize {
        let waiting = self.lock();
        waiting.urgent.len() + waiting.upkeep.len()
    }
}
