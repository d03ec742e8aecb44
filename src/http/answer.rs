//! What a handler answers with.

use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use super::Problem;
use crate::error::Error;

/// A status, a representation, and its version as an `ETag`.
#[derive(Debug)]
pub struct Answer<T = ()> {
    status: StatusCode,
    body: Option<T>,
    version: Option<i32>,
    location: Option<String>,
}

impl<T: Serialize> Answer<T> {
    /// 200 with a representation.
    #[must_use]
    pub const fn ok(body: T) -> Self {
        Self { status: StatusCode::OK, body: Some(body), version: None, location: None }
    }

    /// 201 with a representation, and where it is.
    #[must_use]
    pub const fn created(body: T, location: String) -> Self {
        Self { status: StatusCode::CREATED, body: Some(body), version: None, location: Some(location) }
    }

    /// The version to send back in `If-Match`.
    #[must_use]
    pub fn version(self, version: i32) -> Self {
        Self { version: Some(version), ..self }
    }
}

impl Answer<()> {
    /// 204.
    #[must_use]
    pub const fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, version: None, location: None }
    }
}

impl<T: Serialize> Responder for Answer<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::build(self.status);
        if let Some(version) = self.version {
            answer.insert_header((ETAG, format!("\"{version}\"")));
        }
        if let Some(location) = self.location {
            answer.insert_header((LOCATION, location));
        }
        let Some(body) = self.body else { return answer.finish() };
        match serde_json::to_vec(&body) {
            Ok(json) => answer.content_type("application/json").body(json),
            Err(cause) => Problem::answer_to(&Error::internal(cause), request),
        }
    }
}
