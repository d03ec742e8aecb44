//! Errors as RFC 9457 problem documents.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;

use super::RequestId;
use crate::error::{Barred, Code, Error, FieldError};

/// What a caller is told when something went wrong: never a cause, a query or a path of the server.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem<'e> {
    /// A URI for the kind of problem.
    #[serde(rename = "type")]
    kind: String,
    /// A sentence that is the same for every problem of the kind.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What happened this time.
    detail: &'e str,
    /// The stable code.
    code: &'static str,
    /// What to quote when asking for help.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'e str>,
    /// The fields at fault.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'e [FieldError],
    /// For 409: what may be done instead, by this person, now.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    allowed: &'e [&'static str],
    /// For `override_needed`: which safety item bars which technique.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    barred: &'e [Barred],
    /// For 412: the current representation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    current: Option<&'e serde_json::value::RawValue>,
}

impl Problem<'_> {
    /// The answer to `error` in a call with this id.
    #[must_use]
    pub fn answer(error: &Error, request_id: Option<&str>) -> HttpResponse {
        let code: &'static str = error.code.into();
        let problem = Problem {
            kind: format!("urn:tandem:problem:{code}"),
            title: error.code.title(),
            status: error.code.status(),
            detail: &error.detail,
            code,
            request_id,
            errors: &error.errors,
            allowed: &error.allowed,
            barred: &error.barred,
            current: error.current.as_deref(),
        };
        let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = HttpResponse::build(status);
        answer.content_type("application/problem+json");
        if let Some(seconds) = error.retry_after {
            answer.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
        }
        if error.code == Code::NotSignedIn {
            answer.insert_header(("WWW-Authenticate", "Bearer"));
        }
        let mut answer = answer.body(serde_json::to_vec(&problem).unwrap_or_default());
        answer.extensions_mut().insert(error.code);
        answer
    }

    /// The answer to `error` in the call that `request` is.
    #[must_use]
    pub fn answer_to(error: &Error, request: &HttpRequest) -> HttpResponse {
        let id = request.extensions().get::<RequestId>().cloned();
        Self::answer(error, id.as_ref().map(|id| id.0.as_str()))
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Without the request id; `record_every_call` answers again with it.
    fn error_response(&self) -> HttpResponse {
        Problem::answer(self, None)
    }
}
