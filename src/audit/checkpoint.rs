//! Signed checkpoints: C2SP tlog-checkpoint as text, C2SP signed-note (Ed25519) around it.
//!
//! The name of a key is the origin of the log it signs, as tlog-checkpoint recommends; so one public key has another
//! key id in every log, and a signature made for one log can never be taken for another's.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

use super::event::Log;
use super::merkle::Hash;
use crate::error::{Code, Error, Result};

/// Ed25519, as signed-note numbers the kinds of signatures.
const ED25519: u8 = 1;
/// What a line with a signature begins with.
const SIGNATURE: &str = "\u{2014} ";
/// More signatures than this are refused unread; signed-note asks for at least 16.
const MOST_SIGNATURES: usize = 16;

/// What the log was at one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Which log.
    pub log: Log,
    /// How many leaves.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed: origin, size and root in base64, a line each.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.log.origin(), self.size, BASE64.encode(self.root.0))
    }

    /// The signed note; several keys sign while one follows another.
    #[must_use]
    pub fn sign(&self, keys: &[&SigningKey]) -> String {
        let text = self.text();
        let origin = self.log.origin();
        let mut note = format!("{text}\n");
        for key in keys {
            let mut bytes = key_id(&origin, &key.verifying_key()).to_vec();
            bytes.extend(key.sign(text.as_bytes()).to_bytes());
            // Writing into a String cannot fail.
            let _ = writeln!(note, "{SIGNATURE}{origin} {}", BASE64.encode(bytes));
        }
        note
    }

    /// Reads a signed note and verifies it: at least one of `keys` signed it, and no signature of theirs is wrong.
    /// Signatures of unknown keys are passed over, as signed-note demands.
    ///
    /// # Errors
    /// [`Code::Internal`] with a detail that says what is wrong with it.
    pub fn open(note: &str, keys: &[VerifyingKey]) -> Result<Self> {
        let (lines, signatures) = note.rsplit_once("\n\n").ok_or_else(|| wrong("it has no signatures"))?;
        let text = format!("{lines}\n");
        let checkpoint = Self::read(&text).ok_or_else(|| wrong("it is not an origin, a size and a root"))?;
        let signatures = signatures.strip_suffix('\n').ok_or_else(|| wrong("it ends within a line"))?;
        let signatures: Vec<&str> = signatures.split('\n').collect();
        if signatures.len() > MOST_SIGNATURES {
            return Err(wrong("it has too many signatures"));
        }
        let origin = checkpoint.log.origin();
        let mut known = 0;
        for line in signatures {
            let (name, id, signature) = read_signature(line).ok_or_else(|| wrong("a signature cannot be read"))?;
            let mut candidates = keys.iter().filter(|key| name == origin && id == key_id(&origin, key)).peekable();
            if candidates.peek().is_none() {
                continue;
            }
            let good = |key: &VerifyingKey| {
                Signature::from_slice(&signature).is_ok_and(|made| key.verify_strict(text.as_bytes(), &made).is_ok())
            };
            if !candidates.any(good) {
                return Err(wrong("its signature is not good"));
            }
            known += 1;
        }
        if known == 0 { Err(wrong("no known key signed it")) } else { Ok(checkpoint) }
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.split('\n');
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let root = Hash(BASE64.decode(root).ok()?.try_into().ok()?);
        let checkpoint = Self { log: Log::of_origin(origin)?, size: size.parse().ok()?, root };
        (checkpoint.text() == text).then_some(checkpoint)
    }
}

fn wrong(what: &str) -> Error {
    Error::new(Code::Internal, format!("the checkpoint is not valid: {what}"))
}

fn read_signature(line: &str) -> Option<(&str, [u8; 4], Vec<u8>)> {
    let (name, encoded) = line.strip_prefix(SIGNATURE)?.split_once(' ')?;
    let named = !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+');
    let bytes = BASE64.decode(encoded).ok().filter(|_| named)?;
    let (id, signature) = bytes.split_first_chunk::<4>()?;
    Some((name, *id, signature.to_vec()))
}

fn key_id(name: &str, key: &VerifyingKey) -> [u8; 4] {
    let hash = Sha256::new().chain_update(name).chain_update([b'\n', ED25519]).chain_update(key).finalize();
    [hash[0], hash[1], hash[2], hash[3]]
}

/// The public key of a log as text: `<origin>+<key id in hexadecimal>+<base64 of 0x01 and the 32 bytes of the key>`.
#[must_use]
pub fn verifier_key(log: Log, key: &VerifyingKey) -> String {
    let origin = log.origin();
    let id = u32::from_be_bytes(key_id(&origin, key));
    let mut bytes = vec![ED25519];
    bytes.extend(key.as_bytes());
    format!("{origin}+{id:08x}+{}", BASE64.encode(bytes))
}

/// Reads what [`verifier_key`] writes.
///
/// # Errors
/// [`Code::Unreadable`] if it is anything else.
pub fn read_verifier_key(text: &str) -> Result<(Log, VerifyingKey)> {
    let read = || {
        let (origin, rest) = text.split_once('+')?;
        let bytes = BASE64.decode(rest.split_once('+')?.1).ok()?;
        let key = VerifyingKey::from_bytes(bytes.get(1..)?.try_into().ok()?).ok()?;
        Some((Log::of_origin(origin)?, key)).filter(|(log, key)| verifier_key(*log, key) == text)
    };
    read().ok_or_else(|| Error::new(Code::Unreadable, "not a public key of an audit log"))
}

