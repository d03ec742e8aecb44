//! Passwords: what a new one must be, and hashing on threads of its own, so that sign-ins never starve the rest.

use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use argon2::password_hash::{Output, ParamsString, PasswordHashString, SaltString};
use argon2::{Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;

use crate::config;
use crate::error::{Code, Error, FieldError, Result};

/// The fewest characters of a new password.
pub const SHORTEST: usize = 12;
/// The most characters of a password.
pub const LONGEST: usize = 200;

/// Seconds after which to try again when all hashing threads are busy and the queue is full.
const RETRY_SECONDS: u32 = 2;

const COMMON: &str = include_str!("common_passwords.txt");

/// Whether `password` may be chosen by the person with this e-mail address; `pointer` says which field it came in.
///
/// Length, not a mixture of signs, makes a password hard to guess (NIST SP 800-63B, 5.1.1.2).
///
/// # Errors
/// The field and what is wrong: fewer than 12 or more than 200 characters, the address itself, or one of the
/// passwords that are tried first.
pub fn check_new(pointer: &str, password: &SecretString, email: &str) -> Result<(), FieldError> {
    let password = normal_form(password);
    let lower = Zeroizing::new(password.to_lowercase());
    let wrong = if !(SHORTEST..=LONGEST).contains(&password.chars().count()) {
        "between 12 and 200 characters are expected"
    } else if *lower == email.nfc().collect::<String>().to_lowercase() {
        "the e-mail address is no password"
    } else if COMMON.lines().any(|common| common == *lower) {
        "this is among the passwords that are tried first"
    } else {
        return Ok(());
    };
    Err(FieldError::new(pointer, wrong))
}

/// NFC, so that a password typed on another keyboard is the same; cut one character past the longest, so that a huge
/// one costs nothing and still matches none.
fn normal_form(password: &SecretString) -> Zeroizing<String> {
    Zeroizing::new(password.expose_secret().nfc().take(LONGEST + 1).collect())
}

/// Threads that hash passwords with Argon2id, and a bounded queue before them.
///
/// The threads end once the pool is dropped.
#[derive(Debug)]
pub struct PasswordPool {
    queue: SyncSender<Job>,
    hasher: Hasher,
}

type Job = Box<dyn FnOnce() + Send>;

/// What both hashing and verifying need; cheap to clone.
#[derive(Clone, Debug)]
struct Hasher {
    argon2: Argon2<'static>,
    /// Verified in place of the hash of an account that does not exist, so that both take the same time.
    nobody: Arc<PasswordHashString>,
}

impl PasswordPool {
    /// Starts `threads` threads, before which `queue` passwords may wait.
    ///
    /// # Errors
    /// [`Code::Invalid`] if Argon2 does not take these `costs`; [`Code::Unavailable`] if a thread cannot be started.
    pub fn new(threads: usize, queue: usize, costs: config::Argon2) -> Result<Self> {
        let hasher = Hasher::new(costs)?;
        let (sender, receiver) = sync_channel(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads {
            let receiver = Arc::clone(&receiver);
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(&receiver))
                .map_err(|cause| Error { cause: Some(cause.into()), ..Error::of(Code::Unavailable) })?;
        }
        Ok(Self { queue: sender, hasher })
    }

    /// Hashes `password` with `salt`, 16 fresh random bytes; the result is a PHC string of about 100 characters.
    ///
    /// # Errors
    /// [`Code::Unavailable`] with a time to wait, if the queue is full.
    pub async fn hash(&self, password: SecretString, salt: [u8; 16]) -> Result<String> {
        let hasher = self.hasher.clone();
        self.enqueue(move || hasher.hash(&password, salt))?.await.map_err(Error::internal)?
    }

    /// Whether `password` is the one that `phc` was made of. Without an account there is no `phc`: the answer is no,
    /// and takes as long.
    ///
    /// # Errors
    /// [`Code::Unavailable`] with a time to wait, if the queue is full; [`Code::Internal`] if `phc` is not a PHC string.
    pub async fn verify(&self, password: SecretString, phc: Option<String>) -> Result<bool> {
        let hasher = self.hasher.clone();
        self.enqueue(move || hasher.verify(&password, phc.as_deref()))?.await.map_err(Error::internal)?
    }

    /// Whether `phc` was made at other costs than today's, so that it should be made anew at the next sign-in.
    #[must_use]
    pub fn needs_rehash(&self, phc: &str) -> bool {
        let today = ParamsString::try_from(self.hasher.argon2.params()).ok();
        PasswordHash::new(phc)
            .map_or(true, |hash| hash.algorithm != argon2::ARGON2ID_IDENT || Some(hash.params) != today)
    }

    fn enqueue<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<oneshot::Receiver<T>> {
        let (answer, result) = oneshot::channel();
        let job: Job = Box::new(move || {
            // Whoever stopped waiting, because the client went away, costs nothing more.
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        });
        match self.queue.try_send(job) {
            Ok(()) => Ok(result),
            Err(TrySendError::Full(_)) => Err(Error::later(Code::Unavailable, RETRY_SECONDS)),
            Err(TrySendError::Disconnected(_)) => Err(Error::internal("the hashing threads are gone")),
        }
    }
}

fn work(receiver: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting: one thread waits for a job, the others for the lock.
        let job = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(),
            Err(_) => return,
        }
    }
}

impl Hasher {
    fn new(costs: config::Argon2) -> Result<Self> {
        let params = Params::new(costs.memory_kib, costs.iterations, costs.parallelism, None)
            .map_err(|error| Error::new(Code::Invalid, format!("auth.argon2: {error}")))?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let salt = SaltString::encode_b64(&[0; 16]).map_err(Error::internal)?;
        // Made up, which spares the start a hashing: to compare a password with it takes as long as with any other.
        let nobody = PasswordHash {
            algorithm: argon2::ARGON2ID_IDENT,
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params()).map_err(Error::internal)?,
            salt: Some(salt.as_salt()),
            hash: Some(Output::new(&[0; Params::DEFAULT_OUTPUT_LEN]).map_err(Error::internal)?),
        };
        let nobody = Arc::new(nobody.serialize());
        Ok(Self { argon2, nobody })
    }

    fn hash(&self, password: &SecretString, salt: [u8; 16]) -> Result<String> {
        let salt = SaltString::encode_b64(&salt).map_err(Error::internal)?;
        let hash = self.argon2.hash_password(normal_form(password).as_bytes(), &salt).map_err(Error::internal)?;
        Ok(hash.to_string())
    }

    fn verify(&self, password: &SecretString, phc: Option<&str>) -> Result<bool> {
        let stored = match phc {
            Some(phc) => PasswordHash::new(phc).map_err(Error::internal)?,
            None => self.nobody.password_hash(),
        };
        match self.argon2.verify_password(normal_form(password).as_bytes(), &stored) {
            Ok(()) => Ok(phc.is_some()),
            Err(argon2::password_hash::Error::Password) => Ok(false),
            Err(defect) => Err(Error::internal(defect)),
        }
    }
}

#[cfg(test)]
mod tests;
