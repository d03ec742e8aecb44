//! The route table. The router, the audit of every call and the OpenAPI document all come from it.

pub mod openapi;
pub mod pages;
mod row;
mod safety;
mod table;

use std::collections::{BTreeMap, HashMap};

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};

pub use row::{Row, Schemas, Verb};
pub use table::rows;

pub use crate::http::BASE;

use crate::error::{Code, Error};
use crate::http::{Actions, Problem, RowOfTable};

/// Puts the table into the router: one resource for each path, with 405 for the methods it does not have. Paths that begin
/// alike stand in one scope, since the router tries its patterns one after the other.
pub fn configure(config: &mut web::ServiceConfig) {
    let mut scopes: BTreeMap<&str, BTreeMap<&str, Vec<&Row>>> = BTreeMap::new();
    for row in rows() {
        let end = row.path[1..].find('/').map_or(row.path.len(), |at| at + 1);
        let (first, rest) = row.path.split_at(end);
        scopes.entry(first).or_default().entry(rest).or_default().push(row);
    }
    for (first, paths) in scopes {
        // In ASCII `{` comes after letters, so that a fixed path is tried before one with a parameter.
        let scope = web::scope(first).default_service(web::to(not_found));
        config.service(paths.into_iter().fold(scope, |scope, (rest, rows)| {
            let resource = web::resource(rest).default_service(web::to(method_not_allowed));
            scope.service(rows.into_iter().fold(resource, |resource, row| resource.route((row.handler)())))
        }));
    }
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
