//! Text as people type it: bounded, free of what the databases cannot hold, and never in a log line.

use std::fmt;

use garde::rules::length::chars::HasChars;
use serde::{Deserialize, Deserializer, Serialize};

macro_rules! words {
    ($($(#[doc = $doc:literal])+ $name:ident: $max:tt;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// Whitespace is kept as it came; NUL is refused, since not both databases can store it. `Debug` shows the length
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

            /// Whether there is nothing but whitespace.
            #[must_use]
            pub fn is_blank(&self) -> bool {
                self.0.trim().is_empty()
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

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that garde calls")]
fn at_most<const MAX: usize>(words: &str, _: &()) -> garde::Result {
    if words.contains('\0') {
        return Err(garde::Error::new("must not hold the character NUL"));
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
        Self(text.trim().to_owned())
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
