//! Copying forward.

use std::sync::Arc;

use super::super::copied::Copied;
use super::super::query::{self, Begun};
use super::super::rules::{self, NoteMove};
use super::super::views::{CopyForward, NoteView};
use super::{again, check_words, names, read_words, view};
use crate::actor::Discipline;
use crate::audit::{Object, ObjectKind};
use crate::catalogue::Catalogue;
use crate::chart::{self, Chart};
use crate::db::{Retry, Tx};
use crate::episodes;
use crate::error::{Code, Error, Result};
use crate::ids::{EpisodeId, NoteId, kind};
use crate::policy::{Action, NoteFacts, Sight};

/// Begins a draft with the words of a note that was signed before, each part marked until it is confirmed or changed. It
/// belongs to the same episode of care, if that still takes notes, and is shared as the earlier one is.
///
/// # Errors
/// The policy's, on the note, on its episode and on beginning another; [`Code::WithheldByPatient`] where the copy would
/// not be covered by a consent directive that covers the earlier note; [`Code::WrongState`] unless it is signed.
pub fn copy_forward(
    tx: &mut Tx,
    retry: &Retry,
    catalogue: &Arc<Catalogue>,
    id: NoteId,
    new: CopyForward,
) -> Result<NoteView> {
    tx.once(
        retry,
        |tx| {
            let (chart, source) = chart::open_note(tx, id)?;
            rules::step(source.facts.state, NoteMove::CopyForward)?;
            let facts = NoteFacts::begun(source.facts.discipline);
            chart::ask_also(&chart, Action::CreateNote, facts)?;
            rules::check_service_at(new.service_at, tx.now(), rules::PREPARE_AHEAD)?;
            let row = query::note(tx.conn(), &chart, id)?;
            let source_words = read_words(row.signed.or(row.draft).as_deref())?;
            let (words, copied) = Copied::forward(id, source_words);
            check_words(&chart, facts, &words, None, catalogue)?;
            let (draft, copied) = (words.canonical()?, copied.written()?);
            let episode_id = same_episode(tx, &chart, row.episode_id, facts.discipline)?;
            let left_behind = row.episode_id.filter(|_| episode_id.is_none());
            must_stay_covered(tx, &chart, id, left_behind)?;
            let (begun_id, at) = (tx.fresh_id::<kind::Note>(), tx.now());
            let begun = Begun {
                id: begun_id,
                discipline: facts.discipline,
                kind: new.kind.unwrap_or(row.kind),
                episode_id,
                referral_id: None,
                service_at: new.service_at,
                at,
                draft: &draft,
                sharing: row.sharing,
                replaces: None,
                copied: Some(&copied),
            };
            query::begin(tx.conn(), &chart, &begun)?;
            names(tx, begun_id, 1);
            let read = chart::ask_also(&chart, Action::ReadNote, source.facts)?;
            let version = Some(source.version);
            chart::done_also(
                tx,
                &chart,
                Action::ReadNote,
                read,
                Object { kind: ObjectKind::Note, id: id.retype(), version },
            );
            Ok((begun_id, view(tx, &chart, begun_id, Sight::Full)?))
        },
        again,
    )
}

/// The episode of care of the earlier note, if this one may belong to it too.
fn same_episode(
    tx: &mut Tx,
    chart: &Chart,
    episode: Option<EpisodeId>,
    discipline: Discipline,
) -> Result<Option<EpisodeId>> {
    let Some(id) = episode else { return Ok(None) };
    match episodes::ops::take_note(tx, chart, id, discipline) {
        Ok(()) => Ok(episode),
        Err(Error { code: Code::WrongState, .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The words of a note are not taken from under a directive, on itself or on the episode that the copy leaves behind.
fn must_stay_covered(tx: &mut Tx, chart: &Chart, note: NoteId, left_behind: Option<EpisodeId>) -> Result<()> {
    let ids: Vec<_> = std::iter::once(note.retype()).chain(left_behind.map(EpisodeId::retype)).collect();
    if chart::are_covered(tx, chart, &ids)? {
        let detail = "A consent directive covers this note and would not cover a copy of it";
        return Err(Error::new(Code::WithheldByPatient, detail));
    }
    Ok(())
}
