//! What a trial has to remember, since it enters nobody whom a later line could be compared with.

use std::collections::BTreeMap;

use super::{Candidate, Content, Enter, Fate, Line, Outcome};
use crate::clock::Date;
use crate::patients::names;

/// Everyone who would have been entered so far, by birth date: some sixty bytes each.
#[derive(Debug, Default)]
pub struct Seen(BTreeMap<Date, Vec<(u64, Box<str>)>>);

impl Seen {
    /// Corrects the fates of lines that an earlier line of the file would have kept out.
    pub fn correct(&mut self, lines: &[Line], enter: Enter, fates: &mut [Fate]) {
        for (line, fate) in lines.iter().zip(fates) {
            if let (Content::Candidate(candidate), Outcome::WouldBeEntered) = (&line.content, fate.outcome) {
                match self.earlier(candidate, enter) {
                    Some(earlier) => fate.outcome = Outcome::AsLine(earlier),
                    None => self.remember(line.number, candidate),
                }
            }
        }
    }

    fn earlier(&self, candidate: &Candidate, enter: Enter) -> Option<u64> {
        let name = candidate.demographics.full_name();
        let keeps_out = |other: &str| match enter {
            Enter::New => names::alike(&name, other),
            Enter::Similar => names::same(&name, other),
            Enter::All => false,
        };
        let born_then = self.0.get(&candidate.demographics.birth_date)?;
        born_then.iter().find(|(_, other)| keeps_out(other)).map(|(line, _)| *line)
    }

    fn remember(&mut self, line: u64, candidate: &Candidate) {
        let name = names::fold(&candidate.demographics.full_name()).into_boxed_str();
        self.0.entry(candidate.demographics.birth_date).or_default().push((line, name));
    }
}
