//! How long an access lasts, and when it is to be reviewed.

use chrono::{Datelike, Weekday};

use super::EmergencyReason;
use crate::chart::Pass;
use crate::clock::Timestamp;

/// Seconds that an access lasts by the clock: 60 minutes.
pub const LASTS_SECONDS: i64 = 60 * 60;

/// Working days in which an emergency access is to be reviewed.
pub const REVIEW_WORKING_DAYS: u32 = 3;

/// The pass that a reason yields: only serious harm passes a directive against a discipline.
#[must_use]
pub const fn pass(reason: EmergencyReason) -> Pass {
    match reason {
        EmergencyReason::SeriousHarm => Pass::SeriousHarm,
        EmergencyReason::UnableToConsent | EmergencyReason::NobodyReachable => Pass::Emergency,
    }
}

/// When the review of an access falls due: the same time of day [`REVIEW_WORKING_DAYS`] working days later, by UTC;
/// Saturdays and Sundays are none.
#[must_use]
pub fn review_due(opened_at: Timestamp) -> Timestamp {
    let (mut due, mut working) = (opened_at, 0);
    while working < REVIEW_WORKING_DAYS {
        due = due.plus_seconds(86_400);
        working += u32::from(!matches!(due.to_utc().weekday(), Weekday::Sat | Weekday::Sun));
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_working_days_leave_out_the_weekend() {
        let due = |opened: &str| review_due(Timestamp::parse(opened).unwrap());
        let at = |moment: &str| Timestamp::parse(moment).unwrap();
        assert_eq!(due("2026-03-02T09:30:00Z"), at("2026-03-05T09:30:00Z"), "Monday to Thursday");
        assert_eq!(due("2026-03-05T09:30:00Z"), at("2026-03-10T09:30:00Z"), "Thursday to Tuesday");
        assert_eq!(due("2026-03-07T09:30:00Z"), at("2026-03-11T09:30:00Z"), "Saturday to Wednesday");
    }
}
