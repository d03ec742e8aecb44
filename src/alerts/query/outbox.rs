//! The rows of mails that wait, and what they tell.

use diesel::prelude::*;

use crate::alerts::outbox::{Fate, Item};
use crate::alerts::{MailKind, MailState};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::db::schema::{notification, outbox, practice, staff};
use crate::error::Result;
use crate::ids::{MailId, PracticeId, StaffId};

/// All practices.
pub(in crate::alerts) fn practices(conn: &mut Conn) -> Result<Vec<PracticeId>> {
    Ok(practice::table.select(practice::id).order(practice::id).load(conn)?)
}

/// Since when the mail of a practice that has waited longest is due; none if none is due.
pub(in crate::alerts) fn oldest_due(conn: &mut Conn, of: PracticeId, now: Timestamp) -> Result<Option<Timestamp>> {
    let mut oldest = None;
    for state in [MailState::Waiting, MailState::Sending] {
        let first = outbox::table
            .filter(outbox::practice_id.eq(of))
            .filter(outbox::state.eq(state))
            .filter(outbox::next_at.le(now))
            .order(outbox::next_at)
            .select(outbox::next_at)
            .first::<Timestamp>(conn)
            .optional()?;
        oldest = oldest.into_iter().chain(first).min();
    }
    Ok(oldest)
}

/// How many mails of a practice are tried no longer.
pub(in crate::alerts) fn dead(conn: &mut Conn, of: PracticeId) -> Result<i64> {
    let mails = outbox::table.filter(outbox::practice_id.eq(of));
    Ok(mails.filter(outbox::state.eq(MailState::Dead)).count().get_result(conn)?)
}

/// A mail of the outbox.
#[derive(Queryable)]
pub(in crate::alerts) struct Mail {
    pub(in crate::alerts) kind: MailKind,
    pub(in crate::alerts) attempts: i32,
    pub(in crate::alerts) message_id: Option<String>,
    pub(in crate::alerts) sealed: Option<Vec<u8>>,
    pub(in crate::alerts) address: Option<String>,
}

/// The mail with this id.
pub(in crate::alerts) fn mail(conn: &mut Conn, of: PracticeId, id: MailId) -> Result<Mail> {
    let row = outbox::table.find((of, id));
    let columns = (outbox::kind, outbox::attempts, outbox::message_id, outbox::sealed, outbox::address);
    Ok(row.select(columns).first(conn)?)
}

/// Marks a mail as one that a worker has until its lease ends.
pub(in crate::alerts) fn take(
    conn: &mut Conn,
    of: PracticeId,
    id: MailId,
    attempts: i32,
    message_id: &str,
    until: Timestamp,
) -> Result<()> {
    diesel::update(outbox::table.find((of, id)))
        .set((
            outbox::state.eq(MailState::Sending),
            outbox::attempts.eq(attempts),
            outbox::next_at.eq(until),
            outbox::message_id.eq(message_id),
            outbox::version.eq(outbox::version + 1),
        ))
        .execute(conn)?;
    Ok(())
}

/// Whose a mail is, as they stand now.
#[derive(Queryable)]
pub(in crate::alerts) struct Addressee {
    pub(in crate::alerts) staff: StaffId,
    pub(in crate::alerts) email: String,
    pub(in crate::alerts) active: bool,
}

/// Whose this mail is.
pub(in crate::alerts) fn addressee(conn: &mut Conn, of: PracticeId, id: MailId) -> Result<Addressee> {
    Ok(outbox::table
        .inner_join(staff::table.on(staff::practice_id.eq(outbox::practice_id).and(staff::id.eq(outbox::staff_id))))
        .filter(outbox::practice_id.eq(of))
        .filter(outbox::id.eq(id))
        .select((staff::id, staff::email, staff::active))
        .first(conn)?)
}

/// The practice's name.
pub(in crate::alerts) fn practice_name(conn: &mut Conn, of: PracticeId) -> Result<String> {
    Ok(practice::table.find(of).select(practice::name).first(conn)?)
}

/// What a mail was to tell, oldest first.
pub(in crate::alerts) fn told(conn: &mut Conn, of: PracticeId, mail: MailId) -> Result<Vec<Item>> {
    Ok(notification::table
        .filter(notification::practice_id.eq(of))
        .filter(notification::mail_id.eq(mail))
        .order(notification::id)
        .select((
            notification::id,
            notification::kind,
            notification::number,
            notification::due_at,
            notification::patient_id,
            (notification::object_kind, notification::object_id),
        ))
        .load(conn)?)
}

/// Writes down what became of a mail; says whether it still counted: what was sent does, whoever has the mail by now, any
/// other fate only while it is held for that attempt.
pub(in crate::alerts) fn settle(
    conn: &mut Conn,
    of: PracticeId,
    id: MailId,
    attempts: i32,
    fate: &Fate,
    now: Timestamp,
) -> Result<bool> {
    let row = outbox::table.find((of, id));
    let held = row.filter(outbox::state.eq(MailState::Sending)).filter(outbox::attempts.eq(attempts));
    let next = outbox::version.eq(outbox::version + 1);
    let settled = match fate {
        Fate::Sent => {
            let unsent = row.filter(outbox::state.ne(MailState::Sent));
            let ended =
                (outbox::state.eq(MailState::Sent), outbox::ended_at.eq(now), outbox::sealed.eq(None::<Vec<u8>>));
            diesel::update(unsent).set((ended, next)).execute(conn)?
        }
        Fate::Dropped => {
            let ended =
                (outbox::state.eq(MailState::Dropped), outbox::ended_at.eq(now), outbox::sealed.eq(None::<Vec<u8>>));
            diesel::update(held).set((ended, next)).execute(conn)?
        }
        Fate::Later { failure, at } => {
            let again = (outbox::state.eq(MailState::Waiting), outbox::next_at.eq(*at), outbox::failure.eq(failure));
            diesel::update(held).set((again, next)).execute(conn)?
        }
        Fate::Dead { failure } => {
            let ended = (outbox::state.eq(MailState::Dead), outbox::ended_at.eq(now), outbox::failure.eq(failure));
            diesel::update(held).set((ended, next)).execute(conn)?
        }
    };
    Ok(settled == 1)
}
