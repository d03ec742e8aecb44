//! Access tokens (JWT, Ed25519) and the opaque tokens of refreshing and inviting.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Header, Validation, decode, encode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::keys::Keys;
use crate::clock::Timestamp;
use crate::error::{Code, Error, Result};
use crate::ids::{Id, PracticeId, SessionId, StaffId, kind::Session};

/// Who made the token, and who it is for.
const ISSUER: &str = "tandem";
const AUDIENCE: &str = "tandem-api";

/// What the MAC of a refresh token is for.
const REFRESH: &str = "refresh token";

/// Bytes of the longest token that is looked at; our own have about 450.
const LONGEST: usize = 2048;

/// Verified tokens that a [`TokenReader`] remembers.
const REMEMBERED: usize = 4096;

/// What an access token says. It names a session and proves nothing about it: whether the session stands, and what its
/// owner may do, is read from the database on every call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Whose token it is.
    pub staff: StaffId,
    /// The practice they signed in to.
    pub practice: PracticeId,
    /// The session it was issued in.
    pub session: SessionId,
    /// When it was issued, in whole seconds.
    pub issued_at: Timestamp,
    /// The first moment at which it is no longer good, in whole seconds.
    pub expires_at: Timestamp,
}

/// The claims as RFC 7519 names them; times are whole seconds since 1970.
#[derive(Serialize, Deserialize)]
struct Wire {
    iss: String,
    aud: String,
    sub: StaffId,
    practice: PracticeId,
    sid: SessionId,
    iat: i64,
    exp: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

impl Claims {
    /// The claims of a token issued `now` and good for `seconds`.
    #[must_use]
    pub const fn new(staff: StaffId, practice: PracticeId, session: SessionId, now: Timestamp, seconds: i64) -> Self {
        let issued_at = at(now.seconds());
        Self { staff, practice, session, issued_at, expires_at: issued_at.plus_seconds(seconds) }
    }
}

const fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros(0).plus_seconds(seconds)
}

/// Signs an access token.
///
/// # Errors
/// [`Code::Internal`] if the key does not sign.
pub fn issue(keys: &Keys, claims: &Claims) -> Result<String> {
    let wire = Wire {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: claims.staff,
        practice: claims.practice,
        sid: claims.session,
        iat: claims.issued_at.seconds(),
        exp: claims.expires_at.seconds(),
        nbf: None,
    };
    let header = Header { kid: Some(keys.jwt.kid.clone()), ..Header::new(Algorithm::EdDSA) };
    encode(&header, &wire, &keys.jwt.signing).map_err(Error::internal)
}

/// Reads an access token: `EdDSA` alone, signed by our key, for us, issued by `now` and not yet expired; to the second,
/// without leeway.
///
/// # Errors
/// [`Code::NotSignedIn`], whatever is wrong with it.
pub fn read(keys: &Keys, token: &str, now: Timestamp) -> Result<Claims> {
    if token.len() > LONGEST {
        return Err(refused());
    }
    let mut validation = Validation::new(Algorithm::EdDSA);
    // The library compares times with the machine's clock and allows a minute; ours is compared below, with the rest.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    let token = decode::<Wire>(token, &keys.jwt.verifying, &validation).map_err(|_| refused())?;
    let wire = token.claims;
    let ours = wire.iss == ISSUER && wire.aud == AUDIENCE && token.header.kid.as_deref() == Some(&keys.jwt.kid);
    let claims = Claims {
        staff: wire.sub,
        practice: wire.practice,
        session: wire.sid,
        issued_at: at(wire.iat),
        expires_at: at(wire.exp),
    };
    if ours && wire.nbf.is_none_or(|from| at(from) <= now) && is_current(&claims, now) {
        Ok(claims)
    } else {
        Err(refused())
    }
}

fn is_current(claims: &Claims, now: Timestamp) -> bool {
    claims.issued_at <= now && now < claims.expires_at
}

fn refused() -> Error {
    Error::of(Code::NotSignedIn)
}

/// Reads access tokens, and remembers up to 4096 of those it has verified: checking a signature takes longer than the
/// rest of a small request. Times are compared on every call, and the session is checked in the database regardless,
/// so that remembering a token never prolongs anything.
#[derive(Debug)]
pub struct TokenReader {
    keys: Arc<Keys>,
    verified: Mutex<HashMap<[u8; 32], Claims>>,
}

