//! The access report, as a page.

use askama::Template;
use serde::Deserialize;

use super::{AccessLine, ops};
use crate::error::Result;
use crate::http::{Filter, Page, Paging, PathId};
use crate::ids::kind;
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Frame, Shown, Visit};

/// Lines that one page shows.
const MOST: i64 = 50;

#[derive(Template)]
#[template(path = "oversight/access_report.html")]
struct ReportPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    lines: Vec<AccessLine>,
    next: Option<String>,
}

/// Where the page before ended.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct From {
    cursor: Option<String>,
}

/// `GET /patients/{id}/access`
///
/// # Errors
/// As the policy and the page say.
pub async fn report(visit: Visit, PathId(id): PathId<kind::Patient>, Filter(from): Filter<From>) -> Result<Shown> {
    let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)).await?;
    let reading = visit.doing(Action::ReadAccessReport)?;
    let (list, keys, staff) = (format!("access report page of {id}"), &visit.app.keys, reading.staff()?);
    let before = Paging { limit: None, cursor: from.cursor }.after(keys, staff, &list)?;
    let lines = reading.read(move |tx| ops::read(tx, id, before, MOST + 1)).await?;
    let Page { items: lines, next, .. } = Page::of(lines, MOST, keys, staff, &list, |line| line.id)?;
    let frame = visit.frame(format!("Who opened {}", patient.record_number));
    visit.show(&ReportPage { frame, tab: "access", patient, lines, next })
}
