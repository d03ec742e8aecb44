//! The settings: `config/default.toml`, then a named file, then the environment; checked once, at the start.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use figment::error::{Actual, Kind};
use figment::value::{Dict, Map, Value};
use figment::{Figment, Metadata, Profile, Provider};
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

use crate::error::{Code, Error, FieldError, Result};

mod address_range;
mod checks;
mod environment;
mod mail;
#[cfg(test)]
mod tests;

pub use address_range::AddressRange;
pub use mail::{Mail, Security, Smtp, Transport};

const DEFAULTS: &str = include_str!("../config/default.toml");

/// All settings, valid and free of contradictions once [`Config::load`] has returned them.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Config {
    /// How the program is reached.
    #[garde(dive)]
    pub server: Server,
    /// Where the record is kept.
    #[garde(dive)]
    pub database: Database,
    /// Where the keys are kept.
    pub keys: KeyFiles,
    /// The audit log's checkpoints.
    #[garde(dive)]
    pub audit: Audit,
    /// Signing in.
    #[garde(dive)]
    pub auth: Auth,
    /// Mails to staff.
    #[garde(dive)]
    pub mail: Mail,
    /// Figures for monitoring.
    pub metrics: Metrics,
    /// What is logged, and how.
    pub log: Log,
    /// Lists that a practice may replace.
    pub catalogue: Catalogue,
}

/// How the program is reached.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Server {
    /// Address and port to listen on; loopback unless TLS is on here or in a proxy.
    pub bind: SocketAddr,
    /// Threads that answer requests; 0 means one for each core.
    #[garde(range(max = 1024))]
    pub workers: usize,
    /// Scheme, host and port that people reach the practice by, without a path or a final slash.
    pub public_url: String,
    /// The certificate, if TLS ends here.
    pub tls: Option<Tls>,
    /// The proxy in front, if any.
    pub proxy: Proxy,
    /// Seconds a request may take.
    #[garde(range(min = 1, max = 600))]
    pub request_timeout_seconds: u64,
    /// Bytes of the largest body that is read, 1 MiB at most.
    #[garde(range(min = 1024, max = 1_048_576))]
    pub max_body_bytes: usize,
    /// Bytes of the largest request head that is read.
    #[garde(range(min = 4096, max = 65_536))]
    pub max_header_bytes: usize,
    /// Seconds that running requests are given when the program stops.
    #[garde(range(min = 1, max = 300))]
    pub shutdown_seconds: u64,
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// The chain, the server's own certificate first.
    pub certificate: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// The proxy in front.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proxy {
    /// Whether it ends TLS, so that plain HTTP behind it is right.
    pub ends_tls: bool,
    /// Whose word about the client's address is taken.
    pub trusted: Vec<AddressRange>,
}

/// Where the record is kept.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Database {
    /// `sqlite:PATH` or `postgres://...`; may hold a password.
    pub url: SecretString,
    /// PostgreSQL: the owner of the schema, for migrations; may hold a password.
    pub owner_url: Option<SecretString>,
    /// Connections that read.
    #[garde(range(min = 1, max = 256))]
    pub readers: u32,
    /// PostgreSQL: connections that write.
    #[garde(range(min = 1, max = 256))]
    pub writers: u32,
    /// SQLite: writes that may wait for the one writer.
    #[garde(range(min = 1, max = 65_536))]
    pub lane_queue: usize,
    /// Milliseconds to wait for a lock that another process holds.
    #[garde(range(min = 100, max = 60_000))]
    pub busy_timeout_ms: u32,
    /// PostgreSQL: refuse a connection without TLS.
    pub require_tls: bool,
}

/// Where the keys are kept.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFiles {
    /// The directory of the key files.
    pub directory: PathBuf,
}

/// The audit log's checkpoints.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Audit {
    /// The file, outside the database, that signed checkpoints are appended to.
    pub checkpoint_file: PathBuf,
    /// Milliseconds between two sealings.
    #[garde(range(min = 50, max = 60_000))]
    pub seal_every_ms: u64,
}

/// Signing in.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Auth {
    /// Seconds an access token is good for, 10 minutes at most.
    #[garde(range(min = 60, max = 600))]
    pub access_seconds: i64,
    /// Hours without use that end a session, 8 at most.
    #[garde(range(min = 1, max = 8))]
    pub idle_hours: i64,
    /// Hours that end a session in any case, 24 at most.
    #[garde(range(min = 1, max = 24))]
    pub session_hours: i64,
    /// Minutes without use after which the pages ask for the password again, from 1 to 60.
    #[garde(range(min = 1, max = 60))]
    pub lock_minutes: i64,
    /// What hashing a password costs.
    #[garde(dive)]
    pub argon2: Argon2,
    /// Threads that hash passwords.
    #[garde(range(min = 1, max = 64))]
    pub hashing_threads: usize,
    /// Passwords that may wait for those threads.
    #[garde(range(min = 1, max = 4096))]
    pub hashing_queue: usize,
    /// Whether managers and privacy officers must set up a second factor.
    pub mfa_required: bool,
    /// When waiting begins after failed sign-ins.
    #[garde(dive)]
    pub throttle: Throttle,
}

/// What hashing a password costs (Argon2id).
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Argon2 {
    /// Memory in KiB; at least 8 for each lane.
    #[garde(range(min = 8, max = 4_194_304))]
    pub memory_kib: u32,
    /// Passes over the memory.
    #[garde(range(min = 1, max = 100))]
    pub iterations: u32,
    /// Lanes.
    #[garde(range(min = 1, max = 64))]
    pub parallelism: u32,
}

