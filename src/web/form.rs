//! What a form brings: the same structures as the API takes, checked alike, beside what was typed.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use garde::Validate;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::frame::Zone;
use super::tree::Tree;
use super::{Sheet, Visit};
use crate::clock::Timestamp;
use crate::db::Retry;
use crate::error::{Code, Error, FieldError, Result};
use crate::http::{json, validated};
use crate::words;

/// Fields that a form may have; a note has a few hundred, and with its tables full some thousands.
const MOST_FIELDS: usize = 10_000;
/// The field by which a form tells in whose session it was shown.
pub(super) const SESSION: &str = "_session";
/// Bytes of one choice in JSON.
const MOST_JSON: usize = 10_000;

/// A form that was sent. It may be wrong: the page then shows it again, with all that was typed.
pub struct Form<T> {
    /// What was typed.
    pub sent: Sent,
    value: Option<Result<T>>,
}

/// A form of which nothing is read but the button that was pressed, and the version it was pressed over.
#[derive(Clone, Copy, Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Pressed {}

/// The fields of a form as they were typed, and what the program put there itself.
#[derive(Clone, Default)]
pub struct Sent {
    pub(super) tree: Tree,
    pub(super) key: Option<String>,
    pub(super) version: Option<String>,
    mac: [u8; 32],
    route: String,
    automatic: bool,
}

impl<T> Form<T> {
    /// What the form says; once.
    ///
    /// # Errors
    /// [`Code::Invalid`] with a pointer for each field at fault.
    pub fn value(&mut self) -> Result<T> {
        self.value.take().unwrap_or_else(|| Err(Error::internal("a form is read once")))
    }

    /// The form to show again beside what came of it.
    #[must_use]
    pub fn again_fine(&self, visit: &Visit) -> Sheet {
        Sheet::kept(visit, &self.sent)
    }

    /// The form to show again, with what was typed and what it was refused for.
    #[must_use]
    pub fn again(&self, visit: &Visit, refusal: &Error) -> Sheet {
        Sheet::again(visit, &self.sent, refusal)
    }
}

impl Sent {
    /// What makes the form known when it comes again: a double click, a reload.
    #[must_use]
    pub fn retry(&self) -> Retry {
        Retry { key: self.key.clone(), route: self.route.clone(), mac: self.mac }
    }

    /// The version that the form was filled in over.
    ///
    /// # Errors
    /// [`Code::VersionNeeded`] if it holds none.
    pub fn version(&self) -> Result<i32> {
        let version = self.version.as_deref().and_then(|text| text.parse().ok());
        version.ok_or_else(|| Error::of(Code::VersionNeeded))
    }

    /// Whether a script sends it by itself, and is answered in JSON if it is taken.
    #[must_use]
    pub const fn is_automatic(&self) -> bool {
        self.automatic
    }

    /// What was typed into one field.
    #[must_use]
    pub fn one(&self, name: &str) -> Option<String> {
        self.tree.pairs().into_iter().rev().find(|(field, _)| field == name).map(|(_, value)| value)
    }

