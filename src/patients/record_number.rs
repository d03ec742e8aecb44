//! The readable number of a patient's record.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// A record number, counted from 1 in each practice; written `P-000123`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RecordNumber(pub i64);

impl From<i64> for RecordNumber {
    fn from(number: i64) -> Self {
        Self(number)
    }
}

impl fmt::Display for RecordNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P-{:06}", self.0)
    }
}

/// Reads `P-000123`, `p-123`, `P 123` or `123`.
impl FromStr for RecordNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.strip_prefix(['P', 'p']).map_or(text, |rest| rest.strip_prefix(['-', ' ']).unwrap_or(rest));
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        let number = digits.parse().ok().filter(|number| plain && *number > 0);
        number.map(Self).ok_or("a record number such as P-000123 is expected")
    }
}

impl Serialize for RecordNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl utoipa::PartialSchema for RecordNumber {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        String::schema()
    }
}
impl utoipa::ToSchema for RecordNumber {}

#[cfg(test)]
mod tests {
    use super::RecordNumber;

    #[test]
    fn a_number_is_read_as_it_is_printed_and_as_people_say_it() {
        assert_eq!(RecordNumber(123).to_string(), "P-000123");
        assert_eq!(RecordNumber(1_234_567).to_string(), "P-1234567");
        for said in ["P-000123", "p-123", "P000123", "P 123", "123", "000123"] {
            assert_eq!(said.parse(), Ok(RecordNumber(123)), "{said}");
        }
        for bad in ["", "P-", "-1", "+1", "0", "P-0", "12a", "99999999999999999999"] {
            assert!(bad.parse::<RecordNumber>().is_err(), "{bad}");
        }
    }
}
