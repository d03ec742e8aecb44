//! What changed between two versions of a note.

use serde::Serialize;
use serde_json::Value;
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::body::NoteBody;
use crate::error::{Error, Result};

/// The most words and runs of whitespace, of both versions, that one diff compares; texts beyond it are shown whole.
///
/// Enough for both versions of one of the longest texts in ordinary words, and at worst some 40 ms of work.
pub const MAX_TOKENS: usize = 20_000;

/// One place where two versions differ.
///
/// A string in both versions comes as `runs`; anything else as `from` and `to`, of which what was not there is left out.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[cfg_attr(test, derive(Debug))]
pub struct Change {
    /// Where, as a JSON Pointer into the newer version; for what is gone, into the older.
    pub pointer: String,
    /// What stood there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Value>,
    /// What stands there now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// The text, word by word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
}

/// A stretch of a text that was kept, taken in or taken out. All `equal` and `delete` runs make the older text, all
/// `equal` and `insert` runs the newer.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[cfg_attr(test, derive(Debug))]
pub struct Run {
    /// What became of it.
    pub op: Op,
    /// Its words, with their whitespace.
    pub text: String,
}

/// What became of a stretch of text.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[cfg_attr(test, derive(Debug))]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Kept.
    Equal,
    /// Taken in.
    Insert,
    /// Taken out.
    Delete,
}

/// What changed from one version to another: field by field, rows aligned, texts word by word.
///
/// # Errors
/// None is expected: every note is JSON.
pub fn diff(from: &NoteBody, to: &NoteBody) -> Result<Vec<Change>> {
    let from = serde_json::to_value(from).map_err(Error::internal)?;
    let to = serde_json::to_value(to).map_err(Error::internal)?;
    let mut differ = Differ { changes: Vec::new(), tokens_left: MAX_TOKENS };
    differ.compare(String::new(), &from, &to);
    Ok(differ.changes)
}

struct Differ {
    changes: Vec<Change>,
    tokens_left: usize,
}

impl Differ {
    fn compare(&mut self, pointer: String, from: &Value, to: &Value) {
        match (from, to) {
            _ if from == to => {}
            (Value::Object(old), Value::Object(new)) => {
                for (key, was) in old {
                    let pointer = format!("{pointer}/{key}");
                    match new.get(key) {
                        Some(is) => self.compare(pointer, was, is),
                        None => self.differ(pointer, Some(was), None),
                    }
                }
                for (key, is) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                    self.differ(format!("{pointer}/{key}"), None, Some(is));
                }
            }
            (Value::Array(old), Value::Array(new)) => self.compare_rows(&pointer, old, new),
            (Value::String(old), Value::String(new)) => {
                let runs = self.words(old, new);
                self.changes.push(Change { pointer, from: None, to: None, runs });
            }
            _ => self.differ(pointer, Some(from), Some(to)),
        }
    }

    /// Aligns the rows that stayed, so that one row taken in at the top does not make all the others look changed.
    fn compare_rows(&mut self, pointer: &str, old: &[Value], new: &[Value]) {
        for op in capture_diff_slices(Algorithm::Myers, old, new) {
            let (tag, was, is) = op.as_tag_tuple();
            if tag == DiffTag::Equal {
                continue;
            }
            let both = was.len().min(is.len());
            for (i, j) in was.clone().zip(is.clone()) {
                self.compare(format!("{pointer}/{j}"), &old[i], &new[j]);
            }
            for i in was.skip(both) {
                self.differ(format!("{pointer}/{i}"), Some(&old[i]), None);
            }
            for j in is.skip(both) {
                self.differ(format!("{pointer}/{j}"), None, Some(&new[j]));
            }
        }
    }

    fn differ(&mut self, pointer: String, from: Option<&Value>, to: Option<&Value>) {
        self.changes.push(Change { pointer, from: from.cloned(), to: to.cloned(), runs: Vec::new() });
    }

    fn words(&mut self, old: &str, new: &str) -> Vec<Run> {
        let (was, is) = (tokens(old), tokens(new));
        let Some(left) = self.tokens_left.checked_sub(was.len() + is.len()) else {
            return runs([(Op::Delete, old.to_owned()), (Op::Insert, new.to_owned())]);
        };
        self.tokens_left = left;
        // The heuristic Myers bounds its own search, so no clock is needed to stop it.
        runs(capture_diff_slices(Algorithm::Myers, &was, &is).iter().flat_map(|op| {
            let (taken_out, taken_in) = (was[op.old_range()].concat(), is[op.new_range()].concat());
            match op.tag() {
                DiffTag::Equal => [(Op::Equal, taken_in), (Op::Delete, String::new())],
                DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                    [(Op::Delete, taken_out), (Op::Insert, taken_in)]
                }
            }
        }))
    }
}

fn runs(stretches: impl IntoIterator<Item = (Op, String)>) -> Vec<Run> {
    stretches.into_iter().filter(|(_, text)| !text.is_empty()).map(|(op, text)| Run { op, text }).collect()
}

/// Words and the whitespace between them, in order, nothing lost.
fn tokens(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| c.is_whitespace() != first.is_whitespace()).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after;
    }
    tokens
}
