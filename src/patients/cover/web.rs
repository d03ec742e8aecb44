//! Cover, as a page.

use askama::Template;

use super::{CoverView, NewCover, ops};
use crate::error::Result;
use crate::http::{Csv, PathId};
use crate::ids::kind;
use crate::policy::Action;
use crate::staff::ops as staff;
use crate::web::{Choice, Form, Frame, Look, Pressed, Sheet, Shown, Table, Unnarrowed, Visit};

/// Covers of one page.
const ROWS: i64 = 50;

#[derive(Template)]
#[template(path = "patients/cover.html")]
struct CoverPage {
    frame: Frame,
    covers: Vec<CoverView>,
    table: Table,
    sheet: Sheet,
    clinicians: Vec<Choice>,
    may_grant: bool,
}

impl CoverPage {
    async fn read(visit: &Visit, mut table: Table, sheet: Option<Sheet>) -> Result<Self> {
        let after = table.after();
        let covers = visit.read(Action::ListCover, move |tx| ops::list(tx, after, ROWS)).await?;
        let covers = table.page(covers, ROWS, |cover| cover.id);
        let may_grant = visit.may(Action::GrantCover);
        let clinicians = if may_grant { clinicians(visit).await? } else { Vec::new() };
        let (frame, sheet) = (visit.frame("Cover"), sheet.unwrap_or_else(|| Sheet::blank(visit)));
        Ok(Self { frame, covers, table, sheet, clinicians, may_grant })
    }
}

/// Colleagues who treat, to choose one of.
pub(in crate::patients) async fn clinicians(visit: &Visit) -> Result<Vec<Choice>> {
    let people = visit.read(Action::ReadDirectory, |tx| staff::directory(tx, None, staff::MOST_STAFF)).await?;
    let mut treating: Vec<_> = people.into_iter().filter(|person| !person.disciplines.is_empty()).collect();
    treating.sort_by_key(|person| person.name.to_lowercase());
    let label = |person: &staff::DirectoryEntry| {
        let disciplines: Vec<_> = person.disciplines.iter().copied().map(crate::web::discipline).collect();
        format!("{}, {}", person.name, disciplines.join(" and "))
    };
    Ok(treating.iter().map(|person| Choice::new(person.id.to_string(), label(person))).collect())
}

/// `GET /cover`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, Look { table, .. }: Look<Unnarrowed>) -> Result<Shown> {
    let page = CoverPage::read(&visit, table, None).await?;
    visit.show(&page)
}

/// `GET /cover.csv`
///
/// # Errors
/// The refusal's code.
pub async fn list_csv(visit: Visit, Look { mut table, .. }: Look<Unnarrowed>) -> Result<Csv> {
    let after = table.after();
    let covers = visit.read(Action::ListCover, move |tx| ops::list(tx, after, Csv::MOST_ROWS)).await?;
    let covers = table.page(covers, Csv::MOST_ROWS, |cover| cover.id);
    let row = |cover: CoverView| {
        let (from, until) = (cover.from.to_string(), cover.until.to_string());
        vec![cover.id.to_string(), cover.to_name, cover.from_name, from, until]
    };
    let header = &["id", "stands_in", "for", "from", "until"];
    Ok(Csv { name: "cover.csv", header, rows: covers.into_iter().map(row).collect(), next: table.next() })
}

/// `POST /cover`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn grant(visit: Visit, mut form: Form<NewCover>) -> Result<Shown> {
    let granted = visit.takes(Action::GrantCover, &mut form, ops::grant).await;
    match granted {
        Ok(_) => Ok(visit.go_saying("/cover", "The cover is granted.")),
        Err(error) => {
            visit
                .again(&form, error, async |sheet| CoverPage::read(&visit, Table::of("/cover"), Some(sheet)).await)
                .await
        }
    }
}

/// `POST /cover/{id}/end`
///
/// # Errors
/// The refusal's code.
pub async fn end(visit: Visit, PathId(id): PathId<kind::Cover>, mut form: Form<Pressed>) -> Result<Shown> {
    form.value()?;
    visit.write(Action::EndCover, move |tx| ops::end(tx, id)).await?;
    Ok(visit.go_saying("/cover", "The cover has ended."))
}
