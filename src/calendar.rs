//! Working days: what a practice counts its limits in.

use chrono::{Datelike, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{EnumIter, IntoEnumIterator};
use utoipa::ToSchema;

use crate::clock::Timestamp;

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

/// The days of the week on which a practice works: at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingDays(u8);

impl WorkingDays {
    /// The days as they lie in the database: 1 for Monday, 2 for Tuesday, 4 for Wednesday and so on, added up; none unless
    /// that is from 1 to 127.
    #[must_use]
    pub fn of_bits(bits: i32) -> Option<Self> {
        u8::try_from(bits).ok().filter(|bits| (1..128).contains(bits)).map(Self)
    }

    /// As they lie in the database.
    #[must_use]
    pub fn bits(self) -> i32 {
        i32::from(self.0)
    }

    /// Whether this is one of them.
    #[must_use]
    pub const fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day as u8) != 0
    }

    fn has_date(self, date: NaiveDate) -> bool {
        self.0 & (1 << date.weekday().num_days_from_monday()) != 0
    }
}

impl Serialize for WorkingDays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Weekday::iter().filter(|day| self.has(*day)))
    }
}

impl<'de> Deserialize<'de> for WorkingDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = Vec::<Weekday>::deserialize(deserializer)?;
        let bits = days.into_iter().fold(0, |bits, day| bits | (1 << day as u8));
        Self::of_bits(bits).ok_or_else(|| serde::de::Error::custom("a practice works on at least one day of the week"))
    }
}

/// When a practice works: on which days, in which time zone.
#[derive(Clone, Copy, Debug)]
pub struct Calendar {
    zone: Tz,
    days: WorkingDays,
}

impl Calendar {
    /// The calendar of a practice in a time zone by its IANA name, or in UTC where no such zone is known.
    #[must_use]
    pub fn new(zone: &str, days: WorkingDays) -> Self {
        Self { zone: zone.parse().unwrap_or(chrono_tz::UTC), days }
    }

    /// The same time of day so many working days later.
    #[must_use]
    pub fn after(self, from: Timestamp, working_days: u32) -> Timestamp {
        let began = from.to_utc().with_timezone(&self.zone).naive_local();
        let later = began.date().iter_days().skip(1).filter(|date| self.days.has_date(*date));
        let day = match working_days {
            0 => Some(began.date()),
            more => later.take(more as usize).last(),
        };
        day.map_or(from, |day| self.at(day.and_time(began.time())))
    }

    /// The moment of a local time; where the clocks are put forward over it, an hour later.
    fn at(self, local: NaiveDateTime) -> Timestamp {
        let there = |local: NaiveDateTime| self.zone.from_local_datetime(&local).earliest();
        let moment = there(local).or_else(|| there(local + chrono::TimeDelta::hours(1)));
        moment.map_or_else(|| Timestamp::from(local.and_utc()), |moment| Timestamp::from(moment.to_utc()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(days: &str) -> Calendar {
        Calendar::new("Europe/Zurich", serde_json::from_str(days).unwrap())
    }

    fn at(moment: &str) -> Timestamp {
        Timestamp::parse(moment).unwrap()
    }

    #[test]
    fn days_off_do_not_count() {
        let week = calendar(r#"["monday", "tuesday", "wednesday", "thursday", "friday"]"#);
        let due = |from: &str| week.after(at(from), 3);
        assert_eq!(due("2026-03-02T09:30:00Z"), at("2026-03-05T09:30:00Z"), "Monday to Thursday");
        assert_eq!(due("2026-03-05T09:30:00Z"), at("2026-03-10T09:30:00Z"), "Thursday to Tuesday");
        assert_eq!(due("2026-03-07T09:30:00Z"), at("2026-03-11T09:30:00Z"), "Saturday to Wednesday");
        let two_days = calendar(r#"["tuesday", "saturday"]"#);
        assert_eq!(two_days.after(at("2026-03-02T09:30:00Z"), 3), at("2026-03-10T09:30:00Z"), "Monday to Tuesday week");
    }

    #[test]
    fn a_day_begins_where_the_practice_is_and_the_clocks_are_put_on_over_the_weekend() {
        let week = calendar(r#"["monday", "tuesday", "wednesday", "thursday", "friday"]"#);
        // Friday in Zurich, and still Thursday in UTC.
        assert_eq!(week.after(at("2026-03-05T23:30:00Z"), 1), at("2026-03-08T23:30:00Z"));
        assert_eq!(
            week.after(at("2026-03-27T09:00:00Z"), 1),
            at("2026-03-30T08:00:00Z"),
            "ten in the morning both times"
        );
        let every_day = calendar(r#"["saturday", "sunday"]"#);
        assert_eq!(
            every_day.after(at("2026-03-28T01:30:00Z"), 1),
            at("2026-03-29T01:30:00Z"),
            "half past two is not there"
        );
    }

    #[test]
    fn a_practice_works_on_some_day() {
        assert!(serde_json::from_str::<WorkingDays>("[]").is_err());
        assert_eq!((WorkingDays::of_bits(0), WorkingDays::of_bits(128)), (None, None));
        let weekend: WorkingDays = serde_json::from_str(r#"["sunday", "saturday", "sunday"]"#).unwrap();
        assert_eq!(
            (weekend.bits(), serde_json::to_string(&weekend).unwrap()),
            (96, r#"["saturday","sunday"]"#.to_owned())
        );
    }
}
