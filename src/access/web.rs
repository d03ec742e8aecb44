//! Emergency and audit accesses, as pages.

pub mod reviews;

use askama::Template;
use garde::Validate;
use serde::Deserialize;

use super::{Audit, Emergency, ops};
use crate::auth::again::prove_again;
use crate::chart;
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::http::{Caller, PathId};
use crate::ids::{PatientId, kind};
use crate::patients::ops::{self as patients, PatientSummary};
use crate::policy::Action;
use crate::web::{Choice, Form, Frame, Sheet, Shown, Visit};

#[derive(Template)]
#[template(path = "access/emergency.html")]
struct EmergencyPage {
    frame: Frame,
    sheet: Sheet,
    id: PatientId,
    whose: Option<PatientSummary>,
}

impl EmergencyPage {
    async fn of(visit: &Visit, id: PatientId, sheet: Sheet) -> Result<Self> {
        let whose = visit.read(Action::FindPatients, move |tx| patients::called(tx, id)).await?;
        Ok(Self { frame: visit.frame("Emergency access"), sheet, id, whose })
    }
}

/// `GET /patients/{id}/emergency`
///
/// # Errors
/// The refusal's code.
pub async fn emergency(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    visit.show(&EmergencyPage::of(&visit, id, Sheet::blank(&visit)).await?)
}

/// `POST /patients/{id}/emergency`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn break_glass(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<Emergency>) -> Result<Shown> {
    let retry = form.sent.retry();
    let opened = match form.value() {
        Ok(asked) => opened(&visit.doing(Action::OpenEmergencyAccess)?, retry, id, asked).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(()) => Ok(visit.go_saying(format!("/patients/{id}"), "The record is open to you for an hour.")),
        Err(error) => visit.again(&form, error, async |sheet| EmergencyPage::of(&visit, id, sheet).await).await,
    }
}

async fn opened(caller: &Caller, retry: Retry, id: PatientId, asked: Emergency) -> Result<()> {
    let Emergency { reason_code, reason, password, totp } = asked;
    let again = prove_again(caller, move |tx: &mut Tx| chart::may_open(tx, id), &password, totp).await?;
    let open = move |tx: &mut Tx| ops::break_glass(tx, &retry, id, &again, reason_code, reason.as_str());
    caller.write(open).await?.map(drop).map_err(Error::of)
}

#[derive(Template)]
#[template(path = "access/audit.html")]
struct AuditPage {
    frame: Frame,
    sheet: Sheet,
    id: PatientId,
    whose: Option<PatientSummary>,
}

impl AuditPage {
    async fn of(visit: &Visit, id: PatientId, sheet: Sheet) -> Result<Self> {
        let whose = visit.read(Action::FindPatients, move |tx| patients::called(tx, id)).await?;
        Ok(Self { frame: visit.frame("Read for a review"), sheet, id, whose })
    }
}

/// `GET /patients/{id}/audit`
///
/// # Errors
/// The refusal's code.
pub async fn audit(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    visit.show(&AuditPage::of(&visit, id, Sheet::blank(&visit)).await?)
}

/// `POST /patients/{id}/audit`
///
/// # Errors
/// The refusal's code; what is wrong with the form is said above it.
pub async fn open_for_audit(visit: Visit, PathId(id): PathId<kind::Patient>, mut form: Form<Audit>) -> Result<Shown> {
    let retry = form.sent.retry();
    let opened = match form.value() {
        Ok(Audit { reason }) => {
            let open = move |tx: &mut Tx| ops::open_for_audit(tx, &retry, id, reason.as_str());
            visit.write(Action::OpenAuditAccess, open).await
        }
        Err(error) => Err(error),
    };
    match opened {
        Ok(_) => Ok(visit.go_saying(format!("/patients/{id}"), "The record is open to you for an hour, to read.")),
        Err(error) => visit.again(&form, error, async |sheet| AuditPage::of(&visit, id, sheet).await).await,
    }
}

/// Whose chart to go back to.
#[derive(Clone, Copy, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct GivenUp {
    /// The patient.
    #[garde(skip)]
    patient: PatientId,
}

/// `POST /accesses/{id}/end`
///
/// # Errors
/// The refusal's code.
pub async fn give_up(visit: Visit, PathId(id): PathId<kind::Access>, mut form: Form<GivenUp>) -> Result<Shown> {
    let GivenUp { patient } = form.value()?;
    visit.write(Action::GiveUpAccess, move |tx| ops::give_up(tx, id)).await?;
    // Whoever had no other way in is not led back there.
    let to = if visit.is_clinician() { "/".to_owned() } else { format!("/patients/{patient}") };
    Ok(visit.go_saying(to, "The access has ended."))
}

/// Why the glass may be broken.
fn reasons() -> Vec<Choice> {
    [
        ("serious_harm", "Somebody would come to serious harm"),
        ("unable_to_consent", "Treatment is needed now, and the patient cannot be asked"),
        ("nobody_reachable", "Treatment is needed now, and nobody who treats the patient can be reached"),
    ]
    .map(|(value, label)| Choice::new(value, label))
    .to_vec()
}
