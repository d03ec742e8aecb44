//! What somebody sees and changes of their own account: who they are, being fresh for signing, their password.

use secrecy::SecretString;
use serde::Serialize;

use super::attempt::own_account;
use super::sign_in::is_theirs;
use super::{Attempt, Begun, Gate, Judged, Proof, begin_own, credentials_changed, of_session};
use crate::actor::Role;
use crate::auth::query::session::Owned;
use crate::auth::rules::FRESH_SECONDS;
use crate::auth::{password, query};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{PracticeId, SessionId, StaffId};
use crate::policy::Permit;

/// Who one is.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Myself {
    /// One's id.
    pub staff_id: StaffId,
    /// One's name.
    pub name: String,
    /// The address one signs in with.
    pub email: String,
    /// What one is.
    pub roles: Vec<Role>,
    /// Where one works.
    pub practice: MyPractice,
    /// When one last proved who one is.
    pub authenticated_at: Timestamp,
    /// Until when one may sign without entering the password again.
    pub fresh_until: Timestamp,
    /// Whether one has a second factor.
    pub mfa: bool,
}

/// Where one works.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct MyPractice {
    /// The practice's id.
    pub id: PracticeId,
    /// Its name.
    pub name: String,
    /// Its time zone, as IANA names it.
    pub time_zone: String,
}

/// Since when somebody counts as having proved who they are.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct Fresh {
    /// Now.
    pub authenticated_at: Timestamp,
}

/// Who the actor is.
///
/// # Errors
/// The refusal's code.
pub fn myself(tx: &mut Tx) -> Result<Myself> {
    let permit = tx.permit(false)?;
    let actor = tx.actor()?;
    let (name, email, practice, time_zone) = query::oneself(tx.conn(), permit, actor.practice, actor.staff)?;
    let factor = query::factor::factor(tx.conn(), actor.practice, actor.staff)?;
    Ok(Myself {
        staff_id: actor.staff,
        name,
        email,
        roles: actor.roles.iter().collect(),
        practice: MyPractice { id: actor.practice, name: practice, time_zone },
        authenticated_at: actor.authenticated_at,
        fresh_until: actor.authenticated_at.plus_seconds(FRESH_SECONDS),
        mfa: factor.is_some_and(|factor| factor.confirmed_at.is_some()),
    })
}

/// Judges an attempt of the actor, and marks their session as fresh.
///
/// # Errors
/// The refusal's code.
pub fn reauthenticate(tx: &mut Tx, gate: &Gate, attempt: &Attempt, proof: &Proof) -> Result<Judged<Fresh>> {
    let proven = match attempt.judge(tx, gate, proof)? {
        Ok(proven) => proven,
        Err(code) => return Ok(Err(code)),
    };
    refreshed(tx, proven.permit)
}

/// Judges an attempt of the actor to unlock their pages, and marks their session as fresh. The password alone does: their
/// second factor was asked for when this session began, on this very device. Says whether the session `waits`, in which
/// something was filled in that is to go on, is theirs too.
///
/// # Errors
/// The refusal's code.
pub fn unlock(tx: &mut Tx, attempt: &Attempt, proof: &Proof, waits: Option<SessionId>) -> Result<Judged<bool>> {
    let proven = match attempt.judge_password(tx, proof)? {
        Ok(proven) => proven,
        Err(code) => return Ok(Err(code)),
    };
    let is_theirs = is_theirs(tx, proven.practice, proven.staff, waits)?;
    Ok(refreshed(tx, proven.permit)?.map(|_| is_theirs))
}

/// Records that the actor locks their pages; their browser is told to.
///
/// # Errors
/// The refusal's code.
pub fn lock(tx: &mut Tx) -> Result<()> {
    tx.permit(false)?;
    let session = tx.actor()?.session;
    tx.names(of_session(session));
    Ok(())
}

fn refreshed(tx: &mut Tx, permit: Permit) -> Result<Judged<Fresh>> {
    let (actor, now) = (tx.actor()?, tx.now());
    let owned = Owned { practice: actor.practice, staff: actor.staff, session: actor.session };
    query::session::reauthenticated(tx.conn(), permit, owned, now)?;
    Ok(Ok(Fresh { authenticated_at: now }))
}

/// Counts an attempt of the actor to change their password.
///
/// # Errors
/// [`crate::error::Code::Invalid`] if `new` may not be chosen; nothing is counted then.
pub fn begin_password_change(tx: &mut Tx, gate: &Gate, new: &SecretString) -> Result<Begun> {
    let account = own_account(tx)?;
    password::check_new("/new_password", new, &account.email).map_err(|wrong| Error::invalid(vec![wrong]))?;
    begin_own(tx, gate)
}

/// Judges an attempt of the actor, sets the password that `phc` is the hash of, and ends their other sessions. There is
/// none to set where the old password was wrong.
///
/// # Errors
/// The refusal's code.
pub fn change_password(
    tx: &mut Tx,
    gate: &Gate,
    attempt: &Attempt,
    proof: &Proof,
    phc: Option<&str>,
) -> Result<Judged<()>> {
    let proven = match attempt.judge(tx, gate, proof)? {
        Ok(proven) => proven,
        Err(code) => return Ok(Err(code)),
    };
    let phc = phc.ok_or_else(|| Error::internal("a right password without a new one to set"))?;
    let (actor, now, permit) = (tx.actor()?, tx.now(), proven.permit);
    query::set_password(tx.conn(), permit, actor.practice, actor.staff, phc)?;
    query::session::end_all(tx.conn(), permit, actor.practice, actor.staff, Some(actor.session), now)?;
    let owned = Owned { practice: actor.practice, staff: actor.staff, session: actor.session };
    query::session::reauthenticated(tx.conn(), permit, owned, now)?;
    credentials_changed(tx, actor.practice, actor.staff)?;
    Ok(Ok(()))
}
