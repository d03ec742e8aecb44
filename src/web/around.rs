//! Around every page: who visits, whether the form is ours, whether the pages are locked; and none is answered without an
//! event of it.

use std::collections::HashMap;
use std::time::Instant;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::Method;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderValue, LOCATION, REFERRER_POLICY, VARY,
};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, web};

use super::cookies::{self, Cookie, Kept};
use super::held::{self, encoded};
use super::visit::Arrived;
use super::{Door, DoorPage, Held, Sheet, Visit, form, origin, refusal};
use crate::actor::Request;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::figures;
use crate::http::RequestId;
use crate::http::arrival::{REQUEST_ID, forwarded, head_bytes, name_of, refuse_packed, request_id};
use crate::policy::Action;

/// Nothing runs, loads, styles or frames but what comes from here.
const POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'";

/// What the table of pages says of one method of one path, as far as it matters around the handler.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of the table")]
#[derive(Clone, Copy, Debug, Default)]
pub struct RowOfPage {
    /// What a visit may ask for; a refusal is recorded as one of the first.
    pub actions: &'static [Action],
    /// Whether it takes visitors who are not signed in.
    pub open: bool,
    /// Whether it shows the same to everyone and asks for nothing: it leaves no event.
    pub blank: bool,
    /// Whether it works while the pages are locked.
    pub while_locked: bool,
    /// Whether scripts ask for it by themselves: it does not keep the pages from locking.
    pub passive: bool,
}

impl RowOfPage {
    /// Whether a visit keeps the pages from locking.
    const fn keeps_open(self) -> bool {
        !self.open && !self.passive && !self.while_locked
    }
}

/// The table of pages by path pattern and method.
#[derive(Debug, Default)]
pub struct Pages(pub HashMap<String, HashMap<Method, RowOfPage>>);

/// Makes the visit, hands it to the handler, and sees to it that an event of it is durable before the page leaves.
///
/// # Errors
/// None of its own: what goes wrong is answered as a page.
pub async fn record_every_visit(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else {
        return Ok(request.into_response(HttpResponse::InternalServerError()));
    };
    let began = Instant::now();
    let id = request_id(&request, &app);
    request.extensions_mut().insert(RequestId(id.clone()));
    let method = name_of(request.method());
    let route = request.match_pattern();
    let row = row_of(&request, route.as_deref());
    let label = route.clone().filter(|_| row.is_some()).unwrap_or_else(|| "none".to_owned());
    let visit = visit_of(&request, &app, &id, row.unwrap_or_default(), &label);
    let served = tokio::time::timeout(app.request_timeout, serve(&visit, row.is_some(), request, next)).await;
    let mut answered = match served {
        Ok(response) => Ok(response?),
        // What the handler began may still be done.
        Err(_) => Err(refusal::page(&visit, &Error::later(Code::OutcomeUnknown, 5))),
    };
    let (status, headers) = match &mut answered {
        Ok(response) => (response.status().as_u16(), response.headers_mut()),
        Err(late) => (late.status().as_u16(), late.headers_mut()),
    };
    guard(headers, &id);
    let taken = began.elapsed();
    tracing::debug!(request_id = id, method, route = label, status, ms = taken.as_secs_f64() * 1e3, "answered");
    figures::answered(method, label, status, taken);
    answered.map_err(|late| InternalError::from_response("late", late).into())
}

fn row_of(request: &ServiceRequest, route: Option<&str>) -> Option<RowOfPage> {
    request.app_data::<web::Data<Pages>>()?.0.get(route?)?.get(request.method()).copied()
}

fn visit_of(request: &ServiceRequest, app: &web::Data<App>, id: &str, row: RowOfPage, route: &str) -> Visit {
    let address = app.client_address(request.peer_addr().map(|peer| peer.ip()), forwarded(request));
    let made = Request { id: id.to_owned(), address, at: app.clock.now(), seed: app.random() };
    let sent = cookies::Sent::with(request, app);
    Visit::new(Arrived {
        app: app.clone(),
        request: made,
        row,
        ticket: sent.ticket(app),
        device: sent.device().map(str::to_owned),
        said: sent.said(),
        route: route.to_owned(),
        path: request.path().to_owned(),
    })
}

