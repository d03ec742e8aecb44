//! Supervision: who signs beside whom.

use super::{LeftSupervised, NewStaff, Office, StaffChange, StaffView, query};
use crate::actor::{Discipline, Role, RoleSet};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::StaffId;
use crate::notes;

const FIELD: &str = "/supervisor_id";

/// Checks the supervision of somebody who begins to work here.
///
/// # Errors
/// [`Code::Invalid`] for a supervisor who could not sign what they write.
pub(super) fn check_new(tx: &mut Tx, office: &Office, new: &NewStaff) -> Result<()> {
    match new.supervisor_id {
        Some(supervisor) => check_pair(tx, office, &new.roles, supervisor),
        None => Ok(()),
    }
}

/// Checks what a change makes of somebody's supervision, as the one who signs beside others or has others sign beside them.
///
/// # Errors
/// [`Code::Invalid`] for a supervisor who could not sign what is written; [`Code::WrongState`] to end a supervision under
/// which something waits.
pub(super) fn check_change(tx: &mut Tx, office: &Office, before: &StaffView, change: &StaffChange) -> Result<()> {
    let roles = change.roles.as_deref().unwrap_or(&before.roles);
    let supervisor = change.supervisor_id.unwrap_or(before.supervisor_id);
    let (is_new, has_new_roles) = (supervisor != before.supervisor_id, change.roles.is_some());
    if !is_new && !has_new_roles {
        return Ok(());
    }
    let supervised = query::supervised_by(tx.conn(), office, before.id)?;
    match supervisor {
        Some(supervisor) => {
            if supervisor == before.id {
                return Err(Error::field(FIELD, "nobody supervises themselves"));
            }
            if !supervised.is_empty() {
                return Err(Error::field(FIELD, "they supervise others themselves"));
            }
            check_pair(tx, office, roles, supervisor)?;
        }
        None if is_new && notes::ops::count_waiting(tx, office.permit, office.practice, before.id)? > 0 => {
            let detail =
                "What they wrote waits for a second signature; give them another supervisor, or let it be signed";
            return Err(Error::wrong_state(detail, Vec::new()));
        }
        None => {}
    }
    let kept: Vec<_> = disciplines(roles).collect();
    match supervised.iter().find(|one| !disciplines(&one.roles).all(|needed| kept.contains(&needed))) {
        Some(one) => Err(Error::field("/roles", format!("{} needs another supervisor first", one.name))),
        None => Ok(()),
    }
}

/// A supervisor works here, signs alone, and practises whatever those they supervise do.
fn check_pair(tx: &mut Tx, office: &Office, roles: &[Role], supervisor: StaffId) -> Result<()> {
    let refused = |message: &'static str| Err(Error::field(FIELD, message));
    let supervisor = match query::member(tx.conn(), office, supervisor) {
        Err(error) if error.code == Code::NotFound => return refused("is nobody of this practice"),
        found => found?,
    };
    let practised: Vec<_> = disciplines(&supervisor.roles).collect();
    if disciplines(roles).next().is_none() {
        return refused("is for those who treat");
    }
    if !supervisor.active {
        return refused("no longer works here");
    }
    if supervisor.supervisor_id.is_some() {
        return refused("is supervised themselves");
    }
    if !disciplines(roles).all(|needed| practised.contains(&needed)) {
        return refused("does not practise the same discipline");
    }
    Ok(())
}

fn disciplines(roles: &[Role]) -> impl Iterator<Item = Discipline> {
    roles.iter().copied().collect::<RoleSet>().disciplines().collect::<Vec<_>>().into_iter()
}

/// Those who need another supervisor once this one leaves.
///
/// # Errors
/// The database's.
pub(super) fn left(tx: &mut Tx, office: &Office, id: StaffId) -> Result<Vec<LeftSupervised>> {
    let supervised = query::supervised_by(tx.conn(), office, id)?;
    let mut left = Vec::with_capacity(supervised.len());
    for StaffView { id: staff_id, name, .. } in supervised {
        let waiting = notes::ops::count_waiting(tx, office.permit, office.practice, staff_id)?;
        left.push(LeftSupervised { staff_id, name, waiting });
    }
    Ok(left)
}
