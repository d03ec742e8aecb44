//! What became of each row of a file.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use crate::patients::import::{Fate, Outcome};

/// The report as CSV, written as the import goes on, and the counts for its summary.
pub struct Report {
    out: csv::Writer<Box<dyn Write>>,
    everything: bool,
    began: bool,
    entered: u64,
    before: u64,
    left: u64,
    refused: u64,
    remarks: u64,
}

impl Report {
    /// A report of every row, in a file for its owner alone; the report of an earlier run is replaced.
    ///
    /// # Errors
    /// The file cannot be made.
    pub fn of_everything(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
        Ok(Self::to(Box::new(file), true))
    }

    /// A report on standard output of the rows that were left out, or of which something was.
    pub fn of_what_needs_looking_at() -> Self {
        Self::to(Box::new(io::stdout()), false)
    }

    fn to(out: Box<dyn Write>, everything: bool) -> Self {
        let out = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        Self { out, everything, began: false, entered: 0, before: 0, left: 0, refused: 0, remarks: 0 }
    }

    /// Adds some rows, durably enough for an import that is then interrupted.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn add(&mut self, fates: &[Fate]) -> io::Result<()> {
        for fate in fates {
            let remarked = !fate.remarks.is_empty();
            let look = match fate.outcome {
                Outcome::Entered(_) | Outcome::WouldBeEntered => {
                    self.entered += 1;
                    self.remarks += u64::from(remarked);
                    remarked
                }
                Outcome::EnteredBefore(_) => {
                    self.before += 1;
                    false
                }
                Outcome::Same(_) | Outcome::Similar(_) | Outcome::AsLine(_) => {
                    self.left += 1;
                    true
                }
                Outcome::Refused => {
                    self.refused += 1;
                    true
                }
                Outcome::Blank => false,
            };
            if self.everything || look {
                self.begin()?;
                self.out.write_record(fate.cells())?;
            }
        }
        self.out.flush()
    }

    fn begin(&mut self) -> io::Result<()> {
        if !self.began {
            self.began = true;
            self.out.write_record(Fate::HEADER)?;
        }
        Ok(())
    }

    /// Ends the report.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(&mut self) -> io::Result<()> {
        if self.everything {
            self.begin()?;
        }
        self.out.flush()
    }

    /// The counts, as a sentence or two.
    pub fn summary(&self, trial: bool) -> String {
        let Self { entered, before, left, refused, remarks, .. } = self;
        let done = if trial { "would be entered" } else { "entered" };
        let before = match before {
            0 => String::new(),
            _ => format!(" {before} were entered by an earlier run of the same file."),
        };
        let remarks = match remarks {
            0 => String::new(),
            _ => format!(" Something is to be said of {remarks} of them; see the report."),
        };
        format!("{entered} {done}, {left} left out as known already, {refused} refused.{before}{remarks}")
    }
}
