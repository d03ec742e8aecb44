//! Patients from a file, as another program exported them.
//!
//! A file is read twice: once to [survey](file::Survey) it, and once row by row. Rows become [`Line`]s, which are taken
//! some hundred at a time through the same use case as a registration. Which line became which patient is kept in the
//! transaction that enters them, so an import that was interrupted is simply run again: it never enters a line twice, and
//! its report is whole again.

pub mod dates;
pub mod file;
pub mod mapping;
pub mod ops;
mod practitioners;
mod query;
pub mod row;
#[cfg(test)]
mod tests;
mod trial;

use super::RecordNumber;
use crate::ids::PracticeId;

pub use row::{Candidate, Reading};
pub use trial::Seen;

/// One import.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// Whose patients they are.
    pub practice: PracticeId,
    /// SHA-256 of the file.
    pub file: [u8; 32],
    /// Who is entered besides those who are new.
    pub enter: Enter,
    /// Whether it is only tried, and enters nobody.
    pub trial: bool,
}

/// Who is entered of those born on the same day as a patient who is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enter {
    /// Only those whose name is not similar.
    #[default]
    New,
    /// Those with a similar name, too, such as twins; not those with the same name.
    Similar,
    /// Everyone.
    All,
}

/// A row, ready to be entered.
#[derive(Clone, Debug)]
pub struct Line {
    /// The number of its first line in the file, counted from 1.
    pub number: u64,
    /// What stands there.
    pub content: Content,
}

/// What stands in a row.
#[derive(Clone, Debug)]
pub enum Content {
    /// Nothing.
    Blank,
    /// Nobody who can be registered: what is wrong, without a word of the row.
    Broken(Vec<String>),
    /// Somebody.
    Candidate(Box<Candidate>),
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They are a patient now.
    Entered(RecordNumber),
    /// They would be entered, were it not a trial.
    WouldBeEntered,
    /// This very line was entered in an earlier run.
    EnteredBefore(RecordNumber),
    /// Left out: a patient of the same name was born on the same day.
    Same(RecordNumber),
    /// Left out: a patient of a similar name was born on the same day.
    Similar(RecordNumber),
    /// Left out in a trial: an earlier line of the file is about somebody of the same or a similar name, born on the
    /// same day.
    AsLine(u64),
    /// The row is broken.
    Refused,
    /// The row is blank.
    Blank,
}

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    /// The number of the row's first line.
    pub line: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// What is to be said of it, without anything about the patient.
    pub remarks: Vec<String>,
}

impl Fate {
    const fn of(line: u64, outcome: Outcome) -> Self {
        Self { line, outcome, remarks: Vec::new() }
    }

    /// The columns of the report.
    pub const HEADER: [&'static str; 4] = ["line", "outcome", "record_number", "remarks"];

    /// Its cells. None of them begins with what a spreadsheet takes for a formula.
    #[must_use]
    pub fn cells(&self) -> [String; 4] {
        let (outcome, number) = match self.outcome {
            Outcome::Entered(number) => ("entered", Some(number)),
            Outcome::WouldBeEntered => ("would_be_entered", None),
            Outcome::EnteredBefore(number) => ("entered_before", Some(number)),
            Outcome::Same(number) => ("same_person", Some(number)),
            Outcome::Similar(number) => ("similar_person", Some(number)),
            Outcome::AsLine(_) => ("same_or_similar_in_file", None),
            Outcome::Refused => ("refused", None),
            Outcome::Blank => ("blank", None),
        };
        let mut remarks = self.remarks.clone();
        if let Outcome::AsLine(line) = self.outcome {
            remarks.push(format!("see line {line}"));
        }
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        [self.line.to_string(), outcome.to_owned(), number, remarks.join("; ")]
    }
}
