//! Emergency accesses and their review, as pages.

use askama::Template;
use serde::Deserialize;

use crate::access::{AccessView, Review, Reviewed, Verdict, ops};
use crate::error::Result;
use crate::http::{Csv, PathId};
use crate::ids::{AccessId, kind};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Look, Sheet, Shown, Table, Visit};

/// Accesses of one page.
const ROWS: i64 = 50;

/// Which accesses are listed.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wanted {
    reviewed: Option<Reviewed>,
}

#[derive(Template)]
#[template(path = "access/reviews.html")]
struct ReviewsPage {
    frame: Frame,
    accesses: Vec<AccessView>,
    table: Table,
    narrowing: Sheet,
}

/// `GET /emergency-accesses`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Shown> {
    let accesses = read(&visit, filter, &mut table, ROWS).await?;
    let (frame, narrowing) = (visit.frame("Emergency accesses"), table.sheet(&visit));
    visit.show(&ReviewsPage { frame, accesses, table, narrowing })
}

/// `GET /emergency-accesses.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { filter, mut table }: Look<Wanted>) -> Result<Csv> {
    let row = |access: AccessView| {
        let review = access.review.as_ref();
        vec![
            access.id.to_string(),
            access.patient_id.to_string(),
            access.record_number.to_string(),
            access.staff_id.to_string(),
            access.name,
            access.reason_code,
            access.reason,
            access.opened_at.to_string(),
            access.ended_at.map(|ended| ended.to_string()).unwrap_or_default(),
            access.review_due.map(|due| due.to_string()).unwrap_or_default(),
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
        "reason_code",
        "reason",
        "opened_at",
        "ended_at",
        "review_due",
        "verdict",
        "reviewed_by",
        "reviewed_at",
    ];
    let accesses = read(&visit, filter, &mut table, Csv::MOST_ROWS).await?;
    let rows = accesses.into_iter().map(row).collect();
    Ok(Csv { name: "emergency-accesses.csv", header, rows, next: table.next() })
}

async fn read(visit: &Visit, wanted: Wanted, table: &mut Table, most: i64) -> Result<Vec<AccessView>> {
    let after = table.after();
    let read = move |tx: &mut crate::db::Tx| ops::emergencies(tx, wanted.reviewed, after, most);
    let accesses = visit.read(Action::ListEmergencyAccesses, read).await?;
    Ok(table.page(accesses, most, |access| access.id))
}

#[derive(Template)]
#[template(path = "access/review.html")]
struct ReviewPage {
    frame: Frame,
    access: AccessView,
    /// Whether whoever reads may be the one who reviews it.
    may_review: bool,
    sheet: Sheet,
}

impl ReviewPage {
    async fn read(visit: &Visit, id: AccessId, sheet: Option<Sheet>) -> Result<Self> {
        let (access, may_review) = visit.read(Action::ListEmergencyAccesses, move |tx| ops::emergency(tx, id)).await?;
        let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit)).over(access.version);
        Ok(Self { frame: visit.frame("Emergency access"), access, may_review, sheet })
    }
}

/// `GET /emergency-accesses/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn access(visit: Visit, PathId(id): PathId<kind::Access>) -> Result<Shown> {
    let page = ReviewPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /emergency-accesses/{id}/review`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn review(visit: Visit, PathId(id): PathId<kind::Access>, mut form: Form<Review>) -> Result<Shown> {
    let reviewed = visit
        .takes_over(Action::ReviewEmergencyAccess, &mut form, move |tx, retry, version, review| {
            ops::review(tx, retry, id, version, review)
        })
        .await;
    match reviewed {
        Ok(_) => Ok(visit.go_saying("/emergency-accesses?reviewed=no", "The review is kept.")),
        Err(error) => visit.again(&form, error, async |sheet| ReviewPage::read(&visit, id, Some(sheet)).await).await,
    }
}

fn verdicts() -> Vec<Choice> {
    [("justified", "Justified: it was right to open the record"), ("breach", "Breach: it was not")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}

fn kinds() -> Vec<Choice> {
    [("no", "To review"), ("yes", "Reviewed")].map(|(value, label)| Choice::new(value, label)).to_vec()
}

/// Why the glass was broken, in words.
fn because(code: &str) -> String {
    let known = super::reasons().into_iter().find(|choice| choice.value == code);
    known.map_or_else(|| crate::web::titled(code), |choice| choice.label)
}
