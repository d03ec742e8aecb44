//! Notes that are wrong as a whole, and those that stand in the wrong record.

use super::super::query::{self, Begun, Ended};
use super::super::rules::{self, NoteMove, PendingState};
use super::super::views::{ErrorDeclared, NoteView};
use super::cosign::freeze_waiting;
use super::{after_move, again, must_be_fresh, names, open_to_change, without_words};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart, LocatedNote};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{NoteId, PatientId, kind};
use crate::policy::{Action, Authorship, NoteFacts, NoteState};
use crate::{episodes, patients, referrals};

/// Declares a signed note to be wrong as a whole; a stub of it stays in the chart. If it stands in the wrong record, its
/// author begins a draft with its words in the right one.
///
/// # Errors
/// The policy's, in either record; [`crate::error::Code::FreshSignInNeeded`]; [`crate::error::Code::WrongState`] unless it is signed;
/// [`crate::error::Code::Invalid`] for a replacement in the same record, or by anybody but the author.
pub fn enter_in_error(
    tx: &mut Tx,
    retry: &Retry,
    id: NoteId,
    version: i32,
    declared: &ErrorDeclared,
) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, note) = open_to_change(tx, id, version, NoteMove::EnterInError)?;
            must_be_fresh(tx, &chart)?;
            if declared.reason.is_blank() {
                return Err(Error::field("/reason", "say what is wrong with the note"));
            }
            let mut version = version;
            if note.facts.state == NoteState::AwaitingCosign {
                // What was signed is kept as a version, which nobody will sign beside its author any more.
                freeze_waiting(tx, &chart, id, version, None)?;
                version += 1;
            }
            let at = tx.now();
            query::declare_error(tx.conn(), &chart, id, version, declared.reason.as_str(), at)?;
            undo_what_hangs_on(tx, &chart, id, &note)?;
            if let Some(right) = declared.replacement {
                replace(tx, &chart, id, &note, right.patient_id)?;
            }
            names(tx, id, version + 1);
            tx.explains(declared.reason.as_str());
            Ok((id, after_move(tx, &chart, id, NoteFacts { state: NoteState::EnteredInError, ..note.facts })?))
        },
        again,
    )
}

/// Takes back whatever rested on a note that turned out wrong: what it opened and reported, the time it gave its author on
/// the care team, its discipline's part in the episode, what waited on it. A joint review needs no undoing: what is in error
/// does not stand there, and makes room for another.
fn undo_what_hangs_on(tx: &mut Tx, chart: &Chart, id: NoteId, note: &LocatedNote) -> Result<()> {
    referrals::ops::note_in_error(tx, chart, id)?;
    let last = query::last_signature(tx.conn(), chart, note.author)?;
    patients::ops::shorten_membership(tx, chart, note.author, last)?;
    if let Some(episode) = note.episode {
        let discipline = note.facts.discipline;
        let treats = |tx: &mut Tx, since| query::holds_note_of(tx.conn(), chart, episode, discipline, since);
        episodes::ops::note_in_error(tx, chart, episode, discipline, treats)?;
    }
    let ended = Ended { state: PendingState::Withdrawn, comments: None, at: tx.now() };
    query::end_all_pending(tx.conn(), chart, id, ended)
}

/// Begins the draft in the right record: the words, the kind and the time of service of the wrong one. The episode stays
/// behind, being the other patient's.
fn replace(tx: &mut Tx, wrong: &Chart, id: NoteId, note: &LocatedNote, right: PatientId) -> Result<()> {
    if note.facts.authorship != Authorship::Own {
        return Err(Error::field("/replacement", "only the author writes it anew in the right record"));
    }
    if right == wrong.patient() {
        return Err(Error::field("/replacement/patient_id", "is whose record the note stands in"));
    }
    let row = query::note(tx.conn(), wrong, id)?;
    let words = row.signed.or(row.draft).ok_or_else(without_words)?;
    let discipline = note.facts.discipline;
    let chart = chart::open_also(tx, right, Action::CreateNote, NoteFacts::begun(discipline))?;
    let (new, at) = (tx.fresh_id::<kind::Note>(), tx.now());
    rules::check_service_at(row.service_at, at, rules::PREPARE_AHEAD)?;
    let begun = Begun {
        id: new,
        discipline,
        kind: row.kind,
        episode_id: None,
        referral_id: None,
        service_at: row.service_at,
        at,
        draft: &words,
        sharing: row.sharing,
        replaces: Some(id),
        copied: None,
    };
    query::begin(tx.conn(), &chart, &begun)?;
    let object = Object { kind: ObjectKind::Note, id: new.retype(), version: Some(1) };
    chart::done_also(tx, &chart, Action::CreateNote, chart.grant(), object);
    Ok(())
}
