//! How far an import has come.

use std::cell::Cell;
use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Lines between two words on it where nobody watches a bar.
const EVERY: u64 = 2000;

/// A bar on a terminal; elsewhere a line now and then. On standard error either way.
pub struct Progress {
    bar: Option<ProgressBar>,
    lines: u64,
    said: Cell<u64>,
}

impl Progress {
    /// Of a file of so many lines.
    pub fn of(lines: u64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(lines);
            let style = ProgressStyle::with_template("{bar:40} {pos} of {len} lines, {elapsed}, {eta} to go");
            if let Ok(style) = style {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, lines, said: Cell::new(0) }
    }

    /// It is done up to this line.
    pub fn reached(&self, line: u64) {
        if let Some(bar) = &self.bar {
            bar.set_position(line);
        } else if line >= self.said.get() + EVERY {
            self.said.set(line);
            eprintln!("{line} of {} lines", self.lines);
        }
    }

    /// It is done.
    pub fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
