//! The working days of a practice: what "three working days" means at its door.
//!
//! Time is measured along its working days: a local day that is none takes no time at all, and a working day takes 24
//! hours, however long the clock makes it. Three working days from Thursday at ten end on Tuesday at ten, also when summer
//! time begins on the Sunday between.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::IntoEnumIterator;

use crate::clock::Timestamp;

/// Seconds in a working day.
pub const DAY: i64 = 24 * 3600;
/// How far ahead a working day is looked for, in days, before a calendar counts as one without working days.
const HORIZON: u32 = 400;

/// A practice's time zone, the days of the week on which it works, and the dates on which it is closed all the same.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: Tz,
    working: WorkingDays,
    closed: BTreeSet<NaiveDate>,
}

/// The days of the week on which a practice works, one bit each from Monday, the lowest, to Sunday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingDays(u8);

impl WorkingDays {
    /// Monday to Friday.
    pub const MONDAY_TO_FRIDAY: Self = Self(0b001_1111);

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

    fn has(self, date: NaiveDate) -> bool {
        self.0 & (1 << date.weekday().num_days_from_monday()) != 0
    }
}

impl Serialize for WorkingDays {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(Weekday::iter().filter(|day| self.0 & (1 << *day as u8) != 0))
    }
}

impl<'de> Deserialize<'de> for WorkingDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let days = Vec::<Weekday>::deserialize(deserializer)?;
        let bits = days.into_iter().fold(0, |bits, day| bits | (1 << day as u8));
        Self::of_bits(bits).ok_or_else(|| serde::de::Error::custom("a practice works on at least one day of the week"))
    }
}

crate::wording::words! {
    /// A day of the week.
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
}

impl Calendar {
    /// The calendar of a time zone by its IANA name, or of UTC where no such zone is known.
    #[must_use]
    pub fn new(zone: &str, working: WorkingDays, closed: impl IntoIterator<Item = NaiveDate>) -> Self {
        Self { zone: zone.parse().unwrap_or(chrono_tz::UTC), working, closed: closed.into_iter().collect() }
    }

    /// The moment that lies `seconds` of working time after `from`; as many seconds by the clock where the practice never
    /// works.
    #[must_use]
    pub fn plus(&self, from: Timestamp, seconds: i64) -> Timestamp {
        let Some((mut day, passed)) = self.place(from) else { return from.plus_seconds(seconds) };
        let mut left = seconds.saturating_add(passed);
        while left >= DAY {
            let Some(next) = self.next_working(day) else { return from.plus_seconds(seconds) };
            (day, left) = (next, left - DAY);
        }
        self.moment(day, left)
    }

    /// The moment from which `seconds` of working time have passed until `to`; as many seconds by the clock where the practice
    /// never works.
    #[must_use]
    pub fn minus(&self, to: Timestamp, seconds: i64) -> Timestamp {
        let Some((mut day, passed)) = self.place(to) else { return to.plus_seconds(-seconds) };
        let mut left = passed - seconds;
        while left < 0 {
            let Some(before) = self.working_before(day) else { return to.plus_seconds(-seconds) };
            (day, left) = (before, left + DAY);
        }
        self.moment(day, left)
    }

    /// So many working days after `from`, at the same time of day.
    #[must_use]
    pub fn plus_days(&self, from: Timestamp, days: i64) -> Timestamp {
        self.plus(from, days.saturating_mul(DAY))
    }

    /// The date of a moment where the practice is.
    #[must_use]
    pub fn date_of(&self, moment: Timestamp) -> NaiveDate {
        moment.to_utc().with_timezone(&self.zone).date_naive()
    }

    /// Seconds of working time from one moment to a later one; 0 if it is not later.
    #[must_use]
    pub fn between(&self, from: Timestamp, to: Timestamp) -> i64 {
        let (Some((mut day, passed)), Some((last, at))) = (self.place(from), self.place(to)) else {
            return to.seconds_since(from).max(0);
        };
        let mut seconds = at - passed;
        while day < last {
            let Some(next) = self.next_working(day) else { break };
            (day, seconds) = (next, seconds + DAY);
        }
        seconds.max(0)
    }

    /// The last moment of a date: its successor's first.
    #[must_use]
    pub fn end_of(&self, date: NaiveDate) -> Timestamp {
        self.moment(date, DAY)
    }

    /// Where a moment lies: its working day and the seconds of that day that have passed. A moment on another day lies at
    /// the beginning of the next working day.
    fn place(&self, moment: Timestamp) -> Option<(NaiveDate, i64)> {
        let local = moment.to_utc().with_timezone(&self.zone);
        let day = local.date_naive();
        if self.works_on(day) {
            return Some((day, i64::from(local.num_seconds_from_midnight())));
        }
        self.next_working(day).map(|next| (next, 0))
    }

    fn works_on(&self, day: NaiveDate) -> bool {
        self.working.has(day) && !self.closed.contains(&day)
    }

    fn next_working(&self, day: NaiveDate) -> Option<NaiveDate> {
        (1..=HORIZON).filter_map(|ahead| day.checked_add_days(Days::new(ahead.into()))).find(|day| self.works_on(*day))
    }

