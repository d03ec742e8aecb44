//! `Idempotency-Key`: a repeated request does its work once.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use crate::db::Retry;
use crate::error::{Code, Error, Result};

/// The key of the request, if it has one: 1 to 100 visible ASCII characters.
#[derive(Clone, Debug)]
pub struct IdempotencyKey {
    key: Option<String>,
    route: String,
}

impl IdempotencyKey {
    /// Bound to the body that came with it.
    #[must_use]
    pub fn with(self, mac: [u8; 32]) -> Retry {
        Retry { key: self.key, route: self.route, mac }
    }

    /// For a request without a body.
    #[must_use]
    pub fn alone(self) -> Retry {
        self.with([0; 32])
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let route = format!("{} {}", request.method(), request.path());
        let mut headers = request.headers().get_all("Idempotency-Key");
        let bad = || Error::new(Code::Unreadable, "Idempotency-Key takes 1 to 100 visible ASCII characters, once");
        let key = match (headers.next(), headers.next()) {
            (None, _) => Ok(None),
            (Some(_), Some(_)) => Err(bad()),
            (Some(value), None) => {
                value.to_str().ok().filter(|key| is_key(key)).map(str::to_owned).map(Some).ok_or_else(bad)
            }
        };
        std::future::ready(key.map(|key| Self { key, route }))
    }
}

fn is_key(key: &str) -> bool {
    (1..=100).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
}
