//! How mails leave the house.

use std::path::PathBuf;

use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

use super::field;
use crate::error::FieldError;

/// Mails to staff.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Mail {
    /// How they leave.
    pub transport: Transport,
    /// The directory that files are laid in.
    pub directory: PathBuf,
    /// Who they come from, such as `Tandem <tandem@practice.example>`.
    pub from: String,
    /// The mail server.
    #[garde(dive)]
    pub smtp: Smtp,
}

/// How mails leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// As files in a directory.
    File,
    /// By a mail server.
    Smtp,
}

/// A mail server.
#[derive(Clone, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
#[garde(allow_unvalidated)]
pub struct Smtp {
    /// Its name, as its certificate says it.
    #[garde(length(min = 1))]
    pub host: String,
    /// Its port.
    #[garde(range(min = 1))]
    pub port: u16,
    /// Whether, and how, the connection is encrypted.
    pub security: Security,
    /// A certificate to trust besides the public ones.
    pub authority: Option<PathBuf>,
    /// Whom to sign in as.
    pub username: Option<String>,
    /// Their password.
    pub password: Option<SecretString>,
    /// Seconds that each of its answers may take; a mail takes eight at most, and a worker holds it for 300 seconds.
    #[garde(range(min = 1, max = 35))]
    pub timeout_seconds: u64,
    /// Connections that are kept.
    #[garde(range(min = 1, max = 32))]
    pub connections: u32,
}

/// Whether, and how, the connection to a mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// Plain at first, then encrypted; refused should the server not offer it.
    StartTls,
    /// Encrypted from the first byte.
    Tls,
    /// Not at all: for a server on this machine.
    None,
}

/// What does not go together.
pub(super) fn contradictions(mail: &Mail, faults: &mut Vec<FieldError>) {
    let address = mail.from.trim_end_matches('>').rsplit('<').next().unwrap_or_default();
    if address.split_once('@').is_none_or(|(name, host)| name.trim().is_empty() || host.trim().is_empty()) {
        faults.push(field("mail.from", "an address such as Tandem <tandem@practice.example> is expected"));
    }
    if mail.transport == Transport::File {
        return;
    }
    let smtp = &mail.smtp;
    let here = matches!(smtp.host.as_str(), "localhost" | "127.0.0.1" | "::1");
    if smtp.security == Security::None && !here {
        faults.push(field("mail.smtp.security", "starttls or tls is needed for a server that is not on this machine"));
    }
    if smtp.username.is_some() != smtp.password.is_some() {
        faults.push(field("mail.smtp.password", "username and password go together"));
    }
}
