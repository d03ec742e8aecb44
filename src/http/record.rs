//! Around every route: the call is made here, and none is answered without an event of it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, web};

use super::arrival::{REQUEST_ID, forwarded, head_bytes, name_of, refuse_packed, request_id};
use super::{Caller, Problem, RequestId, json};
use crate::actor::{Party, Request};
use crate::app::App;
use crate::auth::Bearer;
use crate::db::{Call, Door, Open};
use crate::error::{Code, Error};
use crate::figures;
use crate::ids::StaffId;
use crate::policy::Action;

/// What the route table says of one method of one path, as far as it matters around the handler.
#[derive(Clone, Copy, Debug)]
pub struct RowOfTable {
    /// What a call of it asks for.
    pub action: Action,
    /// Whether it takes callers who are not signed in.
    pub open: bool,
    /// What it answers besides JSON, a kind of text.
    pub besides: Option<&'static str>,
    /// The query parameters it has, with what they mean.
    pub query: &'static [(&'static str, &'static str)],
}

/// The route table by path pattern and method.
#[derive(Debug, Default)]
pub struct Actions(pub HashMap<String, HashMap<Method, RowOfTable>>);

/// Makes the call, hands it to the handler, and sees to it that an event of it is durable before the answer leaves.
///
/// # Errors
/// None of its own: what goes wrong is answered as a problem document.
pub async fn record_every_call(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(answer(request, &Error::of(Code::Internal)));
    };
    let began = Instant::now();
    let id = request_id(&request, &app);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = name_of(request.method());
    // Once, since it tries the patterns one after the other.
    let route = request.match_pattern();
    let row = row_of(&request, route.as_deref());
    let route = route.unwrap_or_else(|| "none".to_owned());
    let entered = enter(&app, &request, &id, row);
    let call = entered.as_ref().ok().and_then(|entered| Some(entered.as_ref()?.0.clone()));
    let address = address_of(&app, &request);
    let served = tokio::time::timeout(app.request_timeout, serve(&app, entered, row, request, next)).await;
    let mut answered = match served {
        Ok(response) => Ok(response?),
        Err(_) => Err(Problem::answer(&late(&app, call.as_ref(), address).await, Some(&id))),
    };
    let (status, headers) = match &mut answered {
        Ok(response) => (response.status().as_u16(), response.headers_mut()),
        Err(late) => (late.status().as_u16(), late.headers_mut()),
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    let taken = began.elapsed();
    tracing::debug!(request_id = id, method, route, status, ms = taken.as_secs_f64() * 1e3, "answered");
    figures::answered(method, route, status, taken);
    // A late answer goes as an error: routing takes the request for itself, and none is left to answer it with.
    answered.map_err(|late| InternalError::from_response("late", late).into())
}

/// The call that somebody makes who holds a token, or needs none; none for strangers who ask for what there is not.
fn enter(
    app: &App,
    request: &ServiceRequest,
    id: &str,
    row: Option<RowOfTable>,
) -> Result<Option<(Call, Option<StaffId>)>, Error> {
    let (address, now) = (address_of(app, request), app.clock.now());
    let open = row.is_some_and(|row| row.open);
    let bearer = bearer(request).filter(|_| !open).and_then(|token| app.tokens.read(token, now).ok());
    // Those inside share an address with whoever hammers at the door of their practice. Going on with a session costs
    // the database nothing unless the token was made here.
    let goes_on = row.is_some_and(|row| row.action == Action::RefreshSession);
    if bearer.is_none() && !goes_on {
        app.strangers.allow(address, now)?;
    }
    let action = row.map_or(Action::Unserved, |row| row.action);
    let (door, claimed): (Arc<dyn Door>, _) = match (row, bearer) {
        (_, Some(claims)) => (Arc::new(Bearer::new(&claims, action, &app.sessions)), Some(claims.staff)),
        (Some(_), None) if open => (Arc::new(Open(Party::Stranger)), None),
        (Some(_), None) => {
            app.strangers.failed(address, now);
            return Err(Error::of(Code::NotSignedIn));
        }
        (None, None) => return Ok(None),
    };
    let made = Request { id: id.to_owned(), address, at: now, seed: app.random() };
    Ok(Some((Call::new(made, action, door), claimed)))
}

async fn serve(
    app: &web::Data<App>,
    entered: Result<Option<(Call, Option<StaffId>)>, Error>,
    row: Option<RowOfTable>,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let address = address_of(app, &request);
    let call = match entered {
        Ok(Some((call, claimed))) => {
            request.extensions_mut().insert(Caller { app: app.clone(), call: call.clone(), claimed });
            Some(call)
        }
        Ok(None) => None,
        Err(error) => return Ok(answer(request, &error)),
    };
    if let Some(Err(unfit)) = row.map(|row| fits(&request, row, app)) {
        let refused = answer(request, &unfit);
        return Ok(finish(refused, app, call.as_ref(), address).await);
    }
    let answered = next.call(request).await?.map_into_boxed_body();
    Ok(finish(answered, app, call.as_ref(), address).await)
}

