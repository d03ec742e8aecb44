//! What a page answers with.

use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::cookies::{Cookie, Kept};
use crate::auth::ticket::Ticket;
use crate::error::Code;

/// A page, or where to go on.
pub struct Shown {
    status: u16,
    body: String,
    kind: &'static str,
    location: Option<String>,
    code: Option<Code>,
    kept: Kept,
}

impl Shown {
    pub(super) fn page(status: u16, body: String) -> Self {
        let kind = "text/html; charset=utf-8";
        Self { status, body, kind, location: None, code: None, kept: Kept::default() }
    }

    pub(super) fn elsewhere(location: String) -> Self {
        Self { location: Some(location), ..Self::page(303, String::new()) }
    }

    /// JSON, for a script that sent a form by itself.
    pub(super) fn told(body: String) -> Self {
        Self { kind: "application/json", ..Self::page(200, body) }
    }

    /// Answered because something was refused.
    pub(super) fn for_code(self, code: Code) -> Self {
        Self { code: Some(code), ..self }
    }

    /// The next page says this once.
    pub(super) fn saying(self, said: &'static str) -> Self {
        Self { kept: Kept { said: Cookie::Set(said), ..self.kept }, ..self }
    }

    /// Hands the browser a ticket, or takes it away.
    #[must_use]
    pub fn ticket(self, ticket: Option<Ticket>) -> Self {
        Self { kept: Kept { ticket: ticket.map_or(Cookie::Gone, Cookie::Set), ..self.kept }, ..self }
    }

    /// Trusts the device from now on.
    #[must_use]
    pub fn device(self, device: Option<String>) -> Self {
        Self { kept: Kept { device, ..self.kept }, ..self }
    }
}

impl Responder for Shown {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut answer = HttpResponse::build(status);
        if let Some(location) = self.location {
            answer.insert_header((LOCATION, location));
        } else {
            answer.content_type(self.kind);
        }
        let mut answer = answer.body(self.body);
        answer.extensions_mut().insert(self.kept);
        if let Some(code) = self.code {
            answer.extensions_mut().insert(code);
        }
        answer
    }
}
