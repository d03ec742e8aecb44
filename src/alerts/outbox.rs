//! The mails that wait: taken up under a lease, settled once their fate is known.

use chrono_tz::Tz;

use super::MailKind;
use super::query::outbox as query;
use super::query::reach::zone;
use super::reach::{Told, is_kept_from};
use super::{AlertKind, rules};
use crate::audit::{Log, Object, ObjectKind};
use crate::clock::Timestamp;
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
#[derive(Clone, Debug, diesel::Queryable)]
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
    for of in query::practices(conn)? {
        let oldest = query::oldest_due(conn, of, now)?;
        if oldest.is_some() {
            due.practices.push(of);
        }
        due.oldest = due.oldest.into_iter().chain(oldest).min();
        due.dead += query::dead(conn, of)?;
    }
    Ok(due)
}

/// Takes up the mail that is due first, for [`rules::LEASE`] seconds; none if none is due or others have them all.
///
/// # Errors
/// The database's.
pub fn take(conn: &mut Conn, of: PracticeId, domain: &str, now: Timestamp) -> Result<Option<Taken>> {
    let Some(id) = dialect::due_mail(conn, of, now)? else { return Ok(None) };
    let query::Mail { kind, attempts, message_id, sealed, address } = query::mail(conn, of, id)?;
    let (attempts, message_id) = (attempts + 1, message_id.unwrap_or_else(|| format!("{id}@{domain}")));
    query::take(conn, of, id, attempts, &message_id, now.plus_seconds(rules::LEASE))?;
    let query::Addressee { staff, email, active } = query::addressee(conn, of, id)?;
    let items = items(conn, of, id, staff, now)?;
    let tells = matches!(kind, MailKind::Alert | MailKind::Messages | MailKind::Digest);
    let vain = !active || (tells && items.is_empty());
    let to = address.unwrap_or(email);
    let practice_name = query::practice_name(conn, of)?;
    let zone = zone(conn, of)?;
    Ok(Some(Taken { id, practice: of, practice_name, zone, kind, attempts, message_id, to, items, sealed, vain }))
}

/// What a mail tells; without what a patient has kept from the reader since.
fn items(conn: &mut Conn, of: PracticeId, mail: MailId, staff: StaffId, now: Timestamp) -> Result<Vec<Item>> {
    let told = query::told(conn, of, mail)?;
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
    let settled = query::settle(tx.conn(), of, id, attempts, fate, now)?;
    let code = match fate {
        Fate::Sent => "sent",
        Fate::Dropped => "dropped",
        Fate::Later { .. } => "failed",
        Fate::Dead { .. } => "dead",
    };
    tx.record_own(Log::Practice(of), if settled { code } else { "settled_before" });
    tx.names(Object { kind: ObjectKind::Mail, id: id.retype(), version: None });
    Ok(())
}
