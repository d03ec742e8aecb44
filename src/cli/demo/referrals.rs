//! The referrals of the demo: those that ran as most do, and those of `referrals.toml`.

use serde::Deserialize;

use super::diary::{Deed, Diary};
use super::patients::{Patient, Telling};
use crate::clock::{Date, Timestamp};
use crate::error::{Error, Result};
use crate::notes::NoteKind;
use crate::referrals::rules::Urgency;
use crate::referrals::views::{CancelReason, DeclineReason, ReportResult, RequestKind};

/// A referral as it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// Which one, counted from 0.
    pub number: usize,
    pub patient: String,
    /// A colleague; else the pool of massage therapists at the site.
    pub to: Option<String>,
    pub pool: Option<String>,
    pub urgency: Urgency,
    pub kind: RequestKind,
    pub sessions: Option<u8>,
    pub reason: String,
    pub question: String,
    /// By when the first visit should take place.
    pub target: Option<Date>,
    /// Whether it stays a draft.
    pub draft: bool,
}

/// A move of a referral.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Receive,
    Accept,
    Decline(DeclineReason, String),
    RequestInfo(String),
    Schedule { first: Timestamp, last: Date },
    NoShow(String),
    Report(ReportResult),
    AskFurther(String),
    Close(String),
    Resend { to: String },
    Cancel(CancelReason, String),
    RequestCancel(String),
    Keep(String),
    Reassign { owner: Option<String>, referrer: Option<String>, words: String },
}

/// A referral of the file; days are working days ago, those ahead are negative.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    patient: String,
    by: String,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    pool: Option<String>,
    day: i64,
    #[serde(default)]
    urgency: Option<Urgency>,
    #[serde(default)]
    kind: Option<RequestKind>,
    #[serde(default)]
    sessions: Option<u8>,
    #[serde(default)]
    reason: Option<String>,
    #[serde(default)]
    question: Option<String>,
    #[serde(default)]
    target: Option<i64>,
    #[serde(default)]
    draft: bool,
    /// Visits of whoever took it.
    #[serde(default)]
    visits: Vec<i64>,
    /// Who that is, unless it is whom it was sent to.
    #[serde(default)]
    visits_by: Option<String>,
    #[serde(default)]
    moves: Vec<Move>,
}

#[derive(Clone, Debug, Deserialize)]
struct Move {
    day: i64,
    by: String,
    #[serde(flatten)]
    step: Moved,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "move", rename_all = "snake_case")]
enum Moved {
    Receive,
    Accept,
    Decline { because: DeclineReason, words: String },
    RequestInfo { words: String },
    Schedule { first: i64, last: i64 },
    NoShow { words: String },
    Report { result: ReportResult },
    AskFurther { words: String },
    Close { words: String },
    Resend { to: String },
    Cancel { because: CancelReason, words: String },
    RequestCancel { words: String },
    Keep { words: String },
    Reassign { owner: Option<String>, referrer: Option<String>, words: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    referral: Vec<Row>,
}

/// Reads the file, in the order in which they were sent.
///
/// # Errors
/// It is not right.
pub fn read() -> Result<Vec<Row>> {
    Ok(toml::from_str::<List>(include_str!("referrals.toml")).map_err(Error::internal)?.referral)
}

impl Row {
    /// Whether it is about this patient.
    pub fn is_about(&self, patient: &Patient) -> bool {
        self.patient == patient.name
    }

    /// A referral that ran as most do: accepted, booked, treated, reported, closed.
    pub fn usual(patient: &Patient) -> Option<Self> {
        let [by, to] = patient.who.as_slice() else { return None };
        let sent = patient.came - 1;
        let count = if patient.ends { 4 } else { 3 };
        let visits: Vec<_> = (0..count).map(|number| sent - 4 - number * 7).collect();
        let last = sent - 4 - (count - 1) * 7;
        let step = |day: i64, by: &str, step: Moved| Move { day, by: by.to_owned(), step };
        let next = "Goals of the referral are reached; goes on with exercises, massage again when needed.";
        let moves = vec![
            step(sent - 1, to, Moved::Accept),
            step(sent - 2, "reception", Moved::Schedule { first: sent - 4, last }),
            step(last - 1, to, Moved::Report { result: ReportResult::Answered }),
            step(last - 3, by, Moved::Close { words: next.to_owned() }),
        ];
        Some(Self {
            patient: patient.name.clone(),
            by: by.clone(),
            to: Some(to.clone()),
            pool: None,
            day: sent,
            urgency: None,
            kind: None,
            sessions: u8::try_from(count).ok(),
            reason: None,
            question: None,
            target: None,
            draft: false,
            visits,
            visits_by: None,
            moves,
        })
    }

