//! Who started treating without a note, as a page.

use askama::Template;

use super::{StartedWithoutNote, ops};
use crate::error::Result;
use crate::http::Csv;
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
    let (started, more) = newest(&visit).await?;
    visit.show(&StartedPage { frame: visit.frame("Started without a note"), started, more })
}

/// `GET /started-without-note.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit) -> Result<Csv> {
    let row = |one: StartedWithoutNote| {
        vec![
            one.id.to_string(),
            one.patient_id.to_string(),
            one.staff_id.to_string(),
            one.name,
            one.reason,
            one.started_at.to_string(),
            one.note_due.to_string(),
            one.signed_at.map(|signed| signed.to_string()).unwrap_or_default(),
        ]
    };
    let header = &["id", "patient_id", "staff_id", "name", "reason", "started_at", "note_due", "signed_at"];
    let rows = newest(&visit).await?.0.into_iter().map(row).collect();
    Ok(Csv { name: "started-without-note.csv", header, rows, next: None })
}

/// The newest of them, and whether there are more.
async fn newest(visit: &Visit) -> Result<(Vec<StartedWithoutNote>, bool)> {
    let read = visit.read(Action::ListStartedWithoutNote, |tx| ops::started_without_note(tx, None, MOST));
    let mut started = read.await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = started.len() > most;
    started.truncate(most);
    Ok((started, more))
}
