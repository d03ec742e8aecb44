//! What somebody would be shown of a note or a record, beside the one that a call is about.

use super::{Chart, Covered, Known, LocatedNote, approach, facts};
use crate::actor::Actor;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{NoteId, StaffId};
use crate::policy::{Action, Sight};

/// How much of a note the actor may see, wherever it stands; if anything, the event names its patient.
///
/// # Errors
/// The database's.
pub fn sight_of(tx: &mut Tx, note: NoteId) -> Result<Option<Sight>> {
    let actor = tx.actor()?;
    let Some((located, known)) = seek_note(tx, &actor, note, false)? else { return Ok(None) };
    let grant = known.ask(Action::ReadNote, actor.roles, Some(located.facts)).grant().ok();
    if grant.is_some() {
        tx.discloses([located.patient]);
        known.enters_the_trail(tx, &actor, located.patient);
    }
    Ok(grant.map(|grant| grant.sight))
}

/// How much of a note a colleague may see once it is the report on a referral of theirs. Nothing is shown to the actor.
///
/// # Errors
/// The database's.
pub fn sight_of_reported(tx: &mut Tx, colleague: StaffId, note: NoteId) -> Result<Option<Sight>> {
    let Some(colleague) = facts::colleague(tx, colleague)? else { return Ok(None) };
    let Some((located, known)) = seek_note(tx, &colleague, note, true)? else { return Ok(None) };
    let grant = known.ask(Action::ReadNote, colleague.roles, Some(located.facts)).grant().ok();
    Ok(grant.map(|grant| grant.sight))
}

fn seek_note(tx: &mut Tx, actor: &Actor, note: NoteId, party: bool) -> Result<Option<(LocatedNote, Known)>> {
    let Some(located) = facts::locate_note(tx.conn(), actor, note)? else { return Ok(None) };
    let covered = Covered { party: party.then_some(true), ..Covered::note(note, located.episode, located.author) };
    Ok(approach(tx, actor, located.patient, covered)?.ok().map(|known| (located, known)))
}

/// Whether the record of an open chart is closed to a colleague as a whole: barred from them, or their own.
///
/// # Errors
/// The database's.
pub fn bars_record_from(tx: &mut Tx, chart: &Chart, colleague: StaffId) -> Result<bool> {
    let Some(colleague) = facts::colleague(tx, colleague)? else { return Ok(true) };
    Ok(approach(tx, &colleague, chart.patient, Covered::default())?.is_err())
}
