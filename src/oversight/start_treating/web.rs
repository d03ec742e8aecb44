//! Who started treating without a note, as a page.

use askama::Template;

use super::{StartedWithoutNote, ops};
use crate::error::Result;
use crate::policy::Action;
use crate::web::{Frame, Shown, Visit};

/// The newest of them, as many as the page shows.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "oversight/started.html")]
struct StartedPage {
    frame: Frame,
    started: Vec<StartedWithoutNote>,
    more: bool,
}

/// `GET /started-without-note`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit) -> Result<Shown> {
    let mut started =
        visit.read(Action::ListStartedWithoutNote, |tx| ops::started_without_note(tx, None, MOST)).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = started.len() > most;
    started.truncate(most);
    visit.show(&StartedPage { frame: visit.frame("Started without a note"), started, more })
}
