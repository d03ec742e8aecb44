//! How long each state of a referral may last.

use super::Urgency;
use crate::calendar::{Calendar, DAY};
use crate::clock::{Date, Timestamp};
use crate::referral_state::ReferralState as S;

/// Seconds within which an urgent referral wants an answer, by the clock.
const URGENT: i64 = DAY;
/// Seconds of working time after the limit of an answer until a referral that is not urgent expires.
const EXPIRES_AFTER: i64 = 5 * DAY;
/// Seconds of working time that the referrer has to answer what was asked.
const INFORMATION: i64 = 10 * DAY;
/// Seconds of working time from the last planned session to the report.
const REPORT: i64 = 5 * DAY;
/// Seconds of working time from the report to its review.
const REVIEW: i64 = 5 * DAY;
/// Seconds of working time after which whoever asked the owner to stop may withdraw without an answer.
pub const SILENCE: i64 = 3 * DAY;

impl Urgency {
    /// When an answer is due that has `left` seconds, or was due so many ago where that is below 0: by the clock if it is
    /// urgent, else in working time.
    fn after(self, now: Timestamp, left: i64, calendar: &Calendar) -> Timestamp {
        match self {
            Self::Urgent => now.plus_seconds(left),
            _ if left < 0 => calendar.minus(now, -left),
            _ => calendar.plus(now, left),
        }
    }

    /// The other way round.
    fn left(self, now: Timestamp, until: Timestamp, calendar: &Calendar) -> i64 {
        match self {
            Self::Urgent => until.seconds_since(now),
            _ => calendar.between(now, until) - calendar.between(until, now),
        }
    }

    /// Seconds there are for an answer.
    const fn limit(self) -> i64 {
        match self {
            Self::Urgent => URGENT,
            Self::Soon => 3 * DAY,
            Self::Routine => 10 * DAY,
        }
    }
}

crate::wording::words! {
    /// What a limit of a referral is for.
    pub enum Due {
        /// That somebody takes it, or declines.
        Answer,
        /// What its referrer was asked.
        Information,
        /// That the patient is seen.
        FirstVisit,
        /// The owner's report.
        Report,
        /// Whether the owner agrees to stop.
        Reply,
        /// The referrer's review of the report.
        Review,
    }
}

impl Due {
    /// What has to happen in a state, where anything has.
    #[must_use]
    pub const fn of(state: S) -> Option<Self> {
        Some(match state {
            S::Sent | S::Received => Self::Answer,
            S::NeedsInfo => Self::Information,
            S::Accepted | S::Scheduled => Self::FirstVisit,
            S::InProgress => Self::Report,
            S::CancelRequested => Self::Reply,
            S::ReportReturned => Self::Review,
            S::Draft | S::Declined | S::Expired | S::Closed | S::Cancelled => return None,
        })
    }
}

/// The limits of the state that a referral is in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Clocks {
    /// By when its holder has to move.
    pub due_at: Option<Timestamp>,
    /// Half the way there, until its holder was told.
    pub half_at: Option<Timestamp>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// Whether the limit has passed, and its holder and the managers were told.
    pub overdue: bool,
    /// The clock of the state before, if this one only interrupts it.
    pub interrupted: Option<Interrupted>,
}

/// A clock that another state interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interrupted {
    /// How it goes on.
    pub clock: Stopped,
    /// Whether its limit has passed, and its holder and the managers were told.
    pub overdue: bool,
}

/// How an interrupted clock goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It stands still while information is missing.
    Still {
        /// Seconds left for an answer; below 0 if it is late by so many.
        due: i64,
        /// Seconds until half of its time is gone; 0 once its holder was told.
        half: i64,
    },
    /// It runs on while the owner is asked to stop: the limit of the report, and half the way there.
    Running {
        /// By when the owner has to report.
        due_at: Timestamp,
        /// Half the way there, until the owner was told.
        half_at: Option<Timestamp>,
    },
}

/// What the clocks of a referral depend on.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// How soon it wants an answer.
    pub urgency: Urgency,
    /// By which date the first visit should take place.
    pub target_date: Option<Date>,
    /// The date of the last planned session.
    pub last_session_on: Option<Date>,
}

impl Clocks {
    /// The earliest moment at which something has to be done about it.
    #[must_use]
    pub fn next_at(self) -> Option<Timestamp> {
        let due = self.due_at.filter(|_| !self.overdue);
        [self.half_at, due, self.expires_at].into_iter().flatten().min()
    }

