//! What holds for patients and care teams whatever the database: bounds, names that sound alike, what may be searched.

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Demographics, FindPatients, RecordNumber};
use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};

const DAY: i64 = 24 * 3600;

/// Days after one's last note or booking at which one's membership of a care team lapses.
pub const LAPSES_AFTER_DAYS: i64 = 90;
/// Days ahead at which the visit may lie for which somebody is put on a care team.
pub const VISIT_WITHIN_DAYS: i64 = 365;
/// Days that a cover may last.
pub const COVER_AT_MOST_DAYS: i64 = 92;
/// Digits of a phone number that a search needs.
pub const PHONE_DIGITS: usize = 4;
/// Words of a name that a search takes.
pub const NAME_WORDS: usize = 10;
/// How much of two folded names must be alike for a possible duplicate, from 0 to 1.
const ALIKE: f32 = 0.7;

/// When a membership lapses after a note or booking at `last`.
#[must_use]
pub const fn lapses_at(last: Timestamp) -> Timestamp {
    last.plus_seconds(LAPSES_AFTER_DAYS * DAY)
}

/// Checks what the single fields cannot tell: nobody is born in the future, wherever on earth today has begun.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/birth_date`.
pub fn check(demographics: &Demographics, now: Timestamp) -> Result<()> {
    if demographics.birth_date <= Date::of(now.plus_seconds(14 * 3600)) {
        Ok(())
    } else {
        Err(Error::field("/birth_date", "lies in the future"))
    }
}

/// When a membership lapses that begins `now` for a visit on `day`, which may be entered a day late in any time zone.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/visit_date` for a day that is past, or more than [`VISIT_WITHIN_DAYS`] ahead.
pub fn lapses_after_visit(day: Date, now: Timestamp) -> Result<Timestamp> {
    let visit = day.midnight();
    let ahead = visit.seconds_since(now);
    if ahead <= -2 * DAY {
        return Err(Error::field("/visit_date", "lies in the past"));
    }
    if ahead > VISIT_WITHIN_DAYS * DAY {
        return Err(Error::field("/visit_date", format!("lies more than {VISIT_WITHIN_DAYS} days ahead")));
    }
    Ok(lapses_at(visit.max(now)))
}

/// Checks how long a cover lasts.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/until`, unless it lies after `from`, after `now`, and at most
/// [`COVER_AT_MOST_DAYS`] after `from`.
pub fn check_cover(from: Timestamp, until: Timestamp, now: Timestamp) -> Result<()> {
    let wrong = |message: String| Err(Error::field("/until", message));
    if until <= from {
        return wrong("must come after from".into());
    }
    if until <= now {
        return wrong("lies in the past".into());
    }
    if until > from.plus_seconds(COVER_AT_MOST_DAYS * DAY) {
        return wrong(format!("is more than {COVER_AT_MOST_DAYS} days after from"));
    }
    Ok(())
}

/// A name as it is searched: lower case, accents and doubled blanks gone, `ø`, `ł` and their like spelt plainly.
#[must_use]
pub fn fold(name: &str) -> String {
    let plain = name.to_lowercase().nfd().filter(|char| !is_combining_mark(*char)).fold(
        String::with_capacity(name.len()),
        |mut plain, char| {
            match char {
                'ß' => plain.push_str("ss"),
                'æ' => plain.push_str("ae"),
                'œ' => plain.push_str("oe"),
                'þ' => plain.push_str("th"),
                'ø' => plain.push('o'),
                'ł' => plain.push('l'),
                'đ' | 'ð' => plain.push('d'),
                'ı' => plain.push('i'),
                '’' => plain.push('\''),
                other => plain.push(other),
            }
            plain
        },
    );
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names a patient is found by, folded.
#[must_use]
pub fn folded_name(demographics: &Demographics) -> String {
    let preferred = demographics.preferred_name.as_ref().map_or("", |name| name.as_str());
    fold(&format!("{} {} {preferred}", demographics.given_name.as_str(), demographics.family_name.as_str()))
}

/// Whether two names may be one person's who registered twice: they share a word, or are mostly the same letters.
#[must_use]
pub fn alike(one: &str, other: &str) -> bool {
    let (one, other) = (fold(one), fold(other));
    let shares = one.split(' ').any(|word| other.split(' ').any(|theirs| theirs == word));
    shares || similar::TextDiff::from_chars(one.as_str(), other.as_str()).ratio() >= ALIKE
}

/// The digits of a phone number, if it has any.
#[must_use]
pub fn phone_digits(phone: &str) -> Option<String> {
    let digits: String = phone.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(digits)
}

/// A `LIKE` pattern, with `\` as its escape, for `word` anywhere in a text.
#[must_use]
pub fn anywhere(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

/// What a search asks for, read and folded; something is always asked for.
#[derive(Clone, Serialize)]
pub struct Criteria {
    /// Folded words that must all occur in the name.
    pub words: Vec<String>,
    /// Date of birth.
    pub birth_date: Option<Date>,
    /// Record number.
    pub number: Option<RecordNumber>,
    /// The last digits of the phone number.
    pub phone_end: Option<String>,
}

impl Criteria {
    /// Everyone born on a day.
    #[must_use]
    pub const fn born(date: Date) -> Self {
        Self { words: Vec::new(), birth_date: Some(date), number: None, phone_end: None }
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
            phone_end: find.phone.as_ref().map(|phone| phone_end(phone.as_str())).transpose()?,
        })
    }
}

fn words(name: &str) -> Result<Vec<String>> {
    let words: Vec<String> = fold(name).split_whitespace().map(str::to_owned).collect();
    if words.is_empty() || words.len() > NAME_WORDS {
        return Err(Error::field("/name", format!("from 1 to {NAME_WORDS} words")));
    }
    Ok(words)
}

fn number(text: &str) -> Result<RecordNumber> {
    text.parse().map_err(|message: &str| Error::field("/number", message))
}

/// Zeros in front are dialled or not, depending on from where: they do not count.
fn phone_end(phone: &str) -> Result<String> {
    let digits = phone_digits(phone).unwrap_or_default();
    let digits = digits.trim_start_matches('0');
    if digits.len() < PHONE_DIGITS {
        return Err(Error::field("/phone", format!("at least {PHONE_DIGITS} digits besides leading zeros")));
    }
    Ok(digits.to_owned())
}
