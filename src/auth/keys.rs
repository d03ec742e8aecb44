//! The installation's keys: three files that their owner alone can read.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ed25519_dalek::pkcs8::EncodePrivateKey;
use ed25519_dalek::{SigningKey, VerifyingKey};
use hmac::{Hmac, Mac};
use jsonwebtoken::{DecodingKey, EncodingKey};
use secrecy::zeroize::Zeroizing;
use sha2::{Digest, Sha256};

use crate::audit::checkpoint::read_verifier_key;
use crate::error::{Code, Error, Result};

const FILES: [&str; 3] = ["jwt.key", "audit.key", "data.key"];
/// Without these nothing is lost that could not be had again.
const REPLACEABLE: [&str; 2] = ["jwt.key", "data.key"];
/// The public keys of earlier `audit.key`s, as `tandem audit public-key` printed them, the newest first.
const FORMER: &str = "audit.former";
const NONCE_BYTES: usize = 12;

/// The 32 random bytes of one key, wiped when dropped.
pub type Seed = Zeroizing<[u8; 32]>;

/// The keys of one installation.
pub struct Keys {
    pub(super) jwt: JwtKey,
    audit: SigningKey,
    former: Vec<VerifyingKey>,
    data: Seed,
}

/// The Ed25519 pair that access tokens are signed with.
pub(super) struct JwtKey {
    pub(super) signing: EncodingKey,
    pub(super) verifying: DecodingKey,
    /// The first 12 bytes of the public key's SHA-256, base64url: says which key signed.
    pub(super) kid: String,
}

