//! Proving who one is, over HTTP: counted, then verified outside any transaction.

use secrecy::SecretString;

use super::ops::{self, Again, Attempt, Begun, Gate, Proof};
use super::token::Presented;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::http::Caller;
use crate::ids::{PracticeId, kind};

/// An attempt of the caller to prove once more who they are, counted and yet to be judged, for calls that always ask for
/// the password. It does not come to that where `may` refuses.
///
/// # Errors
/// Those of `may`; [`Code::TooManyAttempts`]; [`Code::Unavailable`] while too many passwords are being verified.
pub async fn prove_again(
    caller: &Caller,
    may: impl Fn(&mut Tx) -> Result<()> + Send + 'static,
    password: &SecretString,
    totp: Option<String>,
) -> Result<Again> {
    let begin = move |tx: &mut Tx, gate: &Gate| {
        may(tx)?;
        ops::begin_own(tx, gate)
    };
    let (gate, attempt) = begun(caller, begin).await?;
    let proof = prove(caller, &attempt, password, totp).await?;
    Ok(Again { gate, attempt, proof })
}

pub(super) fn gate(caller: &Caller) -> Gate {
    Gate { keys: caller.app.keys.clone(), throttle: caller.app.throttle, limits: caller.app.sessions.limits }
}

/// Counts an attempt, or says how long to wait.
pub(super) async fn begun<F>(caller: &Caller, begin: F) -> Result<(Gate, Attempt)>
where
    F: Fn(&mut Tx, &Gate) -> Result<Begun> + Send + 'static,
{
    let gate = gate(caller);
    let at = gate.clone();
    match caller.prepare(move |tx| begin(tx, &at)).await? {
        Begun::Counted(attempt) => Ok((gate, attempt)),
        Begun::Waiting { seconds } => Err(Error::later(Code::TooManyAttempts, seconds)),
    }
}

/// Verifies the password; for an account that does not exist it takes as long.
pub(super) async fn prove(
    caller: &Caller,
    attempt: &Attempt,
    password: &SecretString,
    code: Option<String>,
) -> Result<Proof> {
    match caller.app.passwords.verify(password.clone(), attempt.password_hash()).await {
        Ok(password_is_right) => Ok(Proof { password_is_right, code, device: None }),
        Err(busy) => {
            // Nobody was told whether they guessed right, so it was no failure of theirs.
            let attempt = attempt.clone();
            caller.prepare(move |tx| attempt.take_back(tx)).await?;
            Err(busy)
        }
    }
}

/// The hash at today's costs of a right password that was hashed at others; it can wait while hashing is busy.
pub(super) async fn rehash(
    caller: &Caller,
    attempt: &Attempt,
    proof: &Proof,
    password: SecretString,
) -> Option<String> {
    let kept = attempt.password_hash().filter(|_| proof.password_is_right)?;
    if caller.app.passwords.needs_rehash(&kept) { hash(caller, password).await.ok() } else { None }
}

/// The hash of a password that was chosen.
pub(super) async fn hash(caller: &Caller, password: SecretString) -> Result<String> {
    let mut salt = [0; 16];
    salt.copy_from_slice(&caller.app.random()[..16]);
    caller.app.passwords.hash(password, salt).await
}

/// Sets the password that somebody chose by an invitation or a reset.
pub(super) async fn accept(caller: &Caller, presented: Presented<kind::Staff>, password: SecretString) -> Result<()> {
    let chosen = password.clone();
    caller.prepare(move |tx| ops::begin_acceptance(tx, presented, &chosen)).await?.map_err(Error::of)?;
    let phc = hash(caller, password).await?;
    caller.write(move |tx| ops::accept(tx, presented, &phc)).await?.map_err(Error::of)
}

/// Sends whoever has this address a mail by which to choose a new password.
pub(super) async fn ask_for_reset(caller: &Caller, email: String, practice: Option<PracticeId>) -> Result<()> {
    let gate = gate(caller);
    let asked = caller.write(move |tx| ops::ask_for_reset(tx, &gate, &email, practice)).await?;
    asked.map_err(|seconds| Error::later(Code::TooManyAttempts, seconds))
}

/// Changes the password of whoever proves the one that counts now.
pub(super) async fn change_password(
    caller: &Caller,
    current: SecretString,
    new: SecretString,
    totp: Option<String>,
) -> Result<()> {
    let chosen = new.clone();
    let begin = move |tx: &mut Tx, gate: &Gate| ops::begin_password_change(tx, gate, &chosen);
    let (gate, attempt) = begun(caller, begin).await?;
    let proof = prove(caller, &attempt, &current, totp).await?;
    let phc = if proof.password_is_right { Some(hash(caller, new).await?) } else { None };
    let judge = move |tx: &mut Tx| ops::change_password(tx, &gate, &attempt, &proof, phc.as_deref());
    caller.write(judge).await?.map_err(Error::of)
}
