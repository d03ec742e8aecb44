//! What surrounds every page: title, who is signed in, where they are; and how times read in the practice's zone.

use chrono::{LocalResult, NaiveDateTime, NaiveTime, TimeZone};
use chrono_tz::Tz;

use super::{Visit, assets};
use crate::actor::{Discipline, Role};
use crate::auth::Known;
use crate::clock::{Date, Timestamp};
use crate::ids::StaffId;

/// Where the pages lie by which a practice is run.
const PRACTICE: [&str; 10] = [
    "/practice",
    "/staff",
    "/sites",
    "/settings",
    "/audit",
    "/emergency-accesses",
    "/started-without-note",
    "/dead-letters",
    "/cover",
    "/directory",
];

/// The clock on the practice's wall.
#[derive(Clone, Copy, Debug)]
pub struct Zone(Tz);

impl Default for Zone {
    fn default() -> Self {
        Self(Tz::UTC)
    }
}

impl Zone {
    /// A zone by its IANA name; UTC if there is none of that name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self(name.parse().unwrap_or(Tz::UTC))
    }

    /// A moment as `datetime-local` writes it.
    pub(super) fn local(self, moment: Timestamp) -> String {
        moment.to_utc().with_timezone(&self.0).format("%Y-%m-%dT%H:%M").to_string()
    }

    /// The moment that `datetime-local` wrote; none if it is no time, or one that the clock skipped in spring.
    pub(super) fn moment(self, text: &str) -> Option<Timestamp> {
        let forms = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
        let local = forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())?;
        match self.0.from_local_datetime(&local) {
            LocalResult::Single(moment) | LocalResult::Ambiguous(moment, _) => {
                Some(Timestamp::from(moment.with_timezone(&chrono::Utc)))
            }
            LocalResult::None => None,
        }
    }
}

/// What surrounds a page; every template of a page has one as `frame`.
pub struct Frame {
    /// The title.
    pub title: String,
    /// Who is signed in, if anybody is known to be.
    pub who: Option<Known>,
    /// What the page before had to say.
    pub said: Option<String>,
    /// Where this is.
    pub path: String,
    /// Seconds without use after which the pages lock.
    pub lock_seconds: i64,
    now: Timestamp,
    zone: Zone,
}

impl Frame {
    pub(super) fn new(visit: &Visit, title: String) -> Self {
        let who = visit.known().cloned();
        let zone = who.as_ref().map(|who| Zone::of(&who.time_zone)).unwrap_or_default();
        Self {
            title,
            who,
            said: visit.said.clone(),
            path: visit.path.clone(),
            lock_seconds: visit.app.sessions.lock_seconds,
            now: visit.request.at,
            zone,
        }
    }

