//! The readable number of a referral.

use std::fmt;

use serde::{Serialize, Serializer};

/// A referral's number, counted from 1 in each practice and year; written `R-2026-0042`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReferralNumber {
    /// The year in which it was begun, where the practice is.
    pub year: i32,
    /// Its place among the referrals of that year.
    pub place: i64,
}

impl fmt::Display for ReferralNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "R-{}-{:04}", self.year, self.place)
    }
}

impl Serialize for ReferralNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::ReferralNumber;

    #[test]
    fn a_number_is_written_with_its_year_and_at_least_four_digits() {
        assert_eq!(ReferralNumber { year: 2026, place: 42 }.to_string(), "R-2026-0042");
        assert_eq!(ReferralNumber { year: 2026, place: 12_345 }.to_string(), "R-2026-12345");
    }
}
