//! When a sign-in has to wait: after some failures of one account, and after more from one address.
//!
//! The tallies are kept in the database. An attempt is counted **before** its password or code is verified, and taken
//! back when it was right; otherwise many guesses at once would all pass the same tally. A sign-in that succeeds drops the
//! account's tally; from the address's it takes back only itself, or an intruder could reset it with an account of theirs.

use crate::clock::Timestamp;
use crate::config;

/// Seconds of the first wait; each further failure doubles it.
const FIRST_WAIT: u32 = 30;
/// Seconds of the longest wait.
const LONGEST_WAIT: u32 = 900;

/// Where waiting begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Failures after which waiting begins.
    pub failures: u32,
    /// Seconds without a failure after which the tally starts anew.
    pub window_seconds: i64,
}

impl Limit {
    /// For the failures of one account, from wherever they come: passwords, codes and re-entered passwords together.
    #[must_use]
    pub const fn of_account(settings: &config::Throttle) -> Self {
        Self { failures: settings.account_failures, window_seconds: settings.window_seconds }
    }

    /// For the failures from one address, whosever account they try; a practice may share one address.
    #[must_use]
    pub const fn of_address(settings: &config::Throttle) -> Self {
        Self { failures: settings.address_failures, window_seconds: settings.window_seconds }
    }
}

/// The failures of one account or from one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// How many, since the tally last started anew.
    pub failures: u32,
    /// When the last was.
    pub last_failure: Timestamp,
}

/// Whether an attempt may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may.
    Free,
    /// It may not, and is not counted either: waiting is not prolonged by trying.
    Blocked {
        /// Seconds to wait, from 1 to 900.
        seconds: u32,
    },
}

impl Tally {
    /// Whether an attempt may be made `now`. At the limit 30 seconds must have passed since the last failure, twice as
    /// many for each one more, and never more than 15 minutes.
    #[must_use]
    pub fn verdict(self, limit: Limit, now: Timestamp) -> Verdict {
        if self.is_over(limit, now) || self.failures < limit.failures {
            return Verdict::Free;
        }
        let wait = (FIRST_WAIT << (self.failures - limit.failures).min(16)).min(LONGEST_WAIT);
        let until = self.last_failure.plus_seconds(i64::from(wait));
        // Rounded up, so that whoever comes back at the second named is let in.
        let left = u64::try_from(until.micros().saturating_sub(now.micros())).unwrap_or(0).div_ceil(1_000_000);
        match u32::try_from(left).unwrap_or(wait).min(wait) {
            0 => Verdict::Free,
            seconds => Verdict::Blocked { seconds },
        }
    }

    /// The tally with one failure more, at `now`; `before` is what was kept, if anything.
    #[must_use]
    pub fn with_failure(before: Option<Self>, limit: Limit, now: Timestamp) -> Self {
        let failures = before.filter(|tally| !tally.is_over(limit, now)).map_or(0, |tally| tally.failures);
        Self { failures: failures.saturating_add(1), last_failure: now }
    }

    /// The tally without the attempt that was counted at `attempt` and turned out right; `before` is what was kept when
    /// it was counted. None if nothing is left to keep.
    #[must_use]
    pub fn taken_back(self, attempt: Timestamp, before: Option<Self>) -> Option<Self> {
        let failures = self.failures.checked_sub(1).filter(|left| *left > 0)?;
        let last_failure = match before {
            Some(before) if self.last_failure == attempt => before.last_failure,
            _ => self.last_failure,
        };
        Some(Self { failures, last_failure })
    }

    fn is_over(self, limit: Limit, now: Timestamp) -> bool {
        now.seconds_since(self.last_failure) >= limit.window_seconds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: Limit = Limit { failures: 5, window_seconds: 900 };
    const ADDRESS: Limit = Limit { failures: 20, window_seconds: 900 };
    const NOON: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);

    fn tally(failures: u32) -> Tally {
        Tally { failures, last_failure: NOON }
    }