impl Keys {
    /// Makes the three files in `dir`, and `dir` itself, readable by their owner alone. `random` fills what it is given
    /// from the operating system's source of randomness.
    ///
    /// # Errors
    /// [`Code::AlreadyExists`] if any of the files is there: a key is never overwritten, since what was sealed or
    /// signed with it would be lost. [`Code::Unavailable`] if a file cannot be written, or `random` gave no randomness.
    pub fn create(dir: &Path, mut random: impl FnMut(&mut [u8])) -> Result<Self> {
        if let Some(there) = FILES.iter().map(|name| dir.join(name)).find(|path| path.exists()) {
            let detail = format!(
                "{} exists already, and keys are never overwritten; only if an earlier set-up was cut off before \
                 anything was recorded, delete it and run set-up again",
                there.display()
            );
            return Err(Error::new(Code::AlreadyExists, detail));
        }
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| unusable(dir, "cannot be made", e))?;
        let mut seeds = <[Seed; 3]>::default();
        for seed in &mut seeds {
            random(&mut seed[..]);
        }
        if seeds.iter().any(is_weak) {
            return Err(Error::new(Code::Unavailable, "the source of randomness gave none; no key was made"));
        }
        for (name, seed) in FILES.iter().zip(&seeds) {
            write_new(dir, name, seed)?;
        }
        Self::from_seeds(seeds)
    }

    /// Makes anew what is missing of `jwt.key` and `data.key`, and says which. A lost `audit.key` is not made: the
    /// log only goes on under another one if the public key of the lost one is kept beside it.
    ///
    /// # Errors
    /// [`Code::Unavailable`] if a file cannot be written, or `random` gave no randomness.
    pub fn create_missing(dir: &Path, mut random: impl FnMut(&mut [u8])) -> Result<Vec<&'static str>> {
        let mut made = Vec::new();
        for name in REPLACEABLE.into_iter().filter(|name| !dir.join(name).exists()) {
            let mut seed = Seed::default();
            random(&mut seed[..]);
            if is_weak(&seed) {
                return Err(Error::new(Code::Unavailable, "the source of randomness gave none; no key was made"));
            }
            write_new(dir, name, &seed)?;
            made.push(name);
        }
        Ok(made)
    }

    /// Reads the three files in `dir`, and the public keys that `audit.key` followed, if it has followed any.
    ///
    /// # Errors
    /// [`Code::Unavailable`], the detail naming the file and what to do: a file that is missing, cannot be read, can
    /// be read by others than its owner, or holds no secret; former keys that others may write, or that are none.
    pub fn load(dir: &Path) -> Result<Self> {
        let mut seeds = <[Seed; 3]>::default();
        for (name, seed) in FILES.iter().zip(&mut seeds) {
            *seed = read(&dir.join(name))?;
        }
        if seeds[0] == seeds[1] || seeds[0] == seeds[2] || seeds[1] == seeds[2] {
            let detail = format!("two keys in {} are the same; restore the right ones from the backup", dir.display());
            return Err(Error::new(Code::Unavailable, detail));
        }
        Ok(Self { former: read_former(&dir.join(FORMER))?, ..Self::from_seeds(seeds)? })
    }

    /// Keys from three random secrets, without files: for the demonstration and for tests.
    ///
    /// # Errors
    /// [`Code::Internal`] if the token key cannot be encoded.
    pub fn from_seeds([jwt, audit, data]: [Seed; 3]) -> Result<Self> {
        Ok(Self { jwt: JwtKey::from_seed(&jwt)?, audit: SigningKey::from_bytes(&audit), former: Vec::new(), data })
    }

    /// The key that signs the audit log's checkpoints.
    #[must_use]
    pub const fn audit(&self) -> &SigningKey {
        &self.audit
    }

    /// The public keys that the audit log is verified with: the present one, then those it followed, newest first.
    #[must_use]
    pub fn of_audit(&self) -> Vec<VerifyingKey> {
        std::iter::once(self.audit.verifying_key()).chain(self.former.iter().copied()).collect()
    }

    /// Encrypts `plain` (AES-256-GCM) so that it opens only with the same `context`, such as the id of whom it belongs
    /// to. A `nonce` must never be used twice: pass fresh randomness. The result is 28 bytes longer than `plain`.
    ///
    /// # Errors
    /// [`Code::Internal`] if `plain` is longer than 64 GiB.
    pub fn seal(&self, context: &[u8], nonce: [u8; NONCE_BYTES], plain: &[u8]) -> Result<Vec<u8>> {
        let encrypted = self
            .cipher()
            .encrypt(&Nonce::from(nonce), Payload { msg: plain, aad: context })
            .map_err(|_| Error::internal("sealing failed"))?;
        Ok([&nonce[..], &encrypted].concat())
    }

    /// Decrypts what [`Keys::seal`] gave.
    ///
    /// # Errors
    /// [`Code::Internal`] if it was sealed with another key or context, or was changed since.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>> {
        let failed =
            || Error::internal("a sealed value does not open: changed, moved, or sealed with another data.key");
        let (nonce, encrypted) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or_else(failed)?;
        self.cipher()
            .decrypt(&Nonce::from(*nonce), Payload { msg: encrypted, aad: context })
            .map(Zeroizing::new)
            .map_err(|_| failed())
    }

    /// HMAC-SHA-256 of `bytes` under a key that only `domain` has: equal bytes give unrelated results in two domains.
    #[must_use]
    pub fn hmac(&self, domain: &str, bytes: &[u8]) -> [u8; 32] {
        hmac(&self.derived("hmac", domain), &[bytes])
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(&(*self.derived("seal", "")).into())
    }

    /// A key of its own for each use of `data.key`.
    fn derived(&self, usage: &str, domain: &str) -> Seed {
        Zeroizing::new(hmac(&self.data, &[b"tandem/", usage.as_bytes(), b"/", domain.as_bytes()]))
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("kid", &self.jwt.kid).finish_non_exhaustive()
    }
}

impl JwtKey {
    fn from_seed(seed: &Seed) -> Result<Self> {
        let pair = SigningKey::from_bytes(seed);
        let public = pair.verifying_key().to_bytes();
        let der = pair.to_pkcs8_der().map_err(Error::internal)?;
        Ok(Self {
            signing: EncodingKey::from_ed_der(der.as_bytes()),
            verifying: DecodingKey::from_ed_der(&public),
            kid: URL_SAFE_NO_PAD.encode(&Sha256::digest(public)[..12]),
        })
    }
}

fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // HMAC fills a shorter key up with zeros; doing so here leaves no length that could be wrong.
    let mut block = Zeroizing::new([0; 64]);
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as Mac>::new(&(*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// Whether every byte is the same: zeros, or another filling that nobody drew by chance.
fn is_weak(seed: &Seed) -> bool {
    seed.iter().all(|byte| *byte == seed[0])
}

/// Writes under another name first, so that a key is there whole or not at all.
fn write_new(dir: &Path, name: &str, seed: &Seed) -> Result<()> {
    let (whole, partial) = (dir.join(name), dir.join(format!(".{name}.partial")));
    let text = Zeroizing::new(STANDARD.encode(&seed[..]) + "\n");
    // What a set-up that was cut off has left is no key yet.
    let _ = fs::remove_file(&partial);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&partial).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        // A link, unlike a renaming, fails where the name is taken.
        fs::hard_link(&partial, &whole)?;
        fs::remove_file(&partial)?;
        File::open(dir)?.sync_all()
    });
    written.map_err(|e| unusable(&whole, "cannot be written", e))
}

fn read(path: &Path) -> Result<Seed> {
    let file = File::open(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => unusable(path, "is missing; restore it from the backup", error),
        _ => unusable(path, "cannot be read; it must belong to the user that runs tandem", error),
    })?;
    let mode = file.metadata().map_err(|e| unusable(path, "cannot be read", e))?.mode() & 0o777;
    if mode & 0o077 != 0 {
        let detail = format!("{} is open to others (mode {mode:o}); run `chmod 600` on it", path.display());
        return Err(Error::new(Code::Unavailable, detail));
    }
    let mut text = Zeroizing::new(String::with_capacity(64));
    file.take(64).read_to_string(&mut text).map_err(|e| unusable(path, "cannot be read", e))?;
    let bytes = Zeroizing::new(STANDARD.decode(text.trim_ascii_end()).map_err(|_| no_secret(path))?);
    let seed = Zeroizing::new(<[u8; 32]>::try_from(&bytes[..]).map_err(|_| no_secret(path))?);
    if is_weak(&seed) { Err(no_secret(path)) } else { Ok(seed) }
}

/// The keys in a file that may be missing. Each stands there once for every log; whoever could add one could sign another
/// history.
fn read_former(path: &Path) -> Result<Vec<VerifyingKey>> {
    let mode = match fs::metadata(path) {
        Ok(metadata) => metadata.mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unusable(path, "cannot be read", error)),
    };
    if mode & 0o022 != 0 {
        let detail = format!("{} can be written by others (mode {mode:o}); run `chmod 644` on it", path.display());
        return Err(Error::new(Code::Unavailable, detail));
    }
    let text = fs::read_to_string(path).map_err(|e| unusable(path, "cannot be read", e))?;
    let mut former = Vec::new();
    for line in text.lines() {
        let (_, key) = read_verifier_key(line).map_err(|_| {
            let detail = format!("{} holds other lines than `tandem audit public-key` prints", path.display());
            Error::new(Code::Unavailable, detail)
        })?;
        if !former.contains(&key) {
            former.push(key);
        }
    }
    Ok(former)
}

fn no_secret(path: &Path) -> Error {
    let detail = format!("{} holds no key: 32 random bytes in base64 are expected; restore it", path.display());
    Error::new(Code::Unavailable, detail)
}

fn unusable(path: &Path, what: &str, cause: std::io::Error) -> Error {
    let detail = format!("{} {what} ({cause})", path.display());
    Error { cause: Some(cause.into()), ..Error::new(Code::Unavailable, detail) }
}

#[cfg(test)]
mod tests;
