//! The audit log in the database: sealing what waits, keeping checkpoints outside, proving, verifying, taking out.

mod checkpoint_file;
mod export;
mod prove;
mod query;
mod seal;
mod span;
mod verify;
mod words;

#[cfg(test)]
mod tests;

pub use checkpoint_file::CheckpointFile;
pub use export::{export, public_keys};
pub use prove::{Consistency, Proof, SignedCheckpoint, checkpoints, prove, prove_consistency};
pub use seal::{Sealer, Trouble};
pub use span::{Span, spans};
pub use verify::{Verification, VerificationFinding, keep, last_verification, logs, verify};
