//! Pages for what does not work: what happened in a sentence, and what to do.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use super::{Frame, Visit};
use crate::error::{Code, Error};

#[derive(Template)]
#[template(path = "web/refusal.html")]
struct RefusalPage<'e> {
    frame: Frame,
    heading: &'static str,
    says: String,
    error: &'e Error,
    steps: Vec<Step>,
    request: String,
}

/// Something to do about it.
struct Step {
    text: &'static str,
    link: Option<String>,
}

fn step(text: &'static str) -> Step {
    Step { text, link: None }
}

fn link(text: &'static str, to: impl Into<String>) -> Step {
    Step { text, link: Some(to.into()) }
}

/// The page for an error.
pub(super) fn page(visit: &Visit, error: &Error) -> HttpResponse {
    let code = error.code;
    let page = RefusalPage {
        frame: visit.frame(heading(code)),
        heading: heading(code),
        says: format!("{}.", error.detail.trim_end_matches('.')),
        error,
        steps: steps(code, patient_in(&visit.path)),
        request: visit.request.id.clone(),
    };
    let status = error.status_code();
    let mut answer = HttpResponse::build(status);
    if let Some(seconds) = error.retry_after {
        answer.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    match visit.html(&page) {
        Ok(html) => answer.content_type("text/html; charset=utf-8").body(html),
        Err(_) => HttpResponse::build(StatusCode::INTERNAL_SERVER_ERROR).body("Something went wrong on our side."),
    }
}

/// 405, as a page.
///
/// # Errors
/// [`Code::MethodNotAllowed`], always.
pub async fn method_not_allowed() -> Result<HttpResponse, Error> {
    Err(Error::of(Code::MethodNotAllowed))
}

const fn heading(code: Code) -> &'static str {
    match code.status() {
        403 => "Not open to you",
        404 => "Nothing here",
        409 | 412 => "It has changed meanwhile",
        429 => "Please wait",
        500 => "Something went wrong",
        503 => "Not available at the moment",
        _ => "This did not work",
    }
}

/// Whose record a page is of.
fn patient_in(path: &str) -> Option<&str> {
    let id = path.strip_prefix("/patients/")?.split('/').next()?;
    uuid::Uuid::try_parse(id).ok().map(|_| id)
}

fn steps(code: Code, patient: Option<&str>) -> Vec<Step> {
    let mut steps = match (code, patient) {
        (Code::NoRelation, Some(id)) => vec![
            link("If you treat this patient from today on: start treating", format!("/patients/{id}/treat")),
            step("If you should be on the care team: ask reception or a manager to assign you."),
            link(
                "If somebody may come to harm and nobody who treats them can be reached: emergency access",
                format!("/patients/{id}/emergency"),
            ),
        ],
        (Code::RoleDoesNotAllow, _) => {
            vec![step("Ask a manager of the practice whether somebody else should do this.")]
        }
        (Code::WithheldByPatient, _) => {
            vec![step("The patient decided this. If you cannot treat safely without it, ask the privacy officer.")]
        }
        (Code::OwnRecord, _) => vec![step("Nobody opens the record that is their own. Ask the privacy officer.")],
        (Code::SecondFactorSetUpNeeded, _) => {
            vec![link(
                "Set up a second factor: it takes two minutes and an app on your telephone",
                "/account/second-factor",
            )]
        }
        (Code::FreshSignInNeeded, _) => vec![link("Enter your password again", "/unlock")],
        (Code::CrossSite, _) => vec![step("Open the page in Tandem itself and send the form from there.")],
        (Code::StaleVersion | Code::AlreadyTaken | Code::WrongState, _) => {
            vec![step("Go back, load the page anew and look at how it stands now.")]
        }
        (Code::NotFound, _) => vec![
            step("The address may be mistyped, or what stood here may not be for you to see."),
            link("Find a patient", "/patients"),
        ],
        (Code::Unavailable | Code::OutcomeUnknown | Code::TooManyAttempts, _) => {
            vec![step("Wait a moment, then go back and send it once more. What you typed is still there.")]
        }
        (Code::Internal, _) => {
            vec![step("Go back and try once more. If it happens again, tell a manager the number below.")]
        }
        _ => vec![step("Go back and try once more.")],
    };
    steps.push(link("To the worklist", "/"));
    steps
}
