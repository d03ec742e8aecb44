//! What names, addresses and time zones must be, and which roles a practice never loses.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "the shape that garde calls")]

use crate::actor::{Role, RoleSet};
use crate::auth::email;

/// The longest name of a person, a site or a practice, in characters.
const LONGEST_NAME: usize = 200;

/// Roles without which nobody could run the practice, or review who read what.
const INDISPENSABLE: [Role; 2] = [Role::Manager, Role::PrivacyOfficer];

/// The indispensable roles that somebody gives up by holding `after` instead of `before`.
pub(super) fn given_up(before: RoleSet, after: RoleSet) -> impl Iterator<Item = Role> {
    INDISPENSABLE.into_iter().filter(move |role| before.has(*role) && !after.has(*role))
}

/// A name that is not blank, of at most 200 characters.
pub(super) fn name(name: &str, _: &()) -> garde::Result {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(garde::Error::new("from 1 to 200 characters, on one line"));
    }
    Ok(())
}

/// An address that somebody can sign in with.
pub(super) fn email(address: &str, _: &()) -> garde::Result {
    if email::is_plausible(address) { Ok(()) } else { Err(garde::Error::new("not an e-mail address")) }
}

/// Somebody comes back by it; leaving is a call of its own, which says what is handed over.
#[expect(clippy::ref_option, reason = "the shape that garde calls")]
pub(super) fn only_true(active: &Option<bool>, _: &()) -> garde::Result {
    if *active == Some(false) { Err(garde::Error::new("deactivate them, which hands over their work")) } else { Ok(()) }
}

/// A time zone of the IANA database, such as `Europe/Vienna`.
pub(super) fn time_zone(name: &str, _: &()) -> garde::Result {
    let known = name.parse::<chrono_tz::Tz>();
    known.map(drop).map_err(|_| garde::Error::new("not a time zone such as Europe/Vienna"))
}

/// Somebody to run the practice must be among the first roles.
pub(super) fn manager_among(roles: &[Role], _: &()) -> garde::Result {
    if roles.contains(&Role::Manager) { Ok(()) } else { Err(garde::Error::new("manager must be among them")) }
}

/// The same check for a field that may be left out.
pub(super) fn if_given(check: fn(&str, &()) -> garde::Result) -> impl FnOnce(&Option<String>, &()) -> garde::Result {
    move |field, context| field.as_deref().map_or(Ok(()), |value| check(value, context))
}
