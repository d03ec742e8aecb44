//! Whether a lane gets its work into the database.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A lane that has had work in hand for so long without finishing any is stuck.
const STUCK: Duration = Duration::from_secs(10);

/// How the last work of a lane went, and since when it has had some in hand.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    beats: Mutex<Beats>,
}

#[derive(Debug, Default)]
struct Beats {
    broken: bool,
    at_work: usize,
    since: Option<Instant>,
}

impl Pulse {
    fn lock(&self) -> MutexGuard<'_, Beats> {
        self.beats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A thread took work in hand.
    pub(super) fn begins(&self) {
        let mut beats = self.lock();
        beats.at_work += 1;
        beats.since.get_or_insert_with(Instant::now);
    }

    /// It is done; `broken` if the database gave way.
    pub(super) fn ends(&self, broken: bool) {
        let mut beats = self.lock();
        beats.at_work = beats.at_work.saturating_sub(1);
        beats.broken = broken;
        beats.since = (beats.at_work > 0).then(Instant::now);
    }

    /// Whether the database gave way when it was last written to.
    pub(super) fn is_broken(&self) -> bool {
        self.lock().broken
    }

    /// Why nothing can be relied upon to be kept, in words.
    pub(super) fn trouble(&self) -> Option<String> {
        let beats = self.lock();
        if beats.broken {
            return Some("the database did not keep what was last written".to_owned());
        }
        let stuck = beats.since.map(|since| since.elapsed()).filter(|taken| *taken >= STUCK)?;
        Some(format!("nothing has been kept for {} seconds", stuck.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_in_trouble_until_something_is_kept_again() {
        let pulse = Pulse::default();
        assert_eq!(pulse.trouble(), None);
        pulse.begins();
        pulse.ends(true);
        assert!(pulse.is_broken() && pulse.trouble().is_some());
        pulse.begins();
        assert!(pulse.is_broken(), "taking work in hand keeps nothing yet");
        pulse.ends(false);
        assert_eq!(pulse.trouble(), None);
    }

    #[test]
    fn one_thread_that_hangs_shows_and_several_that_get_on_do_not() {
        let pulse = Pulse::default();
        pulse.begins();
        let long_ago = Instant::now().checked_sub(STUCK);
        pulse.lock().since = long_ago;
        assert_eq!(pulse.trouble().as_deref(), long_ago.map(|_| "nothing has been kept for 10 seconds"));
        pulse.begins();
        pulse.ends(false);
        assert_eq!(pulse.trouble(), None, "another thread got on");
    }
}
