//! How a practice begins. The program itself does this, before there is anybody who could be allowed to.

use garde::Validate;

use super::{NewStaff, query, rules};
use crate::actor::Role;
use crate::audit::{Log, Object, ObjectKind};
use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::ids::{PracticeId, SiteId, StaffId};

/// Why the program itself may: the `code` of these events.
const SET_UP: &str = "set_up";

/// A practice that begins, with its first site and its first person.
#[derive(Clone, Debug, Validate)]
pub struct Founding {
    /// The practice's name: 1 to 200 characters.
    #[garde(custom(rules::name))]
    pub practice_name: String,
    /// Its time zone, by its IANA name.
    #[garde(custom(rules::time_zone))]
    pub time_zone: String,
    /// The name of its first site: 1 to 200 characters.
    #[garde(custom(rules::name))]
    pub site_name: String,
    /// The first person's name: 1 to 200 characters.
    #[garde(custom(rules::name))]
    pub person_name: String,
    /// The address they sign in with.
    #[garde(custom(rules::email))]
    pub email: String,
    /// What they are. Whatever they take, `manager` is among it: only a manager can let others in. Whether they are the
    /// privacy officer too is theirs to say.
    #[garde(custom(rules::manager_among))]
    pub roles: Vec<Role>,
    /// Their password as an Argon2id PHC string.
    #[garde(skip)]
    pub password_hash: String,
}

/// Founds a practice. It is recorded in the installation's log and begins the practice's own.
///
/// # Errors
/// [`crate::error::Code::Invalid`] if the founding does not hold together.
pub fn found_practice(tx: &mut Tx, founding: &Founding) -> Result<(PracticeId, StaffId)> {
    founding.validate()?;
    let now = tx.now();
    let practice: PracticeId = tx.fresh_id();
    let site: SiteId = tx.fresh_id();
    query::sites::insert_practice(tx.conn(), practice, founding.practice_name.trim(), &founding.time_zone, now)?;
    query::sites::insert_site(tx.conn(), practice, site, founding.site_name.trim(), now)?;
    for log in [Log::Installation, Log::Practice(practice)] {
        tx.record_own(log, SET_UP);
        tx.names(Object { kind: ObjectKind::Practice, id: practice.retype(), version: Some(1) });
    }
    let first = NewStaff {
        name: founding.person_name.clone(),
        email: founding.email.clone(),
        roles: founding.roles.clone(),
        site_id: Some(site),
        supervisor_id: None,
    };
    let person = add_staff_member(tx, practice, &first, Some(founding.password_hash.clone()))?;
    Ok((practice, person))
}

/// Whether a practice has been founded in this database.
///
/// # Errors
/// The database's.
pub fn is_founded(conn: &mut Conn) -> Result<bool> {
    query::sites::any_practice(conn)
}

/// Every practice of this installation with its name, for commands that are about one of them.
///
/// # Errors
/// The database's.
pub fn practices(conn: &mut Conn) -> Result<Vec<(PracticeId, String)>> {
    query::sites::practices(conn)
}

/// Adds a member of staff while a practice is set up, recorded in the practice's log. Whoever has no password needs an
/// invitation before they can sign in.
///
/// # Errors
/// [`crate::error::Code::Invalid`]; [`crate::error::Code::AlreadyExists`] if the address is taken in this practice.
pub fn add_staff_member(
    tx: &mut Tx,
    practice: PracticeId,
    new: &NewStaff,
    password_hash: Option<String>,
) -> Result<StaffId> {
    new.validate()?;
    let now = tx.now();
    let id = tx.fresh_id();
    query::insert_staff(tx.conn(), practice, id, new, password_hash, now)?;
    tx.record_own(Log::Practice(practice), SET_UP);
    tx.names(Object { kind: ObjectKind::Staff, id: id.retype(), version: Some(1) });
    Ok(id)
}
