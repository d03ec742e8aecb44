//! What a caller sends: a JSON body, query parameters, an id in the path; each checked, none taken in part.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpRequest, web};
use garde::Validate;
use serde::de::DeserializeOwned;

use super::json;
use crate::app::App;
use crate::error::{Code, Error, FieldError, Result};
use crate::ids::Id;

/// A JSON body, free of unknown fields and within its bounds.
#[derive(Debug)]
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// A MAC of the bytes, by which a retry is known.
    pub mac: [u8; 32],
}

impl<T> FromRequest for Body<T>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, bytes) = (request.clone(), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            if !is_json(&request) {
                return Err(Error::of(Code::UnsupportedMediaType));
            }
            let bytes = bytes.await.map_err(|cause| unarrived(&cause))?;
            Ok(Self { value: checked(&bytes)?, mac: mac(&request, &bytes)? })
        })
    }
}

/// A JSON body that may be left out; it then is what its type is by default.
#[derive(Debug)]
pub struct MaybeBody<T>(pub Body<T>);

impl<T> From<MaybeBody<T>> for Body<T> {
    fn from(body: MaybeBody<T>) -> Self {
        body.0
    }
}

impl<T> FromRequest for MaybeBody<T>
where
    T: DeserializeOwned + Validate<Context = ()> + Default + 'static,
{
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, bytes) = (request.clone(), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            let bytes = bytes.await.map_err(|cause| unarrived(&cause))?;
            let value = match bytes.is_empty() {
                true => T::default(),
                false if is_json(&request) => checked(&bytes)?,
                false => return Err(Error::of(Code::UnsupportedMediaType)),
            };
            Ok(Self(Body { value, mac: mac(&request, &bytes)? }))
        })
    }
}

fn is_json(request: &HttpRequest) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let kind = kind.and_then(|value| value.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// Why a body did not arrive.
#[must_use]
pub fn unarrived(cause: &actix_web::Error) -> Error {
    match cause.as_error::<actix_web::error::PayloadError>() {
        Some(actix_web::error::PayloadError::Overflow) => Error::of(Code::BodyTooLarge),
        _ => Error::new(Code::Unreadable, "The body did not arrive whole"),
    }
}

/// A MAC of a body, by which a retry is known.
///
/// # Errors
/// [`Code::Internal`] outside the program.
pub fn mac(request: &HttpRequest, bytes: &[u8]) -> Result<[u8; 32]> {
    let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::of(Code::Internal))?;
    Ok(app.keys.hmac("idempotency", bytes))
}

fn checked<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Result<T> {
    validated(json::read(bytes)?)
}

/// What was read, if it is within its bounds.
///
/// # Errors
/// [`Code::Invalid`] with a pointer to each field that is not.
pub fn validated<T: Validate<Context = ()>>(value: T) -> Result<T> {
    value.validate().map_err(|report| {
        let pointer = |path: &garde::Path| {
            path.to_string()
                .replace('[', ".")
                .replace(']', "")
                .split('.')
                .fold(String::new(), |all, step| if step.is_empty() { all } else { all + "/" + step })
        };
        Error::invalid(report.iter().map(|(path, error)| FieldError::new(pointer(path), error.message())).collect())
    })?;
    Ok(value)
}

/// Query parameters; unknown ones are refused.
#[derive(Debug)]
pub struct Filter<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Filter<T> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = web::Query::<T>::from_query(request.query_string());
        std::future::ready(match read {
            Ok(query) => Ok(Self(query.into_inner())),
            Err(actix_web::error::QueryPayloadError::Deserialize(cause)) => {
                Err(Error::field("", json::in_words(&cause.to_string())))
            }
            Err(_) => Err(Error::of(Code::Unreadable)),
        })
    }
}

/// The ids in the path, in order.
#[derive(Debug)]
pub struct PathId<K>(pub Id<K>);

impl<K: 'static> FromRequest for PathId<K> {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.match_info().get("id").and_then(|text| text.parse().ok());
        std::future::ready(id.map(Self).ok_or_else(|| Error::new(Code::Unreadable, "The id in the path is not a UUID")))
    }
}

/// The number of an audit event in the path.
#[derive(Clone, Copy, Debug)]
pub struct PathSeq(pub u64);

impl FromRequest for PathSeq {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let seq = request.match_info().get("seq").and_then(|text| text.parse().ok());
        let bad = || Error::new(Code::Unreadable, "The number in the path is not a whole number from 0");
        std::future::ready(seq.map(Self).ok_or_else(bad))
    }
}
