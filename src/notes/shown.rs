//! What a reader is shown of notes: the one place where words are left out.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::beside::Beside;
use super::body;
use super::copied::Copied;
use super::query::{self, AddendumRow, NoteRow, PendingRow, ReturnRow, VersionRow};
use super::rules::{self, PendingKind};
use super::views::{AddendumView, Cosigned, NoteView, PendingView, ReturnView, Shown, Signer, VersionView};
use crate::audit::Hash;
use crate::chart::{self, Chart};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{NoteId, StaffId};
use crate::policy::{NoteClass, NoteState, Sight, Whose};
use crate::referrals::ops::ReportResult;

/// One note.
///
/// # Errors
/// The database's.
pub(super) fn note(tx: &mut Tx, chart: &Chart, id: NoteId, sight: Sight) -> Result<NoteView> {
    let row = query::note(tx.conn(), chart, id)?;
    of_row(tx, chart, row, sight)
}

/// A note by its row.
///
/// # Errors
/// The database's.
pub(super) fn of_row(tx: &mut Tx, chart: &Chart, row: NoteRow, sight: Sight) -> Result<NoteView> {
    let mut shown = notes(tx, chart, vec![(row, sight)])?;
    shown.pop().ok_or_else(Error::not_found)
}

/// Notes, each as much as the reader may see of it.
///
/// # Errors
/// The database's.
pub(super) fn notes(tx: &mut Tx, chart: &Chart, rows: Vec<(NoteRow, Sight)>) -> Result<Vec<NoteView>> {
    let (mut beside, names) = beside(tx, chart, &rows)?;
    let mut shown = Vec::with_capacity(rows.len());
    for (row, sight) in rows {
        let (own, links) = (beside.take(row.id), links(tx, chart, &row)?);
        shown.push(NoteView { replaces: links.0, replaced_by: links.1, ..shape(row, own, &names, sight, tx.now())? });
    }
    Ok(shown)
}

/// What those are called who signed beside an author, or returned something.
type Names = HashMap<StaffId, String>;

fn beside(tx: &mut Tx, chart: &Chart, rows: &[(NoteRow, Sight)]) -> Result<(Beside, Names)> {
    let full = || rows.iter().filter(|(_, sight)| *sight == Sight::Full).map(|(row, _)| row);
    let with_more = || full().filter(|row| row.has_beside);
    let of_the_two: Vec<_> = with_more().filter(|row| is_author_or_supervisor(row)).map(|row| row.id).collect();
    let beside = Beside::load(tx, chart, &with_more().map(|row| row.id).collect::<Vec<_>>(), &of_the_two)?;
    let named = full().filter_map(|row| row.cosigned_by).chain(beside.cosigners()).collect();
    Ok((beside, query::names(tx.conn(), chart, named)?))
}

/// What came back is between an author and their supervisor.
fn is_author_or_supervisor(row: &NoteRow) -> bool {
    row.class / i32::from(NoteClass::WORTH.whose) % 3 != Whose::Another as i32
}

/// The notes that this one replaces and is replaced by, as far as the reader may read those: nobody else is told by a
/// link whose record it leads to.
fn links(tx: &mut Tx, chart: &Chart, row: &NoteRow) -> Result<(Option<NoteId>, Option<NoteId>)> {
    let replaced_by = match row.state {
        NoteState::EnteredInError => query::replacement(tx.conn(), chart, row.id)?,
        NoteState::Draft | NoteState::AwaitingCosign | NoteState::Signed | NoteState::LeftUnsigned => None,
    };
    let mut seen = |link: Option<NoteId>| match link {
        Some(id) if chart::sight_of(tx, id)?.is_some() => Ok::<_, Error>(link),
        _ => Ok(None),
    };
    Ok((seen(row.replaces_id)?, seen(replaced_by)?))
}

