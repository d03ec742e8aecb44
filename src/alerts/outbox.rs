//! The mails that wait: taken up under a lease, settled once their fate is known.

use chrono_tz::Tz;
use diesel::prelude::*;

use super::queue::{MailKind, MailState};
use super::reach::{Told, is_kept_from, zone};
use super::{AlertKind, rules};
use crate::audit::{Log, Object, ObjectKind};
use crate::clock::Timestamp;
use crate::db::schema::{notification, outbox, practice, staff};
use crate::db::{Conn, Tx, dialect};
use crate::error::Result;
use crate::ids::{MailId, NotificationId, ObjectId, PatientId, PracticeId, StaffId};

/// A mail that one worker has taken up.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Its id.
    pub id: MailId,
    /// Whose.
    pub practice: PracticeId,
    /// The practice's name.
    pub practice_name: String,
    /// The practice's time zone.
    pub zone: Tz,
    /// What it is made of.
    pub kind: MailKind,
    /// How often it was taken up, this time included.
    pub attempts: i32,
    /// `Message-ID` without brackets, the same at every attempt.
    pub message_id: String,
    /// The address it goes to.
    pub to: String,
    /// What it tells, oldest first.
    pub items: Vec<Item>,
    /// What an invitation or a reset keeps sealed.
    pub sealed: Option<Vec<u8>>,
    /// Whether nobody is left who may read it.
    pub vain: bool,
}

/// One alert in a mail.
#[derive(Clone, Debug, Queryable)]
pub struct Item {
    /// The notification.
    pub id: NotificationId,
    /// What happened.
    pub kind: AlertKind,
    /// The readable number.
    pub number: Option<String>,
    /// Until when somebody has to act.
    pub due: Option<Timestamp>,
    patient: Option<PatientId>,
    thing: (ObjectKind, ObjectId),
}

#[cfg(test)]
impl Item {
    /// An alert about nobody.
    pub(super) fn of(kind: AlertKind, number: Option<&str>, due: Option<Timestamp>) -> Self {
        let id = NotificationId::from_uuid(uuid::Uuid::nil());
        Self {
            id,
            kind,
            number: number.map(str::to_owned),
            due,
            patient: None,
            thing: (ObjectKind::Notification, id.retype()),
        }
    }
}

/// What became of a mail that was taken up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The server took it.
    Sent,
    /// Nobody is left who may read it.
    Dropped,
    /// It is tried again.
    Later {
        /// Why.
        failure: String,
        /// When.
        at: Timestamp,
    },
    /// It is laid aside.
    Dead {
        /// Why.
        failure: String,
    },
}

/// What waits, of all practices.
#[derive(Clone, Debug, Default)]
pub struct Due {
    /// Practices that have mails due.
    pub practices: Vec<PracticeId>,
    /// Since when the mail that has waited longest is due.
    pub oldest: Option<Timestamp>,
    /// Mails that are tried no longer.
    pub dead: i64,
}

/// Finds what is due.
///
/// # Errors
/// The database's.
pub fn due(conn: &mut Conn, now: Timestamp) -> Result<Due> {
    let mut due = Due::default();
    for of in practice::table.select(practice::id).order(practice::id).load::<PracticeId>(conn)? {
        let mails = outbox::table.filter(outbox::practice_id.eq(of));
        let mut oldest = None;
        for state in [MailState::Waiting, MailState::Sending] {
            let first = mails.filter(outbox::state.eq(state)).filter(outbox::next_at.le(now));
            let first = first.order(outbox::next_at).select(outbox::next_at).first::<Timestamp>(conn).optional()?;
            oldest = oldest.into_iter().chain(first).min();
        }
        if oldest.is_some() {
            due.practices.push(of);
        }
        due.oldest = due.oldest.into_iter().chain(oldest).min();
        due.dead += mails.filter(outbox::state.eq(MailState::Dead)).count().get_result::<i64>(conn)?;
    }
    Ok(due)
}

