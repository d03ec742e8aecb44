//! Who started treating without a note, and the review of it, as pages.

use askama::Template;
use serde::Deserialize;

use super::{Position, StartedWithoutNote, ops};
use crate::access::ops::{Review, Reviewed, Verdict};
use crate::db::Tx;
use crate::error::Result;
use crate::http::{Csv, PathId};
use crate::ids::{MembershipId, kind};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Look, Sheet, Shown, Table, Visit};

/// Of one page.
const ROWS: i64 = 50;

/// Which of them are listed.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    reviewed: Option<Reviewed>,
}

#[derive(Template)]
#[template(path = "oversight/started.html")]
struct StartedPage {
    frame: Frame,
    started: Vec<StartedWithoutNote>,
    table: Table,
    narrowing: Sheet,
}

/// `GET /started-without-note`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Shown> {
    let started = read(&visit, filter, &mut table, ROWS).await?;
    let (frame, narrowing) = (visit.frame("Started without a note"), table.sheet(&visit));
    visit.show(&StartedPage { frame, started, table, narrowing })
}

/// `GET /started-without-note.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Csv> {
    let row = |one: StartedWithoutNote| {
        let review = one.review.as_ref();
        vec![
            one.id.to_string(),
            one.patient_id.to_string(),
            one.record_number.to_string(),
            one.staff_id.to_string(),
            one.name,
            one.reason,
            one.started_at.to_string(),
            one.note_due.to_string(),
            one.signed_at.map(|signed| signed.to_string()).unwrap_or_default(),
            review.map(|review| review.verdict.to_string()).unwrap_or_default(),
            review.map(|review| review.reviewed_by.to_string()).unwrap_or_default(),
            review.map(|review| review.reviewed_at.to_string()).unwrap_or_default(),
        ]
    };
    let header = &[
        "id",
        "patient_id",
        "record_number",
        "staff_id",
        "name",
        "reason",
        "started_at",
        "note_due",
        "signed_at",
        "verdict",
        "reviewed_by",
        "reviewed_at",
    ];
    let rows = read(&visit, filter, &mut table, Csv::MOST_ROWS).await?.into_iter().map(row).collect();
    Ok(Csv { name: "started-without-note.csv", header, rows, next: table.next() })
}

async fn read(visit: &Visit, wanted: Wanted, table: &mut Table, most: i64) -> Result<Vec<StartedWithoutNote>> {
    let after = table.after();
    let read = move |tx: &mut Tx| ops::started_without_note(tx, wanted.reviewed, after, most);
    let started = visit.read(Action::ListStartedWithoutNote, read).await?;
    Ok(table.page(started, most, |one| Position(one.started_at, one.id)))
}

#[derive(Template)]
#[template(path = "oversight/started_review.html")]
struct ReviewPage {
    frame: Frame,
    started: StartedWithoutNote,
    /// Whether whoever reads may be the one who reviews it.
    may_review: bool,
    sheet: Sheet,
}

impl ReviewPage {
    async fn read(visit: &Visit, id: MembershipId, sheet: Option<Sheet>) -> Result<Self> {
        let (started, may_review) = visit.read(Action::ListStartedWithoutNote, move |tx| ops::started(tx, id)).await?;
        let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit));
        Ok(Self { frame: visit.frame("Started without a note"), started, may_review, sheet })
    }
}

/// `GET /started-without-note/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn started(visit: Visit, PathId(id): PathId<kind::CareTeam>) -> Result<Shown> {
    let page = ReviewPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /started-without-note/{id}/review`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn review(visit: Visit, PathId(id): PathId<kind::CareTeam>, mut form: Form<Review>) -> Result<Shown> {
    let retry = form.sent.retry();
    let reviewed = match form.value() {
        Ok(review) => {
            let review = move |tx: &mut Tx| ops::review(tx, &retry, id, &review);
            visit.write(Action::ReviewStartedTreating, review).await
        }
        Err(error) => Err(error),
    };
    match reviewed {
        Ok(_) => Ok(visit.go_saying("/started-without-note?reviewed=no", "The review is kept.")),
        Err(error) if error.is_about_form() => {
            let page = ReviewPage::read(&visit, id, Some(form.again(&visit, &error))).await?;
            visit.show_again(&page, &error)
        }
        Err(error) => Err(error),
    }
}

fn verdicts() -> Vec<Choice> {
    [("justified", "Justified: there was reason to open the record"), ("breach", "Breach: there was none")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

fn kinds() -> Vec<Choice> {
    [("no", "To review"), ("yes", "Reviewed")].map(|(value, label)| Choice::new(value, label)).to_vec()
}
