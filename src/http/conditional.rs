//! `If-Match`: nobody overwrites what they have not read.

use actix_web::dev::Payload;
use actix_web::http::header::IF_MATCH;
use actix_web::{FromRequest, HttpRequest};

use crate::error::{Code, Error, Result};

/// The version that the caller read.
#[derive(Clone, Copy, Debug)]
pub struct IfMatch(pub i32);

impl FromRequest for IfMatch {
    type Error = Error;
    type Future = std::future::Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut headers = request.headers().get_all(IF_MATCH);
        let version = match (headers.next(), headers.next()) {
            (None, _) => Err(Error::of(Code::VersionNeeded)),
            (Some(_), Some(_)) => Err(not_one()),
            (Some(header), None) => header.to_str().ok().and_then(read).map(Self).ok_or_else(not_one),
        };
        std::future::ready(version)
    }
}

fn not_one() -> Error {
    Error::new(Code::Unreadable, "If-Match takes exactly one version, as the ETag said it, and not *")
}

/// Reads `"7"` or `W/"7"`.
fn read(text: &str) -> Option<i32> {
    let text = text.trim();
    let digits = text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.strip_suffix('"')?;
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn one_version_is_read_and_nothing_else() {
        assert_eq!(read("\"7\""), Some(7));
        assert_eq!(read("W/\"12\""), Some(12));
        for bad in ["7", "*", "\"*\"", "\"\"", "\"-1\"", "\"+1\"", "\"1\", \"2\"", "\"99999999999\"", "w/\"1\""] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
