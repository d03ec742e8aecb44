//! Proving that an event is in the log, and showing the checkpoints that say so.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::VerifyingKey;
use serde::Serialize;

use super::query;
use crate::audit::checkpoint::Checkpoint;
use crate::audit::merkle::{Tiles, leaf_hash, verify_consistency, verify_inclusion};
use crate::audit::{Hash, Log};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::{Error, Result};

/// A signed checkpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SignedCheckpoint {
    /// How many events the log had.
    pub size: u64,
    /// When it was signed.
    pub at: Timestamp,
    /// The signed note (C2SP tlog-checkpoint in signed-note), with the root in it.
    pub note: String,
}

/// The proof (RFC 9162, section 2.1.3) that an event is in the log that a checkpoint was signed of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Proof {
    /// The event's number in the log, from 0.
    pub seq: u64,
    /// The sealed bytes, in base64.
    pub leaf: String,
    /// Their hash.
    #[schema(value_type = String)]
    pub leaf_hash: Hash,
    /// How many events the log had.
    pub size: u64,
    /// The root of the tree over them.
    #[schema(value_type = String)]
    pub root: Hash,
    /// The hashes beside the way from the leaf up to the root.
    #[schema(value_type = Vec<String>)]
    pub proof: Vec<Hash>,
    /// The signed note with that root.
    pub checkpoint: String,
}

/// The proof (RFC 9162, section 2.1.4) that the log of an earlier checkpoint is the beginning of that of a later one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Consistency {
    /// How many events the log had at the earlier checkpoint.
    pub from: u64,
    /// How many at the later one.
    pub to: u64,
    /// The hashes that lead from the earlier root to the later one.
    #[schema(value_type = Vec<String>)]
    pub proof: Vec<Hash>,
    /// The earlier signed note.
    pub earlier: String,
    /// The later signed note.
    pub later: String,
}

/// Checkpoints of a log, newest first, at most `most`; with `before`, only those of a smaller size.
///
/// # Errors
/// The database's.
pub fn checkpoints(conn: &mut Conn, log: Log, before: Option<u64>, most: i64) -> Result<Vec<SignedCheckpoint>> {
    let found = query::checkpoints_before(conn, log, before, most)?;
    Ok(found.into_iter().map(|(stored, at)| SignedCheckpoint { size: stored.size, at, note: stored.note }).collect())
}

/// Proves an event against the newest checkpoint, or against the one of this size; gives its leaf too.
///
/// # Errors
/// [`crate::error::Code::NotFound`] if there is no such checkpoint, or no such event in it;
/// [`crate::error::Code::Internal`] if the log was changed, so that nothing can be proven.
pub fn prove(
    conn: &mut Conn,
    log: Log,
    keys: &[VerifyingKey],
    seq: u64,
    size: Option<u64>,
) -> Result<(Proof, Vec<u8>)> {
    let (stored, _) = query::checkpoint(conn, log, size)?.ok_or_else(Error::not_found)?;
    if seq >= stored.size {
        return Err(Error::not_found());
    }
    let leaf = query::leaf(conn, log, seq)?.ok_or_else(Error::not_found)?;
    let hash = leaf_hash(&leaf);
    let signed = Checkpoint::open(&stored.note, keys)?;
    let proof = Tiles::new(|at| query::tile(conn, log, at)).inclusion_proof(seq, stored.size)?;
    // Tiles are only for speed: nothing is handed out that does not lead from these very bytes to the signed root.
    if signed.size != stored.size || !verify_inclusion(hash, seq, signed.size, &proof, signed.root) {
        return Err(Error::internal("the leaf, its tiles and its checkpoint do not fit; verify the log"));
    }
    let encoded = BASE64.encode(&leaf);
    let Checkpoint { size, root, .. } = signed;
    Ok((Proof { seq, leaf: encoded, leaf_hash: hash, size, root, proof, checkpoint: stored.note }, leaf))
}

/// Proves that the log had only been added to between the checkpoint of size `from` and that of size `to`, the newest unless
/// given.
///
/// # Errors
/// As [`prove`].
pub fn prove_consistency(
    conn: &mut Conn,
    log: Log,
    keys: &[VerifyingKey],
    from: u64,
    to: Option<u64>,
) -> Result<Consistency> {
    let (earlier, _) = query::checkpoint(conn, log, Some(from))?.ok_or_else(Error::not_found)?;
    let (later, _) = query::checkpoint(conn, log, to)?.ok_or_else(Error::not_found)?;
    let (old, new) = (Checkpoint::open(&earlier.note, keys)?, Checkpoint::open(&later.note, keys)?);
    let proof = Tiles::new(|at| query::tile(conn, log, at)).consistency_proof(earlier.size, later.size)?;
    let fits = (old.size, new.size) == (earlier.size, later.size);
    if !fits || !verify_consistency(old.size, new.size, old.root, new.root, &proof) {
        return Err(Error::internal("the tiles and the checkpoints do not fit; verify the log"));
    }
    Ok(Consistency { from: old.size, to: new.size, proof, earlier: earlier.note, later: later.note })
}
