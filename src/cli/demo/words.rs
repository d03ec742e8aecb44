//! What therapists of the demo say and write: read from `words/`, drawn by lot, so that no two notes read alike.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;

use crate::error::{Error, Result};
use crate::notes::measure::{MarkKind, Unit, View};
use crate::words::Name;

/// Every complaint, by the word that patients name it by.
const COMPLAINTS: [(&str, &str); 10] = [
    ("neck", include_str!("words/neck.toml")),
    ("low_back", include_str!("words/low_back.toml")),
    ("shoulder", include_str!("words/shoulder.toml")),
    ("knee", include_str!("words/knee.toml")),
    ("ankle", include_str!("words/ankle.toml")),
    ("elbow", include_str!("words/elbow.toml")),
    ("hip", include_str!("words/hip.toml")),
    ("posture", include_str!("words/posture.toml")),
    ("hamstring", include_str!("words/hamstring.toml")),
    ("knee_replacement", include_str!("words/knee_replacement.toml")),
];

/// What is said of one complaint. Words in braces stand for what differs from patient to patient.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Complaint {
    pub name: String,
    pub region: String,
    /// Whether it is of an arm or a leg, so that treatment has a side.
    #[serde(default)]
    pub limb: bool,
    pub icd10: String,
    pub diagnosis: Vec<String>,
    pub impression: Vec<String>,
    pub history: Vec<String>,
    pub aggravating: Vec<String>,
    pub easing: Vec<String>,
    pub goals: Vec<String>,
    pub observation: Vec<String>,
    pub screening: Vec<String>,
    pub palpation: Vec<String>,
    pub problems: Vec<String>,
    pub advice: Vec<String>,
    /// Why one discipline sends the patient to the other, and what it asks.
    pub reason: Vec<String>,
    pub question: Vec<String>,
    /// On the body chart, for the left side.
    pub mark: Vec<Place>,
    pub measure: Vec<Measured>,
    pub strength: Vec<Strength>,
    pub test: Vec<SpecialTest>,
    pub early: Phase,
    pub middle: Phase,
    pub late: Phase,
}

/// A stretch of the course.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phase {
    /// What patients report.
    pub says: Vec<String>,
    /// What the therapist makes of it.
    pub makes: Vec<String>,
    pub home: Vec<String>,
    /// What physiotherapists do, and massage therapists.
    pub treatment: Vec<Applied>,
    pub massage: Vec<Applied>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    pub technique: String,
    pub region: String,
    pub minutes: u16,
    pub dose: Vec<String>,
    pub response: Vec<String>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Place {
    pub view: View,
    pub x: u16,
    pub y: u16,
    pub kind: MarkKind,
}

/// A quantity, at the first visit and at the last, in whole units.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measured {
    pub movement: String,
    #[serde(default)]
    pub sided: bool,
    pub unit: Unit,
    #[serde(default)]
    pub normal: Option<i64>,
    pub from: i64,
    pub to: i64,
}

/// A muscle, with its strength at the first visit and at the last, as places among the grades from 3+ to 5.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strength {
    pub muscle: String,
    #[serde(default)]
    pub sided: bool,
    pub from: u32,
    pub to: u32,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpecialTest {
    pub name: String,
    #[serde(default)]
    pub sided: bool,
    /// Whether it is positive, at first.
    #[serde(default)]
    pub positive: bool,
}

/// What is said and written whatever the complaint, by the name of its list.
type Every = HashMap<String, Vec<String>>;

/// All the words there are.
pub struct Words {
    complaints: HashMap<&'static str, Complaint>,
    every: Every,
}

impl Words {
    /// Reads them.
    ///
    /// # Errors
    /// A file is not right.
    pub fn read() -> Result<Self> {
        let read = |(key, text): (&'static str, &str)| Ok((key, toml::from_str(text).map_err(Error::internal)?));
        let every = toml::from_str(include_str!("words/every.toml")).map_err(Error::internal)?;
        Ok(Self { complaints: COMPLAINTS.into_iter().map(read).collect::<Result<_>>()?, every })
    }

    /// A complaint; none for patients who come to relax.
    pub fn complaint(&self, key: &str) -> Option<&Complaint> {
        self.complaints.get(key)
    }

    /// A list of what is said whatever the complaint; empty if there is none.
    pub fn every(&self, list: &str) -> &[String] {
        self.every.get(list).map_or(&[], Vec::as_slice)
    }
}

/// Lots that are drawn, always the same ones from the same seed (`SplitMix64`).
#[derive(Clone, Debug)]
pub struct Lots(u64);

impl Lots {
    /// Lots of a seed, and of whatever they are drawn for.
    pub fn of(seed: u64, what: &str) -> Self {
        // FNV-1a
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        Self(what.bytes().fold(0xcbf2_9ce4_8422_2325 ^ seed, hash))
    }

