//! The route table. The router, the audit of every call and the OpenAPI document all come from it.

pub mod openapi;
pub mod pages;
mod row;
mod safety;
mod table;
mod tree;

use std::collections::HashMap;

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

use tree::{Otherwise, Tree};

pub use row::{Row, Schemas, Verb};
pub use table::rows;

pub use crate::http::BASE;

use crate::error::{Code, Error};
use crate::http::{Actions, Problem, RowOfTable};

/// Puts the table into the router: 404 for paths that it does not have, 405 for methods.
pub fn configure(config: &mut web::ServiceConfig) {
    let otherwise = Otherwise { not_found: || web::to(not_found), method_not_allowed: || web::to(method_not_allowed) };
    Tree::of(rows().map(|row| (row.path, row.handler))).configure(config, otherwise);
}

/// The table as the wrapper around every route needs it.
#[must_use]
pub fn actions() -> Actions {
    let mut map: HashMap<_, HashMap<_, _>> = HashMap::new();
    for row in rows() {
        let around = RowOfTable { action: row.action, open: row.open, besides: row.besides, query: row.query };
        map.entry(format!("{BASE}{}", row.path)).or_default().insert(Method::from(row.verb), around);
    }
    Actions(map)
}

/// 404 as a problem document, for every path that nobody serves.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    Problem::answer_to(&Error::not_found(), &request)
}

async fn method_not_allowed(request: HttpRequest) -> HttpResponse {
    let mut answer = Problem::answer_to(&Error::of(Code::MethodNotAllowed), &request);
    let pattern = request.match_pattern().unwrap_or_default();
    let allowed: Vec<_> = rows()
        .filter(|row| pattern.strip_prefix(BASE) == Some(row.path))
        .map(|row| Method::from(row.verb).to_string())
        .collect();
    if let Ok(value) = allowed.join(", ").parse() {
        answer.headers_mut().insert(actix_web::http::header::ALLOW, value);
    }
    answer
}