    /// Where an asset is found.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::path(name)
    }

    /// Whether the page lies in this part of the house, for the navigation.
    #[must_use]
    pub fn is_in(&self, part: &str) -> bool {
        if part == "/" { self.path == part } else { self.path.starts_with(part) }
    }

    /// Whether whoever is signed in has this role, for links alone: what they may do, the policy says.
    #[must_use]
    pub fn has_role(&self, role: Role) -> bool {
        self.who.as_ref().is_some_and(|who| who.roles.has(role))
    }

    /// Whether whoever is signed in treats patients, for links alone.
    #[must_use]
    pub fn is_clinician(&self) -> bool {
        self.who.as_ref().is_some_and(|who| who.roles.disciplines().next().is_some())
    }

    /// Whether whoever is signed in runs or reviews the practice, for links alone.
    #[must_use]
    pub fn is_office(&self) -> bool {
        self.has_role(Role::Manager) || self.has_role(Role::PrivacyOfficer)
    }

    /// Whether referrals are part of what whoever is signed in works on, for links alone.
    #[must_use]
    pub fn sees_referrals(&self) -> bool {
        self.is_clinician() || self.has_role(Role::Manager) || self.has_role(Role::Receptionist)
    }

    /// Whether it is whoever is signed in.
    #[must_use]
    pub fn is_own(&self, staff: &StaffId) -> bool {
        self.who.as_ref().is_some_and(|who| who.staff == *staff)
    }

    /// What somebody is called in a sentence: `you` for whoever reads it.
    #[must_use]
    pub fn you_or<'n>(&self, staff: &StaffId, name: &'n str) -> &'n str {
        if self.is_own(staff) { "you" } else { name }
    }

    /// The practice's zone.
    #[must_use]
    pub fn zone(&self) -> &str {
        self.who.as_ref().map_or("UTC", |who| who.time_zone.as_str())
    }

    /// Day and time, such as `2 Mar 2026, 08:15`.
    #[must_use]
    pub fn moment(&self, moment: &Timestamp) -> String {
        moment.to_utc().with_timezone(&self.zone.0).format("%-d %b %Y, %H:%M").to_string()
    }

    /// When something ends: at midnight the day that is over then, such as `1 Mar 2026, 24:00`, since nobody reads `2 Mar 2026,
    /// 00:00` as the end of the day before.
    #[must_use]
    pub fn until(&self, moment: &Timestamp) -> String {
        let local = moment.to_utc().with_timezone(&self.zone.0);
        match (local.time(), local.date_naive().pred_opt()) {
            (NaiveTime::MIN, Some(day)) => day.format("%-d %b %Y, 24:00").to_string(),
            _ => self.moment(moment),
        }
    }

    /// The same to the second, such as `2 Mar 2026, 08:15:07`.
    #[must_use]
    pub fn second(&self, moment: &Timestamp) -> String {
        moment.to_utc().with_timezone(&self.zone.0).format("%-d %b %Y, %H:%M:%S").to_string()
    }

    /// What the clock shows, such as `08:15`.
    #[must_use]
    pub fn clock(&self, moment: &Timestamp) -> String {
        moment.to_utc().with_timezone(&self.zone.0).format("%H:%M").to_string()
    }

    /// The day alone, such as `2 Mar 2026`.
    #[must_use]
    pub fn day(&self, moment: &Timestamp) -> String {
        moment.to_utc().with_timezone(&self.zone.0).format("%-d %b %Y").to_string()
    }

    /// A date such as `2 Mar 2026`.
    #[must_use]
    pub fn date(&self, date: &Date) -> String {
        date.naive().format("%-d %b %Y").to_string()
    }

    /// Whole years since a date of birth.
    #[must_use]
    pub fn age(&self, born: &Date) -> u32 {
        let today = self.now.to_utc().with_timezone(&self.zone.0).date_naive();
        today.years_since(born.naive()).unwrap_or(0)
    }

    /// How long ago something was, such as `3 h ago`; a date beyond a week.
    #[must_use]
    pub fn ago(&self, moment: &Timestamp) -> String {
        match self.now.seconds_since(*moment) {
            ..60 => "just now".to_owned(),
            seconds @ 60..3600 => format!("{} min ago", seconds / 60),
            seconds @ 3600..86_400 => format!("{} h ago", seconds / 3600),
            seconds @ 86_400..172_800 => format!("{} day ago", seconds / 86_400),
            seconds @ 172_800..604_800 => format!("{} days ago", seconds / 86_400),
            _ => self.day(moment),
        }
    }

    /// The day by the practice's clock.
    #[must_use]
    pub fn today(&self) -> Date {
        Date::on(self.now, self.zone())
    }

    /// Whether the page is one of those by which a practice is run, for the navigation.
    #[must_use]
    pub fn is_of_practice(&self) -> bool {
        PRACTICE.iter().any(|part| self.is_in(part))
    }

    /// Whether a moment has passed.
    #[must_use]
    pub fn is_over(&self, moment: &Timestamp) -> bool {
        *moment <= self.now
    }
}

/// A word of the program as people write it: `physiotherapy`, `initial_assessment`.
#[must_use]
pub fn in_words(word: &str) -> String {
    word.replace('_', " ")
}

/// The same at the beginning of a line.
#[must_use]
pub fn titled(word: &str) -> String {
    let words = in_words(word);
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What a discipline is called.
#[must_use]
pub const fn discipline(discipline: Discipline) -> &'static str {
    match discipline {
        Discipline::Physiotherapy => "Physiotherapy",
        Discipline::Massage => "Massage",
    }
}