    fn working_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        (1..=HORIZON).filter_map(|ago| day.checked_sub_days(Days::new(ago.into()))).find(|day| self.works_on(*day))
    }

    /// The moment at so many seconds of a local day; a time that the clocks leave out is the first that they show after it,
    /// of one that they show twice the first counts.
    fn moment(&self, day: NaiveDate, seconds: i64) -> Timestamp {
        let (day, seconds) = match day.succ_opt() {
            Some(next) if seconds >= DAY => (next, seconds - DAY),
            _ => (day, seconds),
        };
        let time = u32::try_from(seconds).ok().and_then(|at| NaiveTime::from_num_seconds_from_midnight_opt(at, 0));
        let local = day.and_time(time.unwrap_or(NaiveTime::MIN));
        (0..=24)
            .find_map(|quarter| {
                let local = local.checked_add_signed(chrono::TimeDelta::minutes(15 * quarter))?;
                local.and_local_timezone(self.zone).earliest()
            })
            .map_or_else(|| local.and_utc().into(), |moment| moment.to_utc().into())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn at(text: &str) -> Timestamp {
        DateTime::parse_from_rfc3339(text).unwrap().to_utc().into()
    }

    fn zurich() -> Calendar {
        Calendar::new("Europe/Zurich", WorkingDays::MONDAY_TO_FRIDAY, [])
    }

    #[test]
    fn three_working_days_leave_out_the_weekend_and_end_at_the_same_time_of_day() {
        let thursday = at("2026-03-05T10:00:00+01:00");
        assert_eq!(zurich().plus_days(thursday, 3), at("2026-03-10T10:00:00+01:00"));
        let saturday = at("2026-03-07T10:00:00+01:00");
        assert_eq!(zurich().plus_days(saturday, 1), at("2026-03-10T00:00:00+01:00"), "Monday, whole");
        let with_holiday = Calendar::new(
            "Europe/Zurich",
            WorkingDays::MONDAY_TO_FRIDAY,
            [NaiveDate::from_ymd_opt(2026, 3, 9).unwrap()],
        );
        assert_eq!(with_holiday.plus_days(thursday, 3), at("2026-03-11T10:00:00+01:00"));
    }

    #[test]
    fn the_clocks_change_and_ten_o_clock_stays_ten_o_clock() {
        // Summer time begins on 29 March 2026, winter time on 25 October.
        let friday = at("2026-03-27T10:00:00+01:00");
        assert_eq!(zurich().plus_days(friday, 1), at("2026-03-30T10:00:00+02:00"));
        assert_eq!(zurich().plus_days(at("2026-10-23T10:00:00+02:00"), 1), at("2026-10-26T10:00:00+01:00"));
        // Half past two does not exist on a Sunday that is worked.
        let all_week = Calendar::new("Europe/Zurich", WorkingDays::of_bits(0b111_1111).unwrap(), []);
        let gap = all_week.plus_days(at("2026-03-28T02:30:00+01:00"), 1);
        assert_eq!(gap, at("2026-03-29T03:00:00+02:00"));
        let twice = all_week.plus_days(at("2026-10-24T02:30:00+02:00"), 1);
        assert_eq!(twice, at("2026-10-25T02:30:00+02:00"), "the first of the two");
    }

    #[test]
    fn what_is_left_when_the_clock_stops_is_left_when_it_goes_on() {
        let calendar = zurich();
        let (sent, asked) = (at("2026-03-06T15:00:00+01:00"), at("2026-03-06T17:00:00+01:00"));
        let due = calendar.plus_days(sent, 3);
        let left = calendar.between(asked, due);
        assert_eq!(left, 3 * DAY - 2 * 3600);
        let answered = at("2026-03-11T09:00:00+01:00");
        assert_eq!(calendar.plus(answered, left), at("2026-03-16T07:00:00+01:00"));
        assert_eq!(calendar.between(due, sent), 0);
    }

    #[test]
    fn what_has_passed_is_reckoned_back_to_where_it_began() {
        let calendar = zurich();
        for began in ["2026-03-06T15:00:00+01:00", "2026-03-27T10:00:00+01:00", "2026-03-02T00:00:00+01:00"] {
            for seconds in [0, 3_600, DAY, 3 * DAY + 7_200, 11 * DAY] {
                assert_eq!(calendar.minus(calendar.plus(at(began), seconds), seconds), at(began), "{began} {seconds}");
            }
        }
        let monday = at("2026-03-09T01:00:00+01:00");
        assert_eq!(calendar.minus(monday, 7_200), at("2026-03-06T23:00:00+01:00"), "the weekend takes no time");
    }

    #[test]
    fn a_practice_that_never_works_goes_by_the_clock() {
        let closed: Vec<_> = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap().iter_days().take(900).collect();
        let calendar = Calendar::new("UTC", WorkingDays::MONDAY_TO_FRIDAY, closed);
        let from = at("2026-03-05T10:00:00Z");
        assert_eq!(calendar.plus_days(from, 2), at("2026-03-07T10:00:00Z"));
        assert_eq!((WorkingDays::of_bits(0), WorkingDays::of_bits(128)), (None, None));
    }

    #[test]
    fn a_practice_works_on_some_day() {
        assert!(serde_json::from_str::<WorkingDays>("[]").is_err());
        let weekend: WorkingDays = serde_json::from_str(r#"["sunday", "saturday", "sunday"]"#).unwrap();
        let written = serde_json::to_string(&weekend).unwrap();
        assert_eq!((weekend.bits(), written.as_str()), (96, r#"["saturday","sunday"]"#));
    }
}
