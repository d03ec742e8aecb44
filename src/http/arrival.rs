//! What is known of a request before anybody looks into it.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_ENCODING, HeaderName};

use crate::app::App;
use crate::error::{Code, Error, Result};

/// The header that names a request, coming and going.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The caller's own id for the request if it is harmless, else one of ours.
#[must_use]
pub fn request_id(request: &ServiceRequest, app: &App) -> String {
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let harmless = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    given.filter(harmless).map_or_else(
        || {
            let mut ten = [0; 10];
            ten.copy_from_slice(&app.random()[..10]);
            crate::ids::ObjectId::new(app.clock.now(), ten).to_string()
        },
        str::to_owned,
    )
}

/// The addresses of `X-Forwarded-For`, nearest first, up to what is none: farther ones are only somebody's word.
#[must_use]
pub fn forwarded(request: &ServiceRequest) -> Vec<IpAddr> {
    let lines = request.headers().get_all(FORWARDED_FOR).map(|value| value.to_str().unwrap_or_default());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    hops.into_iter().rev().map_while(|hop| hop.trim().parse().ok()).collect()
}

/// The method's name; one that the caller made up stands neither in the log nor in the figures.
#[must_use]
pub fn name_of(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// The size of a request's head in bytes, roughly.
#[must_use]
pub fn head_bytes(request: &ServiceRequest) -> usize {
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>();
    headers + request.uri().to_string().len()
}

/// Refuses a body that is packed: unpacking is bounded only once it is done, and a few kilobytes may unpack to the whole of
/// memory.
///
/// # Errors
/// [`Code::UnsupportedMediaType`].
pub fn refuse_packed(request: &ServiceRequest) -> Result<()> {
    let packed = |value: &[u8]| !value.eq_ignore_ascii_case(b"identity");
    if request.headers().get_all(CONTENT_ENCODING).any(|value| packed(value.as_bytes())) {
        return Err(Error::new(Code::UnsupportedMediaType, "Send the body as it is, without Content-Encoding"));
    }
    Ok(())
}
