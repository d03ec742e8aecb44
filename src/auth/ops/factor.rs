//! The second factor: proving it, setting it up, removing it.

use serde::Serialize;

use super::attempt::{Proven, own_account};
use super::{Attempt, Begun, Gate, Judged, Proof, begin_own, credentials_changed, of_staff, refused};
use crate::auth::device::Device;
use crate::auth::query;
use crate::auth::query::factor::{self, FactorRow};
use crate::auth::totp::{self, RECOVERY_CODES, SECRET_BYTES};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{PracticeId, StaffId};

/// Random bytes of one recovery code.
const RECOVERY_BYTES: usize = 10;

/// What an authenticator is set up with; shown once.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct SetUp {
    /// The secret in base32, for typing it in.
    pub secret: String,
    /// The same with all settings, usually shown as a QR code.
    pub otpauth_url: String,
}

/// Codes for the day the authenticator is lost; shown once, each works once.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct RecoveryCodes {
    /// Ten codes such as `k3x7q-2mwpa`.
    pub recovery_codes: Vec<String>,
}

/// Whether a code proves the second factor.
pub(super) enum Check {
    /// It does, or there is no factor to prove.
    Right,
    /// There is a factor and no code was given.
    Needed,
    /// It does not, or did so before.
    Wrong,
}

/// Checks a code, and uses it up if it is right; or whether the device is trusted without one.
pub(super) fn check(tx: &mut Tx, gate: &Gate, proven: Proven, proof: &Proof) -> Result<Check> {
    let Proven { practice, staff, permit } = proven;
    let Some(factor) = factor::factor(tx.conn(), practice, staff)?.filter(|factor| factor.confirmed_at.is_some())
    else {
        return Ok(Check::Right);
    };
    let now = tx.now();
    let Some(code) = proof.code.as_deref() else {
        let device = proof.device.as_deref().and_then(Device::read);
        let basis = basis(tx, practice, staff, &factor)?;
        let is_trusted = device.is_some_and(|device| device.is_good(&gate.keys, &basis, now));
        return Ok(if is_trusted { Check::Right } else { Check::Needed });
    };
    let is_right = if is_of_authenticator(code) {
        check_step(tx, gate, proven, &factor, code)?
    } else {
        match totp::recovery_hash(&gate.keys, staff, code) {
            Some(hash) => factor::use_recovery_code(tx.conn(), permit, practice, staff, &hash, now)?,
            None => false,
        }
    };
    Ok(if is_right { Check::Right } else { Check::Wrong })
}

/// What the actor's device is trusted by from now on; nothing if they have no second factor that it could stand for.
pub(super) fn trust(tx: &mut Tx, gate: &Gate, practice: PracticeId, staff: StaffId) -> Result<Option<String>> {
    let factor = factor::factor(tx.conn(), practice, staff)?.filter(|factor| factor.confirmed_at.is_some());
    let Some(factor) = factor else { return Ok(None) };
    let basis = basis(tx, practice, staff, &factor)?;
    Ok(Some(Device::trusted(&gate.keys, &basis, tx.now()).write()))
}

/// What trust in a device rests on: it ends when the password changes or the second factor is another.
fn basis(tx: &mut Tx, practice: PracticeId, staff: StaffId, factor: &FactorRow) -> Result<Vec<u8>> {
    let account = query::account(tx.conn(), practice, staff)?.ok_or_else(Error::not_found)?;
    let version = account.credential_version.to_be_bytes();
    Ok([practice.as_bytes(), staff.as_bytes(), &version[..], &factor.sealed_secret].concat())
}

