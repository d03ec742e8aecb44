//! Verifying a log: everything is computed anew from the leaves and held against signed checkpoints, those kept outside
//! the database above all. Whoever has the database but not the signing key can rewrite everything but those.

use std::collections::BTreeSet;

use ed25519_dalek::VerifyingKey;

use super::checkpoint::{self, Checkpoint};
use super::event::{Event, Log, salted};
use super::merkle::{Frontier, Hash, leaf_hash};
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{EventId, PatientId, StaffId};

mod report;

#[cfg(test)]
mod tests;

pub use report::{Finding, FindingKind, MOST_FINDINGS, Report, Where};

/// What the searchable columns beside a leaf say; words as stored, for they may have been changed into anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The event's id.
    pub event: EventId,
    /// The log.
    pub log: Log,
    /// When.
    pub at: Timestamp,
    /// The member of staff who acted.
    pub staff: Option<StaffId>,
    /// The action's name.
    pub action: String,
    /// The outcome's name.
    pub outcome: String,
    /// The patients named.
    pub subjects: BTreeSet<PatientId>,
}

impl Columns {
    /// What the columns of this event must say.
    #[must_use]
    pub fn of(event: &Event) -> Self {
        let staff = match event.actor {
            super::event::By::Staff { staff, .. } => Some(staff),
            super::event::By::Stranger | super::event::By::System => None,
        };
        Self {
            event: event.id,
            log: event.log,
            at: event.at,
            staff,
            action: event.action.to_string(),
            outcome: event.outcome.to_string(),
            subjects: event.subjects.clone(),
        }
    }

    /// The names of the columns that differ.
    fn differing(&self, other: &Self) -> Vec<&'static str> {
        let compared = [
            ("event", self.event == other.event),
            ("log", self.log == other.log),
            ("at", self.at == other.at),
            ("staff", self.staff == other.staff),
            ("action", self.action == other.action),
            ("outcome", self.outcome == other.outcome),
            ("subjects", self.subjects == other.subjects),
        ];
        compared.into_iter().filter(|(_, same)| !same).map(|(name, _)| name).collect()
    }
}

/// The free text beside a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beside {
    /// There is none.
    Nothing,
    /// A text with its salt.
    Text {
        /// 32 random bytes.
        salt: [u8; 32],
        /// The text.
        text: String,
    },
    /// It went with the disposal of the record.
    Disposed,
}

/// One sealed event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedRow {
    /// The leaf's number in its log: 0 for the first, without gaps.
    pub seq: u64,
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// The leaf's hash as stored.
    pub leaf_hash: Hash,
    /// The searchable columns; none if they, or the text, hold what cannot even be read.
    pub columns: Option<Columns>,
    /// The free text.
    pub beside: Beside,
}

/// A checkpoint as the database keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The column beside the note.
    pub size: u64,
    /// The signed note.
    pub note: String,
}

/// What a log is verified against.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    /// Which log.
    pub log: Log,
    /// The public keys that sign it, old ones too.
    pub keys: &'a [VerifyingKey],
    /// The checkpoints in the database.
    pub stored: &'a [Stored],
    /// The file outside the database: signed notes one after the other, also those of other logs.
    pub outside: &'a str,
    /// How many events wait to be sealed.
    pub unsealed: u64,
    /// How many events are neither sealed nor waiting to be.
    pub strays: u64,
}

/// Verifies a log whose rows come in the order of their numbers. Memory grows with the checkpoints, not with the rows.
///
/// # Errors
/// Those of reading the rows. What is wrong with the log is no error, but a finding.
pub fn verify(given: &Given<'_>, rows: impl IntoIterator<Item = Result<SealedRow>>) -> Result<Report> {
    let mut check = Check::begin(given);
    for row in rows {
        check.row(&row?);
    }
    Ok(check.finish())
}

