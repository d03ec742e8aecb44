//! The notes of a chart as they are handed out: every signed version, who signed it and when, and what was appended.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::query::{self, Kept, KeptAddendum, KeptPending, KeptVersion};
use super::rules::PendingKind;
use super::views::Signer;
use super::{AmendReason, NoteBody, NoteKind, rules};
use crate::actor::Discipline;
use crate::audit::Hash;
use crate::chart::{self, Chart};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{AddendumId, EpisodeId, NoteId, StaffId};
use crate::policy::{Action, NoteState, Sharing};
use crate::safety::ops::{self as safety, OverrideView};

/// A note as it is handed out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedNote {
    /// Its id.
    pub id: NoteId,
    /// What it was written for.
    pub kind: NoteKind,
    /// The discipline it is written in.
    pub discipline: Discipline,
    /// Who wrote it.
    pub author: Signer,
    /// Where it stands: `signed`; `awaiting_cosign`, signed by its author and not yet by their supervisor;
    /// `left_unsigned`, never signed since its author has left; `entered_in_error`, of which nothing but this stub is
    /// handed out.
    pub state: NoteState,
    /// Among whom of the staff its author shares it; not handed out.
    #[serde(skip)]
    pub sharing: Sharing,
    /// The episode of care it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode_id: Option<EpisodeId>,
    /// When the patient was seen.
    pub service_at: Timestamp,
    /// When it was begun.
    pub begun_at: Timestamp,
    /// When its author signed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<Timestamp>,
    /// Whether it was signed more than 24 hours after the patient was seen.
    pub late_entry: bool,
    /// Who declared that it was entered in error, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entered_in_error: Option<Signature>,
    /// The words of a note of which no version is in force: one that awaits a second signature, or was left unsigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NoteBody>)]
    pub body: Option<Box<RawValue>>,
    /// Every signed version, the first one first; the last one is in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<RecordedVersion>,
    /// Safety items that were overridden for this visit, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<OverrideView>,
    /// What was appended, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub addenda: Vec<RecordedAddendum>,
    /// Amendments and addenda that their author has signed and that await a second signature: they are not in force.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub awaiting_cosign: Vec<RecordedPending>,
}

/// Who put their name to something, and when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Signature {
    /// Who.
    pub by: Signer,
    /// When, by the server's clock.
    pub at: Timestamp,
}

/// A signed version of a note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedVersion {
    /// Counted from 1.
    pub number: i32,
    /// Who signed it, and when.
    pub signed: Signature,
    /// Who signed it beside them, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Signature>,
    /// Why it was written; none for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AmendReason>,
    /// More about why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// SHA-256 of the canonical JSON (RFC 8785) of `body`, as it was sealed in the audit log at signing.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// Its words.
    #[schema(value_type = NoteBody)]
    pub body: Box<RawValue>,
}

/// Something that was appended to a note.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedAddendum {
    /// Its id.
    pub id: AddendumId,
    /// Who appended it, and when.
    pub signed: Signature,
    /// Who signed it beside them, and when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cosigned: Option<Signature>,
    /// What.
    pub text: String,
    /// SHA-256 of the text, as it was sealed in the audit log.
    #[schema(value_type = String)]
    pub hash: Hash,
}

/// An amendment or addendum that awaits a second signature.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedPending {
    /// What it will be.
    pub kind: PendingKind,
    /// Its author, who has signed it, and when.
    pub signed: Signature,
    /// Why the note is to be amended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<AmendReason>,
    /// More about why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// SHA-256 of the words, as the audit log sealed it when its author signed.
    #[schema(value_type = String)]
    pub hash: Hash,
    /// The words of an amendment.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<NoteBody>)]
    pub body: Option<Box<RawValue>>,
    /// The words of an addendum.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// Every note of the chart that is no draft, oldest service first, for whoever may hand it out; consent directives are
