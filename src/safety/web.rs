//! Safety items, as a page.

use askama::Template;

use super::{NewSafetyItem, Resolve, SafetyItemView, ops};
use crate::error::{Error, Result};
use crate::http::PathId;
use crate::ids::{PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit};

/// Items that the page shows.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "safety/items.html")]
struct ItemsPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    items: Vec<SafetyItemView>,
    sheet: Sheet,
    catalogue: Vec<Choice>,
}

/// `GET /patients/{id}/safety`
///
/// # Errors
/// The refusal's code.
pub async fn items(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = page(&visit, id, None).await?;
    visit.show(&page)
}

async fn page(visit: &Visit, id: PatientId, sheet: Option<Sheet>) -> Result<ItemsPage> {
    let (patient, items) = tokio::try_join!(
        visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
        visit.read(Action::ListSafetyItems, move |tx| ops::list(tx, id, true, None, MOST)),
    )?;
    let known = visit.app.catalogue.contraindications();
    let catalogue = known.map(|known| Choice::new(known.id.clone(), known.name.clone())).collect();
    let sheet = sheet.unwrap_or_else(|| Sheet::blank(visit));
    let frame = visit.frame(format!("Safety, {}", patient.record_number));
    Ok(ItemsPage { frame, tab: "safety", patient, items, sheet, catalogue })
}

/// `POST /patients/{id}/safety`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn raise(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<NewSafetyItem>) -> Result<Shown> {
    let (retry, catalogue) = (form.sent.retry(), visit.app.catalogue.clone());
    let raised = match form.value() {
        Ok(new) => visit.write(Action::RaiseSafetyItem, move |tx| ops::raise(tx, &retry, &catalogue, id, &new)).await,
        Err(error) => Err(error),
    };
    done(&visit, id, &form, raised.map(drop), "It is in force from now on.").await
}

/// `POST /safety-items/{id}/resolve`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn resolve(visit: Visit, PathId(item): PathId<kind::SafetyItem>, mut form: Form<Resolve>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    let resolve = form.value()?;
    let resolved = visit.write(Action::ResolveSafetyItem, move |tx| ops::resolve(tx, &retry, item, version, &resolve));
    let patient = resolved.await?.patient_id;
    Ok(visit.go_saying(format!("/patients/{patient}/safety"), "It no longer holds."))
}

async fn done<T>(
    visit: &Visit,
    id: PatientId,
    form: &Form<T>,
    outcome: Result<()>,
    said: &'static str,
) -> Result<Shown, Error> {
    match outcome {
        Ok(()) => Ok(visit.go_saying(format!("/patients/{id}/safety"), said)),
        Err(error) => visit.again(form, error, async |sheet| page(visit, id, Some(sheet)).await).await,
    }
}

/// What sorts of safety items there are.
fn kinds() -> Vec<Choice> {
    [
        ("allergy", "Allergy"),
        ("precaution", "Precaution"),
        ("contraindication", "Contraindication"),
        ("red_flag", "Red flag"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .to_vec()
}

/// How strongly one bars.
fn severities() -> Vec<Choice> {
    [
        ("absolute", "Absolute: asks for a reason at every visit"),
        ("relative", "Relative: asks once an episode"),
        ("caution", "Caution: is shown"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .to_vec()
}
