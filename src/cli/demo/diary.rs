//! What happened in the practice of the demo: who did what when, in plain words, the first thing first.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use chrono::{Datelike, Days, NaiveDate};

use super::referrals::{Request, Step};
use crate::access::{EmergencyReason, Verdict};
use crate::actor::Discipline;
use crate::anatomy::Side;
use crate::calendar::{Calendar, WorkingDays};
use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};
use crate::notes::{AmendReason, NoteBody, NoteKind};
use crate::patients::Demographics;
use crate::patients::decision_makers::DecisionMaker;
use crate::policy::Sharing;
use crate::safety::SafetyKind;
use crate::safety::health_history::HealthHistory;

/// The time zone of the practice.
pub const TIME_ZONE: &str = "Europe/Zurich";

/// Minutes of a working day at which it begins and ends.
const OPENS: i64 = 8 * 60;
const CLOSES: i64 = 17 * 60;
/// Minutes of a visit, and minutes after it at which its note is signed.
const VISIT: i64 = 30;
const SIGNED_AFTER: i64 = 8;

/// The days of the story, counted back from the one on which it is told.
#[derive(Clone, Debug)]
pub struct Calendars {
    calendar: Calendar,
    now: Timestamp,
}

impl Calendars {
    /// The days before, and after, `now`.
    pub fn until(now: Timestamp) -> Self {
        Self { calendar: Calendar::new(TIME_ZONE, WorkingDays::MONDAY_TO_FRIDAY, []), now }
    }

    /// When it is told.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// The date so many working days ago; a negative number is ahead. No working day is today.
    pub fn date(&self, days_ago: i64) -> NaiveDate {
        let mut day = self.calendar.date_of(self.now);
        let mut left = days_ago.abs();
        while left > 0 {
            let next =
                if days_ago > 0 { day.checked_sub_days(Days::new(1)) } else { day.checked_add_days(Days::new(1)) };
            let Some(next) = next else { break };
            day = next;
            left -= i64::from(day.weekday().number_from_monday() <= 5);
        }
        day
    }

    /// So many minutes after midnight of that date, local time.
    pub fn at(&self, days_ago: i64, minutes: i64) -> Timestamp {
        let before = self.date(days_ago).pred_opt().unwrap_or_default();
        self.calendar.end_of(before).plus_seconds(minutes * 60)
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub at: Timestamp,
    /// Who did it, by the word before the `@` of their address.
    pub by: String,
    pub deed: Deed,
}

/// What somebody did. Patients go by their names, notes by [`Visit::key`].
#[derive(Clone, Debug, PartialEq)]
pub enum Deed {
    /// The practice opens: what falls due by the clock is done.
    Morning,
    Register {
        patient: String,
        is: Box<Demographics>,
    },
    Assign {
        patient: String,
        member: String,
        visit: Date,
    },
    StartTreating {
        patient: String,
        reason: &'static str,
    },
    AddDecisionMaker {
        patient: String,
        maker: Box<DecisionMaker>,
    },
    RecordHistory {
        patient: String,
        history: Box<HealthHistory>,
    },
    Raise {
        patient: String,
        danger: Danger,
    },
    Resolve {
        patient: String,
        reason: &'static str,
    },
    OpenEpisode {
        patient: String,
        complaint: Box<Opening>,
    },
    Discharge {
        patient: String,
        discipline: Discipline,
        outcome: String,
    },
    Begin(Box<Visit>),
    /// Signs it, for this reason where a safety item bars something.
    Sign {
        note: String,
        all_the_same: Option<&'static str>,
    },
    Cosign {
        note: String,
    },
    GiveBack {
        note: String,
        comments: &'static str,
    },
    Amend {
        note: String,
        reason: AmendReason,
        explanation: &'static str,
        body: Box<NoteBody>,
    },
    Append {
        note: String,
        text: &'static str,
    },
    EnterInError {
        note: String,
        reason: &'static str,
        right: String,
    },
    Share {
        note: String,
        sharing: Sharing,
    },
    Read {
        note: String,
    },
    BeginReview {
        patient: String,
        note: String,
    },
    JoinReview {
        patient: String,
        note: String,
    },
    Write {
        patient: String,
        text: String,
    },
    Refer(Box<Request>),
    Move {
        referral: usize,
        step: Step,
    },
    Withhold {
        patient: String,
        what: Withheld,
        from: Whom,
        reason: &'static str,
    },
    BreakGlass {
        patient: String,
        code: EmergencyReason,
        reason: &'static str,
    },
    ReviewAccess {
        patient: String,
        verdict: Verdict,
        reason: &'static str,
    },
    Audit {
        patient: String,
        reason: &'static str,
    },
    OwnRecord {
        patient: String,
        staff: String,
    },
    StandIn {
        away: String,
        stand_in: String,
        from: Timestamp,
        until: Timestamp,
    },
    Away {
        staff: String,
        until: Date,
    },
    Leave {
        staff: String,
    },
}

/// A safety item.
#[derive(Clone, Debug, PartialEq)]
pub struct Danger {
    pub kind: SafetyKind,
    pub what: &'static str,
    pub contraindication: Option<&'static str>,
    pub severity: Option<crate::catalogue::Severity>,
    pub techniques: &'static [&'static str],
}