/// The signed notes of a file to which they were appended one after the other, of whatever logs. What follows the last
/// whole line with a signature is what a crash left while writing, and is left off: the lengths of the notes add up to
/// where the next one belongs.
#[must_use]
pub fn notes(file: &str) -> Vec<&str> {
    let mut notes = Vec::new();
    let (mut start, mut end, mut signed) = (0, 0, false);
    for line in file.split_inclusive('\n') {
        let signature = line.starts_with(SIGNATURE) && line.ends_with('\n');
        if signed && !signature {
            notes.push(&file[start..end]);
            start = end;
        }
        end += line.len();
        signed = signature;
    }
    if signed {
        notes.push(&file[start..end]);
    }
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::sample;

    fn checkpoint() -> Checkpoint {
        Checkpoint { log: sample::signed_note().log, size: 20_852_163, root: Hash([7; 32]) }
    }

    #[test]
    fn a_signed_checkpoint_opens_and_reads_like_this() {
        let note = checkpoint().sign(&[&sample::key(1)]);
        let lines: Vec<&str> = note.split('\n').collect();
        assert_eq!(lines[..2], ["tandem/01890a5d-ac96-7000-8000-000000000004", "20852163"]);
        assert_eq!(lines[2..4], ["BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=", ""]);
        assert!(lines[4].starts_with("— tandem/01890a5d-ac96-7000-8000-000000000004 "));
        assert_eq!(lines[5..], [""]);
        assert_eq!(Checkpoint::open(&note, &[sample::key(1).verifying_key()]).unwrap(), checkpoint());
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let note = checkpoint().sign(&[&sample::key(1)]);
        let keys = [sample::key(1).verifying_key()];
        for place in 0..note.len() {
            for bit in 0..8 {
                let mut bytes = note.clone().into_bytes();
                bytes[place] ^= 1 << bit;
                let changed = String::from_utf8_lossy(&bytes);
                assert!(Checkpoint::open(&changed, &keys).is_err(), "byte {place}, bit {bit}: {changed}");
            }
            let mut shorter = note.clone().into_bytes();
            shorter.remove(place);
            assert!(Checkpoint::open(&String::from_utf8_lossy(&shorter), &keys).is_err(), "without byte {place}");
        }
    }

    #[test]
    fn a_stranger_s_signature_is_refused() {
        let note = checkpoint().sign(&[&sample::key(2)]);
        assert!(Checkpoint::open(&note, &[sample::key(1).verifying_key()]).is_err());
        assert!(Checkpoint::open(&note, &[]).is_err());
        assert!(Checkpoint::open(&checkpoint().sign(&[]), &[sample::key(1).verifying_key()]).is_err());
    }

    #[test]
    fn while_one_key_follows_another_either_opens_it() {
        let note = checkpoint().sign(&[&sample::key(1), &sample::key(2)]);
        for known in [vec![1], vec![2], vec![1, 2]] {
            let keys: Vec<_> = known.into_iter().map(|seed| sample::key(seed).verifying_key()).collect();
            assert_eq!(Checkpoint::open(&note, &keys).unwrap(), checkpoint());
        }
    }

    #[test]
    fn one_bad_signature_of_a_known_key_spoils_the_note() {
        let other = Checkpoint { size: 1, ..checkpoint() }.sign(&[&sample::key(2)]);
        let bad = other.split_once("\n\n").unwrap().1;
        let note = checkpoint().sign(&[&sample::key(1)]) + bad;
        assert!(Checkpoint::open(&note, &[1, 2].map(|seed| sample::key(seed).verifying_key())).is_err());
    }

    #[test]
    fn odd_spellings_are_refused() {
        let keys = [sample::key(1).verifying_key()];
        let text = checkpoint().text();
        let odd = [
            text.replace("20852163", "020852163"),
            text.replace("20852163", "+20852163"),
            text.replace("tandem/", "other/"),
            format!("{text}an extension line\n"),
            text.replace("c=\n", "d=\n"),
        ];
        for text in odd {
            let mut bytes = key_id(&checkpoint().log.origin(), &keys[0]).to_vec();
            bytes.extend(sample::key(1).sign(text.as_bytes()).to_bytes());
            let note = format!("{text}\n— {} {}\n", checkpoint().log.origin(), BASE64.encode(bytes));
            assert!(Checkpoint::open(&note, &keys).is_err(), "{note}");
        }
    }

    #[test]
    fn a_public_key_comes_back_from_its_text() {
        let key = sample::key(1).verifying_key();
        let text = verifier_key(checkpoint().log, &key);
        assert_eq!(read_verifier_key(&text).unwrap(), (checkpoint().log, key));
        assert!(read_verifier_key(&text.replace("tandem/0", "tandem/1")).is_err());
        assert!(read_verifier_key("tandem/installation").is_err());
    }

    #[test]
    fn the_example_of_the_signed_note_s_public_key_has_its_key_id() {
        let bytes = BASE64.decode("AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").unwrap();
        let key = VerifyingKey::from_bytes(bytes[1..].try_into().unwrap()).unwrap();
        assert_eq!(key_id("example.com/foo", &key), 0x530d_903a_u32.to_be_bytes());
    }

    #[test]
    fn notes_are_told_apart_in_a_file_whose_end_was_torn() {
        let first = checkpoint().sign(&[&sample::key(1), &sample::key(2)]);
        let second = Checkpoint { log: Log::Installation, ..checkpoint() }.sign(&[&sample::key(1)]);
        for tail in ["", &second[..second.len() - 9], &first[..60]] {
            let file = format!("{first}{second}{tail}");
            assert_eq!(notes(&file), [&*first, &*second], "{tail}");
        }
        assert!(notes("").is_empty());
    }
}
