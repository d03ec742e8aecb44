//! Names as they are compared: whatever their case, their accents, and how somebody spelt them.

use unicode_normalization::UnicodeNormalization;

use super::Demographics;
use crate::folding;

/// Bytes of folded names beyond which no spelling is added: PostgreSQL indexes values up to 2700 bytes.
const LONGEST_FOLDED: usize = 2400;
/// How much of two folded names must be alike for a possible duplicate, from 0 to 1.
const ALIKE: f32 = 0.7;

/// A name as it is compared: [`folding::plain`], without doubled blanks.
#[must_use]
pub fn fold(name: &str) -> String {
    folding::plain(name).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name folded the way German and Scandinavian names are spelt without their letters, where it has such letters:
/// `Müller` as `mueller`, `Østergård` as `oestergaard`.
#[must_use]
pub fn spelt_out(name: &str) -> Option<String> {
    let mut changed = false;
    let mut spelt = String::with_capacity(name.len() + 2);
    for char in name.to_lowercase().nfc() {
        let letters = match char {
            'ä' => "ae",
            'ö' | 'ø' => "oe",
            'ü' => "ue",
            'å' => "aa",
            other => {
                spelt.push(other);
                continue;
            }
        };
        changed = true;
        spelt.push_str(letters);
    }
    changed.then(|| fold(&spelt))
}

/// The names a patient is found by, folded, and once more spelt out where that differs.
#[must_use]
pub fn folded_name(demographics: &Demographics) -> String {
    let preferred = demographics.preferred_name.as_ref().map_or("", |name| name.as_str());
    let names = format!("{} {} {preferred}", demographics.given_name.as_str(), demographics.family_name.as_str());
    let mut folded = fold(&names);
    for spelt in names.split_whitespace().filter_map(spelt_out) {
        if folded.len() + spelt.len() < LONGEST_FOLDED {
            folded = format!("{folded} {spelt}");
        }
    }
    folded
}

/// The words of a name, folded, those of a double name apart.
pub fn words(name: &str) -> Vec<String> {
    fold(name).split([' ', '-']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// Whether two names may be one person's who registered twice: they share a word, or are mostly the same letters.
#[must_use]
pub fn alike(one: &str, other: &str) -> bool {
    let theirs = words(other);
    if words(one).iter().any(|word| theirs.contains(word)) {
        return true;
    }
    let (one, other) = (fold(one), fold(other));
    // The letters in common, in whatever order, bound the ratio from above, and cost far less than it does.
    at_most(&one, &other) >= ALIKE && similar::TextDiff::from_chars(one.as_str(), other.as_str()).ratio() >= ALIKE
}

/// How much of two texts is alike at most, from 0 to 1: the letters they share, were they in the same order.
fn at_most(one: &str, other: &str) -> f32 {
    let (mut left, mut shared): (Vec<char>, u16) = (other.chars().collect(), 0);
    let mut letters = u16::try_from(left.len()).unwrap_or(u16::MAX);
    for char in one.chars() {
        letters = letters.saturating_add(1);
        if let Some(at) = left.iter().position(|theirs| *theirs == char) {
            left.swap_remove(at);
            shared = shared.saturating_add(1);
        }
    }
    2.0 * f32::from(shared) / f32::from(letters.max(1))
}

/// Whether two names are the same, in whatever order their words stand.
#[must_use]
pub fn same(one: &str, other: &str) -> bool {
    let sorted = |name: &str| {
        let mut words = words(name);
        words.sort_unstable();
        words
    };
    sorted(one) == sorted(other)
}