/// An episode of care.
#[derive(Clone, Debug, PartialEq)]
pub struct Opening {
    pub complaint: String,
    pub onset: Date,
    pub side: Option<Side>,
    pub region: String,
    pub diagnosis: Option<(String, String)>,
    pub impression: Option<String>,
}

/// A visit with its note.
#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    /// Patient, author, and how many notes of theirs came before: `Ana Brunner/physio/0`.
    pub key: String,
    pub patient: String,
    pub kind: NoteKind,
    pub service_at: Timestamp,
    pub referral: Option<usize>,
    pub in_episode: bool,
    pub body: NoteBody,
}

/// What a consent directive covers.
#[derive(Clone, Debug, PartialEq)]
pub enum Withheld {
    Record,
    Episode,
    Note(String),
}

/// From whom it is withheld.
#[derive(Clone, Debug, PartialEq)]
pub enum Whom {
    Person(&'static str),
    Discipline(Discipline),
    Everyone,
}

/// The diary while it is written.
#[derive(Debug)]
pub struct Diary {
    pub days: Calendars,
    entries: Vec<Entry>,
    /// Taken slots: who, days ago, minutes.
    taken: BTreeSet<(String, i64, i64)>,
    /// Notes by patient and author.
    notes: BTreeMap<(String, String), usize>,
    bodies: BTreeMap<String, NoteBody>,
    told: HashSet<String>,
}

impl Diary {
    /// An empty one.
    pub fn new(days: Calendars) -> Self {
        Self {
            days,
            entries: Vec::new(),
            taken: BTreeSet::new(),
            notes: BTreeMap::new(),
            bodies: BTreeMap::new(),
            told: HashSet::new(),
        }
    }

    /// Writes something down.
    pub fn add(&mut self, at: Timestamp, by: &str, deed: Deed) {
        self.entries.push(Entry { at, by: by.to_owned(), deed });
    }

    /// A time for a visit with somebody on that day, which then is taken; `wish` says which slot to begin looking at.
    pub fn slot(&mut self, by: &str, days_ago: i64, wish: u64) -> Timestamp {
        let slots = (CLOSES - OPENS) / VISIT;
        let wish = i64::try_from(wish).unwrap_or(0) % slots;
        let minutes = (0..slots).map(|next| OPENS + (wish + next) % slots * VISIT);
        let free = |minutes: &i64| self.taken.insert((by.to_owned(), days_ago, *minutes));
        let found = minutes.into_iter().find(free).unwrap_or(CLOSES);
        self.days.at(days_ago, found)
    }

    /// Begins a note on a visit that began at `at`, and answers its key.
    pub fn begin(&mut self, by: &str, written_at: Timestamp, mut visit: Visit) -> String {
        let count = self.notes.entry((visit.patient.clone(), by.to_owned())).or_default();
        visit.key = format!("{}/{by}/{count}", visit.patient);
        *count += 1;
        self.bodies.insert(visit.key.clone(), visit.body.clone());
        let key = visit.key.clone();
        self.add(written_at, by, Deed::Begin(Box::new(visit)));
        key
    }

    /// Begins a note at the end of the visit, and signs it.
    pub fn sign(&mut self, by: &str, visit: Visit, all_the_same: Option<&'static str>) -> String {
        let end = visit.service_at.plus_seconds(VISIT * 60);
        self.sign_late(by, end, visit, all_the_same)
    }

    /// Begins a note at `written_at`, and signs it.
    pub fn sign_late(
        &mut self,
        by: &str,
        written_at: Timestamp,
        visit: Visit,
        all_the_same: Option<&'static str>,
    ) -> String {
        let key = self.begin(by, written_at, visit);
        let signed_at = written_at.plus_seconds(SIGNED_AFTER * 60);
        self.add(signed_at, by, Deed::Sign { note: key.clone(), all_the_same });
        key
    }

    /// What a note said at first.
    ///
    /// # Errors
    /// There is no such note.
    pub fn body(&self, key: &str) -> Result<NoteBody> {
        self.bodies.get(key).cloned().ok_or_else(|| Error::internal(format!("there is no note {key}")))
    }

    /// Whether a patient's words are told for the first time in the practice.
    pub fn is_new(&mut self, body: &NoteBody) -> bool {
        let said = body.subjective.as_ref().and_then(|part| part.text.as_ref());
        said.is_none_or(|said| self.told.insert(said.as_str().to_owned()))
    }

    /// Everything up to now, the first thing first, with the morning of each working day.
    pub fn closed(mut self) -> Vec<Entry> {
        let first = self.entries.iter().map(|entry| entry.at).min().unwrap_or(self.days.now);
        for days_ago in 1.. {
            let morning = self.days.at(days_ago, 7 * 60 + 5);
            if morning < first {
                break;
            }
            self.add(morning, "", Deed::Morning);
        }
        let now = self.days.now;
        self.entries.retain(|entry| entry.at <= now);
        self.entries.sort_by_key(|entry| entry.at);
        self.add(now, "", Deed::Morning);
        self.entries
    }
}
