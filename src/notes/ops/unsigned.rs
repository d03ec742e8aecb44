//! Notes that nobody has signed: who is reminded of them, and what becomes of them when their author leaves.

use strum::IntoEnumIterator;

use super::super::query::class::ClassFor;
use super::super::query::{self, LeftSince, UnsignedRow};
use super::super::rules;
use super::super::views::{LeftDraft, Signer, UnsignedView};
use crate::actor::Role;
use crate::chart;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{NoteId, PracticeId, StaffId};
use crate::policy::{NoteState, Permit};

/// The notes that have been open for at least so many hours, in the order in which they were begun: up to `limit` after a
/// position, and one more if there are more. A manager sees the practice's, anybody else their own; how long those have been
/// open unless it is said, [`rules::listed_after`] tells.
///
/// # Errors
/// The policy's.
pub fn unsigned(tx: &mut Tx, hours: Option<i64>, after: Option<NoteId>, limit: i64) -> Result<Vec<UnsignedView>> {
    let scope = chart::scope(tx)?;
    let author = (!scope.roles.has(Role::Manager)).then_some(scope.staff);
    let hours = hours.unwrap_or_else(|| rules::listed_after(author.is_some()));
    let sought = LeftSince { author, by: scope.now.plus_seconds(-3_600 * hours) };
    let rows = query::unsigned(tx.conn(), &scope, &sought, after, limit + 1)?;
    for row in &rows {
        tx.rests_on(scope.practice, row.patient_id, row.access_version);
    }
    tx.discloses_page(&rows, limit, |row| row.patient_id);
    Ok(rows.into_iter().map(|row| open_for(row, scope.now)).collect())
}

fn open_for(row: UnsignedRow, now: Timestamp) -> UnsignedView {
    UnsignedView {
        note_id: row.id,
        patient_id: row.patient_id,
        author: Signer { id: row.author_id, name: row.author_name },
        discipline: row.discipline,
        kind: row.kind,
        service_at: row.service_at,
        created_at: row.created_at,
        hours: now.seconds_since(row.service_at.max(row.created_at)) / 3_600,
    }
}

/// The notes that somebody has not signed, by time of service, but for what is withheld from whoever lists them. They are
/// not named on the event here.
///
/// # Errors
/// The database's.
pub fn unsigned_by(tx: &mut Tx, permit: Permit, author: StaffId) -> Result<Vec<LeftDraft>> {
    let (lister, now) = (tx.actor()?, tx.now());
    let reader = ClassFor::lister(lister.staff, lister.roles, now);
    let rows = query::unsigned_by(tx.conn(), permit, lister.practice, reader, author)?;
    for (draft, access_version) in &rows {
        tx.rests_on(lister.practice, draft.patient_id, *access_version);
    }
    chart::holds_while_directives_do(tx)?;
    Ok(rows.into_iter().map(|(draft, _)| draft).collect())
}

/// What becomes of somebody's notes when they leave the practice, as [`rules::when_author_leaves`] says.
///
/// # Errors
/// The database's.
pub fn author_leaves(tx: &mut Tx, permit: Permit, practice: PracticeId, author: StaffId) -> Result<()> {
    for state in NoteState::iter() {
        let then = rules::when_author_leaves(state);
        if then != state {
            query::move_all_of(tx.conn(), permit, practice, author, state, then)?;
        }
    }
    Ok(())
}
