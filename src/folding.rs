//! Words as they are compared: whatever their case, their accents, and how somebody typed them.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Characters of a word that count; what follows is not compared.
const LONGEST: usize = 64;

/// A text in lower case, without accents and apostrophes; `ß`, `ø`, `ł` and their like spelt plainly.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    // Most of what is written here is ASCII, and decomposing it costs a signature a tenth of its time.
    for piece in text.split_inclusive(char::is_whitespace) {
        if piece.is_ascii() {
            plain
                .extend(piece.chars().map(|char| char.to_ascii_lowercase()).filter(|char| !matches!(char, '\'' | '`')));
        } else {
            spell(piece, &mut plain);
        }
    }
    plain
}

fn spell(piece: &str, plain: &mut String) {
    for char in piece.to_lowercase().nfkd().filter(|char| !is_combining_mark(*char)) {
        match char {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ħ' => plain.push('h'),
            'ŧ' => plain.push('t'),
            'ı' => plain.push('i'),
            // O'Neil is typed with any of them, and often with none.
            '\'' | '’' | '‘' | 'ʼ' | '`' => {}
            '‐' | '‑' | '–' | '—' => plain.push('-'),
            other => plain.push(other),
        }
    }
}

/// The words of a plain text, as they come: letters and digits, at most 64 of them each, and nothing else.
pub fn words_in(plain: &str) -> impl Iterator<Item = &str> {
    let words = plain.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.char_indices().nth(LONGEST).map_or(word, |(end, _)| &word[..end]))
}

/// The distinct words of a text, plain.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    words_in(&plain(text)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_letters_and_digits_without_case_or_accents() {
        let typed = "L'épaule gauche: 3/10, O’Neil-Test (NPRS), Straße; dry_needling \"OR\" knee*";
        let folded: Vec<String> = words(typed).into_iter().collect();
        let expected =
            ["10", "3", "dry", "gauche", "knee", "lepaule", "needling", "nprs", "oneil", "or", "strasse", "test"];
        assert_eq!(folded, expected);
        assert_eq!(words("E\u{301}PAULE"), words("épaule"), "composed or not");
        assert!(words(" … -- ()").is_empty());
        assert_eq!(plain("don't Don`t ΌΔΟΣ ΌΔΟΣ."), "dont dont οδος οδος.", "an end of a word is an end in any text");
        assert_eq!(words(&"x".repeat(9_000)), words(&"x".repeat(64)));
    }
}