    /// Writes down how it went; it is the `number`-th.
    pub fn tell(&self, telling: &mut Telling, diary: &mut Diary, number: usize) {
        let Some(complaint) = telling.words.complaint(&telling.patient.complaint) else { return };
        let voice = &mut telling.voice;
        let request = Request {
            number,
            patient: self.patient.clone(),
            to: self.to.clone(),
            pool: self.pool.clone(),
            urgency: self.urgency.unwrap_or(Urgency::Routine),
            kind: self.kind.unwrap_or(RequestKind::Course),
            sessions: self.sessions,
            reason: self.reason.clone().unwrap_or_else(|| voice.say(&complaint.reason)),
            question: self.question.clone().unwrap_or_else(|| voice.say(&complaint.question)),
            target: self.target.map(|days_ago| diary.days.date(days_ago).into()),
            draft: self.draft,
        };
        let minutes = 12 * 60 + 35 + i64::try_from(number % 20).unwrap_or(0);
        diary.add(diary.days.at(self.day, minutes), &self.by, Deed::Refer(Box::new(request)));
        for (order, Move { day, by, step }) in (1..).zip(&self.moves) {
            let at = diary.days.at(*day, minutes + 7 * order);
            diary.add(at, by, Deed::Move { referral: number, step: step.clone().at(diary) });
        }
        self.visits(telling, diary, number);
    }

    fn visits(&self, telling: &mut Telling, diary: &mut Diary, number: usize) {
        let Some(who) = self.visits_by.as_ref().or(self.to.as_ref()) else { return };
        let patient = telling.patient;
        let wish = telling.voice.lots.below(17);
        for (order, days_ago) in (0_i64..).zip(&self.visits) {
            let at = diary.slot(who, *days_ago, wish);
            if order == 0 {
                let read = format!("{}/{}/0", patient.name, patient.who[0]);
                diary.add(at.plus_seconds(-600), who, Deed::Read { note: read });
            }
            let share = 10 + order * 80 / i64::try_from(self.visits.len()).unwrap_or(1).max(1);
            let visit = telling.visit(diary, who, NoteKind::Progress, at, share, Some(number));
            diary.sign(who, visit, patient.all_the_same());
            if order == 1 {
                telling.message(diary, who, at.plus_seconds(2700));
            }
        }
        if let (true, true, Some(last)) = (patient.referred, patient.ends, self.visits.last()) {
            let outcome = "Tension is down, the effect lasts; nothing left to treat by massage for now.".to_owned();
            let discipline = super::patients::discipline_of(who);
            let deed = Deed::Discharge { patient: patient.name.clone(), discipline, outcome };
            diary.add(diary.days.at(last - 4, 13 * 60), who, deed);
        }
    }
}

impl Moved {
    fn at(self, diary: &Diary) -> Step {
        match self {
            Self::Receive => Step::Receive,
            Self::Accept => Step::Accept,
            Self::Decline { because, words } => Step::Decline(because, words),
            Self::RequestInfo { words } => Step::RequestInfo(words),
            Self::Schedule { first, last } => {
                Step::Schedule { first: diary.days.at(first, 17 * 60), last: diary.days.date(last).into() }
            }
            Self::NoShow { words } => Step::NoShow(words),
            Self::Report { result } => Step::Report(result),
            Self::AskFurther { words } => Step::AskFurther(words),
            Self::Close { words } => Step::Close(words),
            Self::Resend { to } => Step::Resend { to },
            Self::Cancel { because, words } => Step::Cancel(because, words),
            Self::RequestCancel { words } => Step::RequestCancel(words),
            Self::Keep { words } => Step::Keep(words),
            Self::Reassign { owner, referrer, words } => Step::Reassign { owner, referrer, words },
        }
    }
}
