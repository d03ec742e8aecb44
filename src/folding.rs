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
    for char in text.to_lowercase().nfkd().filter(|char| !is_combining_mark(*char)) {
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
    plain
}

/// The distinct words of a text, plain: letters and digits, at most 64 of them each, and nothing else.
#[must_use]
pub fn words(text: &str) -> BTreeSet<String> {
    let plain = plain(text);
    let words = plain.split(|char: char| !char.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word.chars().take(LONGEST).collect()).collect()
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
        assert_eq!(words(&"x".repeat(9_000)), words(&"x".repeat(64)));
    }
}
