//! Proving who one is, over HTTP: counted, then verified outside any transaction.

use secrecy::SecretString;

use super::ops::{self, Again, Attempt, Begun, Gate, Proof};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::http::Caller;

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
        Ok(password_is_right) => Ok(Proof { password_is_right, code }),
        Err(busy) => {
            // Nobody was told whether they guessed right, so it was no failure of theirs.
            let attempt = attempt.clone();
            caller.prepare(move |tx| attempt.take_back(tx)).await?;
            Err(busy)
        }
    }
}
