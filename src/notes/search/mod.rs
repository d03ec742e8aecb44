//! Full-text search over the signed notes that a reader may read: of one patient, or of all whom they treat.
//!
//! A word is what stands between blanks and signs, whatever its case and accents. All words asked for must occur, anywhere
//! in the note as it now stands or in what was appended to it. Found is only what the reader may read in full.

pub mod api;
pub mod ops;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::summaries::NoteSummary;
use crate::error::{Error, Result};
use crate::folding;
use crate::ids::PatientId;
use crate::words::Name;

/// Words that a search takes.
const MOST_WORDS: usize = 10;
/// Words of a note that are shown before one that was looked for, and behind it.
const AROUND: usize = 8;

/// What to find notes by.
#[derive(Clone, Debug, Deserialize, garde::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteSearch {
    /// One to ten words that all occur, whole, in any order, whatever their case and accents. Signs mean nothing.
    #[garde(dive)]
    pub words: Name,
    /// Of whom; of everyone whom one treats or covers for unless told.
    #[garde(skip)]
    pub patient_id: Option<PatientId>,
    /// How many notes: 1 to 100, 25 unless told.
    #[garde(range(min = 1, max = 100))]
    pub limit: Option<u8>,
    /// Where the page before ended.
    #[garde(skip)]
    pub cursor: Option<String>,
}

impl NoteSearch {
    /// The words as they are compared.
    ///
    /// # Errors
    /// [`crate::error::Code::Invalid`] unless there are one to ten.
    pub fn folded(&self) -> Result<BTreeSet<String>> {
        let words = folding::words(self.words.as_str());
        if words.is_empty() || words.len() > MOST_WORDS {
            return Err(Error::field("/words", format!("from 1 to {MOST_WORDS} words")));
        }
        Ok(words)
    }
}

/// A note that was found.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FoundNote {
    /// The note.
    #[serde(flatten)]
    pub note: NoteSummary,
    /// Where the words stand in it, the first place of each part.
    pub excerpts: Vec<Excerpt>,
}

/// Some words of a note around one that was looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Excerpt {
    /// The part of the note, such as `plan`, or `addendum`.
    pub part: String,
    /// What it says there.
    pub text: String,
}

/// The first place of each part of a note where one of the words stands.
fn excerpts(body: &str, addenda: &[String], words: &BTreeSet<String>) -> Result<Vec<Excerpt>> {
    let parts: serde_json::Map<String, Value> = serde_json::from_str(body).map_err(Error::internal)?;
    let excerpt = |part: &str, text| Excerpt { part: part.to_owned(), text };
    let of_parts = parts.iter().filter_map(|(part, value)| Some(excerpt(part, first_in(value, words)?)));
    let of_addenda = addenda.iter().filter_map(|text| Some(excerpt("addendum", around(text, words)?)));
    Ok(of_parts.chain(of_addenda).collect())
}

fn first_in(value: &Value, words: &BTreeSet<String>) -> Option<String> {
    match value {
        Value::String(text) => around(text, words),
        Value::Array(values) => values.iter().find_map(|value| first_in(value, words)),
        Value::Object(parts) => parts.values().find_map(|value| first_in(value, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn around(text: &str, words: &BTreeSet<String>) -> Option<String> {
    let all: Vec<&str> = text.split_whitespace().collect();
    let place = all.iter().position(|word| !folding::words(word).is_disjoint(words))?;
    let (from, to) = (place.saturating_sub(AROUND), (place + AROUND + 1).min(all.len()));
    let cut = |is_cut: bool| if is_cut { "…" } else { "" };
    Some(format!("{}{}{}", cut(from > 0), all.get(from..to)?.join(" "), cut(to < all.len())))
}
