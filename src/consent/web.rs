//! Consent directives, as a page.

use askama::Template;

use super::{DirectiveView, ops};
use crate::error::Result;
use crate::http::PathId;
use crate::ids::kind;
use crate::patients::ops::{self as patients, PatientView};
use crate::policy::Action;
use crate::web::{Form, Frame, Shown, Visit};

#[derive(Template)]
#[template(path = "consent/directives.html")]
struct DirectivesPage {
    frame: Frame,
    tab: &'static str,
    patient: PatientView,
    directives: Vec<DirectiveView>,
    may_revoke: bool,
}

/// `GET /patients/{id}/consent`
///
/// # Errors
/// The refusal's code.
pub async fn directives(visit: Visit, PathId(id): PathId<kind::Patient>) -> Result<Shown> {
    let (patient, directives) = tokio::try_join!(
        visit.read(Action::ReadPatient, move |tx| patients::read(tx, id)),
        visit.read(Action::ListDirectives, move |tx| ops::list(tx, id)),
    )?;
    let frame = visit.frame(format!("Consent, {}", patient.record_number));
    let may_revoke = frame.has_role(crate::actor::Role::PrivacyOfficer);
    visit.show(&DirectivesPage { frame, tab: "consent", patient, directives, may_revoke })
}

/// Nothing but the button that was pressed.
#[derive(serde::Deserialize, garde::Validate)]
#[serde(deny_unknown_fields)]
pub struct Revoked {
    /// Whose record it is on.
    #[garde(skip)]
    patient: crate::ids::PatientId,
}

/// `POST /consent-directives/{id}/revoke`
///
/// # Errors
/// The refusal's code.
pub async fn revoke(visit: Visit, PathId(id): PathId<kind::Directive>, mut form: Form<Revoked>) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    let Revoked { patient } = form.value()?;
    visit.write(Action::RevokeDirective, move |tx| ops::revoke(tx, &retry, id, version)).await?;
    Ok(visit.go_saying(format!("/patients/{patient}/consent"), "It is revoked."))
}
