//! The program: built once, handed to every handler.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use secrecy::ExposeSecret;

use crate::alerts::outbox::Due;
use crate::auth::SessionLimits;
use crate::auth::keys::Keys;
use crate::auth::password::PasswordPool;
use crate::auth::strangers::Strangers;
use crate::auth::token::TokenReader;
use crate::catalogue::Catalogue;
use crate::clock::{Clock, Timestamp};
use crate::config::{AddressRange, Config, Throttle};
use crate::db::{Address, Db, Limits};
use crate::error::Result;
use crate::mail::Mailer;
use crate::sealing::{CheckpointFile, Sealer};

/// Everything a handler needs.
pub struct App {
    /// The database.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// The keys that lie outside the database.
    pub keys: Arc<Keys>,
    /// Password hashing, on threads of its own.
    pub passwords: PasswordPool,
    /// Reads access tokens.
    pub tokens: TokenReader,
    /// How long sessions last, and who needs a second factor.
    pub sessions: Arc<SessionLimits>,
    /// When failed sign-ins make an account or an address wait.
    pub throttle: Throttle,
    /// Counts the failures of those who are not signed in.
    pub strangers: Strangers,
    /// Seals the audit log.
    pub sealer: Sealer,
    /// How often it does.
    pub seal_every: Duration,
    /// Techniques and contraindications.
    pub catalogue: Arc<Catalogue>,
    /// Hands mails over.
    pub mailer: Mailer,
    /// How the outbox stood when it was last looked at.
    pub outbox: Outbox,
    /// Scheme, host and port that people reach the practice by.
    pub public_url: String,
    /// The largest request head, in bytes.
    pub max_header_bytes: usize,
    /// How long a call may take.
    pub request_timeout: Duration,
    trusted_proxies: Vec<AddressRange>,
}

/// How the outbox stood when a worker last looked.
#[derive(Debug, Default)]
pub struct Outbox {
    waits: AtomicI64,
    dead: AtomicI64,
}

impl Outbox {
    /// A worker looked.
    pub fn seen(&self, due: &Due, now: Timestamp) {
        self.waits.store(due.oldest.map_or(0, |oldest| now.seconds_since(oldest)), Ordering::Relaxed);
        self.dead.store(due.dead, Ordering::Relaxed);
    }

    /// Seconds that the mail which has waited longest is due.
    #[must_use]
    pub fn waits(&self) -> i64 {
        self.waits.load(Ordering::Relaxed)
    }

    /// What somebody should look at: mails that wait for longer than five minutes, or are tried no longer.
    #[must_use]
    pub fn troubles(&self) -> Vec<String> {
        let (waits, dead) = (self.waits(), self.dead.load(Ordering::Relaxed));
        let late = (waits > 300).then(|| format!("a mail has been due for {waits} seconds"));
        let dead = (dead > 0).then(|| format!("mails that could not be delivered: {dead}"));
        late.into_iter().chain(dead).collect()
    }
}

/// The database's address, as configured, for the application and for the owner of the schema.
///
/// # Errors
/// A URL of neither database.
pub fn addresses(config: &Config) -> Result<(Address, Address)> {
    let busy = Duration::from_millis(u64::from(config.database.busy_timeout_ms));
    let application = Address::parse(config.database.url.expose_secret(), busy)?;
    let owner = match &config.database.owner_url {
        Some(url) => Address::parse(url.expose_secret(), busy)?,
        None => application.clone(),
    };
    Ok((application, owner))
}

impl App {
    /// Opens the database and starts the threads behind the program.
    ///
    /// # Errors
    /// The database cannot be reached, or the catalogue cannot be read.
    pub fn build(config: &Config, keys: Keys, clock: Clock) -> Result<Self> {
        let keys = Arc::new(keys);
        let limits = Limits {
            readers: config.database.readers as usize,
            writers: config.database.writers as usize,
            waiting: config.database.lane_queue,
        };
        let (address, _) = addresses(config)?;
        Ok(Self {
            db: Db::open(&address, &clock, &limits)?,
            clock,
            passwords: PasswordPool::new(config.auth.hashing_threads, config.auth.hashing_queue, config.auth.argon2)?,
            tokens: TokenReader::new(keys.clone()),
            sessions: Arc::new(SessionLimits::of(&config.auth)),
            throttle: config.auth.throttle,
            strangers: Strangers::default(),
            sealer: Sealer::new(
                keys.audit().clone(),
                keys.of_audit().split_off(1),
                CheckpointFile::at(&config.audit.checkpoint_file),
            ),
            seal_every: Duration::from_millis(config.audit.seal_every_ms),
            catalogue: Arc::new(
                Catalogue::load(
                    config.catalogue.techniques.as_deref(),
                    config.catalogue.contraindications.as_deref(),
                    config.catalogue.phrases.as_deref(),
                )
                .map_err(crate::error::Error::internal)?,
            ),
            mailer: Mailer::build(&config.mail)?,
            outbox: Outbox::default(),
            public_url: config.server.public_url.clone(),
            max_header_bytes: config.server.max_header_bytes,
            request_timeout: Duration::from_secs(config.server.request_timeout_seconds),
            trusted_proxies: config.server.proxy.trusted.clone(),
            keys,
        })
    }

    /// Thirty-two bytes from the operating system; none of them are ever drawn inside a rule or a transaction.
    #[must_use]
    pub fn random(&self) -> [u8; 32] {
        let mut bytes = [0; 32];
        // Without randomness nothing here is safe; the kernel's source does not fail once the machine is up.
        if getrandom::fill(&mut bytes).is_err() {
            std::process::abort();
        }
        bytes
    }

    /// The client's address: the nearest hop that is no trusted proxy, and only if the peer is one. `forwarded` lists
    /// them nearest first.
    #[must_use]
    pub fn client_address(&self, peer: Option<IpAddr>, forwarded: Vec<IpAddr>) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.trusted_proxies.iter().any(|range| range.contains(*address));
        let peer = peer?;
        if !trusted(&peer) {
            return Some(peer);
        }
        Some(forwarded.into_iter().find(|hop| !trusted(hop)).unwrap_or(peer))
    }
}
