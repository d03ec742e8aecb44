//! The rules of sessions: how long they last, and what a refresh token that comes twice means.

use subtle::ConstantTimeEq;

use crate::clock::Timestamp;
use crate::config;

/// Seconds after a password was entered during which its owner need not enter it again.
pub const FRESH_SECONDS: i64 = 30 * 60;

/// Seconds during which the previous refresh token is taken once more: the answer that held the new one may have been
/// lost on its way.
pub const TOLERATED_SECONDS: i64 = 10;

/// Seconds an invitation can be accepted for: three days.
pub const INVITATION_SECONDS: i64 = 72 * 60 * 60;

const HOUR: i64 = 60 * 60;

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Seconds without use that end a session.
    pub idle_seconds: i64,
    /// Seconds that end a session in any case.
    pub absolute_seconds: i64,
}

impl Limits {
    /// As the settings say: 8 and 24 hours, or less.
    #[must_use]
    pub const fn of(settings: &config::Auth) -> Self {
        Self { idle_seconds: settings.idle_hours * HOUR, absolute_seconds: settings.session_hours * HOUR }
    }
}

/// How a session of the pages stands, as far as time goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PagesAre {
    /// In use, and until then at the latest.
    Open {
        /// The end of the session.
        until: Timestamp,
    },
    /// Not used for a while: they ask for the password.
    Locked {
        /// The end of the session.
        until: Timestamp,
    },
    /// At their end.
    Over,
}

/// How a session of the pages stands `now` that began at `started_at` and was last used at `last_used_at`, if it locks
/// after `lock_seconds`.
#[must_use]
pub fn pages_are(
    limits: Limits,
    lock_seconds: i64,
    started_at: Timestamp,
    last_used_at: Timestamp,
    now: Timestamp,
) -> PagesAre {
    let until = last_used_at.plus_seconds(limits.idle_seconds).min(started_at.plus_seconds(limits.absolute_seconds));
    if until <= now {
        PagesAre::Over
    } else if now.seconds_since(last_used_at) >= lock_seconds {
        PagesAre::Locked { until }
    } else {
        PagesAre::Open { until }
    }
}

/// What the rules need to know of a session that nobody has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionFacts {
    /// When its owner signed in.
    pub started_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Timestamp,
    /// Its refresh tokens, as hashes.
    pub tokens: RefreshTokens,
}

/// The refresh tokens of a session, as hashes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefreshTokens {
    /// The one that is good.
    pub current: [u8; 32],
    /// The one before it.
    pub previous: Option<[u8; 32]>,
    /// When the current one was given out.
    pub rotated_at: Timestamp,
    /// Whether the current one was given out for a previous one that was tolerated.
    pub tolerated: bool,
}

/// What to do about a refresh token that was presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// It is the current one: give out a new one.
    Rotate,
    /// It is the previous one, for the first time and within 10 seconds: give out a new one all the same.
    Tolerate,
    /// It is an earlier one otherwise: two hold the session, one of them perhaps a thief. End it.
    EndSession,
    /// The session has run out by itself.
    Expired,
}

impl SessionFacts {
    /// Whether the session still stands `now`.
    #[must_use]
    pub const fn is_live(&self, limits: Limits, now: Timestamp) -> bool {
        now.seconds_since(self.last_used_at) < limits.idle_seconds
            && now.seconds_since(self.started_at) < limits.absolute_seconds
    }

    /// What to do about `presented`, the hash of a refresh token that was once given out for this session. Having run
    /// out comes first, so that an old token in a forgotten browser raises no alarm.
    #[must_use]
    pub fn refresh(&self, limits: Limits, presented: [u8; 32], now: Timestamp) -> Refresh {
        let tokens = &self.tokens;
        let is_current: bool = tokens.current.ct_eq(&presented).into();
        let is_previous = tokens.previous.is_some_and(|previous| previous.ct_eq(&presented).into());
        if !self.is_live(limits, now) {
            Refresh::Expired
        } else if is_current {
            Refresh::Rotate
        } else if is_previous && !tokens.tolerated && now <= tokens.rotated_at.plus_seconds(TOLERATED_SECONDS) {
            Refresh::Tolerate
        } else {
            Refresh::EndSession
        }
    }
}

impl RefreshTokens {
    /// Those of a session that begins: `first` is the hash of the first token.
    #[must_use]
    pub const fn new(first: [u8; 32], now: Timestamp) -> Self {
        Self { current: first, previous: None, rotated_at: now, tolerated: false }
    }

    /// Those after [`Refresh::Rotate`] or [`Refresh::Tolerate`]: `fresh` is the hash of the token given out now. After a
    /// tolerance, whoever holds the token in between ends the session by presenting it.
    #[must_use]
    pub const fn rotated(&self, fresh: [u8; 32], now: Timestamp, tolerated: bool) -> Self {
        Self { current: fresh, previous: Some(self.current), rotated_at: now, tolerated }
    }
}