/// What is said when time is up. What the handler began may still be done, and then leaves its own event.
async fn late(app: &App, call: Option<&Call>, address: Option<IpAddr>) -> Error {
    if call.is_some_and(Call::has_begun) {
        return Error::later(Code::OutcomeUnknown, 5);
    }
    let kept = tokio::time::timeout(app.request_timeout, is_kept(app, call, Code::TooSlow, address)).await;
    if kept.unwrap_or(false) { Error::of(Code::TooSlow) } else { Error::later(Code::Unavailable, 2) }
}

/// Answers a failure with its problem document, once it is kept.
async fn finish(
    answered: ServiceResponse<BoxBody>,
    app: &App,
    call: Option<&Call>,
    address: Option<IpAddr>,
) -> ServiceResponse<BoxBody> {
    let (request, response) = answered.into_parts();
    let error = response.error().and_then(|error| error.as_error::<Error>());
    let code = error.map(|error| error.code).or_else(|| response.extensions().get::<Code>().copied());
    let Some(code) = code else { return ServiceResponse::new(request, response) };
    if code.status() >= 500 {
        let cause = error.and_then(Error::cause_without_values);
        tracing::error!(code = <&'static str>::from(code), cause, "failed");
    }
    let answered = error.map(|error| Problem::answer_to(error, &request));
    let response = answered.unwrap_or(response);
    if !is_kept(app, call, code, address).await {
        let unrecorded = Problem::answer_to(&Error::later(Code::Unavailable, 2), &request);
        return ServiceResponse::new(request, unrecorded);
    }
    ServiceResponse::new(request, response)
}

/// Records a failure, if the handler failed before it came to a transaction; false if that cannot be done. Of strangers no
/// event tells one by one, whatever they got wrong; they are counted.
async fn is_kept(app: &App, call: Option<&Call>, code: Code, address: Option<IpAddr>) -> bool {
    let ours = code.status() >= 500;
    let failed_to_get_in = matches!(code, Code::NotSignedIn | Code::SignInFailed | Code::TooManyAttempts);
    if let Some(call) = call.filter(|call| !call.is_recorded() && !ours && !failed_to_get_in) {
        let recorded = app.db.write::<(), _>(call, move |_| Err(Error::of(code))).await;
        if recorded.is_err_and(|outcome| outcome.code.status() >= 500) {
            return false;
        }
    }
    if failed_to_get_in || (!ours && !call.is_some_and(Call::is_recorded)) {
        app.strangers.failed(address, app.clock.now());
    }
    true
}

fn address_of(app: &App, request: &ServiceRequest) -> Option<IpAddr> {
    app.client_address(request.peer_addr().map(|peer| peer.ip()), forwarded(request))
}

fn answer(request: ServiceRequest, error: &Error) -> ServiceResponse<BoxBody> {
    let response = Problem::answer_to(error, request.request());
    request.into_response(response)
}

fn row_of(request: &ServiceRequest, route: Option<&str>) -> Option<RowOfTable> {
    request.app_data::<web::Data<Actions>>()?.0.get(route?)?.get(request.method()).copied()
}

fn bearer(request: &ServiceRequest) -> Option<&str> {
    let (scheme, token) = request.headers().get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Checks what no handler looks at: the size of the head, what the caller takes, parameters that the row does not have.
fn fits(request: &ServiceRequest, row: RowOfTable, app: &App) -> Result<(), Error> {
    if head_bytes(request) > app.max_header_bytes {
        return Err(Error::of(Code::HeadersTooLarge));
    }
    refuse_packed(request)?;
    if !accepts(request, row) {
        return Err(Error::of(Code::NotAcceptable));
    }
    let sent = web::Query::<Vec<(String, String)>>::from_query(request.query_string());
    let sent = sent.map_err(|_| Error::new(Code::Unreadable, "The query could not be read"))?;
    let unknown = |name: &str| row.query.iter().all(|(known, _)| name != *known);
    let Some((name, _)) = sent.iter().find(|(name, _)| unknown(name)) else { return Ok(()) };
    let name: String = name.chars().take(json::LONGEST_KEY).collect();
    let known: Vec<_> = row.query.iter().map(|(name, _)| format!("`{name}`")).collect();
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(Error::field("", format!("unknown parameter `{name}`; expected {known}")))
}

/// Whether the caller takes what this row answers.
fn accepts(request: &ServiceRequest, row: RowOfTable) -> bool {
    let mut lines = request.headers().get_all(ACCEPT).filter_map(|value| value.to_str().ok()).peekable();
    if lines.peek().is_none() {
        return true;
    }
    lines.flat_map(|line| line.split(',')).any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default();
        let ruled_out = parts.any(|part| part.strip_prefix("q=").is_some_and(|weight| weight.parse() == Ok(0.0_f32)));
        let json = matches!(kind, "*/*" | "application/*" | "application/json" | "application/problem+json");
        !ruled_out && (json || row.besides.is_some_and(|besides| kind == besides || kind == "text/*"))
    })
}
