//! One's notifications, as pages: what happened, and where it leads.

pub mod preferences;

use askama::Template;
use garde::Validate;
use serde::Deserialize;

use super::{NotificationView, ops};
use crate::audit::ObjectKind;
use crate::db::{Retry, Tx};
use crate::error::{Code, Result};
use crate::http::{Filter, Page, Paging, PathId};
use crate::ids::{NotificationId, kind};
use crate::patients::ops::{self as patients, Known};
use crate::policy::Action;
use crate::web::{Form, Frame, Shown, Visit};

/// Notifications that one page lists.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "notifications/list.html")]
struct ListPage {
    frame: Frame,
    told: Vec<NotificationView>,
    /// Whom they are about.
    known: Known,
    /// Whether only what is not read yet is listed.
    unread: bool,
    /// How many are not read yet.
    count: i64,
    next: Option<String>,
}

impl ListPage {
    /// The newest that is shown, unless all are read.
    fn newest(&self) -> Option<NotificationId> {
        self.told.iter().find(|told| told.read_at.is_none() && !told.settled)?;
        self.told.iter().map(|told| told.id).max()
    }
}

/// Which notifications, and from where on.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    unread: bool,
    cursor: Option<String>,
}

/// `GET /notifications`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Filter(asked): Filter<Asked>) -> Result<Shown> {
    let Asked { unread, cursor } = asked;
    let count = visit.read(Action::ListNotifications, ops::count_unread).await?;
    let reading = visit.doing(Action::ListNotifications)?;
    let (keys, staff, list) = (&visit.app.keys, reading.staff()?, format!("page of notifications unread={unread}"));
    let after = Paging { limit: None, cursor }.after(keys, staff, &list)?;
    let read = move |tx: &mut Tx| {
        let told = ops::list(tx, unread, after, MOST + 1)?;
        let known = patients::known(tx, told.iter().filter_map(|told| told.patient_id))?;
        Ok((told, known))
    };
    let (told, known) = reading.read(read).await?;
    let Page { items: told, next, .. } = Page::of(told, MOST, keys, staff, &list, |told| told.id)?;
    visit.show(&ListPage { frame: visit.frame("Alerts"), told, known, unread, count, next })
}

/// `GET /notifications/unread`, which scripts ask for: how many are not read yet.
///
/// # Errors
/// The refusal's code.
pub async fn unread(visit: Visit) -> Result<Shown> {
    let unread = visit.read(Action::ListNotifications, ops::count_unread).await?;
    visit.tell(&unread)
}

#[derive(Template)]
#[template(path = "notifications/gone.html")]
struct GonePage {
    frame: Frame,
}

/// `GET /notifications/{id}`, where mails lead: marks it as read and goes on to what it is about.
///
/// # Errors
/// The refusal's code; what is no longer there is said on a page.
pub async fn one(visit: Visit, PathId(id): PathId<kind::Notification>) -> Result<Shown> {
    match marked(&visit, id).await {
        Ok(told) => Ok(visit.go(leads_to(&told))),
        Err(error) if error.code == Code::NotFound => {
            visit.show_again(&GonePage { frame: visit.frame("No longer there") }, &error)
        }
        Err(error) => Err(error),
    }
}

/// `POST /notifications/{id}/read`
///
/// # Errors
/// The refusal's code.
pub async fn mark(visit: Visit, PathId(id): PathId<kind::Notification>) -> Result<Shown> {
    marked(&visit, id).await?;
    Ok(visit.go("/notifications"))
}

async fn marked(visit: &Visit, id: NotificationId) -> Result<NotificationView> {
    // What is marked twice is marked once, with or without a key.
    let retry = Retry { key: None, route: String::new(), mac: [0; 32] };
    visit.write(Action::MarkNotification, move |tx| ops::mark(tx, &retry, id)).await
}

/// Up to which notification all are marked as read.
#[derive(Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct UpTo {
    #[garde(skip)]
    newest: NotificationId,
}

/// `POST /notifications/read`
///
/// # Errors
/// The refusal's code.
pub async fn mark_all(visit: Visit, mut form: Form<UpTo>) -> Result<Shown> {
    let UpTo { newest } = form.value()?;
    visit.write(Action::MarkNotification, move |tx| ops::mark_all(tx, newest)).await?;
    Ok(visit.go_saying("/notifications", "All of them are marked as read."))
}

/// The page of what somebody was told about; the chart where it has none of its own.
fn leads_to(told: &NotificationView) -> String {
    let object = told.object_id;
    match (told.object_kind, told.patient_id) {
        (ObjectKind::Referral, _) => format!("/referrals/{object}"),
        (ObjectKind::Note, _) => format!("/notes/{object}"),
        // About a patient and a colleague: who signs beside them is to be replaced.
        (ObjectKind::Staff, Some(_)) => format!("/staff/{object}"),
        (ObjectKind::Session | ObjectKind::Staff, _) => "/account".to_owned(),
        (ObjectKind::Message, Some(patient)) => format!("/patients/{patient}/messages"),
        (ObjectKind::SafetyItem, Some(patient)) => format!("/patients/{patient}/safety"),
        (ObjectKind::Directive, Some(patient)) => format!("/patients/{patient}/consent"),
        (ObjectKind::Access, _) => format!("/emergency-accesses/{object}"),
        (_, Some(patient)) => format!("/patients/{patient}"),
        (_, None) => "/notifications".to_owned(),
    }
}