/// When waiting begins after failed sign-ins.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Throttle {
    /// Failures of one account before it has to wait.
    #[garde(range(min = 1, max = 100))]
    pub account_failures: u32,
    /// Failures from one address before it has to wait.
    #[garde(range(min = 1, max = 10_000))]
    pub address_failures: u32,
    /// Seconds without a failure after which the count starts anew; never shorter than the longest wait, 900.
    #[garde(range(min = 900, max = 86_400))]
    pub window_seconds: i64,
}

/// Figures for monitoring.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Address and port they are served on; none turns them off.
    pub bind: Option<SocketAddr>,
}

/// What is logged, and how.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Lines for people or for machines.
    pub format: LogFormat,
    /// Levels by module, such as `info,tandem=debug`.
    pub filter: String,
}

/// Lines for people or for machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One readable line an event.
    Text,
    /// One JSON object an event.
    Json,
}

/// Lists that a practice may replace.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// A file of treatment techniques in place of the built-in list.
    pub techniques: Option<PathBuf>,
    /// A file of contraindications in place of the built-in list.
    pub contraindications: Option<PathBuf>,
    /// A file of the note editor's phrases in place of the built-in list.
    pub phrases: Option<PathBuf>,
}

impl Config {
    /// Reads the defaults, then `file`, then those variables of `env` that begin with `TANDEM__`; one that was meant to, such
    /// as `TANDEM_SERVER_BIND`, is refused.
    ///
    /// # Errors
    /// [`Code::Invalid`], the detail and each field naming the key (`server.bind`): a file that cannot be read, an
    /// unknown key, a value of the wrong type or out of bounds, settings that contradict each other. No value is
    /// repeated in a message, since it may be a password.
    pub fn load(file: Option<&Path>, env: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut layers = Figment::from(Layer::from_toml("the defaults", DEFAULTS)?);
        let defaults: toml::Table = toml::from_str(DEFAULTS).map_err(Error::internal)?;
        if let Some(path) = file {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|cause| refuse(vec![field(&name, cause)]))?;
            layers = layers.merge(Layer::from_toml(&name, &text)?);
        }
        for (variable, value) in env {
            if let Some(key) = environment::key(&variable, &defaults).map_err(|fault| refuse(vec![fault]))? {
                layers = layers.merge(Layer::from_variable(variable, &key, &value));
            }
        }
        let config: Self =
            layers.extract().map_err(|error| refuse(error.into_iter().map(|one| unreadable(&one)).collect()))?;
        let faults = config.faults();
        if faults.is_empty() { Ok(config) } else { Err(refuse(faults)) }
    }

    fn faults(&self) -> Vec<FieldError> {
        let out_of_bounds = self.validate().err().map(garde::Report::into_inner).unwrap_or_default();
        let mut faults: Vec<_> = out_of_bounds.iter().map(|(path, error)| field(path, error)).collect();
        faults.extend(checks::contradictions(self));
        faults
    }
}

/// One source of settings, with the name that messages call it by.
struct Layer {
    name: String,
    values: Dict,
}

impl Layer {
    fn from_toml(name: &str, text: &str) -> Result<Self> {
        let table: toml::Table = toml::from_str(text).map_err(|error| {
            // Its own rendering would repeat the line, and with it perhaps a password.
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            refuse(vec![field(name, format!("line {line}: {}", error.message()))])
        })?;
        let values = Value::serialize(table).ok().and_then(Value::into_dict).unwrap_or_default();
        Ok(Self { name: name.to_owned(), values })
    }

    fn from_variable(name: String, key: &str, value: &str) -> Self {
        let value: Value = match value.parse() {
            Ok(value) => value,
            Err(never) => match never {},
        };
        Self { name, values: figment::util::nest(key, value).into_dict().unwrap_or_default() }
    }
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        Ok(Profile::Default.collect(self.values.clone()))
    }
}

fn field(key: impl fmt::Display, message: impl fmt::Display) -> FieldError {
    FieldError::new(key.to_string(), message.to_string())
}

fn refuse(faults: Vec<FieldError>) -> Error {
    let lines: Vec<_> = faults.iter().map(|fault| format!("{}: {}", fault.pointer, fault.message)).collect();
    Error { errors: faults, ..Error::new(Code::Invalid, lines.join("\n")) }
}

/// The key and what is wrong with it, never the value found there.
fn unreadable(error: &figment::Error) -> FieldError {
    let mut key = error.path.clone();
    let what = match &error.kind {
        Kind::UnknownField(_, known) => format!("there is no such setting; there are {}", known.join(", ")),
        Kind::MissingField(name) => {
            key.push(name.to_string());
            "is missing".to_owned()
        }
        Kind::InvalidType(found, expected) => format!("{expected} is expected, not {}", type_of(found)),
        Kind::InvalidValue(_, expected) | Kind::InvalidLength(_, expected) => format!("{expected} is expected"),
        Kind::UnknownVariant(_, known) => format!("one of {} is expected", known.join(", ")),
        Kind::Message(message) => message.clone(),
        _ => "the value does not fit".to_owned(),
    };
    let source = error.metadata.as_ref().map(|source| format!(" (in {})", source.name)).unwrap_or_default();
    field(key.join("."), format!("{what}{source}"))
}

const fn type_of(found: &Actual) -> &'static str {
    match found {
        Actual::Bool(_) => "true or false",
        Actual::Unsigned(_) | Actual::Signed(_) => "a whole number",
        Actual::Float(_) => "a fraction",
        Actual::Char(_) | Actual::Str(_) => "text",
        Actual::Seq => "a list",
        Actual::Map => "a table",
        _ => "this",
    }
}