struct Check {
    report: Report,
    /// What was signed, smallest first.
    signed: Vec<Checkpoint>,
    /// How many of `signed` were compared.
    compared: usize,
    /// The number the next row must have.
    expected: u64,
    /// The tree over the leaves as they are.
    computed: Frontier,
    /// The tree over the hashes as they are stored.
    stored: Frontier,
    /// The size of the last checkpoint that agreed.
    good: u64,
    /// How many findings there were then.
    found_by_then: usize,
    /// Nothing so far is wrong with a row.
    clean: bool,
    /// A root differed: those after it must differ too, and would say nothing.
    lost: bool,
}

impl Check {
    fn begin(given: &Given<'_>) -> Self {
        let mut report = Report::new(given.log, given.unsealed);
        let mut signed = open_stored(given, &mut report);
        signed.extend(open_outside(given, &signed, &mut report));
        signed.sort_by_key(|checkpoint| (checkpoint.size, checkpoint.root));
        signed.dedup();
        report.checkpoints = signed.len() as u64;
        let found_by_then = report.findings.len();
        let mut check = Self {
            report,
            signed,
            compared: 0,
            expected: 0,
            computed: Frontier::default(),
            stored: Frontier::default(),
            good: 0,
            found_by_then,
            clean: true,
            lost: false,
        };
        if given.strays > 0 {
            let message = format!("{} events are neither sealed nor waiting to be", given.strays);
            check.report.find(Where::Unsealed, FindingKind::Stray, message);
            check.found_by_then = check.report.findings.len();
        }
        check.compare();
        check
    }

    fn row(&mut self, row: &SealedRow) {
        self.report.sealed += 1;
        let seq = row.seq;
        if seq < self.expected {
            self.find(Where::Seq(seq), FindingKind::OutOfOrder, "this number was there already");
            return;
        }
        if seq > self.expected {
            let missing = Where::Between(self.expected, seq);
            self.find(missing, FindingKind::GapInSequence, format!("{} events are missing", seq - self.expected));
        }
        let hash = leaf_hash(&row.leaf);
        self.computed.push(hash);
        self.stored.push(row.leaf_hash);
        if hash == row.leaf_hash {
            self.beside_the_leaf(row);
        } else {
            self.find(Where::Seq(seq), FindingKind::LeafAltered, "the leaf does not have the hash stored for it");
        }
        self.expected = seq.saturating_add(1);
        self.compare();
    }

    fn beside_the_leaf(&mut self, row: &SealedRow) {
        let at = Where::Seq(row.seq);
        let Ok(event) = Event::read(&row.leaf) else {
            return self.find(at, FindingKind::LeafUnreadable, "the leaf is not an event this program can read");
        };
        let Some(columns) = &row.columns else {
            return self.find(at, FindingKind::ColumnsAltered, "what lies beside the leaf cannot be read");
        };
        let differing = columns.differing(&Columns::of(&event));
        if !differing.is_empty() {
            self.find(at, FindingKind::ColumnsAltered, format!("not as in the leaf: {}", differing.join(", ")));
        }
        match (event.text, &row.beside) {
            (None, Beside::Nothing) | (Some(_), Beside::Disposed) => {}
            (Some(hash), Beside::Text { salt, text }) if salted(salt, text) == hash => {}
            (Some(_), Beside::Text { .. }) => {
                self.find(at, FindingKind::TextAltered, "the text does not have the hash in the leaf");
            }
            (Some(_), Beside::Nothing) => self.find(at, FindingKind::TextMissing, "the text is gone"),
            (None, Beside::Text { .. } | Beside::Disposed) => {
                self.find(at, FindingKind::TextAltered, "the event was sealed without a text");
            }
        }
    }

