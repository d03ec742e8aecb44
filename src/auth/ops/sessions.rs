//! Where somebody is signed in, and ending it.

use serde::Serialize;

use super::{Gate, of_session};
use crate::auth::query;
use crate::auth::query::session::Owned;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::SessionId;

/// A session as its owner sees it.
#[derive(Clone, Debug, Serialize, utoipa::ToSchema)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last refreshed.
    pub last_seen_at: Timestamp,
    /// Where from.
    pub address: Option<String>,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// Ends the session that asks.
///
/// # Errors
/// The refusal's code.
pub fn sign_out(tx: &mut Tx) -> Result<()> {
    let session = tx.actor()?.session;
    end_session(tx, session)
}

/// The actor's sessions, newest first, 100 at most.
///
/// # Errors
/// The refusal's code.
pub fn sessions(tx: &mut Tx, gate: &Gate) -> Result<Vec<SessionView>> {
    let permit = tx.permit(false)?;
    let (actor, now) = (tx.actor()?, tx.now());
    let rows = query::session::live(tx.conn(), permit, actor.practice, actor.staff, gate.limits, now)?;
    let view = |(id, created_at, last_seen_at, address)| SessionView {
        id,
        created_at,
        last_seen_at,
        address,
        current: id == actor.session,
    };
    Ok(rows.into_iter().map(view).collect())
}

/// Ends one of the actor's sessions.
///
/// # Errors
/// [`crate::error::Code::NotFound`] unless it is theirs and still stands.
pub fn end_session(tx: &mut Tx, session: SessionId) -> Result<()> {
    tx.about(None, Some(of_session(session)));
    let permit = tx.permit(false)?;
    let (actor, now) = (tx.actor()?, tx.now());
    let owned = Owned { practice: actor.practice, staff: actor.staff, session };
    if query::session::end(tx.conn(), permit, owned, now)? { Ok(()) } else { Err(Error::not_found()) }
}
