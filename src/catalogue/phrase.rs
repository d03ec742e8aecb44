//! Phrases that are written often, by a short name.

use serde::Deserialize;
use toml::Spanned;

use super::{Fault, bad_id, twice};
use crate::actor::Discipline;

/// The most characters that a phrase may have.
const LONGEST: usize = 1000;

/// A phrase that stands for its name: in the editor, `/name` and a space.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Phrase {
    /// Its name, in snake case, at most 60 characters.
    pub name: String,
    /// What is written in its place, at most 1000 characters.
    pub text: String,
    /// Whose it is.
    pub scope: Vec<Discipline>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    phrase: Vec<Spanned<Phrase>>,
}

/// Reads and checks a list of phrases; the first thing that is wrong ends it.
pub(super) fn parse(text: &str) -> Result<Vec<Phrase>, Fault> {
    let file: File = toml::from_str(text)?;
    let mut phrases: Vec<Phrase> = Vec::with_capacity(file.phrase.len());
    for entry in file.phrase {
        let span = entry.span();
        let phrase = entry.into_inner();
        if let Some(problem) = fault(&phrase, &phrases) {
            return Err(Fault::new(&span, problem));
        }
        phrases.push(phrase);
    }
    Ok(phrases)
}

fn fault(phrase: &Phrase, earlier: &[Phrase]) -> Option<String> {
    let Phrase { name, text, scope } = phrase;
    // Each discipline may have its own under one name.
    let rivals = earlier.iter().filter(|other| other.scope.iter().any(|of| scope.contains(of)));
    if let Some(problem) = bad_id(name, rivals.map(|other| other.name.as_str())) {
        return Some(problem);
    }
    if text.trim().is_empty() || text.chars().count() > LONGEST {
        return Some(format!("{name}: text must have 1 to {LONGEST} characters"));
    }
    if scope.is_empty() || twice(scope) {
        return Some(format!("{name}: scope must name each discipline once, and at least one"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::Catalogue;

    #[test]
    fn each_discipline_has_its_phrases() {
        let catalogue = Catalogue::built_in().unwrap();
        let of = |discipline| catalogue.phrases(&[discipline]).map(|phrase| &*phrase.name).collect::<Vec<_>>();
        let (physiotherapy, massage) = (of(Discipline::Physiotherapy), of(Discipline::Massage));
        assert!(physiotherapy.contains(&"neuro") && !massage.contains(&"neuro"));
        assert!(massage.contains(&"pressure") && !physiotherapy.contains(&"pressure"));
        assert!(physiotherapy.contains(&"same") && massage.contains(&"same"));
    }

    #[test]
    fn what_is_wrong_with_a_phrase_is_said() {
        let one = |name: &str, text: &str, scope: &str| {
            format!("[[phrase]]\nname = \"{name}\"\ntext = \"{text}\"\nscope = [{scope}]\n")
        };
        let says = |file: &str| parse(file).map(drop).map_err(|fault| fault.problem).unwrap_err();
        let fine = one("same", "As last time.", "\"massage\"");
        assert!(says(&(fine.clone() + &fine)).contains("is there already"));
        assert!(says(&one("Same", "x", "\"massage\"")).contains("snake_case"));
        assert!(says(&one("same", " ", "\"massage\"")).contains("text must have"));
        assert!(says(&one("same", "x", "")).contains("scope must name"));
        let other = one("same", "As before.", "\"physiotherapy\"");
        assert_eq!(parse(&(fine + &other)).map(|phrases| phrases.len()).map_err(|fault| fault.problem), Ok(2));
    }
}
