//! What a search for patients asks for, as it is typed at the front desk.

use serde::Serialize;

use super::{FindPatients, RecordNumber, names};
use crate::clock::Date;
use crate::error::{Error, Result};

/// Digits of a phone number that a search needs, besides leading zeros.
pub const PHONE_DIGITS: usize = 4;
/// Words of a name that a search takes.
pub const NAME_WORDS: usize = 10;

/// Country calling codes of two digits (ITU-T E.164); 1 and 7 have one digit, all others three.
const TWO_DIGIT_COUNTRIES: [&str; 44] = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48", "49", "51",
    "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84", "86", "90",
    "91", "92", "93", "94", "95", "98",
];

/// What a search asks for, read and folded; something is always asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Criteria {
    /// Words that must all occur in the name, folded.
    pub words: Vec<EitherOf>,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Record number.
    pub number: Option<RecordNumber>,
    /// Digits that must occur in the phone number.
    pub phone: Option<EitherOf>,
}

/// What is looked for anywhere in a text, in one of the two ways it may have been written there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EitherOf {
    /// As it is typed.
    pub typed: String,
    /// The other way, if there is one.
    pub other: Option<String>,
}

impl EitherOf {
    /// Both as `LIKE` patterns with `\` as their escape; the same twice where there is one way only.
    #[must_use]
    pub fn patterns(&self) -> [String; 2] {
        [anywhere(&self.typed), anywhere(self.other.as_ref().unwrap_or(&self.typed))]
    }
}

impl Criteria {
    /// Everyone born on a day.
    #[must_use]
    pub const fn born(date: Date) -> Self {
        Self { words: Vec::new(), birth_date: Some(date), number: None, phone: None }
    }

    /// Reads a search.
    ///
    /// # Errors
    /// [`crate::error::Code::Invalid`] if nothing is asked for, or a field cannot be searched for.
    pub fn of(find: &FindPatients) -> Result<Self> {
        if find.name.is_none() && find.birth_date.is_none() && find.number.is_none() && find.phone.is_none() {
            return Err(Error::field("", "give name, birth_date, number or phone"));
        }
        Ok(Self {
            words: find.name.as_ref().map_or(Ok(Vec::new()), |name| words(name.as_str()))?,
            birth_date: find.birth_date,
            number: find.number.as_ref().map(|number| self::number(number.as_str())).transpose()?,
            phone: find.phone.as_ref().map(|phone| self::phone(phone.as_str())).transpose()?,
        })
    }
}

fn anywhere(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// The digits of a phone number, if it has any.
#[must_use]
pub fn phone_digits(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// Each word as it is folded, or spelt out where that differs: whoever types `Müller` also finds a `Mueller`.
fn words(name: &str) -> Result<Vec<EitherOf>> {
    let parts = name.split(|char: char| char.is_whitespace() || "-‐‑–—".contains(char));
    let words: Vec<EitherOf> = parts
        .map(|word| EitherOf { typed: names::fold(word), other: names::spelt_out(word) })
        .filter(|word| !word.typed.is_empty())
        .collect();
    if words.is_empty() || words.len() > NAME_WORDS {
        return Err(Error::field("/name", format!("from 1 to {NAME_WORDS} words")));
    }
    Ok(words)
}

fn number(text: &str) -> Result<RecordNumber> {
    text.parse().map_err(|message: &str| Error::field("/number", message))
}

/// A phone number may have been noted as it is typed, or without the country's code. Zeros in front are dialled or not,
/// depending on from where: they do not count.
fn phone(typed: &str) -> Result<EitherOf> {
    let digits = phone_digits(typed).unwrap_or_default();
    let whole = digits.trim_start_matches('0');
    let abroad = typed.trim_start_matches([' ', '(']).starts_with('+') || digits.starts_with("00");
    let national = match whole {
        // In North America the code is dialled within the country, too.
        _ if whole.len() == 11 && whole.starts_with('1') => whole.get(1..),
        _ if abroad => whole.get(country_code(whole)..),
        _ => None,
    };
    if whole.len() < PHONE_DIGITS {
        return Err(Error::field("/phone", format!("at least {PHONE_DIGITS} digits besides leading zeros")));
    }
    let national = national.map(|national| national.trim_start_matches('0').to_owned());
    let other = national.filter(|national| national.len() >= PHONE_DIGITS);
    Ok(EitherOf { typed: whole.to_owned(), other })
}

/// How many digits the country's code has.
fn country_code(digits: &str) -> usize {
    match digits.get(..2) {
        Some(first) if first.starts_with(['1', '7']) => 1,
        Some(first) if TWO_DIGIT_COUNTRIES.contains(&first) => 2,
        _ => 3,
    }
}
