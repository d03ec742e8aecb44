//! A log taken out: JSON Lines that a short program in any language can read and verify.
//!
//! A header, the signed checkpoints, the events with the exact bytes of their leaves, and last their count.

use std::io::{BufRead, Lines, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::VerifyingKey;
use serde::{Deserialize, Serialize};

use super::checkpoint::{read_verifier_key, verifier_key};
use super::event::Log;
use crate::error::{Code, Error, Result};

/// The version of the format, in its header.
pub const FORMAT: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    tandem_audit_export: u32,
    origin: String,
    public_keys: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Checkpoint(CheckpointLine),
    Event(EventLine),
    Count(CountLine),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckpointLine {
    checkpoint: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EventLine {
    seq: u64,
    leaf: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CountLine {
    count: u64,
}

/// A free text with its 32 bytes of salt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The salt.
    pub salt: [u8; 32],
    /// The text.
    pub text: String,
}

/// One event of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The leaf's number, from 0.
    pub seq: u64,
    /// The exact bytes that were sealed.
    pub leaf: Vec<u8>,
    /// The text beside it, where it is exported.
    pub text: Option<Text>,
}

/// Writes an export; whatever is stored is written, sound or not.
#[derive(Debug)]
pub struct Export<W> {
    out: W,
    count: u64,
}

impl<W: Write> Export<W> {
    /// Begins with the header and the signed checkpoints, smallest first.
    ///
    /// # Errors
    /// [`Code::Internal`] if it cannot be written.
    pub fn begin<'a>(
        out: W,
        log: Log,
        keys: &[VerifyingKey],
        checkpoints: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self> {
        let mut export = Self { out, count: 0 };
        let public_keys = keys.iter().map(|key| verifier_key(log, key)).collect();
        export.line(&Header { tandem_audit_export: FORMAT, origin: log.origin(), public_keys })?;
        for note in checkpoints {
            export.line(&CheckpointLine { checkpoint: note.to_owned() })?;
        }
        Ok(export)
    }

    /// Writes the next event.
    ///
    /// # Errors
    /// [`Code::Internal`] if it cannot be written.
    pub fn event(&mut self, event: &Exported) -> Result<()> {
        self.count += 1;
        self.line(&EventLine {
            seq: event.seq,
            leaf: BASE64.encode(&event.leaf),
            salt: event.text.as_ref().map(|text| BASE64.encode(text.salt)),
            text: event.text.as_ref().map(|text| text.text.clone()),
        })
    }

    /// Ends with the count, which it gives back.
    ///
    /// # Errors
    /// [`Code::Internal`] if it cannot be written.
    pub fn finish(mut self) -> Result<u64> {
        let count = self.count;
        self.line(&CountLine { count })?;
        self.out.flush().map_err(Error::internal)?;
        Ok(count)
    }

    fn line(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.out, line).map_err(Error::internal)?;
        self.out.write_all(b"\n").map_err(Error::internal)
    }
}

/// Reads an export: first its head, then, as an iterator, its events. The iterator ends well only after a count that is
/// right and is the last line.
#[derive(Debug)]
pub struct Import<R> {
    /// The log it was taken from.
    pub log: Log,
    /// The public keys it names: for information, not to be trusted.
    pub keys: Vec<VerifyingKey>,
    /// The signed checkpoints, not verified here.
    pub checkpoints: Vec<String>,
    lines: Lines<R>,
    /// The first line after the checkpoints, read already.
    ahead: Option<Line>,
    count: u64,
    over: bool,
}

impl<R: BufRead> Import<R> {
    /// Reads header and checkpoints.
    ///
    /// # Errors
    /// [`Code::Unreadable`] if this is not the beginning of an export, [`Code::Internal`] if reading fails.
    pub fn open(input: R) -> Result<Self> {
        let mut lines = input.lines();
        let first = lines.next().ok_or_else(|| unreadable("it is empty"))?.map_err(Error::internal)?;
        let header: Header = serde_json::from_str(&first).map_err(|_| unreadable("its first line is no header"))?;
        let log = Log::of_origin(&header.origin).ok_or_else(|| unreadable("its origin is no log"))?;
        if header.tandem_audit_export != FORMAT {
            return Err(unreadable("it is of another version"));
        }
        let keys: Result<Vec<_>> = header.public_keys.iter().map(|text| read_verifier_key(text)).collect();
        let keys = keys?.into_iter().map(|(_, key)| key).collect();
        let mut import = Self { log, keys, checkpoints: Vec::new(), lines, ahead: None, count: 0, over: false };
        loop {
            match import.line()? {
                Line::Checkpoint(line) => import.checkpoints.push(line.checkpoint),
                other => {
                    import.ahead = Some(other);
                    return Ok(import);
                }
            }
        }
    }

    fn line(&mut self) -> Result<Line> {
        let line = self.lines.next().ok_or_else(|| unreadable("it ends before its count"))?.map_err(Error::internal)?;
        serde_json::from_str(&line).map_err(|_| unreadable("a line is not one of an export"))
    }

    fn event(&mut self) -> Result<Option<Exported>> {
        let line = match self.ahead.take() {
            Some(line) => line,
            None => self.line()?,
        };
        match line {
            Line::Event(line) => {
                self.count += 1;
                exported(line).map(Some)
            }
            Line::Count(CountLine { count }) if count == self.count && self.lines.next().is_none() => Ok(None),
            Line::Count(_) => Err(unreadable("its count is not that of its events, or not its end")),
            Line::Checkpoint(_) => Err(unreadable("a checkpoint stands among the events")),
        }
    }
}

impl<R: BufRead> Iterator for Import<R> {
    type Item = Result<Exported>;
    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let event = self.event().transpose();
        self.over = !matches!(event, Some(Ok(_)));
        event
    }
}

fn exported(line: EventLine) -> Result<Exported> {
    let bytes = |text: &str| BASE64.decode(text).map_err(|_| unreadable("its bytes are not in base64"));
    let text = match (line.salt, line.text) {
        (None, None) => None,
        (Some(salt), Some(text)) => {
            let salt = bytes(&salt)?.try_into().map_err(|_| unreadable("a salt has 32 bytes"))?;
            Some(Text { salt, text })
        }
        _ => return Err(unreadable("a salt stands without its text, or a text without its salt")),
    };
    Ok(Exported { seq: line.seq, leaf: bytes(&line.leaf)?, text })
}

fn unreadable(why: &str) -> Error {
    Error::new(Code::Unreadable, format!("the export cannot be read: {why}"))
}

#[cfg(test)]
mod tests;
