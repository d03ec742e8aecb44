//! The rows of sessions.

use diesel::prelude::*;

use crate::auth::rules::{Limits, RefreshTokens, SessionFacts};
use crate::clock::Timestamp;
use crate::db::schema::{session, staff};
use crate::db::{Conn, bump_staff};
use crate::error::{Error, Result};
use crate::ids::{PracticeId, SessionId, StaffId};
use crate::policy::Permit;

/// Sessions that one answer lists.
const MOST_LISTED: i64 = 100;

/// Whose session it is, and where.
#[derive(Clone, Copy)]
pub(in crate::auth) struct Owned {
    pub(in crate::auth) practice: PracticeId,
    pub(in crate::auth) staff: StaffId,
    pub(in crate::auth) session: SessionId,
}

/// Begins a session.
pub(in crate::auth) fn insert(
    conn: &mut Conn,
    _: Permit,
    owned: Owned,
    refresh_hash: &[u8; 32],
    now: Timestamp,
    address: Option<String>,
) -> Result<()> {
    diesel::insert_into(session::table)
        .values((
            session::id.eq(owned.session),
            session::practice_id.eq(owned.practice),
            session::staff_id.eq(owned.staff),
            session::created_at.eq(now),
            session::last_seen_at.eq(now),
            session::authenticated_at.eq(now),
            session::refresh_hash.eq(refresh_hash.as_slice()),
            session::rotated_at.eq(now),
            session::tolerated.eq(false),
            session::address.eq(address),
        ))
        .execute(conn)?;
    Ok(())
}

/// Makes a session one of the pages, held by the cookie whose secret has this hash.
pub(in crate::auth) fn hold_by_cookie(conn: &mut Conn, _: Permit, owned: Owned, page_hash: &[u8; 32]) -> Result<()> {
    diesel::update(session::table.find((owned.practice, owned.session)))
        .set(session::page_hash.eq(page_hash.as_slice()))
        .execute(conn)?;
    Ok(())
}

/// Whether somebody has signed in before, though never from this address.
pub(in crate::auth) fn is_first_from(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
    address: Option<&str>,
) -> Result<bool> {
    let before = session::table.filter(session::practice_id.eq(practice)).filter(session::staff_id.eq(staff));
    let Some(address) = address else { return Ok(false) };
    let any = before.count().get_result::<i64>(conn)?;
    Ok(any > 0 && before.filter(session::address.eq(address)).count().get_result::<i64>(conn)? == 0)
}

/// The columns of a session that its rules look at.
type FactsRow = (StaffId, Timestamp, Timestamp, Vec<u8>, Option<Vec<u8>>, Timestamp, bool);

/// A session that nobody has ended, of somebody who still works here.
pub(in crate::auth) fn facts(
    conn: &mut Conn,
    practice: PracticeId,
    id: SessionId,
) -> Result<Option<(StaffId, SessionFacts)>> {
    let row = session::table
        .inner_join(staff::table.on(staff::practice_id.eq(session::practice_id).and(staff::id.eq(session::staff_id))))
        .filter(session::practice_id.eq(practice))
        .filter(session::id.eq(id))
        .filter(session::ended_at.is_null())
        .filter(staff::active.eq(true))
        .select((
            session::staff_id,
            session::created_at,
            session::last_seen_at,
            session::refresh_hash,
            session::previous_hash,
            session::rotated_at,
            session::tolerated,
        ))
        .first::<FactsRow>(conn)
        .optional()?;
    let Some((staff, started_at, last_used_at, current, previous, rotated_at, tolerated)) = row else {
        return Ok(None);
    };
    let current = hash(current)?;
    let previous = previous.map(hash).transpose()?;
    let tokens = RefreshTokens { current, previous, rotated_at, tolerated };
    Ok(Some((staff, SessionFacts { started_at, last_used_at, tokens })))
}

fn hash(bytes: Vec<u8>) -> Result<[u8; 32]> {
    bytes.try_into().map_err(|_| Error::internal("a refresh token's hash has 32 bytes"))
}

