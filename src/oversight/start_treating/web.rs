//! Who started treating without a note, as a page.

use askama::Template;

use super::{Position, StartedWithoutNote, ops};
use crate::error::Result;
use crate::http::Csv;
use crate::policy::Action;
use crate::web::{Frame, Look, Shown, Table, Unnarrowed, Visit};

/// Of one page.
const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "oversight/started.html")]
struct StartedPage {
    frame: Frame,
    started: Vec<StartedWithoutNote>,
    table: Table,
}

/// `GET /started-without-note`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Shown> {
    let started = read(&visit, &mut table, ROWS).await?;
    visit.show(&StartedPage { frame: visit.frame("Started without a note"), started, table })
}

/// `GET /started-without-note.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Csv> {
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
    let rows = read(&visit, &mut table, Csv::MOST_ROWS).await?.into_iter().map(row).collect();
    Ok(Csv { name: "started-without-note.csv", header, rows, next: table.next() })
}

async fn read(visit: &Visit, table: &mut Table, most: i64) -> Result<Vec<StartedWithoutNote>> {
    let after = table.after();
    let read = move |tx: &mut crate::db::Tx| ops::started_without_note(tx, after, most);
    let started = visit.read(Action::ListStartedWithoutNote, read).await?;
    Ok(table.page(started, most, |one| Position(one.started_at, one.id)))
}