/// Takes up the mail that is due first, for [`rules::LEASE`] seconds; none if none is due or others have them all.
///
/// # Errors
/// The database's.
pub fn take(conn: &mut Conn, of: PracticeId, domain: &str, now: Timestamp) -> Result<Option<Taken>> {
    let Some(id) = dialect::due_mail(conn, of, now)? else { return Ok(None) };
    let (kind, attempts, known, sealed, address) = outbox::table
        .find((of, id))
        .select((outbox::kind, outbox::attempts, outbox::message_id, outbox::sealed, outbox::address))
        .first::<(MailKind, i32, Option<String>, Option<Vec<u8>>, Option<String>)>(conn)?;
    let (attempts, message_id) = (attempts + 1, known.unwrap_or_else(|| format!("{id}@{domain}")));
    diesel::update(outbox::table.find((of, id)))
        .set((
            outbox::state.eq(MailState::Sending),
            outbox::attempts.eq(attempts),
            outbox::next_at.eq(now.plus_seconds(rules::LEASE)),
            outbox::message_id.eq(&message_id),
            outbox::version.eq(outbox::version + 1),
        ))
        .execute(conn)?;
    let (staff, to, active) = outbox::table
        .inner_join(staff::table.on(staff::practice_id.eq(outbox::practice_id).and(staff::id.eq(outbox::staff_id))))
        .filter(outbox::practice_id.eq(of))
        .filter(outbox::id.eq(id))
        .select((staff::id, staff::email, staff::active))
        .first::<(StaffId, String, bool)>(conn)?;
    let items = items(conn, of, id, staff, now)?;
    let tells = matches!(kind, MailKind::Alert | MailKind::Messages | MailKind::Digest);
    let vain = !active || (tells && items.is_empty());
    let to = address.unwrap_or(to);
    let practice_name = practice::table.find(of).select(practice::name).first(conn)?;
    let zone = zone(conn, of)?;
    Ok(Some(Taken { id, practice: of, practice_name, zone, kind, attempts, message_id, to, items, sealed, vain }))
}

/// What a mail tells; without what a patient has kept from the reader since.
fn items(conn: &mut Conn, of: PracticeId, mail: MailId, staff: StaffId, now: Timestamp) -> Result<Vec<Item>> {
    let told = notification::table
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
        .load::<Item>(conn)?;
    let mut items = Vec::with_capacity(told.len());
    for item in told {
        let kept = match item.patient {
            Some(patient) => is_kept_from(conn, of, staff, &Told { kind: item.kind, patient, thing: item.thing }, now)?,
            None => false,
        };
        if !kept {
            items.push(item);
        }
    }
    Ok(items)
}

/// Writes down what became of a mail, with its event. What was sent counts as sent whoever has it by now; any other fate
/// counts only while the worker's lease does.
///
/// # Errors
/// A refusal, should anybody but the program ask; the database's.
pub fn settle(tx: &mut Tx, of: PracticeId, id: MailId, attempts: i32, fate: &Fate) -> Result<()> {
    tx.own_permit()?;
    let now = tx.now();
    let row = outbox::table.find((of, id));
    let held = row.filter(outbox::state.eq(MailState::Sending)).filter(outbox::attempts.eq(attempts));
    let next = outbox::version.eq(outbox::version + 1);
    let (done, code) = match fate {
        Fate::Sent => {
            let unsent = row.filter(outbox::state.ne(MailState::Sent));
            let ended =
                (outbox::state.eq(MailState::Sent), outbox::ended_at.eq(now), outbox::sealed.eq(None::<Vec<u8>>));
            (diesel::update(unsent).set((ended, next)).execute(tx.conn())?, "sent")
        }
        Fate::Dropped => {
            let ended =
                (outbox::state.eq(MailState::Dropped), outbox::ended_at.eq(now), outbox::sealed.eq(None::<Vec<u8>>));
            (diesel::update(held).set((ended, next)).execute(tx.conn())?, "dropped")
        }
        Fate::Later { failure, at } => {
            let again = (outbox::state.eq(MailState::Waiting), outbox::next_at.eq(*at), outbox::failure.eq(failure));
            (diesel::update(held).set((again, next)).execute(tx.conn())?, "failed")
        }
        Fate::Dead { failure } => {
            let ended = (outbox::state.eq(MailState::Dead), outbox::ended_at.eq(now), outbox::failure.eq(failure));
            (diesel::update(held).set((ended, next)).execute(tx.conn())?, "dead")
        }
    };
    tx.record_own(Log::Practice(of), if done == 1 { code } else { "settled_before" });
    tx.names(Object { kind: ObjectKind::Mail, id: id.retype(), version: None });
    Ok(())
}
