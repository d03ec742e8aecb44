//! Whom lists over many patients leave out, and what they leave out of the rest.

use super::query::facts;
use crate::db::Tx;
use crate::directives;
use crate::error::Result;
use crate::ids::PatientId;

/// The patients of whom lists tell nothing to whoever acts.
#[derive(Clone, Debug, Default)]
pub struct Hidden {
    /// Those who barred their whole record from them: not even that they are there is told.
    pub barred: Vec<PatientId>,
    /// The record that is their own.
    pub own: Vec<PatientId>,
}

impl Hidden {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<PatientId> {
        [self.barred.as_slice(), &self.own].concat()
    }
}

/// The patients of whom lists tell nothing to whoever acts.
///
/// # Errors
/// The database's.
pub fn hidden_patients(tx: &mut Tx) -> Result<Hidden> {
    let (actor, now) = (tx.actor()?, tx.now());
    let barring = directives::barring(tx.conn(), (&actor).into(), now)?;
    if let Some(until) = barring.changes_at {
        tx.valid_until(until);
    }
    Ok(Hidden { barred: barring.patients, own: facts::own_records(tx.conn(), &actor)? })
}

/// Whether any of these patients may withhold something of their record from whoever acts: a directive that concerns them
/// is in force.
///
/// # Errors
/// The database's.
pub fn withholds_any(tx: &mut Tx, patients: &[PatientId]) -> Result<bool> {
    let (actor, now) = (tx.actor()?, tx.now());
    Ok(directives::Concerning::load(tx.conn(), (&actor).into(), now)?.of(patients).withhold_any(now))
}
