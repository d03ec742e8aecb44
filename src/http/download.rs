//! A document to keep: as it stands in JSON, or as a page to print.

use actix_web::dev::Payload;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder};

use super::csv::first_accepted;
use crate::error::Result;

/// As what the caller wants a document that is answered both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    /// JSON, unless told otherwise.
    Json,
    /// A page of HTML, where `Accept` names it before JSON.
    Html,
}

impl FromRequest for Medium {
    type Error = crate::error::Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let first = first_accepted(request, |kind| match kind {
            "text/html" | "text/*" => Some(Self::Html),
            "application/json" | "application/*" | "*/*" => Some(Self::Json),
            _ => None,
        });
        std::future::ready(Ok(first.unwrap_or(Self::Json)))
    }
}

/// A document as an attachment. A page of HTML comes without any right to run, load or style something.
#[derive(Clone, Debug)]
pub struct Download {
    /// The name of the file, without its ending: letters, digits and hyphens.
    pub name: String,
    /// What it is.
    pub medium: Medium,
    /// Its text.
    pub text: String,
}

impl Responder for Download {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        let mut answer = HttpResponse::Ok();
        let ending = match self.medium {
            Medium::Json => {
                answer.content_type("application/json");
                "json"
            }
            Medium::Html => {
                answer.content_type("text/html; charset=utf-8");
                answer.insert_header((CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'"));
                "html"
            }
        };
        answer.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{ending}\"", self.name)));
        answer.body(self.text)
    }
}
