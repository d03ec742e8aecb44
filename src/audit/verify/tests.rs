use proptest::prelude::*;

use super::*;
use crate::audit::sample::{self, Sealed, sealed};

const EACH: u64 = 4;

fn report(log: &Sealed) -> Report {
    let keys = [sample::key(1).verifying_key()];
    let given = Given { log: log.log, keys: &keys, stored: &log.stored, outside: &log.outside, unsealed: 2, strays: 0 };
    verify(&given, log.rows.iter().cloned().map(Ok)).unwrap()
}

fn kinds(report: &Report) -> Vec<FindingKind> {
    report.findings.iter().map(|finding| finding.kind).collect()
}

/// A leaf says `refused` where `done` was sealed, and all that the database derives from it was made to fit.
fn rewrite(row: &mut SealedRow) {
    let mut event = Event::read(&row.leaf).unwrap();
    event.outcome = crate::audit::event::Outcome::Refused;
    row.leaf = event.leaf().unwrap();
    row.leaf_hash = leaf_hash(&row.leaf);
    row.columns = Some(Columns::of(&event));
}

fn renumber(log: &mut Sealed) {
    for (seq, row) in (0..).zip(&mut log.rows) {
        row.seq = seq;
    }
}

#[test]
fn a_sound_log_is_verified_to_its_end() {
    for events in [0, 1, 3, 4, 5, 30] {
        let report = report(&sealed(events, EACH));
        assert!(report.is_sound(), "{report}");
        assert_eq!((report.verified_to, report.sealed, report.unsealed), (events, events, 2));
        assert_eq!(report.outside_to, (events > 0).then_some(events));
        assert_eq!(report.checkpoints, events.div_ceil(EACH));
    }
    assert_eq!(
        report(&sealed(5, EACH)).to_string(),
        "tandem/01890a5d-ac96-7000-8000-000000000004: verified to 5, up to 5 against checkpoints from outside, 2 unsealed"
    );
}

#[test]
fn a_changed_leaf_is_named_where_its_hash_was_forgotten() {
    let mut log = sealed(10, EACH);
    log.rows[5].leaf[20] ^= 1;
    let report = report(&log);
    assert_eq!(kinds(&report), [FindingKind::LeafAltered]);
    assert_eq!((report.findings[0].at, report.verified_to), (Where::Seq(5), 4));
}

#[test]
fn a_changed_hash_is_told_from_a_changed_leaf() {
    let mut log = sealed(10, EACH);
    log.rows[5].leaf_hash.0[0] ^= 1;
    let report = report(&log);
    assert_eq!(kinds(&report), [FindingKind::LeafHashAltered]);
    assert_eq!((report.findings[0].at, report.verified_to), (Where::Seq(5), 4));
}

#[test]
fn changed_columns_and_texts_are_found_beside_a_sound_leaf() {
    let mut log = sealed(10, EACH);
    let columns = log.rows[1].columns.as_mut().unwrap();
    columns.action = "read_note".into();
    columns.subjects.clear();
    log.rows[2].beside = Beside::Text { salt: [2; 32], text: "another reason".into() };
    log.rows[5].beside = Beside::Nothing;
    log.rows[6].beside = Beside::Disposed;
    log.rows[7].columns = None;
    log.rows[8].beside = Beside::Disposed;
    let report = report(&log);
    let found: Vec<_> = report.findings.iter().map(|finding| (finding.at, finding.kind)).collect();
    let expected = [
        (Where::Seq(1), FindingKind::ColumnsAltered),
        (Where::Seq(2), FindingKind::TextAltered),
        (Where::Seq(5), FindingKind::TextMissing),
        (Where::Seq(6), FindingKind::TextAltered),
        (Where::Seq(7), FindingKind::ColumnsAltered),
    ];
    assert_eq!(found, expected);
    assert_eq!(report.findings[0].message, "not as in the leaf: action, subjects");
    assert_eq!(report.verified_to, 0);
}

#[test]
fn whoever_cuts_the_database_to_an_older_state_is_met_by_the_file_outside() {
    let mut log = sealed(10, EACH);
    log.rows.truncate(4);
    log.stored.truncate(1);
    let report = report(&log);
    assert_eq!(kinds(&report), [FindingKind::CheckpointMissing, FindingKind::CheckpointMissing, FindingKind::CutOff]);
    assert_eq!((report.findings[2].at, report.verified_to), (Where::Between(4, 10), 4));
}

#[test]
fn a_forged_or_misplaced_checkpoint_is_found() {
    let mut log = sealed(10, EACH);
    log.stored[0].note = log.stored[0].note.replace("\n4\n", "\n5\n");
    log.stored[1].size = 7;
    let found = kinds(&report(&log));
    let missing = FindingKind::CheckpointMissing;
    assert_eq!(found, [FindingKind::BadSignature, FindingKind::CheckpointMisplaced, missing, missing]);

    let mut log = sealed(10, EACH);
    log.outside = log.outside.replace("\n8\n", "\n9\n");
    assert_eq!(report(&log).findings[0].at, Where::Outside(2));
    assert_eq!(kinds(&report(&log)), [FindingKind::BadSignature]);
}

#[test]
fn events_that_no_checkpoint_covers_are_said() {
    let mut log = sealed(10, EACH);
    log.stored.pop();
    log.outside.clear();
    let report = report(&log);
    assert_eq!(kinds(&report), [FindingKind::OutsideMissing, FindingKind::NotSigned]);
    assert_eq!((report.findings[1].at, report.verified_to, report.outside_to), (Where::Between(8, 10), 8, None));
}

