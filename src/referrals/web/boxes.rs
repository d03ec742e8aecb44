//! Inbox, outbox and pool, as tables.

use askama::Template;
use serde::Deserialize;
use strum::IntoEnumIterator;

use super::super::ops;
use super::super::views::{ReferralSummary, Worklist};
use super::people::People;
use crate::chart::ReferralState;
use crate::error::{Error, Result};
use crate::http::{Filter, Page, Paging};
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
        referral.owner.as_ref().map_or_else(|| self.people.target(&referral.target), |owner| owner.name.clone())
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
    let (list, state) = (Asked::read(&asked.r#box, "/box")?, Asked::read(&asked.state, "/state")?);
    let people = People::read(&visit).await?;
    let list = list.unwrap_or(if visit.is_clinician() { Worklist::Inbox } else { Worklist::Booking });
    let reading = visit.doing(Action::ListWorklist)?;
    let (keys, staff, bound) = (&visit.app.keys, reading.staff()?, format!("page of {list} {state:?}"));
    let after = Paging { limit: None, cursor: asked.cursor }.after(keys, staff, &bound)?;
    let found = reading.read(move |tx| ops::work(tx, list, state, after, MOST)).await?;
    let Page { items: referrals, next, .. } = Page::of(found, MOST, keys, staff, &bound, |referral| referral.id)?;
    visit.show(&BoxPage { frame: visit.frame("Referrals"), list, state, referrals, people, next })
}

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
