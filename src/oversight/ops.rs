//! What is done in the oversight room.

use ed25519_dalek::VerifyingKey;

pub use super::start_treating::StartedWithoutNote;
pub use super::start_treating::ops::started_without_note;
use super::{Asked, EventView, LastVerification, LogBook, PublicKey, PublicKeys, query};
use crate::audit::checkpoint::verifier_key;
use crate::audit::{Event, Log, Object, ObjectKind};
use crate::chart;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::ids::{EventId, PracticeId};
use crate::policy::AuditReach;
use crate::sealing::{self, Consistency, Proof, SignedCheckpoint, Span};

/// Events, newest first. A filter by patient names that patient in the event of the reading.
///
/// # Errors
/// The refusal's code; [`Code::RoleDoesNotAllow`] for the actions of somebody else where one sees only one's own;
/// [`Code::OwnRecord`] for the record that is one's own; 404 for a patient of no practice of theirs.
pub(super) fn events(tx: &mut Tx, asked: &Asked, most: i64) -> Result<Vec<EventView>> {
    tx.about(asked.patient, None);
    let book = LogBook::open(tx)?;
    if book.reach == AuditReach::Own && asked.actor.is_some_and(|actor| actor != book.reader) {
        return Err(Error::of(Code::RoleDoesNotAllow));
    }
    let hidden = chart::hidden_patients(tx)?;
    if let Some(patient) = asked.patient {
        if hidden.barred.contains(&patient) || !query::is_patient(tx.conn(), book, patient)? {
            tx.about(None, None);
            return Err(Error::not_found());
        }
        if hidden.own.contains(&patient) {
            return Err(Error::of(Code::OwnRecord));
        }
    }
    query::events(tx.conn(), book, asked, hidden.all(), most)
}

/// One event.
///
/// # Errors
/// The refusal's code; 404 for what the list would not show either.
pub(super) fn event(tx: &mut Tx, id: EventId) -> Result<EventView> {
    let event = events(tx, &Asked { only: Some(id), ..Asked::default() }, 1)?.pop().ok_or_else(Error::not_found)?;
    tx.names(Object { kind: ObjectKind::Event, id: id.retype(), version: None });
    Ok(event)
}

/// Signed checkpoints of the practice's log, newest first.
///
/// # Errors
/// The refusal's code.
pub(super) fn checkpoints(tx: &mut Tx, before: Option<u64>, most: i64) -> Result<Vec<SignedCheckpoint>> {
    let book = LogBook::open(tx)?;
    sealing::checkpoints(tx.conn(), book.log(), before, most)
}

/// The proof that an event is in the practice's log.
///
/// # Errors
/// The refusal's code; [`Code::OwnRecord`] for an event about one's own record; 404 without such a checkpoint or event.
pub(super) fn prove(tx: &mut Tx, keys: &[VerifyingKey], seq: u64, size: Option<u64>) -> Result<Proof> {
    let book = LogBook::open(tx)?;
    let (proof, leaf) = sealing::prove(tx.conn(), book.log(), keys, seq, size)?;
    let event = Event::read(&leaf)?;
    let hidden = chart::hidden_patients(tx)?;
    if hidden.barred.iter().any(|barred| event.subjects.contains(barred)) {
        return Err(Error::not_found());
    }
    let object = Object { kind: ObjectKind::Event, id: event.id.retype(), version: None };
    tx.about(None, Some(object));
    if hidden.own.iter().any(|own| event.subjects.contains(own)) {
        return Err(Error::of(Code::OwnRecord));
    }
    tx.names(object);
    Ok(proof)
}

/// The proof that the practice's log was only added to between two checkpoints.
///
/// # Errors
/// The refusal's code; 404 without such checkpoints, or if the first is the newer one.
pub(super) fn prove_consistency(tx: &mut Tx, keys: &[VerifyingKey], from: u64, to: Option<u64>) -> Result<Consistency> {
    let book = LogBook::open(tx)?;
    sealing::prove_consistency(tx.conn(), book.log(), keys, from, to)
}

/// What verifying the practice's log came to last.
///
/// # Errors
/// The refusal's code.
pub(super) fn last_verification(tx: &mut Tx) -> Result<LastVerification> {
    let book = LogBook::open(tx)?;
    Ok(LastVerification { last: sealing::last_verification(tx.conn(), book.log())? })
}

/// The public keys, for anyone: of the installation's log, and of the practice's with the id that the asker brings. It is
/// one key under another name, so whether there is such a practice is not said; one without an event is answered alike.
///
/// # Errors
/// The refusal's code.
pub(super) fn public_keys(tx: &mut Tx, keys: &[VerifyingKey], practice: Option<PracticeId>) -> Result<PublicKeys> {
    tx.permit(false)?;
    let logs = [Some(Log::Installation), practice.map(Log::Practice)];
    let mut listed = Vec::new();
    for log in logs.into_iter().flatten() {
        let spans = sealing::spans(tx.conn(), log, keys)?;
        listed.extend(spans.into_iter().map(|Span { key, from, to }| PublicKey {
            origin: log.origin(),
            key: verifier_key(log, &key),
            from_size: from,
            to_size: to,
        }));
    }
    Ok(PublicKeys { keys: listed })
}
