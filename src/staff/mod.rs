//! The staff room: who works here in which roles, at which sites, under which settings; and how a practice begins.

pub mod api;
mod founding;
pub mod ops;
mod query;
mod rules;
mod sites;
mod supervision;
#[cfg(test)]
mod tests;
mod views;
pub mod web;

pub use founding::{Founding, add_staff_member, found_practice, is_founded, practices};
pub use views::{
    DirectoryEntry, HandOver, Invitation, Invited, LeftPatient, LeftSupervised, NewSite, NewStaff, SettingsChange,
    SettingsView, SiteChange, SiteView, StaffChange, StaffView,
};

use crate::audit::{Object, ObjectKind};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ObjectId, PracticeId, StaffId};
use crate::policy::Permit;

/// The practice's own papers, opened for one action by somebody whom the policy allowed it, with the event recorded.
/// Every query that reads or changes them asks for it.
#[derive(Clone, Copy, Debug)]
struct Office {
    practice: PracticeId,
    permit: Permit,
}

impl Office {
    /// Opens the office, for the action of this transaction.
    ///
    /// # Errors
    /// The refusal's code.
    fn open(tx: &mut Tx) -> Result<Self> {
        let practice = tx.actor()?.practice;
        Ok(Self { practice, permit: tx.permit(false)? })
    }

    /// Opens it about one thing, which the event of a refusal names too.
    ///
    /// # Errors
    /// The refusal's code.
    fn open_about(tx: &mut Tx, kind: ObjectKind, id: ObjectId, found: bool) -> Result<Self> {
        let practice = tx.actor()?.practice;
        let permit = tx.permit_on(Object { kind, id, version: None }, found, false)?;
        Ok(Self { practice, permit })
    }

    /// Opens it about a member of staff.
    ///
    /// # Errors
    /// The refusal's code; [`crate::error::Code::OwnRecord`] for what nobody does to themselves.
    fn open_on(tx: &mut Tx, staff: StaffId) -> Result<Self> {
        let actor = tx.actor()?;
        let found = query::was_ever_here(tx.conn(), actor.practice, staff)?;
        let object = Object { kind: ObjectKind::Staff, id: staff.retype(), version: None };
        let permit = tx.permit_on(object, found, actor.staff == staff)?;
        Ok(Self { practice: actor.practice, permit })
    }
}
