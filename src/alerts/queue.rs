//! What an alert leaves with somebody: a notification, and the mail that it goes out with, if any.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::query::queue::{self as query, NewMail};
use super::query::reach::zone;
use super::reach::Reached;
use super::{Alert, AlertKind, Delivery, rules};
use crate::clock::Timestamp;
use crate::db::types::sql_word;
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{MailId, NotificationId, PracticeId, StaffId};

/// What a mail is made of.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, EnumIter, EnumString, Display, IntoStaticStr, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailKind {
    /// One alert.
    Alert,
    /// Messages about patients, half an hour of them.
    Messages,
    /// The daily mail.
    Digest,
    /// An invitation, with its token.
    Invitation,
    /// The way back in for whoever forgot their password, with its token.
    Reset,
    /// To the former address: that it is no longer the one.
    AddressChanged,
}

/// How far a mail has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, EnumIter, EnumString, Display, IntoStaticStr, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailState {
    /// It waits until it is due.
    Waiting,
    /// A worker has it, until its lease ends.
    Sending,
    /// The mail server took it.
    Sent,
    /// It is tried no longer, until a manager says so.
    Dead,
    /// It was not sent, since nobody is left who may read it.
    Dropped,
}

sql_word!(MailKind, MailState);

/// How alerts reach one person, by kind; what is not named comes as the table says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choices {
    /// The layout of this document.
    pub schema_version: u32,
    /// What they chose.
    pub kinds: BTreeMap<AlertKind, Delivery>,
}

/// Writes down that somebody is told, and the mail that tells them too, if they want one.
pub(super) fn tell(tx: &mut Tx, practice: PracticeId, alert: &Alert, reached: &Reached) -> Result<()> {
    let id: NotificationId = tx.fresh_id();
    let (now, fresh) = (tx.now(), tx.fresh_id());
    let conn = tx.conn();
    let mail = if reached.by_mail { mail_for(conn, practice, alert, reached.staff, now, fresh)? } else { None };
    query::insert_notification(conn, practice, id, alert, reached, mail, now)
}

/// The mail that an alert goes out with: one that gathers already, or a new one with the id `fresh`.
fn mail_for(
    conn: &mut Conn,
    practice: PracticeId,
    alert: &Alert,
    staff: StaffId,
    now: Timestamp,
    fresh: MailId,
) -> Result<Option<MailId>> {
    let (choices, hour, _) = query::preferences(conn, practice, staff)?;
    let zone = zone(conn, practice)?;
    let choice = choices.kinds.get(&alert.kind).copied();
    let at_any_hour = alert.urgent || !alert.kind.row().optional;
    let (kind, due) = match rules::delivery(alert.kind, alert.urgent, choice) {
        Delivery::InApp => return Ok(None),
        Delivery::Digest => (MailKind::Digest, rules::next_digest(now, zone, hour)),
        Delivery::AtOnce if alert.kind == AlertKind::Message => {
            let last = query::last_messages(conn, practice, staff)?;
            let earliest = last.map_or(now, |last| last.plus_seconds(rules::MESSAGES_EVERY).max(now));
            (MailKind::Messages, rules::in_waking_hours(earliest, zone))
        }
        Delivery::AtOnce if at_any_hour => (MailKind::Alert, now),
        Delivery::AtOnce => (MailKind::Alert, rules::in_waking_hours(now, zone)),
    };
    if matches!(kind, MailKind::Digest | MailKind::Messages)
        && let Some(mail) = query::gathering(conn, practice, staff, kind)?
        && query::joins(conn, practice, mail)?
    {
        return Ok(Some(mail));
    }
    query::insert_mail(conn, practice, &NewMail { id: fresh, staff, kind, now, due, sealed: None, address: None })?;
    Ok(Some(fresh))
}