    /// A number from 0 up to, and without, `end`; 0 if there is none.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end.max(1)
    }

    /// A number from `first` to `last`.
    pub fn between(&mut self, first: i64, last: i64) -> i64 {
        first + i64::try_from(self.below(u64::try_from(last - first + 1).unwrap_or(1))).unwrap_or(0)
    }

    /// One of these; nothing of an empty list.
    pub fn pick<'l>(&mut self, list: &'l [String]) -> &'l str {
        let at = usize::try_from(self.below(list.len() as u64)).unwrap_or(0);
        list.get(at).map_or("", String::as_str)
    }
}

/// Says things about one patient.
pub struct Voice {
    pub lots: Lots,
    /// What the words in braces stand for.
    stand_for: HashMap<&'static str, String>,
    said: HashSet<String>,
}

impl Voice {
    /// A voice about one patient.
    pub fn new(lots: Lots, stand_for: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self { lots, stand_for: stand_for.into_iter().collect(), said: HashSet::new() }
    }

    /// From now on a word in braces stands for this.
    pub fn set(&mut self, word: &'static str, means: &impl ToString) {
        self.stand_for.insert(word, means.to_string());
    }

    /// One of these, and not what was said about the patient before as long as something else is left.
    pub fn draw(&mut self, list: &[String]) -> String {
        let fresh: Vec<_> = list.iter().filter(|one| !self.said.contains(*one)).cloned().collect();
        let drawn = self.lots.pick(if fresh.is_empty() { list } else { &fresh }).to_owned();
        self.said.insert(drawn.clone());
        drawn
    }

    /// One of these as a sentence.
    pub fn say(&mut self, list: &[String]) -> String {
        let drawn = self.draw(list);
        sentence(&self.fill(&drawn))
    }

    /// One of these as a few words within a row.
    pub fn name(&mut self, list: &[String]) -> Name {
        let drawn = self.draw(list);
        self.fill(&drawn).into()
    }

    /// What a text says about this patient.
    pub fn fill(&self, text: &str) -> String {
        let mut filled = text.to_owned();
        for (word, means) in &self.stand_for {
            filled = filled.replace(&format!("{{{word}}}"), means);
        }
        filled
    }
}

/// With a capital at the beginning of each sentence.
fn sentence(text: &str) -> String {
    let mut begins = true;
    let mut last = ' ';
    let capital = |char: char| {
        let begun = begins && char.is_alphabetic();
        begins = (begins && !char.is_alphanumeric()) || (char == ' ' && matches!(last, '.' | '?' | '!'));
        last = char;
        if begun { char.to_uppercase().next().unwrap_or(char) } else { char }
    };
    text.chars().map(capital).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn every_word_can_be_read_and_every_technique_is_in_the_catalogue_and_in_scope() {
        let (words, catalogue) = (Words::read().unwrap(), Catalogue::load(None, None, None).unwrap());
        for (key, complaint) in &words.complaints {
            for phase in [&complaint.early, &complaint.middle, &complaint.late] {
                let by = [("physiotherapy", &phase.treatment), ("massage", &phase.massage)];
                for (discipline, row) in by.into_iter().flat_map(|(by, rows)| rows.iter().map(move |row| (by, row))) {
                    let technique = catalogue.get(&row.technique).unwrap_or_else(|| panic!("{key}: {}", row.technique));
                    assert!(technique.scope.iter().any(|of| of.to_string() == discipline), "{key}: {}", row.technique);
                }
            }
        }
    }

    #[test]
    fn sentences_begin_with_a_capital_and_the_same_seed_draws_the_same_lots() {
        assert_eq!(
            sentence("hip better. swam twice; 4 lengths. no pain"),
            "Hip better. Swam twice; 4 lengths. No pain"
        );
        let draw =
            |seed| (0..20).map(|_| 0).scan(Lots::of(seed, "Ana"), |lots, _| Some(lots.below(9))).collect::<Vec<_>>();
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}
