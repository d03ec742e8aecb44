//! Time, as a value that is passed in: tests own the clock.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A moment in UTC, in whole microseconds since 1970: the finest both databases keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The first moment that is accepted from outside: 1900-01-01.
pub const EARLIEST: Timestamp = Timestamp(-2_208_988_800_000_000);
/// The first moment that is refused from outside: 2200-01-01.
pub const LATEST: Timestamp = Timestamp(7_258_118_400_000_000);

impl Timestamp {
    /// From microseconds since 1970.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since 1970.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment and so many seconds.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Seconds from `earlier` to this moment; negative when `earlier` is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        (self.0 - earlier.0) / 1_000_000
    }

    /// As a chrono value, for calendars and time zones.
    #[must_use]
    pub fn to_utc(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }

    /// Reads RFC 3339, cutting what is finer than a microsecond.
    ///
    /// # Errors
    /// A sentence saying what is wrong: not RFC 3339, or not between 1900 and 2200.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parsed = DateTime::parse_from_rfc3339(text)
            .map_err(|_| "not an RFC 3339 time such as 2026-03-01T09:30:00Z".to_owned())?;
        let moment = Self(parsed.timestamp_micros());
        if moment < EARLIEST || moment >= LATEST {
            return Err("a time between 1900 and 2200 is expected".to_owned());
        }
        Ok(moment)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(value: DateTime<Utc>) -> Self {
        Self(value.timestamp_micros())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_utc().to_rfc3339_opts(SecondsFormat::Micros, true))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

crate::wording::written_as!(Timestamp, "date-time");

/// A calendar date between 1900 and 2199, as `YYYY-MM-DD`; kept as text, which sorts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(chrono::NaiveDate);

impl Date {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// A sentence saying what is wrong: not a date, or not between 1900 and 2199.
    pub fn parse(text: &str) -> Result<Self, String> {
        let strict = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let date = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
            .ok()
            .filter(|_| strict)
            .ok_or_else(|| "not a date such as 1980-05-23".to_owned())?;
        if !(1900..2200).contains(&chrono::Datelike::year(&date)) {
            return Err("a date between 1900 and 2199 is expected".to_owned());
        }
        Ok(Self(date))
    }

    /// The bare date, for reckoning with days.
    #[must_use]
    pub const fn naive(self) -> chrono::NaiveDate {
        self.0
    }

    /// The UTC date of a moment.
    #[must_use]
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.to_utc().date_naive())
    }

    /// The date of a moment in a time zone by its IANA name, or in UTC where no such zone is known.
    #[must_use]
    pub fn on(moment: Timestamp, zone: &str) -> Self {
        let zone: chrono_tz::Tz = zone.parse().unwrap_or(chrono_tz::UTC);
        Self(moment.to_utc().with_timezone(&zone).date_naive())
    }

    /// The same day so many years later; of 29 February 28 February where there is none.
    #[must_use]
    pub fn plus_years(self, years: u32) -> Self {
        Self(self.0.checked_add_months(chrono::Months::new(years.saturating_mul(12))).unwrap_or(self.0))
    }

    /// The first moment of the day in UTC.
    #[must_use]
    pub fn midnight(self) -> Timestamp {
        Timestamp::from(self.0.and_time(chrono::NaiveTime::MIN).and_utc())
    }
}

impl From<chrono::NaiveDate> for Date {
    fn from(date: chrono::NaiveDate) -> Self {
        Self(date)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

crate::wording::written_as!(Date, "date");

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that stands still until it is moved; holds microseconds since 1970.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock standing at `at`.
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.micros())))
    }

    /// The time now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => Utc::now().into(),
            Self::Fixed(micros) => Timestamp(micros.load(Ordering::SeqCst)),
        }
    }

    /// Moves a fixed clock forward; the machine's clock is not touched.
    pub fn advance(&self, seconds: i64) {
        if let Self::Fixed(micros) = self {
            micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
        }
    }
}
