//! What awaits whoever runs or reviews the practice, and the way to all of its pages.

use askama::Template;

use super::Proven;
use crate::access::ops::{self as access, AccessView, Reviewed};
use crate::error::Result;
use crate::notifications::ops::{self as notifications, DeadLetter};
use crate::oversight::start_treating::{self, StartedWithoutNote};
use crate::policy::Action;
use crate::web::{Frame, Shown, Visit};

/// How many of each are shown; the rest is a click away.
const MOST: i64 = 5;

#[derive(Template)]
#[template(path = "oversight/practice.html")]
struct PracticePage {
    frame: Frame,
    emergencies: Vec<AccessView>,
    started: Vec<StartedWithoutNote>,
    letters: Vec<DeadLetter>,
    proven: Option<Proven>,
}

/// `GET /practice`
///
/// # Errors
/// The refusal's code.
pub async fn overview(visit: Visit) -> Result<Shown> {
    let waiting =
        visit.read(Action::ListEmergencyAccesses, |tx| access::emergencies(tx, Some(Reviewed::No), None, MOST));
    let mut emergencies = waiting.await?;
    emergencies.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let waiting = visit.read(Action::ListStartedWithoutNote, |tx| {
        start_treating::ops::started_without_note(tx, Some(Reviewed::No), None, MOST)
    });
    let mut started = waiting.await?;
    started.truncate(usize::try_from(MOST).unwrap_or(usize::MAX));
    let letters = if visit.may(Action::ListDeadLetters) {
        visit.read(Action::ListDeadLetters, |tx| notifications::dead_letters(tx, None, MOST)).await?
    } else {
        Vec::new()
    };
    let proven = Proven::read(&visit).await?;
    visit.show(&PracticePage { frame: visit.frame("Practice"), emergencies, started, letters, proven })
}
