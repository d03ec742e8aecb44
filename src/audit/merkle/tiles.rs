//! The tree as it is stored: tiles of up to 256 hashes, laid out as C2SP tlog-tiles does.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::{Hash, empty_root, node_hash};
use crate::error::{Code, Error, Result};

/// How many hashes a full tile holds.
pub const TILE_WIDTH: u64 = 256;
const HEIGHT: u32 = TILE_WIDTH.trailing_zeros();
const HASH_BYTES: usize = 32;

/// Which tile. Its hashes are those of the complete subtrees of `256^level` leaves numbered from `256 * index` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TileAt {
    /// 0 for the tiles of leaf hashes.
    pub level: u8,
    /// The number of the tile in its level, from 0.
    pub index: u64,
}

/// What a tree becomes by appending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grown {
    /// The number of leaves now.
    pub size: u64,
    /// The root now.
    pub root: Hash,
    /// The tiles to be written, each whole: its hashes one after the other.
    pub tiles: Vec<(TileAt, Vec<u8>)>,
}

/// A tree over stored tiles. `F` gives a tile's bytes (1 to 256 hashes of 32 bytes; more than the asked-for size needs
/// does no harm) or nothing where none is stored. Every tile is asked for once and then held: make one for each piece of
/// work, which takes a number of tiles that grows with the logarithm of the size.
#[derive(Debug)]
pub struct Tiles<F> {
    read: F,
    held: BTreeMap<TileAt, Vec<u8>>,
}

impl<F: FnMut(TileAt) -> Result<Vec<u8>>> Tiles<F> {
    /// A tree over the tiles that `read` gives.
    pub const fn new(read: F) -> Self {
        Self { read, held: BTreeMap::new() }
    }

    /// Appends leaf hashes to the tree of `size` leaves; of what is stored, only the right edge is read.
    ///
    /// # Errors
    /// Those of reading; [`Code::Internal`] if a tile is missing or too short.
    pub fn append(&mut self, size: u64, leaves: &[Hash]) -> Result<Grown> {
        let mut changed = BTreeSet::new();
        let mut end = size;
        for leaf in leaves {
            let (mut level, mut number, mut hash) = (0, end, *leaf);
            loop {
                let at = TileAt { level, index: number / TILE_WIDTH };
                let before = number % TILE_WIDTH;
                let tile = self.tile(at, before)?;
                tile.truncate(byte(before));
                tile.extend(hash.0);
                changed.insert(at);
                if before + 1 < TILE_WIDTH {
                    break;
                }
                hash = complete(tile);
                number /= TILE_WIDTH;
                level += 1;
            }
            end += 1;
        }
        let root = self.root(end)?;
        let tiles = changed.into_iter().filter_map(|at| self.held.get(&at).map(|tile| (at, tile.clone()))).collect();
        Ok(Grown { size: end, root, tiles })
    }

    /// The root of the tree of the first `size` leaves.
    ///
    /// # Errors
    /// Those of reading; [`Code::Internal`] if a tile is missing or too short.
    pub fn root(&mut self, size: u64) -> Result<Hash> {
        if size == 0 { Ok(empty_root()) } else { self.range(0, size) }
    }

    /// The proof that leaf number `index` (from 0) is in the tree of the first `size` leaves (RFC 9162, section 2.1.3.1).
    ///
    /// # Errors
    /// [`Code::NotFound`] if the tree has no such leaf; those of reading.
    pub fn inclusion_proof(&mut self, index: u64, size: u64) -> Result<Vec<Hash>> {
        if index >= size {
            return Err(Error::not_found());
        }
        let mut proof = Vec::new();
        let (mut from, mut to) = (0, size);
        while to - from > 1 {
            let middle = from + left_part(to - from);
            if index < middle {
                proof.push(self.range(middle, to)?);
                to = middle;
            } else {
                proof.push(self.range(from, middle)?);
                from = middle;
            }
        }
        proof.reverse();
        Ok(proof)
    }

    /// The proof that the tree of `old` leaves is the beginning of that of `new` leaves (RFC 9162, section 2.1.4.1);
    /// empty for the empty tree.
    ///
    /// # Errors
    /// [`Code::NotFound`] if `old` is greater than `new`; those of reading.
    pub fn consistency_proof(&mut self, old: u64, new: u64) -> Result<Vec<Hash>> {
        if old > new {
            return Err(Error::not_found());
        }
        let mut proof = Vec::new();
        let (mut from, mut to) = (0, new);
        while old > 0 && old != to {
            let middle = from + left_part(to - from);
            if old <= middle {
                proof.push(self.range(middle, to)?);
                to = middle;
            } else {
                proof.push(self.range(from, middle)?);
                from = middle;
            }
        }
        // Whoever asks knows the old root; only what is not that root has to be said.
        if from > 0 {
            proof.push(self.range(from, to)?);
        }
        proof.reverse();
        Ok(proof)
    }

    /// The hash over the leaves `from..to`, a node of some tree that RFC 9162 makes.
    fn range(&mut self, from: u64, to: u64) -> Result<Hash> {
        let leaves = to - from;
        if leaves.is_power_of_two() {
            return self.subtree(leaves.trailing_zeros(), from / leaves);
        }
        let middle = from + left_part(leaves);
        let (left, right) = (self.range(from, middle)?, self.range(middle, to)?);
        Ok(node_hash(&left, &right))
    }

    /// The hash of the complete subtree number `index` of `2^height` leaves.
    fn subtree(&mut self, height: u32, index: u64) -> Result<Hash> {
        let within = height % HEIGHT;
        let level = u8::try_from(height / HEIGHT).map_err(Error::internal)?;
        let first = index << within;
        let start = first % TILE_WIDTH;
        let end = start + (1 << within);
        let tile = self.tile(TileAt { level, index: first / TILE_WIDTH }, end)?;
        Ok(complete(&tile[byte(start)..byte(end)]))
    }

    /// The tile, which must hold at least `needed` hashes.
    fn tile(&mut self, at: TileAt, needed: u64) -> Result<&mut Vec<u8>> {
        let tile = match self.held.entry(at) {
            Entry::Occupied(held) => held.into_mut(),
            Entry::Vacant(free) if needed == 0 => free.insert(Vec::with_capacity(byte(TILE_WIDTH))),
            Entry::Vacant(free) => free.insert((self.read)(at)?),
        };
        if tile.len() < byte(needed) {
            return Err(Error::new(Code::Internal, "a tile of the audit log is missing or too short"));
        }
        Ok(tile)
    }
}

/// Where hash number `number` of a tile begins.
#[expect(clippy::cast_possible_truncation, reason = "a tile holds at most 256 hashes")]
const fn byte(number: u64) -> usize {
    number as usize * HASH_BYTES
}

/// How many of `leaves` (at least two) lie under the left child: the largest power of two that is smaller.
const fn left_part(leaves: u64) -> u64 {
    1 << (leaves - 1).ilog2()
}

/// The root over the hashes in `bytes`, whose number is a power of two.
fn complete(bytes: &[u8]) -> Hash {
    if let Ok(hash) = bytes.try_into() {
        return Hash(hash);
    }
    let (left, right) = bytes.split_at(bytes.len() / 2);
    node_hash(&complete(left), &complete(right))
}
