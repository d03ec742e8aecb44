//! One attempt to prove who one is: counted first, judged later, and taken back if it was right.

use std::net::IpAddr;

use super::{Gate, Judged, factor, of_staff, refused};
use crate::auth::query::{self, AccountRow};
use crate::auth::throttle::{Limit, Tally, Verdict};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{PracticeId, StaffId};
use crate::policy::Permit;

/// An attempt that was counted and is yet to be judged.
#[derive(Clone)]
pub struct Attempt {
    account: Option<AccountRow>,
    by_account: Counted,
    by_address: Counted,
}

/// Whether an attempt may be judged.
#[expect(clippy::large_enum_variant, reason = "one is made for an attempt, and taken apart at once")]
pub enum Begun {
    /// It may, and was counted.
    Counted(Attempt),
    /// It may not; the refusal is recorded.
    Waiting {
        /// Seconds to wait, from 1 to 900.
        seconds: u32,
    },
}

/// What somebody proves who they are with.
#[derive(Clone)]
pub struct Proof {
    /// Whether the password was that of [`Attempt::password_hash`].
    pub password_is_right: bool,
    /// A code from the authenticator, or a recovery code; told apart by their form.
    pub code: Option<String>,
    /// What a browser shows to be trusted without one.
    pub device: Option<String>,
}

/// Who was proven right.
#[derive(Clone, Copy)]
pub(super) struct Proven {
    pub(super) practice: PracticeId,
    pub(super) staff: StaffId,
    pub(super) permit: Permit,
}

#[derive(Clone, Copy)]
struct Counted {
    subject: [u8; 32],
    limit: Limit,
    before: Option<Tally>,
}

impl Counted {
    fn find(tx: &mut Tx, subject: [u8; 32], limit: Limit) -> Result<Self> {
        Ok(Self { subject, limit, before: query::tally(tx.conn(), &subject)? })
    }

    fn wait(&self, now: Timestamp) -> Option<u32> {
        match self.before?.verdict(self.limit, now) {
            Verdict::Free => None,
            Verdict::Blocked { seconds } => Some(seconds),
        }
    }

    fn count(&self, tx: &mut Tx) -> Result<()> {
        let counted = Tally::with_failure(self.before, self.limit, tx.now());
        query::keep_tally(tx.conn(), &self.subject, Some(counted))
    }

    fn take_back(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        match query::tally(tx.conn(), &self.subject)? {
            Some(tally) => query::keep_tally(tx.conn(), &self.subject, tally.taken_back(now, self.before)),
            None => Ok(()),
        }
    }
}

impl Gate {
    fn account(&self, tx: &mut Tx, email: &str) -> Result<Counted> {
        let subject = self.keys.hmac("sign-in account", email.as_bytes());
        Counted::find(tx, subject, Limit::of_account(&self.throttle))
    }

    fn address(&self, tx: &mut Tx) -> Result<Counted> {
        let subject = self.keys.hmac("sign-in address", &network(tx.request().address));
        Counted::find(tx, subject, Limit::of_address(&self.throttle))
    }
}

/// An IPv4 address, or the /64 of an IPv6 address: one line is given that many.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        None => Vec::new(),
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets()[..8].to_vec(),
    }
}

impl Attempt {
    /// Counts an attempt at the account with this folded address, whether there is one or not.
    pub(super) fn begin(tx: &mut Tx, gate: &Gate, email: &str, account: Option<AccountRow>) -> Result<Begun> {
        let attempt = Self { account, by_account: gate.account(tx, email)?, by_address: gate.address(tx)? };
        let now = tx.now();
        if let Some(seconds) = attempt.by_account.wait(now).max(attempt.by_address.wait(now)) {
            attempt.record(tx)?;
            tx.refused(Code::TooManyAttempts);
            return Ok(Begun::Waiting { seconds });
        }
        attempt.by_account.count(tx)?;
        attempt.by_address.count(tx)?;
        Ok(Begun::Counted(attempt))
    }

    /// What a password must be verified against; none where the answer will be no.
    #[must_use]
    pub fn password_hash(&self) -> Option<String> {
        self.account.as_ref().filter(|account| account.active).and_then(|account| account.password_hash.clone())
    }