impl TokenReader {
    /// A reader of tokens signed with `keys`.
    #[must_use]
    pub fn new(keys: Arc<Keys>) -> Self {
        Self { keys, verified: Mutex::default() }
    }

    /// Reads an access token, as [`read`] does.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`], whatever is wrong with it.
    pub fn read(&self, token: &str, now: Timestamp) -> Result<Claims> {
        if token.len() > LONGEST {
            return Err(refused());
        }
        let hash = Sha256::digest(token).into();
        let known = self.verified.lock().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned();
        match known {
            Some(claims) if is_current(&claims, now) => Ok(claims),
            Some(_) => Err(refused()),
            None => {
                let claims = read(&self.keys, token, now)?;
                self.remember(hash, claims.clone(), now);
                Ok(claims)
            }
        }
    }

    fn remember(&self, hash: [u8; 32], claims: Claims, now: Timestamp) {
        let mut verified = self.verified.lock().unwrap_or_else(PoisonError::into_inner);
        if verified.len() >= REMEMBERED {
            verified.retain(|_, claims| is_current(claims, now));
        }
        if verified.len() >= REMEMBERED {
            verified.clear();
        }
        verified.insert(hash, claims);
    }
}

/// What a refresh token or an invitation says: where to look for it, and the hash it is kept under.
#[derive(Debug)]
pub struct Presented<K> {
    /// The practice it belongs to.
    pub practice: PracticeId,
    /// The session it refreshes, or the member of staff it invites.
    pub id: Id<K>,
    /// The SHA-256 of its secret, which alone is kept.
    pub hash: [u8; 32],
}

// Derived, these would ask the same of `K`, which is a name and no value.
impl<K> Clone for Presented<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Presented<K> {}

/// Characters of an invitation: practice, id and 32 secret bytes in base64url.
const OPAQUE: usize = 86;
/// Characters of a refresh token: the same, and the 32 bytes of their MAC.
const SEALED: usize = 128;

/// A refresh token for whoever it is given to, and the hash it is kept under. `random` must be fresh. Its MAC tells one
/// that was given out before, and is good no more, from one that somebody made up.
#[must_use]
pub fn refresh_token(keys: &Keys, practice: PracticeId, session: SessionId, random: [u8; 32]) -> (String, [u8; 32]) {
    let bytes = [&practice.as_bytes()[..], session.as_bytes(), &random].concat();
    let sealed = [&bytes[..], &keys.hmac(REFRESH, &bytes)].concat();
    (URL_SAFE_NO_PAD.encode(sealed), Sha256::digest(random).into())
}

/// Reads a refresh token; none if it was not made here.
#[must_use]
pub fn given_out(keys: &Keys, token: &str) -> Option<Presented<Session>> {
    let bytes = decoded(token, SEALED)?;
    let (said, mac) = bytes.split_last_chunk::<32>()?;
    let is_ours: bool = keys.hmac(REFRESH, said).ct_eq(mac).into();
    is_ours.then(|| parted(said)).flatten()
}

/// An invitation for whoever it is sent to, and the hash it is kept under. `random` must be fresh.
#[must_use]
pub fn invitation_token(practice: PracticeId, staff: StaffId, random: [u8; 32]) -> (String, [u8; 32]) {
    opaque(practice, staff, random)
}

fn opaque<K>(practice: PracticeId, id: Id<K>, random: [u8; 32]) -> (String, [u8; 32]) {
    let bytes = [&practice.as_bytes()[..], id.as_bytes(), &random].concat();
    (URL_SAFE_NO_PAD.encode(bytes), Sha256::digest(random).into())
}

/// Reads an invitation; none if it cannot have been made here.
#[must_use]
pub fn presented<K>(token: &str) -> Option<Presented<K>> {
    parted(&decoded(token, OPAQUE)?)
}

/// The length first: what is huge is not decoded.
fn decoded(token: &str, length: usize) -> Option<Vec<u8>> {
    (token.len() == length).then(|| URL_SAFE_NO_PAD.decode(token).ok()).flatten()
}

fn parted<K>(bytes: &[u8]) -> Option<Presented<K>> {
    let (practice, rest) = bytes.split_first_chunk::<16>()?;
    let (id, secret) = rest.split_first_chunk::<16>()?;
    Some(Presented {
        practice: Id::from_uuid(uuid::Uuid::from_bytes(*practice)),
        id: Id::from_uuid(uuid::Uuid::from_bytes(*id)),
        hash: Sha256::digest(secret).into(),
    })
}

#[cfg(test)]
mod tests;
