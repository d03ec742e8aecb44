//! The two kinds of writing: by somebody, recorded; and upkeep.

use std::sync::atomic::Ordering;

use tokio::sync::oneshot;

use super::lane::{Job, Undone};
use super::tx::Trail;
use super::{Call, Conn, Tx};
use crate::error::{Error, Result};

/// A write on behalf of a call.
pub(super) struct Write<T, F> {
    call: Call,
    closure: F,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
    recorded: bool,
    prepares: bool,
}

impl<T, F> Write<T, F> {
    pub(super) fn new(call: Call, closure: F, answer: oneshot::Sender<Result<T>>) -> Self {
        Self { call, closure, outcome: None, answer, recorded: false, prepares: false }
    }

    /// A write before the one that records the call.
    pub(super) fn preparing(call: Call, closure: F, answer: oneshot::Sender<Result<T>>) -> Self {
        Self { prepares: true, ..Self::new(call, closure, answer) }
    }
}

impl<T, F> Job for Write<T, F>
where
    T: Send + 'static,
    F: Fn(&mut Tx) -> Result<T> + Send + 'static,
{
    fn run(&mut self, conn: &mut Conn) -> Result<Trail, Undone> {
        let mut tx = self.call.tx(conn).map_err(|error| Undone { error, trail: Trail::default() })?;
        let result = self.call.begin(&mut tx).and_then(|()| (self.closure)(&mut tx));
        let undone = match result {
            Ok(value) => {
                let trail = tx.into_trail();
                if trail.events.is_empty() && !self.prepares {
                    let error = Error::internal("a transaction without an audit event");
                    return Err(Undone { error, trail });
                }
                self.outcome = Some(Ok(value));
                self.recorded = !trail.events.is_empty();
                return Ok(trail);
            }
            Err(error) => {
                let trail = tx.refusal(&error);
                Undone { error, trail }
            }
        };
        self.recorded = !undone.trail.events.is_empty();
        Err(undone)
    }

    fn settle(&mut self, error: Error) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        if committed.is_ok() && self.recorded {
            self.call.recorded.store(true, Ordering::SeqCst);
        }
        let outcome = self.outcome.unwrap_or_else(|| Err(Error::internal("a write that was never run")));
        // Whoever hung up can ask again under the same idempotency key.
        drop(self.answer.send(committed.and(outcome)));
    }

    fn begin(&self) -> &'static str {
        "BEGIN ISOLATION LEVEL SERIALIZABLE"
    }
}

/// Work on the database itself.
pub(super) struct Upkeep<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    answer: oneshot::Sender<Result<T>>,
}

impl<T, F> Upkeep<T, F> {
    pub(super) fn new(work: F, answer: oneshot::Sender<Result<T>>) -> Self {
        Self { work, outcome: None, answer }
    }
}

impl<T, F> Job for Upkeep<T, F>
where
    T: Send + 'static,
    F: Fn(&mut Conn) -> Result<T> + Send + 'static,
{
    fn run(&mut self, conn: &mut Conn) -> Result<Trail, Undone> {
        match (self.work)(conn) {
            Ok(value) => {
                self.outcome = Some(Ok(value));
                Ok(Trail::default())
            }
            Err(error) => Err(Undone { error, trail: Trail::default() }),
        }
    }

    fn settle(&mut self, error: Error) {
        self.outcome = Some(Err(error));
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(Error::internal("upkeep that was never run")));
        drop(self.answer.send(committed.and(outcome)));
    }

    fn begin(&self) -> &'static str {
        "BEGIN ISOLATION LEVEL READ COMMITTED"
    }
}