    fn read(pairs: Vec<(String, String)>, route: String, mac: [u8; 32]) -> Self {
        let (mut own, mut typed) = (Vec::new(), Vec::new());
        for (name, value) in pairs {
            // Browsers send every end of line as two characters.
            let value = value.replace("\r\n", "\n");
            if name.starts_with('_') { own.push((name, value)) } else { typed.push((name, value)) }
        }
        let put = |name: &str| own.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        let zone = put("_zone").map(|zone| Zone::of(&zone));
        let typed = typed.into_iter().map(|(name, value)| in_utc(name, value, zone));
        let typed: Vec<_> = typed.collect();
        let tree = Tree::of(typed.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let key = put("_key").filter(|key| (1..=100).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
        let automatic = put("_automatic").is_some();
        Self { tree, key, version: put("_version"), mac, route, automatic }
    }

    fn value<T: DeserializeOwned + Validate<Context = ()>>(&self) -> Result<T> {
        let unfit =
            |(name, value): &(String, String)| words::unfit(value).map(|why| FieldError::new(format!("/{name}"), why));
        let errors: Vec<_> = self.tree.pairs().iter().filter_map(unfit).collect();
        if !errors.is_empty() {
            return Err(Error::invalid(errors));
        }
        let value = serde_path_to_error::deserialize(&self.tree)
            .map_err(|wrong| at_fault(json::pointer(wrong.path()), &wrong.inner().to_string()))?;
        validated(value)
    }
}

/// The field at fault: one that was not sent at all, such as an unmarked choice, is named by serde's message alone.
fn at_fault(pointer: String, message: &str) -> Error {
    match message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(missing) => Error::field(format!("{pointer}/{missing}"), "is missing"),
        None => Error::field(pointer, json::in_words(message)),
    }
}

/// What stands below one name of a form, where it was not read with the rest of it.
///
/// # Errors
/// [`Code::Invalid`] with a pointer for each field at fault.
pub fn part<T: DeserializeOwned + Validate<Context = ()>>(name: &str, value: Option<&Value>) -> Result<T> {
    let empty = Value::Object(serde_json::Map::new());
    let read = serde_path_to_error::deserialize(value.unwrap_or(&empty))
        .map_err(|wrong| at_fault(json::pointer(wrong.path()), &wrong.inner().to_string()));
    read.and_then(validated).map_err(|mut refusal| {
        refusal.errors.iter_mut().for_each(|error| error.pointer.insert_str(0, &format!("/{name}")));
        refusal
    })
}

/// A field whose name ends in `@local` holds a time by the practice's clock; the API's holds the same moment in UTC. Without
/// a clock it is no time, and refused as such.
fn in_utc(name: String, value: String, zone: Option<Zone>) -> (String, String) {
    match name.strip_suffix("@local") {
        Some(bare) => {
            let moment = zone.and_then(|zone| zone.moment(&value)).as_ref().map(Timestamp::to_string);
            (bare.to_owned(), moment.unwrap_or(value))
        }
        None => (name, value),
    }
}

/// The fields of a form in a body, in order.
///
/// # Errors
/// [`Code::Unreadable`] for what is not UTF-8, of which something would be lost unseen; [`Code::BodyTooLarge`] for more fields, or more in one choice, than any form of ours sends: what
/// they are put together to takes longer the more there are, and strangers may send some.
pub(super) fn pairs(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let text = std::str::from_utf8(bytes).ok().filter(|text| is_utf8(text));
    let text = text.ok_or_else(|| Error::new(Code::Unreadable, "The form is not written in UTF-8"))?;
    if text.split('&').nth(MOST_FIELDS).is_some() {
        return Err(Error::of(Code::BodyTooLarge));
    }
    let read = web::Query::<Vec<(String, String)>>::from_query(text);
    let pairs = read.map(web::Query::into_inner).map_err(|_| Error::of(Code::Unreadable))?;
    let is_too_much = |(name, value): &(String, String)| name.ends_with("@json") && value.len() > MOST_JSON;
    if pairs.iter().any(is_too_much) { Err(Error::of(Code::BodyTooLarge)) } else { Ok(pairs) }
}

/// Whether the bytes behind percent signs are UTF-8 as well.
fn is_utf8(text: &str) -> bool {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend(&part.as_bytes()[2..]);
            }
            None => bytes.extend(part.as_bytes()),
        }
    }
    std::str::from_utf8(&bytes).is_ok()
}

/// Whether a request brings a form.
pub(super) fn is_form(request: &impl HttpMessage) -> bool {
    let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

impl<T> FromRequest for Form<T>
where
    T: DeserializeOwned + Validate<Context = ()> + 'static,
{
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, bytes) = (request.clone(), web::Bytes::from_request(request, payload));
        Box::pin(async move {
            if !is_form(&request) {
                return Err(Error::new(Code::UnsupportedMediaType, "A form is expected"));
            }
            let bytes = bytes.await.map_err(|cause| crate::http::unarrived(&cause))?;
            let mac = crate::http::mac(&request, &bytes)?;
            let route = format!("{} {}", request.method(), request.path());
            let sent = Sent::read(pairs(&bytes)?, route, mac);
            Ok(Self { value: Some(sent.value()), sent })
        })
    }
}