/// Keeps the tokens of a session that was refreshed just now.
pub(in crate::auth) fn refreshed(
    conn: &mut Conn,
    _: Permit,
    owned: Owned,
    tokens: &RefreshTokens,
    address: Option<String>,
) -> Result<()> {
    diesel::update(session::table.find((owned.practice, owned.session)))
        .set((
            session::refresh_hash.eq(tokens.current.as_slice()),
            session::previous_hash.eq(tokens.previous.as_ref().map(<[u8; 32]>::as_slice)),
            session::rotated_at.eq(tokens.rotated_at),
            session::tolerated.eq(tokens.tolerated),
            session::last_seen_at.eq(tokens.rotated_at),
            session::address.eq(address),
        ))
        .execute(conn)?;
    Ok(())
}

/// A session as its owner sees it.
pub(in crate::auth) type ListedRow = (SessionId, Timestamp, Timestamp, Option<String>);

/// The sessions of one person that still stand, newest first, 100 at most. When one of the pages was last used is known to
/// its browser alone.
pub(in crate::auth) fn live(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
    limits: Limits,
    now: Timestamp,
) -> Result<Vec<ListedRow>> {
    Ok(session::table
        .filter(session::practice_id.eq(practice))
        .filter(session::staff_id.eq(staff))
        .filter(session::ended_at.is_null())
        .filter(session::page_hash.is_not_null().or(session::last_seen_at.gt(now.plus_seconds(-limits.idle_seconds))))
        .filter(session::created_at.gt(now.plus_seconds(-limits.absolute_seconds)))
        .order((session::created_at.desc(), session::id.desc()))
        .limit(MOST_LISTED)
        .select((session::id, session::created_at, session::last_seen_at, session::address))
        .load(conn)?)
}

/// Ends a session; says whether there was one to end.
pub(in crate::auth) fn end(conn: &mut Conn, _: Permit, owned: Owned, now: Timestamp) -> Result<bool> {
    let row = session::table
        .filter(session::practice_id.eq(owned.practice))
        .filter(session::id.eq(owned.session))
        .filter(session::staff_id.eq(owned.staff))
        .filter(session::ended_at.is_null());
    let ended = diesel::update(row).set(session::ended_at.eq(now)).execute(conn)?;
    bump_staff(conn, owned.practice, owned.staff)?;
    Ok(ended > 0)
}

/// Ends all sessions of one person, but the one they act in, if any.
pub(in crate::auth) fn end_all(
    conn: &mut Conn,
    _: Permit,
    practice: PracticeId,
    staff: StaffId,
    but: Option<SessionId>,
    now: Timestamp,
) -> Result<()> {
    let rows = session::table
        .filter(session::practice_id.eq(practice))
        .filter(session::staff_id.eq(staff))
        .filter(session::ended_at.is_null());
    match but {
        Some(but) => {
            diesel::update(rows.filter(session::id.ne(but))).set(session::ended_at.eq(now)).execute(conn)?;
        }
        None => {
            diesel::update(rows).set(session::ended_at.eq(now)).execute(conn)?;
        }
    }
    bump_staff(conn, practice, staff)
}

/// Forgets the sessions last used before that moment, but the newest of each person.
pub(in crate::auth) fn forget(conn: &mut Conn, before: Timestamp) -> Result<()> {
    let old = session::last_seen_at.lt(before);
    let people = session::table.filter(old).select((session::practice_id, session::staff_id)).distinct();
    for (practice, staff) in people.load::<(PracticeId, StaffId)>(conn)? {
        let theirs = session::table.filter(session::practice_id.eq(practice)).filter(session::staff_id.eq(staff));
        let newest = theirs.order((session::last_seen_at.desc(), session::id.desc())).select(session::id);
        let newest = newest.first::<SessionId>(conn)?;
        diesel::delete(theirs.filter(old).filter(session::id.ne(newest))).execute(conn)?;
    }
    Ok(())
}

/// Marks a session as that of somebody who has just proved who they are.
pub(in crate::auth) fn reauthenticated(conn: &mut Conn, _: Permit, owned: Owned, now: Timestamp) -> Result<()> {
    diesel::update(session::table.find((owned.practice, owned.session)))
        .set(session::authenticated_at.eq(now))
        .execute(conn)?;
    Ok(())
}