    /// What was due and has not happened in time: in this state, or in the one that it interrupts, whose limit may have passed
    /// while that of this one has not.
    #[must_use]
    pub fn late(self, state: S) -> Option<Due> {
        if self.overdue {
            return Due::of(state);
        }
        let interrupted = self.interrupted.filter(|interrupted| interrupted.overdue)?;
        Some(match interrupted.clock {
            Stopped::Still { .. } => Due::Answer,
            Stopped::Running { .. } => Due::Report,
        })
    }

    /// The clocks once a referral has come into a state, from the clocks of the state before. What is overdue stays so until
    /// what was due has happened.
    #[must_use]
    pub fn entering(self, from: S, to: S, terms: Terms, now: Timestamp, calendar: &Calendar) -> Self {
        let working = |seconds: i64| Self::running(now, calendar.plus(now, seconds), calendar);
        match to {
            S::NeedsInfo => {
                let expires_at = (terms.urgency != Urgency::Urgent).then(|| calendar.plus(now, INFORMATION));
                let interrupted = Some(self.stopped(terms.urgency, now, calendar));
                Self { expires_at, interrupted, ..working(INFORMATION) }
            }
            // Taking it out of the pool, or putting it back, wins no time; nor does a visit that is booked, or missed.
            S::Sent | S::Received if matches!(from, S::Sent | S::Received) => self,
            S::Accepted | S::Scheduled if matches!(from, S::Accepted | S::Scheduled) => self,
            S::Sent | S::Received => match self.interrupted {
                Some(Interrupted { clock: Stopped::Still { due, half }, overdue }) => {
                    Self { overdue, ..Self::answer(now, due, half, terms.urgency, calendar) }
                }
                _ => Self::answer(now, terms.urgency.limit(), terms.urgency.limit() / 2, terms.urgency, calendar),
            },
            S::Accepted | S::Scheduled => match terms.target_date {
                Some(date) => Self::running(now, calendar.end_of(date.naive()), calendar),
                None => Self::default(),
            },
            S::InProgress => {
                if let Some(Interrupted { clock: Stopped::Running { due_at, half_at }, overdue }) = self.interrupted {
                    return Self { due_at: Some(due_at), half_at, overdue, ..Self::default() };
                }
                let last = terms.last_session_on.map(|date| calendar.end_of(date.naive()));
                let due = calendar.plus(last.filter(|last| *last > now).unwrap_or(now), REPORT);
                Self::running(now, due, calendar)
            }
            S::CancelRequested => {
                let runs = self.due_at.map(|due_at| Stopped::Running { due_at, half_at: self.half_at });
                let interrupted = runs.map(|clock| Interrupted { clock, overdue: self.overdue });
                Self { interrupted, ..working(SILENCE) }
            }
            S::ReportReturned => working(REVIEW),
            S::Draft | S::Declined | S::Expired | S::Closed | S::Cancelled => Self::default(),
        }
    }

    /// The clocks once somebody else is the owner: whoever has yet to be asked to stop has not been silent.
    #[must_use]
    pub fn with_another_owner(self, state: S, now: Timestamp, calendar: &Calendar) -> Self {
        if state != S::CancelRequested {
            return self;
        }
        Self { interrupted: self.interrupted, ..Self::running(now, calendar.plus(now, SILENCE), calendar) }
    }

    fn stopped(self, urgency: Urgency, now: Timestamp, calendar: &Calendar) -> Interrupted {
        let left = |until: Timestamp| urgency.left(now, until, calendar);
        let clock =
            Stopped::Still { due: self.due_at.map_or(0, left), half: self.half_at.map_or(0, |at| left(at).max(1)) };
        Interrupted { clock, overdue: self.overdue }
    }

    fn running(now: Timestamp, due: Timestamp, calendar: &Calendar) -> Self {
        let half = calendar.plus(now, calendar.between(now, due) / 2);
        Self { due_at: Some(due), half_at: Some(half).filter(|half| *half > now && *half < due), ..Self::default() }
    }

    fn answer(now: Timestamp, due: i64, half: i64, urgency: Urgency, calendar: &Calendar) -> Self {
        let due_at = urgency.after(now, due, calendar);
        let half_at = (half > 0).then(|| urgency.after(now, half, calendar));
        let expires_at = (urgency != Urgency::Urgent).then(|| urgency.after(now, due + EXPIRES_AFTER, calendar));
        Self { due_at: Some(due_at), half_at, expires_at, ..Self::default() }
    }
}
