//! What verifying a log comes to, and how it is told.

use std::fmt;

use serde::Serialize;
use strum::{Display, EnumIter, IntoStaticStr};

use crate::audit::event::Log;
use crate::ids::NoteId;

/// More findings than this are counted and not listed.
pub const MOST_FINDINGS: usize = 1_000;

/// Where something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Where {
    /// At the leaf with this number, from 0.
    Seq(u64),
    /// Among the leaves from the first number up to, and without, the second.
    Between(u64, u64),
    /// At the checkpoint of this size.
    Checkpoint(u64),
    /// In the file outside, at this note, from 1; 0 is the file itself.
    Outside(usize),
    /// Among the events that were never sealed.
    Unsealed,
    /// In what is kept of this note.
    Note(NoteId),
}

impl fmt::Display for Where {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seq(seq) => write!(f, "event {seq}"),
            Self::Between(from, to) => write!(f, "events {from} to {}", to.saturating_sub(1).max(*from)),
            Self::Checkpoint(size) => write!(f, "checkpoint {size}"),
            Self::Outside(0) => f.write_str("outside the database"),
            Self::Outside(number) => write!(f, "outside checkpoint no. {number}"),
            Self::Unsealed => f.write_str("outside the sealed events"),
            Self::Note(note) => write!(f, "note {note}"),
        }
    }
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, Display, IntoStaticStr, Serialize)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum FindingKind {
    /// The leaf's bytes are not those that were sealed.
    LeafAltered,
    /// The bytes are those that were sealed, the stored hash is not theirs.
    LeafHashAltered,
    /// The bytes are those stored, and are not the leaf of an event.
    LeafUnreadable,
    /// The columns do not say what the leaf says.
    ColumnsAltered,
    /// The text beside the leaf is not the one it was sealed with.
    TextAltered,
    /// The text is gone and nobody disposed of it.
    TextMissing,
    /// Numbers are missing.
    GapInSequence,
    /// A number comes twice or too late.
    OutOfOrder,
    /// The root over the leaves is not the signed one.
    RootDiffers,
    /// The log is shorter than a signed checkpoint.
    CutOff,
    /// The log is longer than the newest signed checkpoint.
    NotSigned,
    /// Events that are neither sealed nor waiting to be: put in, or taken out of the line, by somebody else.
    Stray,
    /// A checkpoint that no known key signed, or that was changed since.
    BadSignature,
    /// A checkpoint of another log or size than the one it is stored for.
    CheckpointMisplaced,
    /// A checkpoint that is kept outside and not in the database.
    CheckpointMissing,
    /// The database has checkpoints of the log, and none is kept outside.
    OutsideMissing,
    /// Signed words that are not those of the hash beside them.
    WordsAltered,
    /// Signed words, or a signature under them, that no event tells of.
    WordsUnlogged,
    /// Words that were signed, as an event says, and are gone.
    WordsMissing,
}

/// One thing that is not as it was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where.
    pub at: Where,
    /// What.
    pub kind: FindingKind,
    /// For people; without anything about a patient.
    pub message: String,
}

/// What verifying a log came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Which log.
    pub log: Log,
    /// How many sealed events were read.
    pub sealed: u64,
    /// The events before this number are proven to be as they were sealed.
    pub verified_to: u64,
    /// How many different signed checkpoints were held against them.
    pub checkpoints: u64,
    /// The size of the newest checkpoint from outside the database.
    pub outside_to: Option<u64>,
    /// How many events wait to be sealed.
    pub unsealed: u64,
    /// What is wrong, at most [`MOST_FINDINGS`].
    pub findings: Vec<Finding>,
    /// How many findings were left off.
    pub left_off: u64,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    pub(super) const fn new(log: Log, unsealed: u64) -> Self {
        Self {
            log,
            sealed: 0,
            verified_to: 0,
            checkpoints: 0,
            outside_to: None,
            unsealed,
            findings: Vec::new(),
            left_off: 0,
        }
    }

    pub(crate) fn find(&mut self, at: Where, kind: FindingKind, message: impl Into<String>) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding { at, kind, message: message.into() });
        } else {
            self.left_off += 1;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (log, sealed, outside) = (self.log.origin(), self.verified_to, self.outside_to.unwrap_or(0));
        write!(f, "{log}: verified to {sealed}, up to {outside} against checkpoints from outside")?;
        write!(f, ", {} unsealed", self.unsealed)?;
        for Finding { at, kind, message } in &self.findings {
            write!(f, "\n  {at}: {kind}: {message}")?;
        }
        if self.left_off > 0 {
            write!(f, "\n  and {} more", self.left_off)?;
        }
        Ok(())
    }
}
