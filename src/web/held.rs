//! What somebody sent while they were locked out: it is held in the page that asks for the password, and sent again after.

use askama::Template;
use garde::Validate;
use serde::Deserialize;

use super::form::pairs;
use super::{Frame, Shown, Visit};
use crate::error::Result;

/// Where to go on after signing in or unlocking, with what was being sent there, if anything was.
#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Held {
    /// The page that was asked for.
    #[garde(skip)]
    pub next: Option<String>,
    /// The fields that were being sent to it, as a browser encodes them.
    #[garde(skip)]
    pub fields: Option<String>,
}

#[derive(Template)]
#[template(path = "web/resume.html")]
struct ResumePage {
    frame: Frame,
    to: String,
    pairs: Vec<(String, String)>,
}

impl Held {
    /// A form that could not be taken.
    pub(super) fn form(path: &str, body: &[u8]) -> Self {
        Self { next: Some(path.to_owned()), fields: String::from_utf8(body.to_vec()).ok() }
    }

    /// A page that could not be shown.
    #[must_use]
    pub fn page(path: &str) -> Self {
        Self { next: Some(path.to_owned()), fields: None }
    }

    /// The page that was asked for, or the first one.
    #[must_use]
    pub fn to(&self) -> String {
        self.next.as_deref().and_then(safe_path).unwrap_or("/").to_owned()
    }

    /// Goes on: to the page that was asked for, or to what was being sent to it.
    ///
    /// # Errors
    /// [`crate::error::Code::Internal`] if the template fails.
    pub fn resume(&self, visit: &Visit) -> Result<Shown> {
        let to = self.to();
        let Some(fields) = self.fields.as_deref().filter(|fields| !fields.is_empty()) else { return Ok(visit.go(to)) };
        let pairs = pairs(fields.as_bytes())?.into_iter().filter(|(name, _)| !is_secret(name)).collect();
        visit.show(&ResumePage { frame: visit.frame("Go on"), to, pairs })
    }
}

/// Passwords and codes are typed again rather than kept in a page.
pub(super) fn is_secret(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or(name);
    last.ends_with("password") || matches!(last, "code" | "totp" | "recovery_code" | "token")
}

/// A path of ours that a browser may be sent to: from the root, nothing that leads to another host, none that only answers
/// forms.
#[must_use]
pub fn safe_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?;
    let plain = path.len() <= 500 && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let own =
        !rest.starts_with('/') && !["sign-", "unlock", "lock", "api/", "assets/"].iter().any(|no| rest.starts_with(no));
    (plain && own).then_some(path)
}

/// A path in a query.
pub(super) fn encoded(path: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_host() {
        for fine in ["/", "/patients", "/patients/0198?tab=1"] {
            assert_eq!(safe_path(fine), Some(fine));
        }
        for bad in [
            "",
            "patients",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/sign-out",
            "/unlock",
            "/a b",
            "/\n/x",
        ] {
            assert_eq!(safe_path(bad), None, "{bad}");
        }
        assert_eq!(encoded("/patients?a=b&c"), "/patients%3Fa%3Db%26c");
    }
}