#[test]
fn events_that_somebody_put_beside_the_log_are_said() {
    let log = sealed(3, EACH);
    let keys = [sample::key(1).verifying_key()];
    let given = Given { log: log.log, keys: &keys, stored: &log.stored, outside: &log.outside, unsealed: 0, strays: 2 };
    let report = verify(&given, log.rows.iter().cloned().map(Ok)).unwrap();
    assert_eq!(kinds(&report), [FindingKind::Stray]);
    assert_eq!(report.findings[0].at.to_string(), "outside the sealed events");
}

#[test]
fn checkpoints_of_other_logs_in_the_file_are_passed_over() {
    let mut log = sealed(10, EACH);
    let root = crate::audit::merkle::empty_root();
    let other = Checkpoint { log: Log::Installation, size: 99, root }.sign(&[&sample::key(1)]);
    log.outside.insert_str(0, &other);
    assert!(report(&log).is_sound());
}

#[test]
fn a_log_full_of_damage_is_counted_and_not_listed() {
    let mut log = sealed(1_100, 1_100);
    log.rows.iter_mut().for_each(|row| row.columns = None);
    let report = report(&log);
    assert_eq!((report.findings.len(), report.left_off), (MOST_FINDINGS, 100));
    assert!(report.to_string().ends_with("and 100 more"));
}

/// What somebody does who has the whole database, but not the signing key.
#[derive(Clone, Debug)]
enum Edit {
    /// Any bit of a leaf; the second says whether the stored hash was made to fit.
    Bit(usize, bool),
    /// Another outcome, with everything made to fit.
    Rewrite,
    /// Any bit of a stored hash.
    HashBit(usize),
    /// Taken out; whether those after it close the gap.
    Remove(bool),
    /// Put in once more; whether those after it make room.
    Insert(bool),
    /// Changed places with the next.
    Swap,
    /// Everything from here on.
    Truncate,
}

impl Edit {
    fn apply(&self, log: &mut Sealed, at: usize) {
        match self {
            Self::Bit(bit, fitted) => {
                let leaf = &mut log.rows[at].leaf;
                let bit = bit % (leaf.len() * 8);
                leaf[bit / 8] ^= 1 << (bit % 8);
                if *fitted {
                    log.rows[at].leaf_hash = leaf_hash(&log.rows[at].leaf);
                }
            }
            Self::Rewrite => rewrite(&mut log.rows[at]),
            Self::HashBit(bit) => log.rows[at].leaf_hash.0[bit / 8 % 32] ^= 1 << (bit % 8),
            Self::Remove(close) => {
                log.rows.remove(at);
                if *close {
                    renumber(log);
                }
            }
            Self::Insert(make_room) => {
                let row = log.rows[at].clone();
                log.rows.insert(at, row);
                if *make_room {
                    renumber(log);
                }
            }
            Self::Swap => {
                log.rows.swap(at, at + 1);
                renumber(log);
            }
            Self::Truncate => log.rows.truncate(at),
        }
    }
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<usize>(), any::<bool>()).prop_map(|(bit, fitted)| Edit::Bit(bit, fitted)),
        Just(Edit::Rewrite),
        any::<usize>().prop_map(Edit::HashBit),
        any::<bool>().prop_map(Edit::Remove),
        any::<bool>().prop_map(Edit::Insert),
        Just(Edit::Swap),
        Just(Edit::Truncate),
    ]
}

proptest! {
    #[test]
    fn any_single_edit_is_found_and_located(edit in edits(), events in 2..40_u64, pick: usize, forget: bool) {
        let mut log = sealed(events, EACH);
        let at = pick % (log.rows.len() - 1);
        edit.apply(&mut log, at);
        if forget {
            // Checkpoints that would contradict the edit cannot be forged, only thrown away.
            log.stored.retain(|stored| stored.size <= at as u64);
        }
        let report = report(&log);
        // What is put in stands after the row it repeats.
        let inserted = u64::from(matches!(edit, Edit::Insert(_)));
        let at = at as u64 + inserted;
        let last_good = at / EACH * EACH;
        // A swap across a checkpoint is seen at that checkpoint, and one before the end of the log at its end.
        let first_bad = (last_good + EACH).min(events);
        prop_assert_eq!(report.verified_to, last_good, "{}", report);
        let located = report.findings.iter().any(|finding| match finding.at {
            Where::Seq(seq) => (at - inserted..=at).contains(&seq),
            Where::Between(from, to) if finding.kind == FindingKind::CutOff => {
                // Only where nothing was left to compare a root with.
                (from, to) == (last_good, events) && (first_bad == events || matches!(edit, Edit::Truncate))
            }
            Where::Between(from, to) => last_good <= from && from <= at && at < to && to <= first_bad,
            Where::Checkpoint(_) | Where::Outside(_) | Where::Unsealed | Where::Note(_) => false,
        });
        prop_assert!(located, "{:?} at {}: {}", edit, at, report);
    }
}

#[test]
fn a_log_that_nothing_outside_vouches_for_is_not_sound() {
    let log = sample::sealed(5, 1);
    let keys = [sample::key(1).verifying_key()];
    let given = Given { log: log.log, keys: &keys, stored: &log.stored, outside: "", unsealed: 0, strays: 0 };
    let report = verify(&given, log.rows.iter().cloned().map(Ok)).unwrap();
    assert_eq!(report.findings.iter().map(|found| found.kind).collect::<Vec<_>>(), [FindingKind::OutsideMissing]);
}