/// Six digits; a recovery code has ten characters.
fn is_of_authenticator(code: &str) -> bool {
    code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_step(tx: &mut Tx, gate: &Gate, proven: Proven, factor: &FactorRow, code: &str) -> Result<bool> {
    let Proven { practice, staff, permit } = proven;
    let secret = open(gate, practice, staff, factor)?;
    let Some(step) = totp::check(&secret, code, tx.now(), factor.last_step) else { return Ok(false) };
    factor::keep_step(tx.conn(), permit, practice, staff, step)?;
    Ok(true)
}

fn open(gate: &Gate, practice: PracticeId, staff: StaffId, factor: &FactorRow) -> Result<[u8; SECRET_BYTES]> {
    let secret = gate.keys.open(&context(practice, staff), &factor.sealed_secret)?;
    secret.as_slice().try_into().map_err(|_| Error::internal("the secret of a second factor has 20 bytes"))
}

/// Binds a sealed secret to its owner, so that it opens in no other row.
fn context(practice: PracticeId, staff: StaffId) -> Vec<u8> {
    [b"second factor", &practice.as_bytes()[..], staff.as_bytes()].concat()
}

/// Counts an attempt of the actor to begin a second factor. One that counts already is removed first, which proves it.
///
/// # Errors
/// [`Code::WrongState`] if the actor has one.
pub fn begin_set_up(tx: &mut Tx, gate: &Gate) -> Result<Begun> {
    refuse_second(tx)?;
    begin_own(tx, gate)
}

/// Judges an attempt of the actor, and gives out a secret that counts once a code of it was confirmed.
///
/// # Errors
/// [`Code::WrongState`] if the actor has got a second factor meanwhile.
pub fn set_up(tx: &mut Tx, gate: &Gate, attempt: &Attempt, proof: &Proof) -> Result<Judged<SetUp>> {
    let Proven { practice, staff, permit } = match attempt.judge(tx, gate, proof)? {
        Ok(proven) => proven,
        Err(code) => return Ok(Err(code)),
    };
    refuse_second(tx)?;
    let secret: [u8; SECRET_BYTES] = draw(tx);
    let sealed = gate.keys.seal(&context(practice, staff), draw(tx), &secret)?;
    factor::begin(tx.conn(), permit, practice, staff, &sealed)?;
    let email = attempt.email().unwrap_or_default();
    Ok(Ok(SetUp { secret: totp::secret_text(&secret), otpauth_url: totp::otpauth_url(&secret, email) }))
}

/// Counts an attempt of the actor to confirm the secret they were given.
///
/// # Errors
/// [`Code::WrongState`] if there is none that waits for it.
pub fn begin_confirmation(tx: &mut Tx, gate: &Gate) -> Result<Begun> {
    unconfirmed(tx)?;
    begin_own(tx, gate)
}

/// Confirms with a first code that the authenticator works: from now on its codes are asked for.
///
/// # Errors
/// [`Code::WrongState`] if there is no secret that waits for it.
pub fn confirm(tx: &mut Tx, gate: &Gate, attempt: &Attempt, code: &str) -> Result<Judged<RecoveryCodes>> {
    let permit = tx.permit(false)?;
    let (actor, now) = (tx.actor()?, tx.now());
    tx.names(of_staff(actor.staff));
    let factor = unconfirmed(tx)?;
    let proven = Proven { practice: actor.practice, staff: actor.staff, permit };
    if !check_step(tx, gate, proven, &factor, code)? {
        return Ok(refused(tx, Code::SignInFailed));
    }
    // No password was proven, so that earlier failures stay counted.
    attempt.take_back(tx)?;
    let codes = totp::recovery_codes(&draw::<{ RECOVERY_CODES * RECOVERY_BYTES }>(tx));
    let hashes: Vec<_> = codes.iter().filter_map(|code| totp::recovery_hash(&gate.keys, actor.staff, code)).collect();
    factor::confirm(tx.conn(), permit, actor.practice, actor.staff, now, &hashes)?;
    credentials_changed(tx, actor.practice, actor.staff)?;
    Ok(Ok(RecoveryCodes { recovery_codes: codes }))
}

/// Counts an attempt of the actor to remove their second factor.
///
/// # Errors
/// [`Code::WrongState`] if there is none.
pub fn begin_removal(tx: &mut Tx, gate: &Gate) -> Result<Begun> {
    if own_factor(tx)?.is_none_or(|factor| factor.confirmed_at.is_none()) {
        return Err(Error::wrong_state("There is no second factor", vec!["begin"]));
    }
    begin_own(tx, gate)
}

/// Judges an attempt of the actor, whose proof holds a code, and removes their second factor.
///
/// # Errors
/// The refusal's code.
pub fn remove(tx: &mut Tx, gate: &Gate, attempt: &Attempt, proof: &Proof) -> Result<Judged<()>> {
    let Proven { practice, staff, permit } = match attempt.judge(tx, gate, proof)? {
        Ok(proven) => proven,
        Err(code) => return Ok(Err(code)),
    };
    factor::remove(tx.conn(), permit, practice, staff)?;
    credentials_changed(tx, practice, staff)?;
    Ok(Ok(()))
}

fn refuse_second(tx: &mut Tx) -> Result<()> {
    if own_factor(tx)?.is_some_and(|factor| factor.confirmed_at.is_some()) {
        return Err(Error::wrong_state("There is a second factor already", vec!["remove"]));
    }
    Ok(())
}

fn own_factor(tx: &mut Tx) -> Result<Option<FactorRow>> {
    let account = own_account(tx)?;
    factor::factor(tx.conn(), account.practice_id, account.id)
}

fn unconfirmed(tx: &mut Tx) -> Result<FactorRow> {
    let waiting = own_factor(tx)?.filter(|factor| factor.confirmed_at.is_none());
    waiting.ok_or_else(|| Error::wrong_state("No second factor waits to be confirmed", vec!["begin"]))
}

/// So many random bytes.
fn draw<const N: usize>(tx: &mut Tx) -> [u8; N] {
    let mut bytes = [0; N];
    for chunk in bytes.chunks_mut(32) {
        chunk.copy_from_slice(&tx.random()[..chunk.len()]);
    }
    bytes
}
