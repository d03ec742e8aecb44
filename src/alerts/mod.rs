//! Alerts: told in the program and by mail, both written in the transaction of what caused them.
//!
//! A room says what happened by [`raise`]; [`AlertKind`] is the one table of what alerts whom and how. Each alert becomes a
//! notification for everyone it reaches, and for those who want a mail a row of the outbox, which a worker sends later.

mod kind;
pub mod letters;
pub mod outbox;
mod query;
mod queue;
mod reach;
pub mod rules;
mod settled;
#[cfg(test)]
mod tests;

pub use kind::{AlertKind, Delivery};
pub use query::audience::{
    both_disciplines_treat, care_team, holders, managers, pool, privacy_officers, referral_parties, supervisor,
};
pub use query::queue::preferences;
pub use query::reminders::note_down;
pub use queue::{Choices, MailKind, MailState};

use std::collections::HashSet;

use crate::actor::Discipline;
use crate::audit::Object;
use crate::clock::Timestamp;
use crate::db::{Conn, Tx};
use crate::directives::Reader;
use crate::error::Result;
use crate::ids::{MailId, NotificationId, PatientId, PracticeId, StaffId};
use query::about;
use query::queue::{NewMail, address, insert_mail};

/// Something that happened, and those it concerns.
#[derive(Clone, Debug)]
pub struct Alert {
    /// What happened.
    pub kind: AlertKind,
    /// To what.
    pub object: Object,
    /// Whose record it is about, if it is about one.
    pub patient: Option<PatientId>,
    /// The readable number that a mail may name, such as `R-2026-0042`.
    pub number: Option<String>,
    /// Until when somebody has to act.
    pub due: Option<Timestamp>,
    /// Whether it waits for no morning and cannot be turned off.
    pub urgent: bool,
    /// Those it concerns; whoever acts may be among them.
    pub to: Vec<StaffId>,
    /// What somebody has to practise to stand in for one of them: what waits in a pool is taken by its discipline alone.
    pub practised: Option<Discipline>,
}

impl Alert {
    /// An alert about no patient, without number or time, that is not urgent.
    #[must_use]
    pub const fn new(kind: AlertKind, object: Object, to: Vec<StaffId>) -> Self {
        Self { kind, object, patient: None, number: None, due: None, urgent: false, to, practised: None }
    }

    /// About this patient's record.
    #[must_use]
    pub fn about(self, patient: PatientId) -> Self {
        Self { patient: Some(patient), ..self }
    }

    /// To be acted on by then.
    #[must_use]
    pub fn due(self, by: Timestamp) -> Self {
        Self { due: Some(by), ..self }
    }
}

/// Tells those it concerns, in the practice of whoever acts. Whoever acts is left out, whoever is away is represented by
/// their cover, and those from whom the patient withholds what it is about, whose own record it is or who have left learn
/// nothing. Where somebody has to act who learns nothing, the managers are asked to name somebody else.
///
/// # Errors
/// [`crate::error::Code::NotSignedIn`] when nobody of a practice acts; the database's.
pub fn raise(tx: &mut Tx, alert: Alert) -> Result<()> {
    let practice = tx.actor()?.practice;
    raise_in(tx, practice, alert)
}

/// As [`raise`], in this practice, whoever acts: for what the program finds out by itself.
///
/// # Errors
/// The database's.
pub fn raise_in(tx: &mut Tx, practice: PracticeId, alert: Alert) -> Result<()> {
    let reach = reach::reach(tx, practice, &alert)?;
    for reached in &reach.reached {
        queue::tell(tx, practice, &alert, reached)?;
    }
    match alert.kind.row().instead {
        Some(kind) if reach.kept => {
            let object = about::in_a_managers_hands(tx.conn(), practice, alert.object)?;
            let to = managers(tx, practice)?;
            raise_in(tx, practice, Alert { kind, object, to, due: None, practised: None, ..alert })
        }
        _ => Ok(()),
    }
}

/// Of what somebody was told, that which a directive keeps from them by now.
///
/// # Errors
/// The database's.
pub fn kept_since(conn: &mut Conn, reader: Reader, now: Timestamp) -> Result<Vec<NotificationId>> {
    reach::kept_since(conn, reader, now)
}

/// Which of what somebody was told.
#[derive(Clone, Debug)]
pub enum Which {
    /// What they have not marked as read.
    Unread,
    /// These.
    These(Vec<NotificationId>),
}

/// Of what somebody was told, what asks nothing of them any more: it is done, or somebody else's to do by now.
///
/// # Errors
/// The database's.
pub fn settled(conn: &mut Conn, reader: Reader, which: &Which) -> Result<HashSet<NotificationId>> {
    settled::settled(conn, reader, which)
}

/// Sends somebody a token, at once, to the address they have now, whatever it is when the mail goes out. `seal` encrypts
/// it for the mail with this id, which alone opens it again.
///
/// # Errors
/// Those of `seal`; the database's.
pub fn send_token(
    tx: &mut Tx,
    practice: PracticeId,
    staff: StaffId,
    kind: MailKind,
    seal: impl FnOnce(MailId) -> Result<Vec<u8>>,
) -> Result<()> {
    let (id, now) = (tx.fresh_id(), tx.now());
    let sealed = Some(seal(id)?);
    let address = Some(address(tx.conn(), practice, staff)?);
    insert_mail(tx.conn(), practice, &NewMail { id, staff, kind, now, due: now, sealed, address })
}

/// Tells the former address of somebody that it is no longer theirs here.
///
/// # Errors
/// The database's.
pub fn tell_former_address(tx: &mut Tx, practice: PracticeId, staff: StaffId, former: &str) -> Result<()> {
    let (id, now, address) = (tx.fresh_id(), tx.now(), Some(former.to_owned()));
    let kind = MailKind::AddressChanged;
    insert_mail(tx.conn(), practice, &NewMail { id, staff, kind, now, due: now, sealed: None, address })
}
