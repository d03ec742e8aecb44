//! Calls from outside, as somebody.

use std::fmt;

use reqwest::blocking::RequestBuilder;
use reqwest::header::{HeaderMap, HeaderValue};
use serde_json::Value;

use super::recorded::Call;
use super::{House, Who};

/// Somebody who calls; each call takes it, so that no header outlives the call it was meant for.
#[must_use]
pub struct Client<'h> {
    house: &'h House,
    who: Option<Who>,
    headers: Vec<(String, HeaderValue)>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null if it is empty or something else.
    pub json: Value,
    /// The body as text.
    pub text: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// `X-Request-Id` of the call.
    pub request_id: String,
}

impl<'h> Client<'h> {
    pub(super) fn new(house: &'h House, who: Option<Who>) -> Self {
        Self { house, who, headers: Vec::new() }
    }

    /// Sends the version that was read.
    pub fn if_match(self, version: impl fmt::Display) -> Self {
        self.header("If-Match", format!("\"{version}\""))
    }

    /// Sends an idempotency key.
    pub fn key(self, key: &str) -> Self {
        self.header("Idempotency-Key", key)
    }

    /// Sends a header.
    pub fn header(self, name: &str, value: impl Into<String>) -> Self {
        let value = HeaderValue::from_str(&value.into()).unwrap();
        self.header_value(name, value)
    }

    /// Sends a header that may be no text.
    pub fn header_value(mut self, name: &str, value: HeaderValue) -> Self {
        self.headers.push((name.to_owned(), value));
        self
    }

    /// GET, the path below `/api/v1`.
    pub fn get(self, path: &str) -> Answer {
        self.send("GET", path, None)
    }

    /// POST.
    pub fn post(self, path: &str, body: impl Into<Option<Value>>) -> Answer {
        self.send("POST", path, body.into().map(|json| json.to_string()))
    }

    /// PUT.
    pub fn put(self, path: &str, body: impl Into<Option<Value>>) -> Answer {
        self.send("PUT", path, body.into().map(|json| json.to_string()))
    }

    /// PATCH.
    pub fn patch(self, path: &str, body: impl Into<Option<Value>>) -> Answer {
        self.send("PATCH", path, body.into().map(|json| json.to_string()))
    }

    /// DELETE.
    pub fn delete(self, path: &str) -> Answer {
        self.send("DELETE", path, None)
    }

    /// Any method with any body, which goes as JSON unless a header says otherwise.
    pub fn send(self, method: &str, path: &str, body: Option<String>) -> Answer {
        let Self { house, who, headers } = self;
        let request_id = {
            let mut calls = house.calls.lock().unwrap();
            let id = format!("call-{}", calls.len() + 1);
            calls.push(Call::new(&id, method, path, who.is_some()));
            id
        };
        let url = format!("{}{}{path}", house.address, tandem::routes::BASE);
        let mut request = house.http.request(method.parse().unwrap(), url).header("X-Request-Id", &request_id);
        if let Some(who) = who {
            request = request.bearer_auth(who.token(&house.keys, house.clock.now()));
        }
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some(body) = body {
            request = if typed { request } else { request.header("Content-Type", "application/json") }.body(body);
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        let answer = Answer::read(request, request_id);
        house.calls.lock().unwrap().iter_mut().filter(|call| call.id == answer.request_id).for_each(|call| {
            call.status = Some(answer.status);
        });
        answer
    }
}

impl Answer {
    pub(super) fn read(request: RequestBuilder, request_id: String) -> Self {
        let response = request.send().expect("the server answers");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().unwrap().to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = serde_json::from_str(&text).unwrap_or_default();
        Self { status, headers, json, text, bytes, request_id }
    }

    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The stable code of the problem document.
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    /// The `id` of what was answered.
    pub fn id(&self) -> &str {
        self.json["id"].as_str().unwrap_or_else(|| panic!("no id in {self}"))
    }

    /// The `version` of what was answered.
    pub fn version(&self) -> i64 {
        self.json["version"].as_i64().unwrap_or_else(|| panic!("no version in {self}"))
    }

    /// Fails unless the status is `expected`; gives itself back, for reading on.
    #[track_caller]
    pub fn is(self, expected: u16) -> Self {
        assert_eq!(self.status, expected, "{self}");
        self
    }

    /// Fails unless it was refused with this code; gives itself back.
    #[track_caller]
    pub fn refused(self, code: &str) -> Self {
        assert_eq!(self.code(), code, "{self}");
        self
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {}: {}", self.request_id, self.status, self.text)
    }
}
