//! The access report, as a page.

use askama::Template;

use super::{AccessLine, csv, ops};
use crate::error::Result;
use crate::http::{Csv, PathId};
use crate::ids::kind;
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Frame, Look, Shown, Table, Unnarrowed, Visit};

/// Lines that one page shows.
const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "oversight/access_report.html")]
struct ReportPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    lines: Vec<AccessLine>,
    table: Table,
}

/// `GET /patients/{id}/access`
///
/// # Errors
/// As the policy and the page say.
pub async fn report(
    visit: Visit,
    PathId(id): PathId<kind::Patient>,
    Look { mut table, .. }: Look<Unnarrowed>,
) -> Result<Shown> {
    let before = table.after();
    let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)).await?;
    let lines = visit.read(Action::ReadAccessReport, move |tx| ops::read(tx, id, before, ROWS + 1)).await?;
    let lines = table.page(lines, ROWS, |line| line.id);
    let frame = visit.frame(format!("Who opened {}", patient.record_number));
    visit.show(&ReportPage { frame, tab: "access", patient, lines, table })
}

/// `GET /patients/{id}/access.csv`
///
/// # Errors
/// As the policy says.
pub async fn report_csv(
    visit: Visit,
    PathId(id): PathId<kind::Patient>,
    Look { mut table, .. }: Look<Unnarrowed>,
) -> Result<Csv> {
    let before = table.after();
    let lines = visit.read(Action::ReadAccessReport, move |tx| ops::read(tx, id, before, Csv::MOST_ROWS + 1)).await?;
    let rows = table.page(lines, Csv::MOST_ROWS, |line| line.id).iter().map(csv::row).collect();
    Ok(Csv { name: "access-report.csv", header: csv::HEADER, rows, next: table.next() })
}