    /// Compares the trees with every checkpoint they have reached.
    fn compare(&mut self) {
        while let Some(signed) = self.signed.get(self.compared).copied().filter(|next| next.size <= self.expected) {
            self.compared += 1;
            if self.lost {
                continue;
            }
            let agrees = |tree: &Frontier| tree.size() == signed.size && tree.root() == signed.root;
            match (agrees(&self.computed), agrees(&self.stored)) {
                (true, true) => {}
                (true, false) => self.blame_the_hashes(),
                (false, true) => self.computed = self.stored.clone(),
                (false, false) => {
                    let within = Where::Between(self.good, signed.size);
                    let message = format!("the root at {} is not the signed one; at {} it was", signed.size, self.good);
                    self.find(within, FindingKind::RootDiffers, message);
                    self.lost = true;
                    continue;
                }
            }
            self.good = signed.size;
            self.found_by_then = self.report.findings.len();
            if self.clean {
                self.report.verified_to = signed.size;
            }
        }
    }

    /// The leaves since the last checkpoint are the sealed ones, so it is their stored hashes that were changed.
    fn blame_the_hashes(&mut self) {
        self.stored = self.computed.clone();
        for finding in &mut self.report.findings[self.found_by_then..] {
            if finding.kind == FindingKind::LeafAltered {
                finding.kind = FindingKind::LeafHashAltered;
            }
        }
    }

    fn finish(mut self) -> Report {
        let newest = self.signed.last().map_or(0, |checkpoint| checkpoint.size);
        let found = self.expected;
        if found < newest {
            let message = format!("the log ends at {found}, a checkpoint was signed at {newest}");
            // Which of those since the last good root are missing cannot be told from how many are left.
            self.find(Where::Between(self.good, newest), FindingKind::CutOff, message);
        }
        if found > newest {
            let message = format!("the newest signed checkpoint is at {newest}, the log goes on to {found}");
            self.find(Where::Between(newest, found), FindingKind::NotSigned, message);
        }
        self.report
    }

    fn find(&mut self, at: Where, kind: FindingKind, message: impl Into<String>) {
        self.clean = false;
        self.report.find(at, kind, message);
    }
}

fn open_stored(given: &Given<'_>, report: &mut Report) -> Vec<Checkpoint> {
    let mut opened = Vec::with_capacity(given.stored.len());
    for Stored { size, note } in given.stored {
        let at = Where::Checkpoint(*size);
        match Checkpoint::open(note, given.keys) {
            Ok(checkpoint) if checkpoint.log == given.log && checkpoint.size == *size => opened.push(checkpoint),
            Ok(_) => report.find(at, FindingKind::CheckpointMisplaced, "it was signed for another log or size"),
            Err(error) => report.find(at, FindingKind::BadSignature, error.detail),
        }
    }
    opened
}

fn open_outside(given: &Given<'_>, stored: &[Checkpoint], report: &mut Report) -> Vec<Checkpoint> {
    let origin = given.log.origin();
    let known: BTreeSet<(u64, Hash)> = stored.iter().map(|checkpoint| (checkpoint.size, checkpoint.root)).collect();
    let mut opened = Vec::new();
    for (number, note) in (1..).zip(checkpoint::notes(given.outside)) {
        match Checkpoint::open(note, given.keys) {
            Ok(checkpoint) if checkpoint.log == given.log => opened.push(checkpoint),
            Err(error) if note.lines().next() == Some(&origin) => {
                report.find(Where::Outside(number), FindingKind::BadSignature, error.detail);
            }
            Ok(_) | Err(_) => {}
        }
    }
    for checkpoint in opened.iter().filter(|checkpoint| !known.contains(&(checkpoint.size, checkpoint.root))) {
        let message = "it is kept outside and not in the database";
        report.find(Where::Checkpoint(checkpoint.size), FindingKind::CheckpointMissing, message);
    }
    report.outside_to = opened.iter().map(|checkpoint| checkpoint.size).max();
    if report.outside_to.is_none() && !given.stored.is_empty() {
        // Whoever cuts a log with its checkpoints, and the file as well, must not be told that all is well.
        let message = "nothing outside vouches for this log; find the file of checkpoints, or a copy of it";
        report.find(Where::Outside(0), FindingKind::OutsideMissing, message);
    }
    opened
}
