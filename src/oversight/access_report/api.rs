//! The access report over HTTP.

use actix_web::Either;

use super::{AccessLine, csv, ops};
use crate::error::Result;
use crate::http::{Answer, Caller, Csv, Filter, Format, Page, Paging, PathId};
use crate::ids::kind;

/// `GET /patients/{id}/access-report`
///
/// # Errors
/// As the policy and the page say.
pub async fn read(
    caller: Caller,
    patient: PathId<kind::Patient>,
    format: Format,
    Filter(paging): Filter<Paging>,
) -> Result<Either<Answer<Page<AccessLine>>, Csv>> {
    let PathId(patient) = patient;
    let list = format!("access report of {patient}");
    let (keys, staff, limit) = (&caller.app.keys, caller.staff()?, paging.limit()?);
    let before = paging.after(keys, staff, &list)?;
    let lines = caller.read(move |tx| ops::read(tx, patient, before, limit + 1)).await?;
    let page = Page::of(lines, limit, keys, staff, &list, |line| line.id)?;
    Ok(match format {
        Format::Json => Either::Left(Answer::ok(page)),
        Format::Csv => {
            let rows = page.items.iter().map(csv::row).collect();
            Either::Right(Csv { name: "access-report.csv", header: csv::HEADER, rows, next: page.next })
        }
    })
}
