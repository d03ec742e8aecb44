//! Signing in, and going on with a session.

use super::{Attempt, Begun, Gate, Judged, Proof, address, factor, of_session, refused};
use crate::alerts::{self, Alert, AlertKind};
use crate::auth::query::session::Owned;
use crate::auth::query::{self, AccountRow};
use crate::auth::rules::Refresh;
use crate::auth::ticket::Ticket;
use crate::auth::token::{self, Presented};
use crate::auth::{email, rules};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{PracticeId, SessionId, StaffId, kind};
use crate::policy::Permit;

/// A session that somebody holds from now on.
#[derive(Clone)]
pub struct SignedIn {
    /// The practice.
    pub practice: PracticeId,
    /// Who signed in.
    pub staff: StaffId,
    /// Their session.
    pub session: SessionId,
    /// What they go on with; kept as a hash alone.
    pub refresh_token: String,
}

/// What a browser is let in with from now on.
#[derive(Clone)]
pub struct Admission {
    /// Its ticket.
    pub ticket: Ticket,
    /// What it is trusted by, in place of the second factor, if it is.
    pub device: Option<String>,
    /// Whether the session that they want to go on from was theirs.
    pub goes_on: bool,
}

/// What a browser wants besides being let in.
#[derive(Clone, Copy)]
pub struct Wanted {
    /// That it is trusted from now on, if the account has a second factor.
    pub trusts: bool,
    /// To go on with what was filled in in this session.
    pub goes_on: Option<SessionId>,
}

/// Counts an attempt to sign in. An address that several practices know signs in to none unless the practice is named.
///
/// # Errors
/// The database's.
pub fn begin_sign_in(tx: &mut Tx, gate: &Gate, address: &str, within: Option<PracticeId>) -> Result<Begun> {
    let address = email::fold(address);
    let account = the_one(query::accounts(tx.conn(), &address, within)?);
    Attempt::begin(tx, gate, &address, account)
}

/// The account that is meant: whoever has left a practice does not stand in their own way elsewhere.
pub(super) fn the_one(mut accounts: Vec<AccountRow>) -> Option<AccountRow> {
    if accounts.iter().any(|account| account.active) {
        accounts.retain(|account| account.active);
    }
    accounts.pop().filter(|_| accounts.is_empty())
}

/// Judges an attempt, and begins a session. `rehashed` is the password's hash at today's costs, if it needs one.
///
/// # Errors
/// The database's.
pub fn sign_in(
    tx: &mut Tx,
    gate: &Gate,
    attempt: &Attempt,
    proof: &Proof,
    rehashed: Option<&str>,
) -> Result<Judged<SignedIn>> {
    let begun = begin_session(tx, gate, attempt, proof, rehashed)?;
    Ok(begun.map(|(_, signed_in)| signed_in))
}

/// Judges an attempt, and begins a session of the pages: it is held by a ticket, and no refresh token of it is given out.
///
/// # Errors
/// The database's.
pub fn sign_in_to_pages(
    tx: &mut Tx,
    gate: &Gate,
    attempt: &Attempt,
    proof: &Proof,
    rehashed: Option<&str>,
    wanted: Wanted,
) -> Result<Judged<Admission>> {
    let (permit, SignedIn { practice, staff, session, .. }) = match begin_session(tx, gate, attempt, proof, rehashed)? {
        Ok(begun) => begun,
        Err(code) => return Ok(Err(code)),
    };
    let ticket = Ticket::new(practice, session, tx.random(), tx.now());
    query::session::hold_by_cookie(tx.conn(), permit, Owned { practice, staff, session }, &ticket.hash())?;
    let device = if wanted.trusts { factor::trust(tx, gate, practice, staff)? } else { None };
    let goes_on = is_theirs(tx, practice, staff, wanted.goes_on)?;
    Ok(Ok(Admission { ticket, device, goes_on }))
}

/// Whether a session, over or not, is that person's.
pub(super) fn is_theirs(tx: &mut Tx, practice: PracticeId, staff: StaffId, session: Option<SessionId>) -> Result<bool> {
    match session {
        Some(session) => query::door::is_of(tx.conn(), Owned { practice, staff, session }),
        None => Ok(false),
    }
}

/// Judges an attempt, and begins a session.
fn begin_session(
    tx: &mut Tx,
    gate: &Gate,
    attempt: &Attempt,
    proof: &Proof,
    rehashed: Option<&str>,
) -> Result<Judged<(Permit, SignedIn)>> {
    let proven = match attempt.judge(tx, gate, proof)? {
        Ok(proven) => proven,
        Err(code) => return Ok(Err(code)),
    };
    let (practice, staff, permit) = (proven.practice, proven.staff, proven.permit);
    let session = tx.fresh_id();
    let (refresh_token, hash) = token::refresh_token(&gate.keys, practice, session, tx.random());
    let (now, address) = (tx.now(), address(tx));
    let owned = Owned { practice, staff, session };
    let is_new = query::session::is_first_from(tx.conn(), permit, practice, staff, address.as_deref())?;
    query::session::insert(tx.conn(), permit, owned, &hash, now, address)?;
    if let Some(phc) = rehashed {
        query::rehash_password(tx.conn(), permit, practice, staff, phc)?;
    }
    tx.in_the_name_of(practice, staff, session);
    tx.names(of_session(session));
    if is_new {
        alerts::raise_in(tx, practice, Alert::new(AlertKind::NewDevice, of_session(session), vec![staff]))?;
    }
    Ok(Ok((permit, SignedIn { practice, staff, session, refresh_token })))
}

/// Trades a refresh token for a new one; any that comes twice ends its session.
///
/// # Errors
/// [`Code::NotSignedIn`] if its session is over, which is counted like any other failure of a stranger.
pub fn refresh(tx: &mut Tx, gate: &Gate, presented: Presented<kind::Session>) -> Result<Judged<SignedIn>> {
    let Presented { practice, id: session, hash } = presented;
    let found = query::session::facts(tx.conn(), practice, session)?;
    let (staff, facts) = found.ok_or_else(|| Error::of(Code::NotSignedIn))?;
    let now = tx.now();
    let verdict = facts.refresh(gate.limits, hash, now);
    let permit = tx.permit(false)?;
    tx.belongs_to(practice);
    tx.names(of_session(session));
    let owned = Owned { practice, staff, session };
    let tolerated = match verdict {
        Refresh::Rotate => false,
        Refresh::Tolerate => true,
        Refresh::Expired => return Ok(refused(tx, Code::NotSignedIn)),
        Refresh::EndSession => {
            query::session::end(tx.conn(), permit, owned, now)?;
            return Ok(refused(tx, Code::RefreshTokenReused));
        }
    };
    let (refresh_token, fresh) = token::refresh_token(&gate.keys, practice, session, tx.random());
    let tokens: rules::RefreshTokens = facts.tokens.rotated(fresh, now, tolerated);
    let address = address(tx);
    query::session::refreshed(tx.conn(), permit, owned, &tokens, address)?;
    tx.in_the_name_of(practice, staff, session);
    Ok(Ok(SignedIn { practice, staff, session, refresh_token }))
}
