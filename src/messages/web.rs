//! Messages about a patient, as a page.

use askama::Template;
use serde::Deserialize;

use super::{MessageView, NewMessage, ops};
use crate::error::Result;
use crate::http::{Filter, Page, Paging, PathId};
use crate::ids::{PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Form, Frame, Sheet, Shown, Visit};

/// Messages that one page shows.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "messages/list.html")]
struct MessagesPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    messages: Vec<MessageView>,
    next: Option<String>,
    sheet: Sheet,
}

/// Where the page before ended.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct From {
    cursor: Option<String>,
}

/// `GET /patients/{id}/messages`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, PathId(id): PathId<kind::Patient>, Filter(from): Filter<From>) -> Result<Shown> {
    let page = page(&visit, id, from, None).await?;
    visit.show(&page)
}

async fn page(visit: &Visit, id: PatientId, from: From, sheet: Option<Sheet>) -> Result<MessagesPage> {
    let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)).await?;
    let reading = visit.doing(Action::ListMessages)?;
    let (keys, staff, list) = (&visit.app.keys, reading.staff()?, format!("page of messages {id}"));
    let after = Paging { limit: None, cursor: from.cursor }.after(keys, staff, &list)?;
    let messages = reading.read(move |tx| ops::list(tx, id, after, MOST + 1)).await?;
    let Page { items: messages, next, .. } = Page::of(messages, MOST, keys, staff, &list, |message| message.id)?;
    let frame = visit.frame(format!("Messages, {}", patient.record_number));
    let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit));
    Ok(MessagesPage { frame, tab: "messages", patient, messages, next, sheet })
}

/// `POST /patients/{id}/messages`; what is about a referral goes on there.
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn write(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<NewMessage>) -> Result<Shown> {
    let written =
        visit.takes(Action::WriteMessage, &mut form, move |tx, retry, new| ops::write(tx, retry, id, new)).await;
    match written {
        Ok(message) => {
            let to = match message.referral_id {
                Some(referral) => format!("/referrals/{referral}"),
                None => format!("/patients/{id}/messages"),
            };
            Ok(visit.go_saying(to, "Your message is there, and the others on the care team are told."))
        }
        Err(error) => {
            visit.again(&form, error, async |sheet| page(&visit, id, From::default(), Some(sheet)).await).await
        }
    }
}
