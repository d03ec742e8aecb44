//! What holds for patients and care teams whatever the database.

use super::Demographics;
use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};

const DAY: i64 = 24 * 3600;

/// Days after one's last note or booking at which one's membership of a care team lapses.
pub const LAPSES_AFTER_DAYS: i64 = 90;
/// Days ahead at which the visit may lie for which somebody is put on a care team.
pub const VISIT_WITHIN_DAYS: i64 = 365;
/// Days that a cover may last.
pub const COVER_AT_MOST_DAYS: i64 = 92;

/// When a membership lapses after a note or booking at `last`.
#[must_use]
pub const fn lapses_at(last: Timestamp) -> Timestamp {
    last.plus_seconds(LAPSES_AFTER_DAYS * DAY)
}

/// When a membership lapses that began at `joined`, by the visit it was booked for and the last note that stands.
#[must_use]
pub fn lapses_by(joined: Timestamp, visit: Option<Date>, note: Option<Timestamp>) -> Timestamp {
    lapses_at(visit.map(Date::midnight).into_iter().chain(note).fold(joined, Timestamp::max))
}

/// Checks what the single fields cannot tell: nobody is born in the future, wherever on earth today has begun.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/birth_date`.
pub fn check(demographics: &Demographics, now: Timestamp) -> Result<()> {
    if demographics.birth_date <= Date::of(now.plus_seconds(14 * 3600)) {
        Ok(())
    } else {
        Err(Error::field("/birth_date", "lies in the future"))
    }
}

/// When a membership lapses that begins `now` for a visit on `day`, which may be entered a day late in any time zone.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/visit_date` for a day that is past, or more than [`VISIT_WITHIN_DAYS`] ahead.
pub fn lapses_after_visit(day: Date, now: Timestamp) -> Result<Timestamp> {
    let visit = day.midnight();
    let ahead = visit.seconds_since(now);
    if ahead <= -2 * DAY {
        return Err(Error::field("/visit_date", "lies in the past"));
    }
    if ahead > VISIT_WITHIN_DAYS * DAY {
        return Err(Error::field("/visit_date", format!("lies more than {VISIT_WITHIN_DAYS} days ahead")));
    }
    Ok(lapses_at(visit.max(now)))
}

/// Checks how long a cover lasts.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/until`, unless it lies after `from`, after `now`, and at most
/// [`COVER_AT_MOST_DAYS`] after `from`.
pub fn check_cover(from: Timestamp, until: Timestamp, now: Timestamp) -> Result<()> {
    let wrong = |message: String| Err(Error::field("/until", message));
    if until <= from {
        return wrong("must come after from".into());
    }
    if until <= now {
        return wrong("lies in the past".into());
    }
    if until > from.plus_seconds(COVER_AT_MOST_DAYS * DAY) {
        return wrong(format!("is more than {COVER_AT_MOST_DAYS} days after from"));
    }
    Ok(())
}
