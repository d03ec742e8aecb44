//! Those who are not signed in: held off before they reach the database, and counted by address and minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};

/// Failures from one address in one minute after which it has to wait for the next.
const MOST_FAILURES: u32 = 120;
/// Addresses told apart in one minute; all beyond share one count, so that memory stays bounded.
const MOST_ADDRESSES: usize = 10_000;

/// The failures of strangers, by address and minute.
#[derive(Debug, Default)]
pub struct Strangers {
    counts: Mutex<HashMap<(i64, Option<IpAddr>), u32>>,
}

/// So many failures from one address within one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// The minute's beginning.
    pub since: Timestamp,
    /// Where from; none for those beyond the addresses told apart.
    pub address: Option<IpAddr>,
    /// How many.
    pub count: u32,
}

impl Strangers {
    fn lock(&self) -> MutexGuard<'_, HashMap<(i64, Option<IpAddr>), u32>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a call from `address` in, unless too many have failed this minute: it then is one more that failed.
    ///
    /// # Errors
    /// [`Code::TooManyAttempts`] until the minute is over.
    pub fn allow(&self, address: Option<IpAddr>, now: Timestamp) -> Result<()> {
        let minute = now.seconds().div_euclid(60);
        let failures = self.lock().get(&(minute, address)).copied().unwrap_or(0);
        if failures < MOST_FAILURES {
            return Ok(());
        }
        self.failed(address, now);
        let rest = 60 - now.seconds().rem_euclid(60);
        Err(Error::later(Code::TooManyAttempts, u32::try_from(rest).unwrap_or(60)))
    }

    /// Counts a failure.
    pub fn failed(&self, address: Option<IpAddr>, now: Timestamp) {
        let minute = now.seconds().div_euclid(60);
        let mut counts = self.lock();
        let known = counts.contains_key(&(minute, address)) || counts.len() < MOST_ADDRESSES;
        *counts.entry((minute, address.filter(|_| known))).or_default() += 1;
    }

    /// Takes out the counts of the minutes that are over, or at the end of the program all of them.
    pub fn take(&self, now: Timestamp, all: bool) -> Vec<Failures> {
        let minute = now.seconds().div_euclid(60);
        let mut counts = self.lock();
        let mut over: Vec<_> = counts
            .extract_if(|(begun, _), _| all || *begun < minute)
            .map(|((begun, address), count)| Failures {
                since: Timestamp::from_micros(begun * 60_000_000),
                address,
                count,
            })
            .collect();
        over.sort_by_key(|failures| (failures.since, failures.address));
        over
    }

    /// Puts back what was taken out and could not be written down.
    pub fn put_back(&self, failures: &[Failures]) {
        let mut counts = self.lock();
        for Failures { since, address, count } in failures {
            *counts.entry((since.seconds().div_euclid(60), *address)).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_keeps_failing_waits_for_the_next_minute_and_others_do_not() {
        let strangers = Strangers::default();
        let (noisy, quiet) = ("192.0.2.1".parse().ok(), "192.0.2.2".parse().ok());
        let now = Timestamp::from_micros(600_000_000);
        for _ in 0..MOST_FAILURES {
            assert!(strangers.allow(noisy, now).is_ok());
            strangers.failed(noisy, now);
        }
        assert_eq!(
            strangers.allow(noisy, now).map_err(|error| (error.code, error.retry_after)),
            Err((Code::TooManyAttempts, Some(60)))
        );
        assert!(strangers.allow(quiet, now).is_ok());
        assert!(strangers.allow(noisy, now.plus_seconds(60)).is_ok());
        assert!(strangers.take(now, false).is_empty());
        let over = strangers.take(now.plus_seconds(60), false);
        assert_eq!(over, [Failures { since: now, address: noisy, count: MOST_FAILURES + 1 }]);
        strangers.put_back(&over);
        assert_eq!(strangers.take(now.plus_seconds(60), false), over);
        assert!(strangers.take(now, true).is_empty());
    }
}
