//! Mails that could not be delivered, as pages.

use askama::Template;

use crate::error::Result;
use crate::http::{Csv, PathId};
use crate::ids::kind;
use crate::notifications::ops::{self as notifications, DeadLetter};
use crate::policy::Action;
use crate::web::{Form, Frame, Look, Pressed, Shown, Table, Unnarrowed, Visit};

/// Mails of one page.
const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "oversight/letters.html")]
struct LettersPage {
    frame: Frame,
    letters: Vec<DeadLetter>,
    table: Table,
}

/// `GET /dead-letters`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Shown> {
    let after = table.after();
    let letters = visit.read(Action::ListDeadLetters, move |tx| notifications::dead_letters(tx, after, ROWS + 1));
    let letters = table.page(letters.await?, ROWS, |letter| letter.id);
    visit.show(&LettersPage { frame: visit.frame("Undelivered mails"), letters, table })
}

/// `GET /dead-letters.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Csv> {
    let after = table.after();
    let read = move |tx: &mut crate::db::Tx| notifications::dead_letters(tx, after, Csv::MOST_ROWS + 1);
    let letters = visit.read(Action::ListDeadLetters, read).await?;
    let letters = table.page(letters, Csv::MOST_ROWS, |letter| letter.id);
    let row = |letter: DeadLetter| {
        vec![
            letter.id.to_string(),
            <&str>::from(letter.kind).to_owned(),
            letter.staff.name,
            letter.attempts.to_string(),
            letter.failure.unwrap_or_default(),
            letter.created_at.to_string(),
            letter.ended_at.map(|ended| ended.to_string()).unwrap_or_default(),
        ]
    };
    let header = &["id", "kind", "to", "attempts", "failure", "created_at", "ended_at"];
    Ok(Csv { name: "dead-letters.csv", header, rows: letters.into_iter().map(row).collect(), next: table.next() })
}

/// `POST /dead-letters/{id}/retry`
///
/// # Errors
/// The refusal's code.
pub async fn retry(visit: Visit, PathId(id): PathId<kind::Mail>, form: Form<Pressed>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    visit.write(Action::RetryDeadLetter, move |tx| notifications::try_again(tx, &retry, id, version)).await?;
    Ok(visit.go_saying("/dead-letters", "It is on its way again."))
}
