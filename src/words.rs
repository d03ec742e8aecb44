//! Text as people type it: bounded, free of what the databases cannot hold, and never in a log line.

use std::fmt;

use garde::rules::length::chars::HasChars;
use serde::{Deserialize, Deserializer, Serialize};

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident: $max:tt;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// Whitespace is kept as it came; what is [`unfit`] is refused. `Debug` shows the length
        /// only, so that no log line can hold a patient's words.
        #[derive(Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize, garde::Validate, utoipa::ToSchema)]
        #[garde(transparent)]
        #[serde(transparent)]
        #[schema(max_length = $max)]
        pub struct $name(#[garde(custom(at_most::<$max>))] String);

        impl $name {
            /// The words.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether there is nothing that can be seen.
            #[must_use]
            pub fn is_blank(&self) -> bool {
                self.0.chars().all(is_unseen)
            }
        }

        impl<S: Into<String>> From<S> for $name {
            fn from(words: S) -> Self {
                Self(words.into())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({} bytes)", stringify!($name), self.0.len())
            }
        }
    )+};
}

words! {
    /// Running text: at most 20,000 characters.
    Text: 20_000;
    /// A short name or phrase: at most 200 characters.
    Name: 200;
}

/// Whether a sign leaves nothing to see: whitespace, a control, or one of Unicode's `Default_Ignorable_Code_Point`
/// (`DerivedCoreProperties.txt`); the blank of Braille too.
#[must_use]
pub fn is_unseen(sign: char) -> bool {
    sign.is_whitespace()
        || sign.is_control()
        || matches!(sign, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}')
        || matches!(sign, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(sign, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(sign, '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(sign, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Why no text may be as it is, if it may not: it holds NUL, which PostgreSQL keeps in no text, or an escape, by which a
/// terminal is told what to do; or it turns the direction of
/// writing (the explicit formatting characters of UAX #9) without turning it back, and so would reorder what is written
/// around it wherever it is shown; or it overrides the direction of its own signs, figures among them.
#[must_use]
pub fn unfit(words: &str) -> Option<&'static str> {
    if words.contains('\0') {
        return Some("contains a NUL character");
    }
    if words.contains(['\u{1b}', '\u{9b}']) {
        return Some("contains an escape character");
    }
    // The overrides turn round even figures: a dose of 12 would read 21.
    if words.contains(['\u{202d}', '\u{202e}']) {
        return Some(TURNED);
    }
    let mut turned = Vec::new();
    for sign in words.chars() {
        let is_paired = match sign {
            '\u{202a}' | '\u{202b}' => {
                turned.push('\u{202c}');
                true
            }
            '\u{2066}'..='\u{2068}' => {
                turned.push('\u{2069}');
                true
            }
            '\u{202c}' | '\u{2069}' => turned.pop() == Some(sign),
            _ => true,
        };
        if !is_paired {
            return Some(TURNED);
        }
    }
    (!turned.is_empty()).then_some(TURNED)
}

/// What is said of text that turns the direction of writing and does not turn it back.
const TURNED: &str = "contains a sign that cannot be seen and turns the direction of what is written; type it anew";

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that garde calls")]
fn at_most<const MAX: usize>(words: &str, _: &()) -> garde::Result {
    if let Some(unfit) = unfit(words) {
        return Err(garde::Error::new(unfit));
    }
    // A string of at most MAX bytes has at most MAX characters, so most are never counted.
    if words.len() > MAX && words.chars().count() > MAX {
        return Err(garde::Error::new(format!("must be at most {MAX} characters")));
    }
    Ok(())
}

/// Text without blanks around it, so that a bound of one character means one that can be seen. Debug output tells
/// nothing of it but its length: it is about a patient.
#[derive(Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Trimmed(String);

impl Trimmed {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Trimmed {
    fn from(text: &str) -> Self {
        Self(if text.chars().all(is_unseen) { String::new() } else { text.trim().to_owned() })
    }
}

impl fmt::Debug for Trimmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trimmed({} bytes)", self.0.len())
    }
}

impl<'de> Deserialize<'de> for Trimmed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

impl HasChars for Trimmed {
    fn num_chars(&self) -> usize {
        self.0.chars().count()
    }
}

impl garde::rules::AsStr for Trimmed {
    fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_turns_the_direction_of_writing_turns_it_back() {
        for fine in [
            "left shoulder",
            "two\nlines",
            "שלום, Ana",
            "\u{202a}+41 79 000 00 00\u{202c}",
            "\u{2068}שלום\u{2069} and \u{202b}abc \u{2067}d\u{2069}\u{202c}",
        ] {
            assert_eq!(unfit(fine), None, "{fine:?}");
        }
        for turn in
            ['\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}', '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}']
        {
            assert_eq!(unfit(&format!("not {turn}fit")), Some(TURNED), "{turn:?}");
        }
        for unpaired in
            ["\u{202b}a\u{2069}", "\u{2067}a\u{202b}b\u{2069}", "\u{202b}a\u{202c}\u{202c}", "\u{202e}12\u{202c}"]
        {
            assert_eq!(unfit(unpaired), Some(TURNED), "{unpaired:?}");
        }
        assert_eq!(unfit("nothing\0"), Some("contains a NUL character"));
        assert_eq!(unfit("red \u{1b}[31m"), Some("contains an escape character"));
    }

    #[test]
    fn what_nobody_sees_is_nothing() {
        for unseen in
            ["", " \t", "\u{200b}", "\u{2060}\u{3164}", "\u{34f}", "\u{fe0f}", "\u{ad}", "\u{e0041}", "\u{2800}\u{1}"]
        {
            assert!(Text::from(unseen).is_blank(), "{unseen:?}");
            assert_eq!(Trimmed::from(unseen).as_str(), "", "{unseen:?}");
        }
        assert_eq!(
            Trimmed::from(" \u{2640}\u{fe0f} ").as_str(),
            "\u{2640}\u{fe0f}",
            "what shapes a sign stays with it"
        );
        assert!(!Text::from("\u{200b}.").is_blank());
    }
}
