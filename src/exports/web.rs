//! Handing out a record, as pages.

use askama::Template;

use super::{ExportView, NewExport, ops, page};
use crate::error::{Code, Error, Result};
use crate::http::{Download, Medium, PathId};
use crate::ids::{ExportId, PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit};

/// Earlier exports that the page names.
const EARLIER: i64 = 20;
/// Decision-makers to choose from.
const MAKERS: i64 = 100;

#[derive(Template)]
#[template(path = "exports/new.html")]
struct NewPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    earlier: Vec<ExportView>,
    makers: Vec<Choice>,
    sheet: Sheet,
}

impl NewPage {
    async fn read(visit: &Visit, id: PatientId, sheet: Option<Sheet>) -> Result<Self> {
        let (patient, earlier, makers) = tokio::try_join!(
            visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
            visit.read(Action::ReadExport, move |tx| ops::newest(tx, id, EARLIER)),
            visit.read(Action::ListDecisionMakers, move |tx| patients::list_decision_makers(tx, id, None, MAKERS)),
        )?;
        let makers = makers.into_iter().filter(|maker| maker.is.may_receive_records);
        let makers = makers.map(|maker| Choice::new(maker.id.to_string(), maker.is.name.as_str())).collect();
        let frame = visit.frame(format!("Hand out {}", patient.record_number));
        let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit));
        Ok(Self { frame, tab: "", patient, earlier, makers, sheet })
    }
}

/// `GET /patients/{id}/export`
///
/// # Errors
/// The refusal's code.
pub async fn new(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = NewPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /patients/{id}/export`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn make(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<NewExport>) -> Result<Shown> {
    let retry = form.sent.retry();
    let made = match form.value() {
        Ok(new) => visit.write(Action::ExportRecord, move |tx| ops::make(tx, &retry, id, &new)).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(export) => Ok(visit.go_saying(format!("/exports/{}", export.id), "The record is gathered and sealed.")),
        Err(error) if error.is_about_form() || error.code == Code::MayNotReceiveRecords => {
            let page = NewPage::read(&visit, id, Some(form.again(&visit, &error))).await?;
            visit.show_again(&page, &error)
        }
        Err(error) => Err(error),
    }
}

#[derive(Template)]
#[template(path = "exports/export.html")]
struct ExportPage {
    frame: Frame,
    export: ExportView,
}

/// `GET /exports/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn export(visit: Visit, PathId(id): PathId<kind::Export>) -> Result<Shown> {
    let export = visit.read(Action::ReadExport, move |tx| ops::handed_out(tx, id)).await?;
    visit.show(&ExportPage { frame: visit.frame("Handed out"), export })
}

/// `GET /exports/{id}/record.json`
///
/// # Errors
/// The refusal's code.
pub async fn as_json(visit: Visit, PathId(id): PathId<kind::Export>) -> Result<Download> {
    download(&visit, id, Medium::Json).await
}

/// `GET /exports/{id}/record.html`
///
/// # Errors
/// The refusal's code.
pub async fn as_html(visit: Visit, PathId(id): PathId<kind::Export>) -> Result<Download> {
    download(&visit, id, Medium::Html).await
}

async fn download(visit: &Visit, id: ExportId, medium: Medium) -> Result<Download, Error> {
    let copy = visit.read(Action::ReadExport, move |tx| ops::read(tx, id)).await?;
    let text = match medium {
        Medium::Json => copy.text,
        Medium::Html => page::print(&copy.text, copy.hash)?,
    };
    Ok(Download { name: format!("record-{}", copy.record_number), medium, text })
}

fn recipients() -> Vec<Choice> {
    [("patient", "The patient, or whoever decides for them"), ("other", "Somebody else: an insurer, another practice")]
        .map(|(value, label)| Choice::new(value, label))
        .to_vec()
}