/// Whether a password entered at `authenticated_at` still counts as just entered. Refreshing never renews it.
#[must_use]
pub const fn is_fresh(authenticated_at: Timestamp, now: Timestamp) -> bool {
    now.seconds_since(authenticated_at) < FRESH_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { idle_seconds: 8 * HOUR, absolute_seconds: 24 * HOUR };
    const EIGHT_O_CLOCK: Timestamp = Timestamp::from_micros(1_772_352_000_000_000);
    const FIRST: [u8; 32] = [1; 32];
    const SECOND: [u8; 32] = [2; 32];
    const THIRD: [u8; 32] = [3; 32];
    const STRANGE: [u8; 32] = [9; 32];

    fn after(seconds: i64) -> Timestamp {
        EIGHT_O_CLOCK.plus_seconds(seconds)
    }

    fn session() -> SessionFacts {
        SessionFacts {
            started_at: EIGHT_O_CLOCK,
            last_used_at: EIGHT_O_CLOCK,
            tokens: RefreshTokens::new(FIRST, EIGHT_O_CLOCK),
        }
    }

    fn rotated_at_ten_minutes() -> SessionFacts {
        let session = session();
        SessionFacts { tokens: session.tokens.rotated(SECOND, after(600), false), ..session }
    }

    fn presented(session: &SessionFacts, token: [u8; 32], seconds: i64) -> Refresh {
        session.refresh(LIMITS, token, after(seconds))
    }

    #[test]
    fn a_session_ends_after_eight_idle_hours() {
        assert!(session().is_live(LIMITS, after(8 * HOUR - 1)));
        assert!(!session().is_live(LIMITS, after(8 * HOUR)));
    }

    #[test]
    fn a_session_ends_after_a_day_however_busy() {
        let busy = |seconds| SessionFacts { last_used_at: after(seconds), ..session() }.is_live(LIMITS, after(seconds));
        assert!(busy(24 * HOUR - 1));
        assert!(!busy(24 * HOUR));
    }

    #[test]
    fn the_current_token_is_exchanged_at_any_time_while_the_session_stands() {
        for seconds in [0, 600, 8 * HOUR - 1] {
            assert_eq!(presented(&session(), FIRST, seconds), Refresh::Rotate);
        }
        assert_eq!(presented(&session(), FIRST, 8 * HOUR), Refresh::Expired);
    }

    #[test]
    fn an_answer_lost_on_its_way_is_forgiven_for_ten_seconds() {
        let session = rotated_at_ten_minutes();
        assert_eq!(presented(&session, FIRST, 600), Refresh::Tolerate);
        assert_eq!(presented(&session, FIRST, 610), Refresh::Tolerate);
        assert_eq!(presented(&session, FIRST, 611), Refresh::EndSession);
        assert_eq!(presented(&session, SECOND, 611), Refresh::Rotate);
        assert_eq!(presented(&session, FIRST, 8 * HOUR), Refresh::Expired, "an old browser tab is no thief");
    }

    #[test]
    fn it_is_forgiven_once() {
        let session = rotated_at_ten_minutes();
        let forgiven = SessionFacts { tokens: session.tokens.rotated(THIRD, after(605), true), ..session };
        assert_eq!(presented(&forgiven, THIRD, 606), Refresh::Rotate);
        assert_eq!(presented(&forgiven, SECOND, 606), Refresh::EndSession, "the other of the two who hold the session");
        assert_eq!(presented(&forgiven, FIRST, 606), Refresh::EndSession, "as does any that was given out before");

        let next = SessionFacts { tokens: forgiven.tokens.rotated(STRANGE, after(1200), false), ..forgiven };
        assert_eq!(presented(&next, THIRD, 1201), Refresh::Tolerate, "an ordinary exchange may be lost again");
    }

    #[test]
    fn pages_lock_after_a_quarter_of_an_hour_and_end_with_the_session() {
        let quarter = 15 * 60;
        let are = |used, now| pages_are(LIMITS, quarter, EIGHT_O_CLOCK, after(used), after(now));
        assert_eq!(are(0, quarter - 1), PagesAre::Open { until: after(8 * HOUR) });
        assert_eq!(are(0, quarter), PagesAre::Locked { until: after(8 * HOUR) });
        assert_eq!(are(0, 8 * HOUR), PagesAre::Over);
        assert_eq!(are(23 * HOUR, 23 * HOUR + 60), PagesAre::Open { until: after(24 * HOUR) });
        assert_eq!(are(24 * HOUR - 1, 24 * HOUR), PagesAre::Over, "a day is the end, however busy");
    }

    #[test]
    fn a_password_counts_as_just_entered_for_half_an_hour() {
        assert!(is_fresh(EIGHT_O_CLOCK, after(FRESH_SECONDS - 1)));
        assert!(!is_fresh(EIGHT_O_CLOCK, after(FRESH_SECONDS)));
    }
}
