//! Idempotency keys: a repeated request finds what it did, in the very transaction that would do it again.

use diesel::prelude::*;

use super::Tx;
use super::schema::{idempotency_key, practice};
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{Id, PracticeId};

/// How long a key is remembered, in seconds: 24 hours.
const KEPT: i64 = 24 * 3600;

/// What makes a request known when it comes again.
#[derive(Clone, Debug)]
pub struct Retry {
    /// The caller's key; without one every request is new.
    pub key: Option<String>,
    /// Method and path.
    pub route: String,
    /// A MAC of the body.
    pub mac: [u8; 32],
}

impl Tx<'_> {
    /// Does `first` unless this request was done before; then answers with `again`, given the id of what it made or
    /// moved, through today's policy. `first` yields that id beside its answer.
    ///
    /// # Errors
    /// [`Code::KeyReused`] when the key came with another body; else those of the closures.
    pub fn once<K: 'static, T>(
        &mut self,
        retry: &Retry,
        first: impl FnOnce(&mut Self) -> Result<(Id<K>, T)>,
        again: impl FnOnce(&mut Self, Id<K>) -> Result<T>,
    ) -> Result<T> {
        if let Some(id) = self.done_before(retry)? {
            return again(self, id);
        }
        let (id, answer) = first(self)?;
        self.remember(retry, id)?;
        Ok(answer)
    }

    /// What this request made or moved, if it was done before.
    ///
    /// # Errors
    /// [`Code::KeyReused`] when the key came with another body.
    pub fn done_before<K: 'static>(&mut self, retry: &Retry) -> Result<Option<Id<K>>> {
        let Some(key) = &retry.key else { return Ok(None) };
        let (actor, now) = (self.actor()?, self.now());
        let row = idempotency_key::table.find((actor.practice, actor.staff, &retry.route, key));
        let known = row
            .select((idempotency_key::body_mac, idempotency_key::object_id, idempotency_key::at))
            .first::<(Vec<u8>, Id<K>, Timestamp)>(self.conn())
            .optional()?;
        match known {
            Some((.., at)) if now.seconds_since(at) >= KEPT => Ok(None),
            Some((mac, ..)) if mac != retry.mac => Err(Error::of(Code::KeyReused)),
            known => Ok(known.map(|(_, id, _)| id)),
        }
    }

    /// Keeps in mind what this request made or moved.
    ///
    /// # Errors
    /// The database's.
    pub fn remember<K: 'static>(&mut self, retry: &Retry, id: Id<K>) -> Result<()> {
        let Some(key) = &retry.key else { return Ok(()) };
        let (actor, now) = (self.actor()?, self.now());
        // One that is over may lie there still.
        diesel::delete(idempotency_key::table.find((actor.practice, actor.staff, &retry.route, key)))
            .execute(self.conn())?;
        diesel::insert_into(idempotency_key::table)
            .values((
                idempotency_key::practice_id.eq(actor.practice),
                idempotency_key::staff_id.eq(actor.staff),
                idempotency_key::route.eq(&retry.route),
                idempotency_key::key.eq(key),
                idempotency_key::body_mac.eq(retry.mac.as_slice()),
                idempotency_key::object_id.eq(id),
                idempotency_key::at.eq(now),
            ))
            .execute(self.conn())?;
        Ok(())
    }
}

/// Forgets keys that are over a day old, of every practice.
///
/// # Errors
/// The database's.
pub fn forget_old_keys(conn: &mut super::Conn, now: Timestamp) -> Result<()> {
    for of in practice::table.select(practice::id).load::<PracticeId>(conn)? {
        let old = idempotency_key::table
            .filter(idempotency_key::practice_id.eq(of))
            .filter(idempotency_key::at.lt(now.plus_seconds(-KEPT)));
        diesel::delete(old).execute(conn)?;
    }
    Ok(())
}