/// not heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<RecordedNote>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let names = Names(query::everybody(tx.conn(), chart)?);
    let mut versions = by_note(query::kept_versions(tx.conn(), chart)?, |version| version.note_id);
    let mut addenda = by_note(query::kept_addenda(tx.conn(), chart)?, |addendum| addendum.note_id);
    let mut pending = by_note(query::kept_pending(tx.conn(), chart)?, |pending| pending.note_id);
    let wrong = query::declared_wrong(tx.conn(), chart)?;
    let notes = query::kept(tx.conn(), chart)?;
    let in_force: Vec<_> =
        notes.iter().filter(|note| note.state != NoteState::EnteredInError).map(|note| note.id).collect();
    let mut overrides = by_note(safety::of_notes(tx, chart, &in_force)?, |(note, _)| *note);
    let notes = notes.into_iter().map(|note| {
        let versions = versions.remove(&note.id).unwrap_or_default().into_iter().map(|row| names.version(row));
        let addenda = addenda.remove(&note.id).unwrap_or_default().into_iter().map(|row| names.addendum(row));
        let pending = pending.remove(&note.id).unwrap_or_default().into_iter().map(|row| names.pending(row));
        let overrides = overrides.remove(&note.id).unwrap_or_default().into_iter().map(|(_, given)| given).collect();
        let entered_in_error = wrong.get(&note.id).map(|(by, at)| names.signature(*by, *at));
        let shown = RecordedNote {
            versions: versions.collect::<Result<_>>()?,
            addenda: addenda.collect::<Result<_>>()?,
            awaiting_cosign: pending.collect::<Result<_>>()?,
            overrides,
            entered_in_error,
            ..names.note(note)?
        };
        Ok(shown)
    });
    notes.collect()
}

fn by_note<T>(rows: Vec<T>, note: impl Fn(&T) -> NoteId) -> HashMap<NoteId, Vec<T>> {
    let mut by_note: HashMap<NoteId, Vec<T>> = HashMap::new();
    for row in rows {
        by_note.entry(note(&row)).or_default().push(row);
    }
    by_note
}

/// What the staff are called.
struct Names(HashMap<StaffId, String>);

impl Names {
    fn signer(&self, id: StaffId) -> Signer {
        Signer { id, name: self.0.get(&id).cloned().unwrap_or_default() }
    }

    fn signature(&self, by: StaffId, at: Timestamp) -> Signature {
        Signature { by: self.signer(by), at }
    }

    fn note(&self, row: Kept) -> Result<RecordedNote> {
        Ok(RecordedNote {
            id: row.id,
            kind: row.kind,
            discipline: row.discipline,
            author: self.signer(row.author_id),
            state: row.state,
            sharing: row.sharing,
            episode_id: row.episode_id,
            service_at: row.service_at,
            begun_at: row.created_at,
            signed_at: row.signed_at,
            late_entry: row.signed_at.is_some_and(|signed_at| rules::late_entry(row.service_at, signed_at)),
            entered_in_error: None,
            body: row.draft.map(RawValue::from_string).transpose().map_err(Error::internal)?,
            versions: Vec::new(),
            overrides: Vec::new(),
            addenda: Vec::new(),
            awaiting_cosign: Vec::new(),
        })
    }

    fn version(&self, row: KeptVersion) -> Result<RecordedVersion> {
        Ok(RecordedVersion {
            number: row.number,
            signed: self.signature(row.signed_by, row.signed_at),
            cosigned: self.cosigned(row.cosigned_by, row.cosigned_at),
            reason: row.reason,
            explanation: row.explanation,
            hash: hash_of(&row.hash)?,
            body: RawValue::from_string(row.body).map_err(Error::internal)?,
        })
    }

    fn addendum(&self, row: KeptAddendum) -> Result<RecordedAddendum> {
        Ok(RecordedAddendum {
            id: row.id,
            signed: self.signature(row.author_id, row.written_at),
            cosigned: self.cosigned(row.cosigned_by, row.cosigned_at),
            text: row.text,
            hash: hash_of(&row.hash)?,
        })
    }

    fn pending(&self, row: KeptPending) -> Result<RecordedPending> {
        let (body, text) = match row.kind {
            PendingKind::Amendment => (Some(RawValue::from_string(row.words).map_err(Error::internal)?), None),
            PendingKind::Addendum => (None, Some(row.words)),
        };
        Ok(RecordedPending {
            kind: row.kind,
            signed: self.signature(row.author_id, row.signed_at),
            reason: row.reason,
            explanation: row.explanation,
            hash: hash_of(&row.hash)?,
            body,
            text,
        })
    }

    fn cosigned(&self, by: Option<StaffId>, at: Option<Timestamp>) -> Option<Signature> {
        by.zip(at).map(|(by, at)| self.signature(by, at))
    }
}

fn hash_of(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map(Hash).map_err(Error::internal)
}
