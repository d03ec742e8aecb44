//! How long an access lasts, and when it is to be reviewed.

use super::EmergencyReason;
use crate::calendar::Calendar;
use crate::chart::Pass;
use crate::clock::Timestamp;

/// Seconds that an access lasts by the clock: 60 minutes.
pub const LASTS_SECONDS: i64 = 60 * 60;

/// Working days in which an emergency access is to be reviewed.
pub const REVIEW_WORKING_DAYS: i64 = 3;

/// The pass that a reason yields: only serious harm passes a directive against a discipline.
#[must_use]
pub const fn pass(reason: EmergencyReason) -> Pass {
    match reason {
        EmergencyReason::SeriousHarm => Pass::SeriousHarm,
        EmergencyReason::UnableToConsent | EmergencyReason::NobodyReachable => Pass::Emergency,
    }
}

/// When the review of an access falls due, by the practice's calendar.
#[must_use]
pub fn review_due(calendar: &Calendar, opened_at: Timestamp) -> Timestamp {
    calendar.plus_days(opened_at, REVIEW_WORKING_DAYS)
}