    fn wait(failures: u32, limit: Limit) -> u32 {
        match tally(failures).verdict(limit, NOON) {
            Verdict::Free => 0,
            Verdict::Blocked { seconds } => seconds,
        }
    }

    #[test]
    fn the_limits_are_those_of_the_settings() {
        let settings = config::Throttle { account_failures: 5, address_failures: 20, window_seconds: 900 };
        assert_eq!(Limit::of_account(&settings), ACCOUNT);
        assert_eq!(Limit::of_address(&settings), ADDRESS);
    }

    #[test]
    fn four_slips_cost_nothing_and_then_each_doubles_the_wait_up_to_a_quarter_of_an_hour() {
        let waits: Vec<_> = (0..12).map(|failures| wait(failures, ACCOUNT)).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]);
        assert_eq!(wait(u32::MAX, ACCOUNT), 900);
    }

    #[test]
    fn an_address_is_given_more_room_since_a_practice_shares_one() {
        assert_eq!(wait(19, ADDRESS), 0);
        assert_eq!(wait(20, ADDRESS), 30);
        assert_eq!(wait(21, ADDRESS), 60);
    }

    #[test]
    fn the_wait_counts_down_and_ends_at_the_second_named() {
        let verdict_after = |micros| tally(5).verdict(ACCOUNT, Timestamp::from_micros(NOON.micros() + micros));
        assert_eq!(verdict_after(1), Verdict::Blocked { seconds: 30 });
        assert_eq!(verdict_after(1_000_000), Verdict::Blocked { seconds: 29 });
        assert_eq!(verdict_after(29_999_999), Verdict::Blocked { seconds: 1 });
        assert_eq!(verdict_after(30_000_000), Verdict::Free);
    }

    #[test]
    fn a_clock_put_back_does_not_prolong_the_wait() {
        assert_eq!(tally(5).verdict(ACCOUNT, NOON.plus_seconds(-86_400)), Verdict::Blocked { seconds: 30 });
    }

    #[test]
    fn a_quarter_of_an_hour_without_a_failure_starts_the_tally_anew() {
        let still = Tally::with_failure(Some(tally(9)), ACCOUNT, NOON.plus_seconds(899));
        assert_eq!(still.failures, 10);
        let anew = Tally::with_failure(Some(tally(9)), ACCOUNT, NOON.plus_seconds(900));
        assert_eq!(anew, Tally { failures: 1, last_failure: NOON.plus_seconds(900) });
        assert_eq!(Tally::with_failure(None, ACCOUNT, NOON), tally(1));
        assert_eq!(tally(99).verdict(ACCOUNT, NOON.plus_seconds(900)), Verdict::Free);
    }

    #[test]
    fn a_guesser_gets_a_dozen_tries_in_the_first_half_hour() {
        let (mut kept, mut tries) = (None, 0);
        for second in 0..1800 {
            let now = NOON.plus_seconds(second);
            if kept.is_none_or(|tally: Tally| tally.verdict(ACCOUNT, now) == Verdict::Free) {
                kept = Some(Tally::with_failure(kept, ACCOUNT, now));
                tries += 1;
            }
        }
        assert!((8..=12).contains(&tries), "{tries}");
    }

    #[test]
    fn a_colleague_who_signs_in_rightly_neither_clears_nor_feeds_the_address() {
        let before = tally(20);
        let attempt = NOON.plus_seconds(40);
        let counted = Tally::with_failure(Some(before), ADDRESS, attempt);
        assert_eq!(counted.taken_back(attempt, Some(before)), Some(before));

        let failed_since = Tally::with_failure(Some(counted), ADDRESS, NOON.plus_seconds(41));
        let left = failed_since.taken_back(attempt, Some(before)).unwrap();
        assert_eq!(left, Tally { failures: 21, last_failure: NOON.plus_seconds(41) });
        assert_eq!(tally(1).taken_back(NOON, None), None);
    }
}
