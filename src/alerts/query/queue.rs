//! Notifications and mails as rows, as they are written down.

use diesel::prelude::*;

use crate::alerts::queue::{Choices, MailKind, MailState};
use crate::alerts::reach::Reached;
use crate::alerts::{Alert, rules};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{alert_preference, notification, outbox, staff};
use crate::error::{Error, Result};
use crate::ids::{MailId, NotificationId, PracticeId, StaffId};

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

/// Inserts a notification for somebody whom an alert reaches, with the mail that tells them too.
pub(in crate::alerts) fn insert_notification(
    conn: &mut Conn,
    practice: PracticeId,
    id: NotificationId,
    alert: &Alert,
    reached: &Reached,
    mail: Option<MailId>,
    now: Timestamp,
) -> Result<()> {
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

/// A mail of a kind to somebody that gathers still.
pub(in crate::alerts) fn gathering(
    conn: &mut Conn,
    practice: PracticeId,
    staff: StaffId,
    kind: MailKind,
) -> Result<Option<MailId>> {
    let mails = outbox::table
        .filter(outbox::practice_id.eq(practice))
        .filter(outbox::staff_id.eq(staff))
        .filter(outbox::kind.eq(kind))
        .filter(outbox::state.eq(MailState::Waiting))
        .filter(outbox::message_id.is_null());
    Ok(mails.select(outbox::id).first(conn).optional()?)
}

/// When the last mail about messages went to somebody, or will.
pub(in crate::alerts) fn last_messages(
    conn: &mut Conn,
    practice: PracticeId,
    staff: StaffId,
) -> Result<Option<Timestamp>> {
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
pub(in crate::alerts) fn joins(conn: &mut Conn, practice: PracticeId, mail: MailId) -> Result<bool> {
    let gathers = outbox::table
        .find((practice, mail))
        .filter(outbox::state.eq(MailState::Waiting))
        .filter(outbox::message_id.is_null());
    Ok(diesel::update(gathers).set(outbox::version.eq(outbox::version + 1)).execute(conn)? == 1)
}

/// The address somebody has.
pub(in crate::alerts) fn address(conn: &mut Conn, practice: PracticeId, staff: StaffId) -> Result<String> {
    Ok(staff::table.find((practice, staff)).select(staff::email).first(conn)?)
}

/// A mail to write down.
pub(in crate::alerts) struct NewMail {
    pub(in crate::alerts) id: MailId,
    pub(in crate::alerts) staff: StaffId,
    pub(in crate::alerts) kind: MailKind,
    pub(in crate::alerts) now: Timestamp,
    pub(in crate::alerts) due: Timestamp,
    pub(in crate::alerts) sealed: Option<Vec<u8>>,
    /// Where it goes if not to their current address.
    pub(in crate::alerts) address: Option<String>,
}

/// Inserts a mail that waits.
pub(in crate::alerts) fn insert_mail(conn: &mut Conn, practice: PracticeId, mail: &NewMail) -> Result<()> {
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
