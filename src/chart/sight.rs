//! What somebody would be shown of a note or a record, beside the one that a call is about.

use super::query::facts;
use super::{Chart, Covered, Known, LocatedNote, approach};
use crate::actor::Actor;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::directives::Directives;
use crate::error::Result;
use crate::ids::{DirectiveId, NoteId, StaffId};
use crate::policy::{Action, Sight, Withheld};

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

/// Whether one directive withholds something of the record from a colleague who works here, from its beginning on.
///
/// # Errors
/// The database's.
pub fn directive_bars(
    tx: &mut Tx,
    chart: &Chart,
    (directive, from): (DirectiveId, Timestamp),
    covered: Covered,
    colleague: StaffId,
) -> Result<bool> {
    let Some(colleague) = facts::colleague(tx, chart.practice, colleague)? else { return Ok(false) };
    let now = tx.now();
    let alone = Directives::one(tx.conn(), (&colleague).into(), directive, now)?;
    Ok(alone.withhold(covered, from.max(now)) != Withheld::Nothing)
}

/// Finds a note, and what ties somebody to the record it stands in; none if that is closed to them.
pub(super) fn seek_note(tx: &mut Tx, actor: &Actor, note: NoteId, party: bool) -> Result<Option<(LocatedNote, Known)>> {
    let Some(located) = facts::locate_note(tx.conn(), actor, note)? else { return Ok(None) };
    let covered = Covered { party: party.then_some(true), ..Covered::note(note, located.episode, located.author) };
    Ok(approach(tx, actor, located.patient, covered)?.ok().map(|known| (located, known)))
}