/// A note without the links to other records.
fn shape(row: NoteRow, beside: Beside, names: &Names, sight: Sight, now: Timestamp) -> Result<NoteView> {
    let Beside { addenda, overrides, pending, returns } = beside;
    let hash = match (&row.hash, row.state) {
        (Some(hash), _) => Some(hash_of(hash)?),
        (None, NoteState::AwaitingCosign) => row.draft.as_deref().map(|draft| Hash(body::hash(draft))),
        (None, _) => None,
    };
    // A hash without salt tells whoever guesses the words that they guessed right.
    let hash = hash.filter(|_| sight == Sight::Full);
    let copied = match (sight, row.copied) {
        (Sight::Full, Some(copied)) => Copied::read(&copied)?.parts,
        _ => Vec::new(),
    };
    let (shown, words) = match sight {
        Sight::Full => (Shown::Full, row.signed.or(row.draft)),
        Sight::Stub => (Shown::Stub, None),
    };
    Ok(NoteView {
        id: row.id,
        patient_id: row.patient_id,
        episode_id: row.episode_id,
        referral_id: row.referral_id,
        answers_referral: answered(
            row.answers.filter(|_| row.state == NoteState::AwaitingCosign && sight == Sight::Full),
        )?,
        kind: row.kind,
        discipline: row.discipline,
        author: Signer { id: row.author_id, name: row.author_name },
        state: row.state,
        shown,
        sharing: row.sharing,
        service_at: row.service_at,
        created_at: row.created_at,
        signed_at: row.signed_at,
        cosigned: cosigned(names, row.cosigned_by, row.cosigned_at).filter(|_| sight == Sight::Full),
        late_entry: rules::late_entry(row.service_at, row.signed_at.unwrap_or(now)),
        version: row.version,
        current_version: row.current_version,
        hash,
        body: words.map(raw).transpose()?,
        addenda: addenda.into_iter().map(|row| addendum(row, names)).collect::<Result<_>>()?,
        pending: pending.into_iter().map(|row| waiting(row, names, true)).collect::<Result<_>>()?,
        returns: returns.into_iter().map(|row| returned(row, names)).collect::<Result<_>>()?,
        copied,
        overrides: overrides.into_iter().map(|(_, given)| given).collect(),
        warnings: Vec::new(),
        replaces: None,
        replaced_by: None,
    })
}

/// How far a note answers its referral, from its word.
pub(super) fn answered(word: Option<String>) -> Result<Option<ReportResult>> {
    word.map(|word| word.parse()).transpose().map_err(Error::internal)
}

fn addendum(row: AddendumRow, names: &Names) -> Result<AddendumView> {
    Ok(AddendumView {
        id: row.id,
        author: Signer { id: row.author_id, name: row.author_name },
        written_at: row.written_at,
        text: row.text,
        hash: hash_of(&row.hash)?,
        cosigned: cosigned(names, row.cosigned_by, row.cosigned_at),
    })
}

fn waiting(row: PendingRow, names: &Names, with_comments: bool) -> Result<PendingView> {
    let (body, text) = match row.kind {
        PendingKind::Amendment => (Some(raw(row.words)?), None),
        PendingKind::Addendum => (None, Some(row.words)),
    };
    Ok(PendingView {
        id: row.id,
        note_id: row.note_id,
        kind: row.kind,
        author: Signer { id: row.author_id, name: row.author_name },
        signed_at: row.signed_at,
        state: row.state,
        reason: row.reason,
        explanation: row.explanation,
        body,
        text,
        hash: hash_of(&row.hash)?,
        ended_by: row.ended_by.map(|by| signer(names, by)),
        ended_at: row.ended_at,
        comments: row.comments.filter(|_| with_comments),
        version: row.version,
    })
}

fn returned(row: ReturnRow, names: &Names) -> Result<ReturnView> {
    Ok(ReturnView {
        returned_by: signer(names, row.returned_by),
        returned_at: row.returned_at,
        comments: row.comments,
        signed_at: row.signed_at,
        hash: hash_of(&row.hash)?,
        body: raw(row.body)?,
    })
}

/// One amendment or addendum that waits or waited.
///
/// # Errors
/// The database's.
pub(super) fn pending(tx: &mut Tx, chart: &Chart, row: PendingRow) -> Result<PendingView> {
    let names = query::names(tx.conn(), chart, row.ended_by.into_iter().collect())?;
    let reader = chart.actor().staff;
    let with_comments = row.author_id == reader || row.supervisor_id == Some(reader);
    waiting(row, &names, with_comments)
}

/// Signed versions, without their words.
///
/// # Errors
/// The database's.
pub(super) fn versions(tx: &mut Tx, chart: &Chart, rows: Vec<VersionRow>) -> Result<Vec<VersionView>> {
    let names = query::names(tx.conn(), chart, rows.iter().filter_map(|row| row.cosigned_by).collect())?;
    rows.into_iter().map(|row| version(row, &names)).collect()
}

fn version(row: VersionRow, names: &Names) -> Result<VersionView> {
    Ok(VersionView {
        number: row.number,
        signed_by: Signer { id: row.signed_by, name: row.signer_name },
        signed_at: row.signed_at,
        cosigned: cosigned(names, row.cosigned_by, row.cosigned_at),
        reason: row.reason,
        explanation: row.explanation,
        hash: hash_of(&row.hash)?,
        body: None,
    })
}

fn cosigned(names: &Names, by: Option<StaffId>, at: Option<Timestamp>) -> Option<Cosigned> {
    Some(Cosigned { by: signer(names, by?), at: at? })
}

fn signer(names: &Names, id: StaffId) -> Signer {
    Signer { id, name: names.get(&id).cloned().unwrap_or_default() }
}

pub(super) fn raw(words: String) -> Result<Box<RawValue>> {
    RawValue::from_string(words).map_err(Error::internal)
}

fn hash_of(bytes: &[u8]) -> Result<Hash> {
    bytes.try_into().map(Hash).map_err(Error::internal)
}
