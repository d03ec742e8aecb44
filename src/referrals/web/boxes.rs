//! Inbox, outbox and pool, as tables.

use askama::Template;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::super::ops;
use super::super::rules::Urgency;
use super::super::views::{ReferralSummary, Worklist};
use super::people::People;
use crate::chart::ReferralState;
use crate::error::{Error, Result};
use crate::http::{Csv, Filter, Page, Paging};
use crate::policy::Action;
use crate::web::{Frame, Shown, Visit};

/// Referrals that one page lists.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "referrals/boxes.html")]
struct BoxPage {
    frame: Frame,
    list: Worklist,
    state: Option<ReferralState>,
    referrals: Vec<ReferralSummary>,
    people: People,
    next: Option<String>,
}

impl BoxPage {
    /// The boxes of whoever reads: only clinicians send and answer referrals.
    fn boxes(&self) -> Vec<Worklist> {
        let is_anyones = |list: &Worklist| matches!(list, Worklist::Booking | Worklist::Overdue);
        Worklist::iter().filter(|list| self.frame.is_clinician() || is_anyones(list)).collect()
    }

    /// Every state, and whether the box is narrowed to it.
    fn states(&self) -> Vec<(ReferralState, bool)> {
        ReferralState::iter().map(|state| (state, self.state == Some(state))).collect()
    }

    /// Who has it, or whom it is for.
    fn to(&self, referral: &ReferralSummary) -> String {
        if referral.target.staff_id.is_some_and(|named| referral.owner.is_none() && self.frame.is_own(&named)) {
            return "you".to_owned();
        }
        let owner = referral.owner.as_ref().map(|owner| self.frame.you_or(&owner.id, &owner.name).to_owned());
        owner.unwrap_or_else(|| self.people.target(&referral.target))
    }
}

/// Which box, and from where on; a form sends what is left open as nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    r#box: String,
    state: String,
    cursor: Option<String>,
}

impl Asked {
    /// The box, and the state that it is narrowed to.
    fn of(&self, visit: &Visit) -> Result<(Worklist, Option<ReferralState>)> {
        let (list, state) = (Self::read(&self.r#box, "/box")?, Self::read(&self.state, "/state")?);
        Ok((list.unwrap_or(if visit.is_clinician() { Worklist::Inbox } else { Worklist::Booking }), state))
    }

    /// Up to `most` referrals of the box, from where the reader was.
    async fn page(
        self,
        visit: &Visit,
        list: Worklist,
        state: Option<ReferralState>,
        most: i64,
    ) -> Result<Page<ReferralSummary>> {
        let reading = visit.doing(Action::ListWorklist)?;
        let (keys, staff, bound) = (&visit.app.keys, reading.staff()?, format!("page of {list} {state:?}"));
        let after = Paging { limit: None, cursor: self.cursor }.after(keys, staff, &bound)?;
        let found = reading.read(move |tx| ops::work(tx, list, state, after, most)).await?;
        Page::of(found, most, keys, staff, &bound, |referral| referral.id)
    }

    fn read<T: std::str::FromStr>(word: &str, pointer: &'static str) -> Result<Option<T>> {
        if word.is_empty() {
            return Ok(None);
        }
        word.parse().map(Some).map_err(|_| Error::field(pointer, "is not known"))
    }
}

/// `GET /referrals?box=inbox&state=accepted`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Filter(asked): Filter<Asked>) -> Result<Shown> {
    let people = People::read(&visit).await?;
    let (list, state) = asked.of(&visit)?;
    let Page { items: mut referrals, next, .. } = asked.page(&visit, list, state, MOST).await?;
    referrals.sort_by_key(|referral| referral.urgency != Urgency::Urgent);
    visit.show(&BoxPage { frame: visit.frame("Referrals"), list, state, referrals, people, next })
}

/// `GET /referrals.csv?box=inbox&state=accepted`, the box as a file; what is beyond one file is linked.
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Filter(asked): Filter<Asked>) -> Result<Csv> {
    let people = People::read(&visit).await?;
    let (list, state) = asked.of(&visit)?;
    let found = asked.page(&visit, list, state, Csv::MOST_ROWS).await?;
    let row = |referral: ReferralSummary| {
        let ReferralSummary {
            id, number, patient_id, patient, state, urgency, referrer, target, owner, due_at, ..
        } = referral;
        vec![
            id.to_string(),
            number,
            patient_id.to_string(),
            patient,
            state.to_string(),
            urgency.to_string(),
            referrer.name,
            target.discipline.to_string(),
            owner.map_or_else(|| people.target(&target), |owner| owner.name),
            due_at.map(|due| due.to_string()).unwrap_or_default(),
            referral.late.map(|late| late.to_string()).unwrap_or_default(),
        ]
    };
    let rows = found.items.into_iter().map(row).collect();
    Ok(Csv { name: "referrals.csv", header: HEADER, rows, next: found.next })
}

/// The columns of a box as CSV.
const HEADER: &[&str] =
    &["id", "number", "patient_id", "patient", "state", "urgency", "from", "discipline", "to", "due_at", "late"];

/// What lies in a box, for when nothing does.
const fn holds(list: Worklist) -> &'static str {
    match list {
        Worklist::Inbox => "Nothing is waiting for you. Referrals to you by name, and those that you took, lie here.",
        Worklist::Outbox => "You have sent none that is not closed. Refer a patient from their chart or from a note.",
        Worklist::Pool => "Nothing waits in the pool of your discipline. Whoever is quickest takes what does.",
        Worklist::Booking => "No visit waits to be booked. What is accepted lies here until its first visit is set.",
        Worklist::Overdue => "Nothing is late.",
    }
}