    /// The address of the account, if there is one.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.account.as_ref().map(|account| account.email.as_str())
    }

    /// Judges the attempt, and records the call with its outcome.
    pub(super) fn judge(&self, tx: &mut Tx, gate: &Gate, proof: &Proof) -> Result<Judged<Proven>> {
        let permit = self.record(tx)?;
        self.weigh(tx, gate, proof, permit)
    }

    /// Judges the attempt by its password alone, and records the call with its outcome.
    pub(super) fn judge_password(&self, tx: &mut Tx, proof: &Proof) -> Result<Judged<Proven>> {
        let permit = self.record(tx)?;
        self.weigh_with(tx, permit, proof, |_, _| Ok(factor::Check::Right))
    }

    /// Judges an attempt of the actor within a call whose event `permit` tells of already.
    ///
    /// # Errors
    /// The database's.
    pub fn confirm(&self, tx: &mut Tx, gate: &Gate, proof: &Proof, permit: Permit) -> Result<Judged<()>> {
        Ok(self.weigh(tx, gate, proof, permit)?.map(drop))
    }

    fn weigh(&self, tx: &mut Tx, gate: &Gate, proof: &Proof, permit: Permit) -> Result<Judged<Proven>> {
        self.weigh_with(tx, permit, proof, |tx, proven| factor::check(tx, gate, proven, proof))
    }

    fn weigh_with(
        &self,
        tx: &mut Tx,
        permit: Permit,
        proof: &Proof,
        factor: impl FnOnce(&mut Tx, Proven) -> Result<factor::Check>,
    ) -> Result<Judged<Proven>> {
        let Some(account) = &self.account else { return Ok(refused(tx, Code::SignInFailed)) };
        let proven = Proven { practice: account.practice_id, staff: account.id, permit };
        if !proof.password_is_right || !Self::is_unchanged(tx, account)? {
            return Ok(refused(tx, Code::SignInFailed));
        }
        match factor(tx, proven)? {
            factor::Check::Right => {}
            factor::Check::Wrong => return Ok(refused(tx, Code::SignInFailed)),
            factor::Check::Needed => {
                self.take_back(tx)?;
                return Ok(refused(tx, Code::SecondFactorNeeded));
            }
        }
        query::keep_tally(tx.conn(), &self.by_account.subject, None)?;
        self.by_address.take_back(tx)?;
        Ok(Ok(proven))
    }

    /// Uncounts the attempt, which told nobody whether they guessed right.
    ///
    /// # Errors
    /// The database's.
    pub fn take_back(&self, tx: &mut Tx) -> Result<()> {
        self.by_account.take_back(tx)?;
        self.by_address.take_back(tx)
    }

    /// Records the call; that of a stranger at a known account goes into its practice's log.
    fn record(&self, tx: &mut Tx) -> Result<Permit> {
        let permit = tx.permit(false)?;
        if let Some(account) = &self.account {
            tx.names(of_staff(account.id));
            if tx.party().staff().is_none() {
                tx.belongs_to(account.practice_id);
            }
        }
        Ok(permit)
    }

    /// Whether the password that was verified is still the one that counts.
    fn is_unchanged(tx: &mut Tx, verified: &AccountRow) -> Result<bool> {
        let now = query::account(tx.conn(), verified.practice_id, verified.id)?;
        Ok(now.is_some_and(|now| now.active && now.credential_version == verified.credential_version))
    }
}

/// Counts a wish for a mail by which to choose a new password, whether there is such an account or not; the seconds to wait,
/// should there be too many.
pub(super) fn count_wish(tx: &mut Tx, gate: &Gate, email: &str) -> Result<Option<u32>> {
    let account = gate.keys.hmac("reset account", email.as_bytes());
    let address = gate.keys.hmac("reset address", &network(tx.request().address));
    let by_account = Counted::find(tx, account, Limit::of_account(&gate.throttle))?;
    let by_address = Counted::find(tx, address, Limit::of_address(&gate.throttle))?;
    let now = tx.now();
    let wait = by_account.wait(now).max(by_address.wait(now));
    if wait.is_none() {
        by_account.count(tx)?;
        by_address.count(tx)?;
    }
    Ok(wait)
}

/// Counts an attempt of the actor to prove once more who they are.
///
/// # Errors
/// [`Code::NotSignedIn`] for strangers.
pub fn begin_own(tx: &mut Tx, gate: &Gate) -> Result<Begun> {
    let account = own_account(tx)?;
    let email = account.email.clone();
    Attempt::begin(tx, gate, &email, Some(account))
}

/// The actor's account.
pub(super) fn own_account(tx: &mut Tx) -> Result<AccountRow> {
    let actor = tx.actor()?;
    query::account(tx.conn(), actor.practice, actor.staff)?.ok_or_else(|| Error::of(Code::NotSignedIn))
}
