//! When a mail goes out, and how its subject reads. Times are local: those of the practice's time zone.

use chrono::{DateTime, Days, Duration, NaiveDate, NaiveTime, Timelike};
use chrono_tz::Tz;

use super::{AlertKind, Delivery};
use crate::clock::Timestamp;

/// The hour at which mails that are not urgent may begin to go out.
const OPENS: u32 = 7;
/// The hour from which they wait for the next morning.
const CLOSES: u32 = 20;
/// The hour of the daily mail for those who chose none.
pub const DIGEST_HOUR: i32 = 7;
/// Seconds between two mails about messages to one person.
pub const MESSAGES_EVERY: i64 = 30 * 60;
/// Seconds that one worker has for one mail before another may take it up.
pub const LEASE: i64 = 300;
/// Attempts after which a mail is laid aside until a manager looks at it.
pub const ATTEMPTS: i32 = 12;
/// Seconds before the second attempt; doubled from one to the next.
const BACK_OFF: i64 = 60;
/// Seconds between two attempts at most.
const LONGEST: i64 = 4 * 3_600;

/// How an alert reaches somebody who made this choice: what is urgent or cannot be turned off, at once.
#[must_use]
pub fn delivery(kind: AlertKind, urgent: bool, choice: Option<Delivery>) -> Delivery {
    let row = kind.row();
    if urgent || !row.optional { Delivery::AtOnce } else { choice.unwrap_or(row.default) }
}

/// The first moment from `at` on at which a mail that is not urgent may go out: between 07:00 and 20:00.
#[must_use]
pub fn in_waking_hours(at: Timestamp, zone: Tz) -> Timestamp {
    let local = at.to_utc().with_timezone(&zone);
    match local.hour() {
        OPENS..CLOSES => at,
        0..OPENS => at_hour(local.date_naive(), OPENS, zone),
        _ => at_hour(local.date_naive() + Days::new(1), OPENS, zone),
    }
}

/// When the next daily mail goes out after `at`, at this hour of the day.
#[must_use]
pub fn next_digest(at: Timestamp, zone: Tz, hour: i32) -> Timestamp {
    let hour = u32::try_from(hour).unwrap_or(OPENS);
    let today = at.to_utc().with_timezone(&zone).date_naive();
    let next = at_hour(today, hour, zone);
    if next > at { next } else { at_hour(today + Days::new(1), hour, zone) }
}

/// The first moment of that hour; of an hour that the change to summer time leaves out, the one after it.
fn at_hour(day: NaiveDate, hour: u32, zone: Tz) -> Timestamp {
    let hour = day.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default());
    let there = |local: chrono::NaiveDateTime| local.and_local_timezone(zone).earliest();
    let moment = there(hour).or_else(|| there(hour + Duration::hours(1)));
    moment.map_or_else(|| hour.and_utc().into(), |local| local.to_utc().into())
}

/// The subject of a mail: the kind's, with the number and until when.
#[must_use]
pub fn subject(kind: AlertKind, number: Option<&str>, due: Option<Timestamp>, now: Timestamp, zone: Tz) -> String {
    let by = due.map(|due| format!(" by {}", day(due, now, zone))).unwrap_or_default();
    let subject = kind.row().subject.replace("{by}", &by);
    subject.replace("{number}", number.unwrap_or("").trim()).replace("  ", " ")
}

/// A moment as one speaks of it: the day by its name within the week to come, else with its date. Midnight is the end of the
/// day before, since whoever has until then has all of that day and nothing of the next.
fn day(moment: Timestamp, now: Timestamp, zone: Tz) -> String {
    let local = |moment: Timestamp| -> DateTime<Tz> { moment.to_utc().with_timezone(&zone) };
    let (then, today) = (local(moment), local(now).date_naive());
    let is_midnight = then.time() == NaiveTime::MIN;
    let date = then.date_naive() - Days::new(u64::from(is_midnight));
    let name = match (date - today).num_days() {
        0 => "today".to_owned(),
        1..7 => date.format("%A").to_string(),
        _ => date.format("%A %-d %B %Y").to_string(),
    };
    if is_midnight { format!("the end of {name}") } else { format!("{name}, {}", then.format("%H:%M")) }
}

/// When a mail is tried again after so many attempts: later each time, and at no two moments alike, so that what waited for
/// one server does not come to it at once. `random` is any number.
#[must_use]
pub fn next_attempt(now: Timestamp, attempts: i32, random: u32) -> Timestamp {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(16);
    let wait = (BACK_OFF << doublings).min(LONGEST);
    now.plus_seconds(wait / 2 + wait * i64::from(random % 1_000) / 1_000)
}
