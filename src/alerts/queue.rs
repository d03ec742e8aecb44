//! Notifications and mails as rows: writing them down with what caused them.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};
use utoipa::ToSchema;

use super::reach::{Reached, zone};
use super::{Alert, AlertKind, Delivery, rules};
use crate::clock::Timestamp;
use crate::db::schema::{alert_preference, notification, outbox, staff};
use crate::db::types::sql_word;
use crate::db::{Conn, Tx};
use crate::error::{Error, Result};
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

/// How alerts reach one person, the hour of their daily mail, and how often they have chosen, counted from 1.
///
/// # Errors
/// The database's.
pub fn preferences(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<(Choices, i32, i32)> {
    let row = alert_preference::table.find((practice, staff)).select((
        alert_preference::choices,
        alert_preference::digest_hour,
        alert_preference::version,
    ));
    match row.first::<(String, i32, i32)>(conn).optional()? {
        Some((choices, hour, version)) => Ok((serde_json::from_str(&choices).map_err(Error::internal)?, hour, version)),
        None => Ok((Choices { schema_version: 1, ..Choices::default() }, rules::DIGEST_HOUR, 1)),
    }
}

/// Writes down that somebody is told, and the mail that tells them too, if they want one.
pub(super) fn tell(tx: &mut Tx, practice: PracticeId, alert: &Alert, reached: &Reached) -> Result<()> {
    let id: NotificationId = tx.fresh_id();
    let (now, fresh) = (tx.now(), tx.fresh_id());
    let conn = tx.conn();
    let mail = if reached.by_mail { mail_for(conn, practice, alert, reached.staff, now, fresh)? } else { None };
    diesel::insert_into(notification::table)
        .values((
            notification::id.eq(id),
            notification::practice_id.eq(practice),
            notification::staff_id.eq(reached.staff),
            notification::for_staff.eq(reached.instead_of),
            notification::kind.eq(alert.kind),
            notification::object_kind.eq(alert.object.kind),
            notification::object_id.eq(alert.object.id),
            notification::patient_id.eq(alert.patient),
            notification::number.eq(alert.number.as_deref()),
            notification::due_at.eq(alert.due),
            notification::urgent.eq(alert.urgent),
            notification::raised_at.eq(now),
            notification::mail_id.eq(mail),
        ))
        .execute(conn)?;
    Ok(())
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
    let (choices, hour, _) = preferences(conn, practice, staff)?;
    let zone = zone(conn, practice)?;
    let choice = choices.kinds.get(&alert.kind).copied();
    let at_any_hour = alert.urgent || !alert.kind.row().optional;
    let (kind, due) = match rules::delivery(alert.kind, alert.urgent, choice) {
        Delivery::InApp => return Ok(None),
        Delivery::Digest => (MailKind::Digest, rules::next_digest(now, zone, hour)),
        Delivery::AtOnce if alert.kind == AlertKind::Message => {
            let last = last_messages(conn, practice, staff)?;
            let earliest = last.map_or(now, |last| last.plus_seconds(rules::MESSAGES_EVERY).max(now));
            (MailKind::Messages, rules::in_waking_hours(earliest, zone))
        }
        Delivery::AtOnce if at_any_hour => (MailKind::Alert, now),
        Delivery::AtOnce => (MailKind::Alert, rules::in_waking_hours(now, zone)),
    };
    if matches!(kind, MailKind::Digest | MailKind::Messages)
        && let Some(mail) = gathering(conn, practice, staff, kind)?
        && joins(conn, practice, mail)?
    {
        return Ok(Some(mail));
    }
    insert(conn, practice, &NewMail { id: fresh, staff, kind, now, due, sealed: None, address: None })?;
    Ok(Some(fresh))
}

/// A mail of a kind to somebody that gathers still.
fn gathering(conn: &mut Conn, practice: PracticeId, staff: StaffId, kind: MailKind) -> Result<Option<MailId>> {
    let mails = outbox::table
        .filter(outbox::practice_id.eq(practice))
        .filter(outbox::staff_id.eq(staff))
        .filter(outbox::kind.eq(kind))
        .filter(outbox::state.eq(MailState::Waiting))
        .filter(outbox::message_id.is_null());
    Ok(mails.select(outbox::id).first(conn).optional()?)
}

/// When the last mail about messages went to somebody, or will.
fn last_messages(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<Option<Timestamp>> {
    let mails = outbox::table
        .filter(outbox::practice_id.eq(practice))
        .filter(outbox::staff_id.eq(staff))
        .filter(outbox::kind.eq(MailKind::Messages));
    let last = mails.order(outbox::next_at.desc()).select((outbox::next_at, outbox::ended_at));
    let last = last.first::<(Timestamp, Option<Timestamp>)>(conn).optional()?;
    Ok(last.map(|(due, ended)| ended.unwrap_or(due)))
}

/// Whether a mail that gathers takes one more: what was tried once keeps its words, since it may have arrived. The row is
/// written, so that no worker takes the mail up in the same moment.
fn joins(conn: &mut Conn, practice: PracticeId, mail: MailId) -> Result<bool> {
    let gathers = outbox::table
        .find((practice, mail))
        .filter(outbox::state.eq(MailState::Waiting))
        .filter(outbox::message_id.is_null());
    Ok(diesel::update(gathers).set(outbox::version.eq(outbox::version + 1)).execute(conn)? == 1)
}

/// The address somebody has.
pub(super) fn address(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<String> {
    Ok(staff::table.find((practice, staff)).select(staff::email).first(conn)?)
}

/// A mail to write down.
pub(super) struct NewMail {
    pub(super) id: MailId,
    pub(super) staff: StaffId,
    pub(super) kind: MailKind,
    pub(super) now: Timestamp,
    pub(super) due: Timestamp,
    pub(super) sealed: Option<Vec<u8>>,
    /// Where it goes if not to their current address.
    pub(super) address: Option<String>,
}

pub(super) fn insert(conn: &mut Conn, practice: PracticeId, mail: &NewMail) -> Result<()> {
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(mail.id),
            outbox::practice_id.eq(practice),
            outbox::staff_id.eq(mail.staff),
            outbox::kind.eq(mail.kind),
            outbox::state.eq(MailState::Waiting),
            outbox::attempts.eq(0),
            outbox::created_at.eq(mail.now),
            outbox::next_at.eq(mail.due),
            outbox::sealed.eq(mail.sealed.as_deref()),
            outbox::address.eq(mail.address.as_deref()),
            outbox::version.eq(1),
        ))
        .execute(conn)?;
    Ok(())
}
