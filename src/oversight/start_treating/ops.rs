//! Who started treating without a note.

use super::query::{self, Membership, Sought};
use super::{NOTE_WITHIN_WORKING_DAYS, Position, StartedWithoutNote};
use crate::calendar::Calendar;
use crate::chart;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::patients::ops::JoinedBy;

/// Memberships looked at in one statement.
const LOOKED_AT: usize = 500;

/// Those who signed no note in time, newest first: up to `limit` after a position, and one more if there are more.
///
/// # Errors
/// The refusal's code.
pub(super) fn started_without_note(
    tx: &mut Tx,
    mut after: Option<Position>,
    limit: i64,
) -> Result<Vec<StartedWithoutNote>> {
    let permit = tx.permit(false)?;
    let hidden = chart::hidden_patients(tx)?.all();
    let (practice, calendar, now) = (tx.actor()?.practice, tx.calendar()?, tx.now());
    let answered = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut late: Vec<StartedWithoutNote> = Vec::new();
    // How many working days a stretch of time has is not for SQL to say.
    while late.len() <= answered {
        let sought = Sought { began: JoinedBy::StartTreating.into(), hidden: &hidden, after, most: LOOKED_AT };
        let started = query::started(tx.conn(), permit, practice, &sought)?;
        let Some(last) = started.last() else { break };
        after = Some(Position(last.started_at, last.id));
        late.extend(started.into_iter().filter_map(|one| overdue(one, &calendar, now)));
    }
    late.truncate(answered.saturating_add(1));
    tx.discloses(late.iter().take(answered).map(|one| one.patient_id));
    Ok(late)
}

/// What is asked about it, if no note was signed in time.
fn overdue(started: Membership, calendar: &Calendar, now: Timestamp) -> Option<StartedWithoutNote> {
    let note_due = calendar.plus_days(started.started_at, NOTE_WITHIN_WORKING_DAYS);
    let in_time = started.signed_at.is_some_and(|signed_at| signed_at <= note_due);
    (now > note_due && !in_time).then(|| StartedWithoutNote {
        id: started.id,
        patient_id: started.patient_id,
        staff_id: started.staff_id,
        name: started.name,
        reason: started.reason.unwrap_or_default(),
        started_at: started.started_at,
        note_due,
        signed_at: started.signed_at,
    })
}
