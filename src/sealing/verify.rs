//! Verifying a log as the database holds it, and keeping what it came to.

use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use super::{checkpoint_file, query, words};
use crate::audit::Log;
use crate::audit::verify::{self as audit, Given, Report};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::{Error, Result};

/// The version of the stored document.
const SCHEMA_VERSION: u32 = 1;

/// All logs: the installation's, every practice's, and those that `outside` has checkpoints of.
///
/// # Errors
/// The database's.
pub fn logs(conn: &mut Conn, outside: &str) -> Result<Vec<Log>> {
    let outside = checkpoint_file::newest_in(outside.as_bytes()).map_err(Error::internal)?;
    query::logs(conn, outside.into_keys().collect())
}

/// Verifies a log as it stands, and holds the words that were signed against it, in short queries, while the program goes on sealing. `outside` is what the file of
/// checkpoints held before this was called, so that nothing in it can be missing in the database for having come later.
///
/// # Errors
/// The database's. What is wrong with the log is no error, but a finding.
pub fn verify(conn: &mut Conn, log: Log, outside: &str, keys: &[VerifyingKey]) -> Result<Report> {
    let (unsealed, strays) = query::unsealed(conn, log)?;
    // Before the checkpoints: rows that come to be in between are not read, and all others must be signed.
    let end = query::end(conn, log)?;
    let stored = query::all_checkpoints(conn, log)?;
    let end = stored.last().map_or(end, |newest| newest.size.max(end));
    let given = Given { log, keys, stored: &stored, outside, unsealed, strays };
    let mut report = audit::verify(&given, query::Rows::new(conn, log, end))?;
    words::check(conn, log, &mut report)?;
    Ok(report)
}

/// What verifying a log came to, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verification {
    /// When it was verified.
    pub at: Timestamp,
    /// Whether nothing is wrong.
    pub sound: bool,
    /// The events before this number are proven to be as they were sealed.
    pub verified_to: u64,
    /// How many sealed events were read.
    pub sealed: u64,
    /// How many events waited to be sealed.
    pub unsealed: u64,
    /// How many different signed checkpoints were held against them.
    pub checkpoints: u64,
    /// The size of the newest checkpoint from outside the database.
    pub outside_to: Option<u64>,
    /// What is wrong.
    pub findings: Vec<VerificationFinding>,
    /// How many findings were left off.
    pub left_off: u64,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VerificationFinding {
    /// Where, for people.
    pub at: String,
    /// What, as a word.
    pub kind: String,
    /// What, for people.
    pub message: String,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema_version: u32,
    #[serde(flatten)]
    verification: Verification,
}

impl Verification {
    /// What a report says, at the time it was made.
    #[must_use]
    pub fn of(report: &Report, at: Timestamp) -> Self {
        let finding = |finding: &audit::Finding| VerificationFinding {
            at: finding.at.to_string(),
            kind: finding.kind.to_string(),
            message: finding.message.clone(),
        };
        Self {
            at,
            sound: report.is_sound(),
            verified_to: report.verified_to,
            sealed: report.sealed,
            unsealed: report.unsealed,
            checkpoints: report.checkpoints,
            outside_to: report.outside_to,
            findings: report.findings.iter().map(finding).collect(),
            left_off: report.left_off,
        }
    }
}

/// Keeps what verifying a log came to, in place of what it came to before.
///
/// # Errors
/// The database's.
pub fn keep(conn: &mut Conn, report: &Report, at: Timestamp) -> Result<()> {
    let document = Document { schema_version: SCHEMA_VERSION, verification: Verification::of(report, at) };
    let json = serde_json::to_string(&document).map_err(Error::internal)?;
    query::verification::put(conn, report.log, &json, at)
}

/// What verifying a log came to last; none if it never was verified.
///
/// # Errors
/// The database's.
pub fn last_verification(conn: &mut Conn, log: Log) -> Result<Option<Verification>> {
    let json = query::verification::newest(conn, log)?;
    let read = |json: String| serde_json::from_str::<Document>(&json).map_err(Error::internal);
    Ok(json.map(read).transpose()?.map(|document| document.verification))
}
