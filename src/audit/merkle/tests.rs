use std::cell::Cell;
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::error::Result;

/// MTH of RFC 9162 section 2.1.1, word for word.
fn naive(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => empty_root(),
        [leaf] => *leaf,
        _ => {
            let middle = leaves.len().next_power_of_two() / 2;
            node_hash(&naive(&leaves[..middle]), &naive(&leaves[middle..]))
        }
    }
}

fn leaves(count: u64) -> Vec<Hash> {
    (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
}

type Stored = BTreeMap<TileAt, Vec<u8>>;

fn tiles(stored: &Stored) -> Tiles<impl FnMut(TileAt) -> Result<Vec<u8>>> {
    Tiles::new(|at| Ok(stored.get(&at).cloned().unwrap_or_default()))
}

/// Appends in batches, each over what the one before it stored.
fn store(leaves: &[Hash], batch: usize) -> Stored {
    let mut stored = Stored::new();
    let mut size = 0;
    for some in leaves.chunks(batch) {
        let grown = tiles(&stored).append(size, some).unwrap();
        size = grown.size;
        stored.extend(grown.tiles);
    }
    stored
}

fn flipped(hash: Hash, bit: usize) -> Hash {
    let mut bytes = hash.0;
    bytes[bit / 8 % 32] ^= 1 << (bit % 8);
    Hash(bytes)
}

#[test]
fn the_known_answers_of_certificate_transparency() {
    let inputs: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut frontier = Frontier::default();
    assert_eq!(frontier.root().to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (input, root) in inputs.into_iter().zip(roots) {
        frontier.push(leaf_hash(input));
        assert_eq!(frontier.root().to_string(), root);
        assert_eq!(root.parse(), Ok(frontier.root()));
    }
}

#[test]
fn frontier_and_tiles_agree_with_the_naive_tree_at_every_size() {
    let leaves = leaves(600);
    let stored = store(&leaves, 7);
    let mut frontier = Frontier::default();
    for (size, leaf) in (0..).zip(&leaves) {
        let expected = naive(&leaves[..usize::try_from(size).unwrap()]);
        assert_eq!(frontier.root(), expected, "frontier of {size}");
        assert_eq!(tiles(&stored).root(size).unwrap(), expected, "tiles of {size}");
        assert_eq!(frontier.size(), size);
        frontier.push(*leaf);
    }
}

#[test]
fn tiles_are_the_same_however_the_leaves_arrive() {
    let leaves = leaves(70_000);
    let stored = store(&leaves, 70_000);
    assert_eq!(store(&leaves, 999), stored);
    assert_eq!(stored.len(), 274 + 2 + 1);
    assert_eq!(stored[&TileAt { level: 1, index: 1 }].len(), 17 * 32);
    assert_eq!(stored[&TileAt { level: 2, index: 0 }], naive(&leaves[..65_536]).0);
    assert_eq!(tiles(&stored).root(70_000).unwrap(), naive(&leaves));
}

#[test]
fn proofs_hold_at_the_edges_of_tiles() {
    let leaves = leaves(65_600);
    let stored = store(&leaves, 5_000);
    for size in [1, 2, 255, 256, 257, 511, 512, 513, 65_535, 65_536, 65_537, 65_600] {
        let root = naive(&leaves[..usize::try_from(size).unwrap()]);
        for other in [1, 2, 255, 256, 257, 300, 65_535, 65_536].into_iter().filter(|other| *other <= size) {
            let leaf = leaves[usize::try_from(other).unwrap() - 1];
            let proof = tiles(&stored).inclusion_proof(other - 1, size).unwrap();
            assert!(verify_inclusion(leaf, other - 1, size, &proof, root), "{other} in {size}");
            let old = naive(&leaves[..usize::try_from(other).unwrap()]);
            let proof = tiles(&stored).consistency_proof(other, size).unwrap();
            assert!(verify_consistency(other, size, old, root, &proof), "{other} before {size}");
        }
    }
}

#[test]
fn a_proof_reads_few_tiles() {
    let stored = store(&leaves(70_000), 70_000);
    let reads = Cell::new(0);
    let count = |at| {
        reads.set(reads.get() + 1);
        Ok(stored.get(&at).cloned().unwrap_or_default())
    };
    Tiles::new(count).inclusion_proof(12_345, 70_000).unwrap();
    assert!(reads.take() <= 5);
    Tiles::new(count).consistency_proof(12_345, 70_000).unwrap();
    assert!(reads.take() <= 5);
    Tiles::new(count).append(69_999, &leaves(3)).unwrap();
    assert!(reads.take() <= 3);
}

#[test]
fn a_missing_tile_is_said_and_not_guessed() {
    let mut stored = store(&leaves(600), 600);
    stored.remove(&TileAt { level: 0, index: 1 });
    assert!(tiles(&stored).inclusion_proof(300, 600).is_err());
    stored.insert(TileAt { level: 0, index: 2 }, vec![0; 32 * 87]);
    assert!(tiles(&stored).append(600, &leaves(1)).is_err());
    assert!(tiles(&stored).inclusion_proof(600, 600).is_err());
    assert!(tiles(&stored).consistency_proof(601, 600).is_err());
}

#[test]
fn the_empty_tree_begins_every_tree() {
    let root = naive(&leaves(5));
    assert!(verify_consistency(0, 5, empty_root(), root, &[]));
    assert!(!verify_consistency(0, 5, root, root, &[]));
    assert!(!verify_consistency(5, 0, root, empty_root(), &[]));
}

#[test]
fn every_inclusion_and_consistency_in_small_trees_is_proven() {
    let leaves = leaves(40);
    let stored = store(&leaves, 3);
    let roots: Vec<Hash> = (0..=40).map(|size| naive(&leaves[..size])).collect();
    for new in 1..=40_u64 {
        let root = roots[usize::try_from(new).unwrap()];
        for old in 0..new {
            let at = usize::try_from(old).unwrap();
            let included = tiles(&stored).inclusion_proof(old, new).unwrap();
            assert!(verify_inclusion(leaves[at], old, new, &included, root));
            assert!(!verify_inclusion(leaves[at], old + 1, new, &included, root));
            let begins = tiles(&stored).consistency_proof(old, new).unwrap();
            assert!(verify_consistency(old, new, roots[at], root, &begins));
            assert!(!verify_consistency(old + 1, new, roots[at], root, &begins));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_flipped_bit_breaks_an_inclusion_proof(size in 2..3_000_u64, pick: u64, place: usize, bit: usize) {
        let leaves = leaves(size);
        let stored = store(&leaves, 500);
        let index = pick % size;
        let leaf = leaves[usize::try_from(index).unwrap()];
        let root = naive(&leaves);
        let mut proof = tiles(&stored).inclusion_proof(index, size).unwrap();
        prop_assert!(verify_inclusion(leaf, index, size, &proof, root));
        prop_assert!(!verify_inclusion(flipped(leaf, bit), index, size, &proof, root));
        prop_assert!(!verify_inclusion(leaf, index, size, &proof[1..], root));
        let place = place % proof.len();
        proof[place] = flipped(proof[place], bit);
        prop_assert!(!verify_inclusion(leaf, index, size, &proof, root));
    }

    #[test]
    fn a_flipped_bit_breaks_a_consistency_proof(new in 2..3_000_u64, pick: u64, place: usize, bit: usize) {
        let leaves = leaves(new);
        let stored = store(&leaves, 500);
        let old = 1 + pick % (new - 1);
        let (old_root, new_root) = (naive(&leaves[..usize::try_from(old).unwrap()]), naive(&leaves));
        let mut proof = tiles(&stored).consistency_proof(old, new).unwrap();
        prop_assert!(verify_consistency(old, new, old_root, new_root, &proof));
        prop_assert!(!verify_consistency(old, new, flipped(old_root, bit), new_root, &proof));
        let place = place % proof.len();
        proof[place] = flipped(proof[place], bit);
        prop_assert!(!verify_consistency(old, new, old_root, new_root, &proof));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn appending_at_any_size_gives_the_root_of_the_whole(size in 0..70_000_u64, more in 1..400_u64) {
        let all = leaves(size + more);
        let (before, after) = all.split_at(usize::try_from(size).unwrap());
        let grown = tiles(&store(before, 70_000)).append(size, after).unwrap();
        prop_assert_eq!((grown.size, grown.root), (size + more, naive(&all)));
        prop_assert!(grown.tiles.len() <= 5);
    }
}
