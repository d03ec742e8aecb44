//! The oversight room: what was done, by whom, and the proof that it was not changed since.
//!
//! - Nobody reviews accesses to their own record: events that name the reader's own patient record are left out, and so
//!   are those that name a record which its patient has barred from the reader.
//! - The list names patients by their ids alone, so its own event names them only where it was asked for one patient:
//!   else every look into the log would read like an opening of every record in it.

pub mod access_report;
pub mod api;
mod csv;
pub mod ops;
mod query;
pub mod start_treating;
mod views;
pub mod web;
mod wording;

pub use views::{ActorKind, ActorView, EventView, LastVerification, ObjectView, PublicKey, PublicKeys};

use crate::actor::RoleSet;
use crate::audit::{Log, Outcome};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{EventId, PatientId, PracticeId, StaffId};
use crate::policy::{Action, AuditReach, audit_reach};

/// The practice's audit log, opened for one action by somebody whom the policy allowed it, with the event recorded. Every
/// query on it asks for this.
#[derive(Clone, Copy, Debug)]
struct LogBook {
    practice: PracticeId,
    reader: StaffId,
    roles: RoleSet,
    reach: AuditReach,
}

impl LogBook {
    /// Opens the log, for the action of this transaction.
    ///
    /// # Errors
    /// The refusal's code.
    fn open(tx: &mut Tx) -> Result<Self> {
        let actor = tx.actor()?;
        tx.permit(false)?;
        let (practice, reader, roles) = (actor.practice, actor.staff, actor.roles);
        Ok(Self { practice, reader, roles, reach: audit_reach(roles) })
    }

    const fn log(self) -> Log {
        Log::Practice(self.practice)
    }
}

/// Which events are asked for.
#[derive(Clone, Copy, Debug, Default)]
struct Asked {
    actor: Option<StaffId>,
    patient: Option<PatientId>,
    action: Option<Action>,
    outcome: Option<Outcome>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    before: Option<EventId>,
    only: Option<EventId>,
    /// Whether what the reader did themselves is left out, where they see what everybody did.
    without_own: bool,
}
