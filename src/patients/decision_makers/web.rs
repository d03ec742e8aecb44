//! Decision-makers, as pages.

use askama::Template;

use super::{ChangedDecisionMaker, DecisionMaker, DecisionMakerView, ops};
use crate::error::Result;
use crate::http::PathId;
use crate::ids::{DecisionMakerId, PatientId, kind};
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Form, Frame, Sheet, Shown, Visit};

/// Decision-makers that the page shows.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "patients/decision_makers.html")]
struct MakersPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    makers: Vec<DecisionMakerView>,
    sheet: Sheet,
    may_add: bool,
    may_change: bool,
}

impl MakersPage {
    async fn read(visit: &Visit, id: PatientId, sheet: Option<Sheet>) -> Result<Self> {
        let (patient, makers) = tokio::try_join!(
            visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
            visit.read(Action::ListDecisionMakers, move |tx| ops::list(tx, id, None, MOST)),
        )?;
        let frame = visit.frame(format!("Decision-makers, {}", patient.record_number));
        let (may_add, sheet) = (visit.may(Action::AddDecisionMaker), sheet.unwrap_or_else(|| Sheet::blank(visit)));
        let may_change = may_add || visit.is_clinician();
        Ok(Self { frame, tab: "", patient, makers, sheet, may_add, may_change })
    }
}

/// `GET /patients/{id}/decision-makers`
///
/// # Errors
/// The refusal's code.
pub async fn list(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let page = MakersPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /patients/{id}/decision-makers`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn add(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<DecisionMaker>) -> Result<Shown> {
    let added =
        visit.takes(Action::AddDecisionMaker, &mut form, move |tx, retry, new| ops::add(tx, retry, id, new)).await;
    match added {
        Ok(_) => Ok(visit.go_saying(format!("/patients/{id}/decision-makers"), "They are named.")),
        Err(error) => visit.again(&form, error, async |sheet| MakersPage::read(&visit, id, Some(sheet)).await).await,
    }
}

#[derive(Template)]
#[template(path = "patients/decision_maker.html")]
struct MakerPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    maker: DecisionMakerView,
    sheet: Sheet,
}

impl MakerPage {
    async fn read(visit: &Visit, id: DecisionMakerId, sheet: Option<Sheet>) -> Result<Self> {
        let maker = visit.read(Action::ListDecisionMakers, move |tx| ops::read(tx, id)).await?;
        let patient = maker.patient_id;
        let patient = visit.read(Action::ReadPatient, move |tx| patients::read(tx, patient)).await?;
        let sheet = sheet.unwrap_or_else(|| Sheet::of(visit, &maker.is, Some(maker.version)));
        let frame = visit.frame(format!("Decision-maker, {}", patient.record_number));
        Ok(Self { frame, tab: "", patient, maker, sheet })
    }
}

/// `GET /decision-makers/{id}`
///
/// # Errors
/// The refusal's code.
pub async fn maker(visit: Visit, PathId(id): PathId<kind::DecisionMaker>) -> Result<Shown> {
    let page = MakerPage::read(&visit, id, None).await?;
    visit.show(&page)
}

/// `POST /decision-makers/{id}`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn change(
    visit: Visit,
    PathId(id): PathId<kind::DecisionMaker>,
    mut form: Form<ChangedDecisionMaker>,
) -> Result<Shown> {
    let version = form.sent.version()?;
    let changed = match form.value() {
        Ok(changed) => visit.write(Action::ChangeDecisionMaker, move |tx| ops::change(tx, id, version, &changed)).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(maker) => {
            let to = format!("/patients/{}/decision-makers", maker.patient_id);
            Ok(visit.go_saying(to, "It is changed."))
        }
        Err(error) => visit.again(&form, error, async |sheet| MakerPage::read(&visit, id, Some(sheet)).await).await,
    }
}
