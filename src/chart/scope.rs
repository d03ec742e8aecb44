//! What lists over many patients go by.

use super::{facts, hidden_patients};
use crate::actor::RoleSet;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::directives;
use crate::error::Result;
use crate::ids::{PatientId, PracticeId, StaffId};
use crate::policy::{self, NoteClass, Relation, Sight};

/// The patients somebody treats, as one predicate for lists.
#[derive(Debug)]
pub struct Scope {
    /// The practice.
    pub practice: PracticeId,
    /// Who treats them.
    pub staff: StaffId,
    /// In which roles.
    pub roles: RoleSet,
    /// When.
    pub now: Timestamp,
    /// Those of whom the list tells nothing all the same.
    pub hidden: Vec<PatientId>,
}

impl Scope {
    /// The classes of notes on them that whoever treats them may see, and how much of each: on a care team and as a
    /// stand-in the same.
    #[must_use]
    pub fn notes_of_treated(&self) -> Vec<(NoteClass, Sight)> {
        policy::visible_classes(self.roles, &[Relation::CareTeam])
    }

    /// The classes of notes on them that directives withhold from whoever treats them.
    #[must_use]
    pub fn withheld_of_treated(&self) -> Vec<NoteClass> {
        policy::withheld_classes(self.roles, &[Relation::CareTeam])
    }

    /// The classes of notes that this reader may see whatever they have to do with the patient.
    #[must_use]
    pub fn visible_notes(&self) -> Vec<(NoteClass, Sight)> {
        policy::visible_classes(self.roles, &[Relation::None])
    }
}

/// The patients whom the actor treats or covers for. What is listed by it may be released until a membership or a cover
/// that makes one of them theirs is over, or a directive that concerns them begins or ends.
///
/// # Errors
/// The refusal's code.
pub fn scope(tx: &mut Tx) -> Result<Scope> {
    tx.permit(false)?;
    let (actor, now) = (tx.actor()?, tx.now());
    let hidden = hidden_patients(tx)?.all();
    if let Some(until) = facts::treats_until(tx.conn(), &actor, now)? {
        tx.valid_until(until);
    }
    holds_while_directives_do(tx)?;
    Ok(Scope { practice: actor.practice, staff: actor.staff, roles: actor.roles, now, hidden })
}

/// What is listed may be released until a directive that concerns whoever acts begins or ends.
///
/// # Errors
/// The database's.
pub fn holds_while_directives_do(tx: &mut Tx) -> Result<()> {
    let (actor, now) = (tx.actor()?, tx.now());
    if let Some(until) = directives::next_change(tx.conn(), (&actor).into(), now)? {
        tx.valid_until(until);
    }
    Ok(())
}
