//! What people do to sign in and out, and with their own account.
//!
//! Whatever proves who somebody is runs in two transactions with the slow part between them: an [`Attempt`] is counted,
//! its password is verified outside, then it is judged, which records the call's one event.

mod attempt;
mod factor;
mod forgetting;
mod invitation;
mod own_account;
mod recovery;
mod reset;
mod sessions;
mod sign_in;

use std::sync::Arc;

pub use attempt::{Attempt, Begun, Proof, begin_own};
pub use factor::{RecoveryCodes, SetUp, begin_confirmation, begin_removal, begin_set_up, confirm, remove, set_up};
pub use forgetting::forget;
pub use invitation::{accept, begin_acceptance};
pub use own_account::{
    Fresh, MyPractice, Myself, begin_password_change, change_password, lock, myself, reauthenticate, unlock,
};
pub use recovery::forget_factors;
pub use reset::{ask_for_reset, mail_token, send_reset};
pub use sessions::{SessionView, end_session, sessions, sign_out};
pub use sign_in::{Admission, SignedIn, Wanted, begin_sign_in, refresh, sign_in, sign_in_to_pages};

use super::keys::Keys;
use super::rules::Limits;
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::config::Throttle;
use crate::db::Tx;
use crate::error::{Code, Result};
use crate::ids::{PracticeId, SessionId, StaffId};

/// What signing in works with.
#[derive(Clone, Debug)]
pub struct Gate {
    /// The keys that names are hidden, and secrets sealed, with.
    pub keys: Arc<Keys>,
    /// When failures make somebody wait.
    pub throttle: Throttle,
    /// How long sessions last.
    pub limits: Limits,
}

/// An attempt of the actor within a call that does something else, counted, verified and yet to be judged.
#[derive(Clone)]
pub struct Again {
    /// What signing in works with.
    pub gate: Gate,
    /// The attempt.
    pub attempt: Attempt,
    /// What it is judged by.
    pub proof: Proof,
}

/// What came of an attempt: what was asked for, or a refusal which is recorded and kept like any other change.
pub type Judged<T> = std::result::Result<T, Code>;

/// Records the call as refused. What the transaction changed beside, such as a tally, stays.
fn refused<T>(tx: &mut Tx, code: Code) -> Judged<T> {
    tx.refused(code);
    Err(code)
}

/// Tells somebody that what they sign in with was changed, in case it was not them.
fn credentials_changed(tx: &mut Tx, practice: PracticeId, staff: StaffId) -> Result<()> {
    alerts::raise_in(tx, practice, Alert::new(AlertKind::CredentialsChanged, of_staff(staff), vec![staff]))
}

fn of_staff(staff: StaffId) -> Object {
    Object { id: staff.retype(), kind: ObjectKind::Staff, version: None }
}

fn of_session(session: SessionId) -> Object {
    Object { id: session.retype(), kind: ObjectKind::Session, version: None }
}

/// Where the call came from, as a session keeps it.
fn address(tx: &Tx) -> Option<String> {
    tx.request().address.map(|address| address.to_string())
}