/// What every page says of itself.
fn guard(headers: &mut HeaderMap, id: &str) {
    // A document to keep comes under a stricter one of its own.
    if !headers.contains_key(CONTENT_SECURITY_POLICY) {
        headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // A browser names the origin of a form only to a site that it may tell where people come from.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(VARY, HeaderValue::from_static("Cookie"));
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
}

async fn serve(
    visit: &Visit,
    is_listed: bool,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let (app, address, now) = (&visit.app, visit.request.address, visit.request.at);
    // Those inside share an address with whoever hammers at the door of their practice.
    if visit.ticket.is_none()
        && !visit.row.blank
        && let Err(error) = app.strangers.allow(address, now)
    {
        return Ok(request.into_response(refusal::page(visit, &error)));
    }
    // Kept, so that nothing is lost of a form that cannot be taken now.
    let body = match refuse_packed(&request) {
        Ok(()) if form::is_form(&request) => {
            request.extract::<web::Bytes>().await.map_err(|_| Error::of(Code::BodyTooLarge))
        }
        Ok(()) => Ok(web::Bytes::new()),
        Err(packed) => Err(packed),
    };
    let (body, unfit) = match body {
        Ok(body) => (body, if is_listed { fits(visit, &request) } else { Ok(()) }),
        Err(unfit) => (web::Bytes::new(), Err(unfit)),
    };
    // Whoever leaves or locks may do so whatever their page was made for.
    let leaves = matches!(visit.path.as_str(), "/lock" | "/sign-out");
    let filled_in = if leaves { None } else { held::told(&app.keys, &body) };
    let visit = &visit.bringing(filled_in);
    if let Err(unfit) = unfit {
        let response = turned_away(visit, &unfit, request.method(), &body).await;
        return Ok(request.into_response(response));
    }
    request.extensions_mut().insert(visit.clone());
    request.set_payload(Payload::from(body.clone()));
    let (request, response) = next.call(request).await?.map_into_boxed_body().into_parts();
    let response = finish(visit, is_listed, request.method(), &body, response).await;
    Ok(ServiceResponse::new(request, response))
}

/// Checks what no handler looks at: the size of the head, who sent the form, whether anybody is signed in, whether they have
/// been away.
fn fits(visit: &Visit, request: &ServiceRequest) -> Result<()> {
    if head_bytes(request) > visit.app.max_header_bytes {
        return Err(Error::of(Code::HeadersTooLarge));
    }
    if !origin::is_ours(request.method(), request) {
        return Err(Error::of(Code::CrossSite));
    }
    if visit.row.open {
        return Ok(());
    }
    let ticket = visit.ticket.as_ref().ok_or_else(|| Error::of(Code::NotSignedIn))?;
    let idle = visit.request.at.seconds_since(ticket.last_used_at);
    let is_locked = idle >= visit.app.sessions.lock_seconds;
    if is_locked && !visit.row.while_locked { Err(Error::of(Code::Locked)) } else { Ok(()) }
}

/// Answers whoever does not come as far as the handler.
async fn turned_away(visit: &Visit, unfit: &Error, method: &Method, body: &[u8]) -> HttpResponse {
    let mut code = unfit.code;
    if visit.ticket.is_some() && !visit.row.open {
        if let Err(outage) = visit.records_refusal(code).await {
            return refusal::page(visit, &outage);
        }
        // The session may have ended meanwhile; then they sign in instead of unlocking.
        if !visit.is_recorded() {
            code = if code == Code::Locked { Code::NotSignedIn } else { code };
        }
    }
    if !visit.is_recorded() {
        visit.app.strangers.failed(visit.request.address, visit.request.at);
    }
    let mut answer = match code {
        Code::Locked => to_door(visit, Door::Unlock, method, body),
        Code::NotSignedIn => to_door(visit, Door::SignIn, method, body),
        _ => refusal::page(visit, unfit),
    };
    if code == Code::NotSignedIn && visit.ticket.is_some() {
        Kept { ticket: Cookie::Gone, ..Kept::default() }.tell(answer.headers_mut(), &visit.app);
    }
    answer
}

/// Asks for the password, and remembers what for: a page by its path, a form by its fields.
fn to_door(visit: &Visit, door: Door, method: &Method, body: &[u8]) -> HttpResponse {
    if *method == Method::GET {
        let (to, next) = (door.path(), encoded(&visit.path));
        let to = if visit.path == "/" { to.to_owned() } else { format!("{to}?next={next}") };
        return HttpResponse::SeeOther().insert_header((LOCATION, to)).finish();
    }
    match Held::form(visit, body) {
        Ok(held) => DoorPage::new(visit, door, Sheet::blank(visit), held).answer(visit),
        Err(failed) => refusal::page(visit, &failed),
    }
}

/// Answers a failure with its page, and sees to it that the visit is recorded whatever came of it.
async fn finish(
    visit: &Visit,
    is_listed: bool,
    method: &Method,
    body: &[u8],
    mut response: HttpResponse,
) -> HttpResponse {
    let app = &visit.app;
    let error = response.error().and_then(|error| error.as_error::<Error>());
    let mut code = error.map(|error| error.code).or_else(|| response.extensions().get::<Code>().copied());
    if let Some(code) = code.filter(|code| code.status() >= 500) {
        let cause = error.and_then(Error::cause_without_values);
        tracing::error!(code = <&'static str>::from(code), cause, "failed");
    }
    match (code, error) {
        (Some(Code::NotSignedIn), _) if !visit.row.open => {
            app.strangers.failed(visit.request.address, app.clock.now());
            let mut answer = to_door(visit, Door::SignIn, method, body);
            Kept { ticket: Cookie::Gone, ..Kept::default() }.tell(answer.headers_mut(), app);
            return answer;
        }
        (Some(refused), _) if refused.status() < 500 && is_listed => {
            match visit.records_refusal(refused).await {
                Ok(recorded) => code = Some(recorded),
                Err(outage) => return refusal::page(visit, &outage),
            }
            let code = code.unwrap_or(refused);
            if !visit.is_recorded() || matches!(code, Code::SignInFailed | Code::TooManyAttempts) {
                app.strangers.failed(visit.request.address, app.clock.now());
            }
        }
        (None, _) if is_listed && !visit.row.blank && !visit.is_recorded() => {
            tracing::error!(route = visit.route, "a page without an audit event");
            return refusal::page(visit, &Error::of(Code::Internal));
        }
        _ => {}
    }
    let door = match code.filter(|_| *method == Method::POST && is_listed) {
        Some(Code::FreshSignInNeeded) => Some(Door::Again),
        Some(Code::AnotherSignedIn) => Some(Door::Another),
        _ => None,
    };
    if let Some(door) = door {
        return to_door(visit, door, method, body);
    }
    let mut kept = response.extensions_mut().remove::<Kept>().unwrap_or_default();
    if let Some(error) = response.error().and_then(|error| error.as_error::<Error>()) {
        response = refusal::page(visit, error);
    }
    if kept.ticket.is_as_it_is()
        && is_listed
        && visit.row.keeps_open()
        && let Some(ticket) = &visit.ticket
    {
        kept.ticket = Cookie::Set(ticket.used_at(visit.request.at));
    }
    if kept.said.is_as_it_is() && visit.said.is_some() && response.status().is_success() {
        kept.said = Cookie::Gone;
    }
    kept.tell(response.headers_mut(), app);
    response
}
