//! The audit log: what an event is, the tree it is sealed into, the signed checkpoints, and their verification.

pub mod checkpoint;
pub mod event;
pub mod export;
pub mod merkle;
pub mod verify;

pub use event::{By, Event, Log, Object, ObjectKind, Outcome, salted};
pub use merkle::Hash;

#[cfg(test)]
pub(crate) mod sample;
