//! Text as somebody typed it, without the blanks around it.

use std::fmt;

use garde::rules::length::chars::HasChars;
use serde::{Deserialize, Deserializer, Serialize};

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
