//! What the cookie of the pages holds: which session, the secret that proves it, and when it was last used.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::keys::Keys;
use crate::clock::Timestamp;
use crate::ids::{Id, PracticeId, SessionId};

/// Bytes of a ticket before its MAC: practice, session, secret, moment.
const BODY: usize = 16 + 16 + 32 + 8;
/// Bytes of the MAC.
const MAC: usize = 16;
/// Characters of a ticket in base64url.
const WRITTEN: usize = ((BODY + MAC) * 4).div_ceil(3);

/// The ticket of a browser. It is sealed by a MAC, so that nothing made up ever reaches the database, and its holder cannot
/// say that it was used later than it was: by that the pages know when to lock, and reading one writes nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The practice.
    pub practice: PracticeId,
    /// The session.
    pub session: SessionId,
    /// When the pages were last used by it.
    pub last_used_at: Timestamp,
    secret: [u8; 32],
}

impl Ticket {
    /// The ticket of a session that begins `now`. `secret` must be fresh randomness.
    #[must_use]
    pub const fn new(practice: PracticeId, session: SessionId, secret: [u8; 32], now: Timestamp) -> Self {
        Self { practice, session, last_used_at: now, secret }
    }

    /// The same ticket, last used at `moment`.
    #[must_use]
    pub const fn used_at(&self, moment: Timestamp) -> Self {
        let Self { practice, session, secret, .. } = *self;
        Self { practice, session, last_used_at: moment, secret }
    }

    /// The hash that the session keeps of the secret.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.secret).into()
    }

    /// As the cookie holds it.
    #[must_use]
    pub fn write(&self, keys: &Keys) -> String {
        let moment = self.last_used_at.micros().to_be_bytes();
        let mut bytes = [self.practice.as_bytes(), self.session.as_bytes(), &self.secret[..], &moment[..]].concat();
        bytes.extend(seal(keys, &bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads what a cookie holds; none if it was not made here.
    #[must_use]
    pub fn read(keys: &Keys, text: &str) -> Option<Self> {
        let bytes = (text.len() == WRITTEN).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
        let (body, mac) = bytes.split_at_checked(BODY)?;
        if !bool::from(seal(keys, body).as_slice().ct_eq(mac)) {
            return None;
        }
        let (practice, rest) = body.split_first_chunk::<16>()?;
        let (session, rest) = rest.split_first_chunk::<16>()?;
        let (secret, rest) = rest.split_first_chunk::<32>()?;
        Some(Self {
            practice: Id::from_uuid(uuid::Uuid::from_bytes(*practice)),
            session: Id::from_uuid(uuid::Uuid::from_bytes(*session)),
            secret: *secret,
            last_used_at: Timestamp::from_micros(i64::from_be_bytes(*rest.first_chunk()?)),
        })
    }
}

fn seal(keys: &Keys, body: &[u8]) -> [u8; MAC] {
    let mut mac = [0; MAC];
    mac.copy_from_slice(&keys.hmac("page ticket", body)[..MAC]);
    mac
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::keys::Seed;

    #[test]
    fn a_ticket_is_read_as_it_was_written_and_no_other_is() {
        let keys = |first| Keys::from_seeds([[first; 32], [2; 32], [first; 32]].map(Seed::new)).unwrap();
        let ours = keys(1);
        let moment = Timestamp::from_micros(1_772_352_000_000_000);
        let ticket = Ticket::new(Id::new(moment, [1; 10]), Id::new(moment, [2; 10]), [7; 32], moment);
        let written = ticket.write(&ours);
        assert!(Ticket::read(&ours, &written) == Some(ticket.clone()));
        assert!(Ticket::read(&keys(3), &written).is_none());
        for at in 0..written.len() {
            let mut forged = written.clone().into_bytes();
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            assert!(Ticket::read(&ours, &String::from_utf8(forged).unwrap()).is_none(), "at {at}");
        }
        for text in ["", "A", &written[1..], &format!("{written}A")] {
            assert!(Ticket::read(&ours, text).is_none(), "{text}");
        }
        assert!(ticket.used_at(moment.plus_seconds(60)).write(&ours) != written);
    }
}
