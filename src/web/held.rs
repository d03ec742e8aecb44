//! What somebody sent while they were locked out: it is held in the page that asks for the password, and sent again after.

use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use garde::Validate;
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;

use super::form::{SESSION, pairs};
use super::{Frame, Shown, Visit};
use crate::auth::keys::Keys;
use crate::error::{Error, Result};
use crate::ids::SessionId;

/// What a held form is sealed for.
const CONTEXT: &[u8] = b"form that waits for a password";

/// Where to go on after signing in or unlocking, with what was being sent there, if anything was.
#[derive(Clone, Debug, Default, Deserialize, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct Held {
    /// The page that was asked for.
    #[garde(skip)]
    pub next: Option<String>,
    /// What was being sent to it and in whose session, sealed: whoever else comes to the browser cannot read it.
    #[garde(skip)]
    pub sealed: Option<String>,
}

/// A form that waits, and in whose session it was filled in.
#[derive(Serialize, Deserialize)]
struct Waiting {
    of: SessionId,
    to: String,
    fields: String,
}

#[derive(Template)]
#[template(path = "web/resume.html")]
struct ResumePage {
    frame: Frame,
    to: String,
    pairs: Vec<(String, String)>,
}

impl Held {
    /// A form that could not be taken. It is nobody's, and so is not held, if neither it nor the browser tells whose session
    /// it comes from.
    ///
    /// # Errors
    /// [`crate::error::Code::Internal`] if it cannot be sealed.
    pub(super) fn form(visit: &Visit, body: &[u8]) -> Result<Self> {
        let Ok(fields) = pairs(body) else { return Ok(Self::default()) };
        // What waits at a door already goes on waiting at the next one.
        if safe_path(&visit.path).is_none() {
            let named = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone());
            return Ok(Self { next: named("held/next"), sealed: named("held/sealed") });
        }
        let Some(of) =
            visit.filled_in.or_else(|| visit.ticket().map(|ticket| ticket.session)).filter(|of| *of != NOBODYS)
        else {
            return Ok(Self::default());
        };
        let waiting = Waiting { of, to: visit.path.clone(), fields: String::from_utf8_lossy(body).into_owned() };
        let plain = serde_json::to_vec(&waiting).map_err(Error::internal)?;
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&visit.app.random()[..12]);
        let sealed = visit.app.keys.seal(CONTEXT, nonce, &plain)?;
        Ok(Self { next: Some(visit.path.clone()), sealed: Some(URL_SAFE_NO_PAD.encode(sealed)) })
    }

    /// In whose session what is held was filled in, if anything is.
    #[must_use]
    pub fn session(&self, keys: &Keys) -> Option<SessionId> {
        self.waiting(keys).map(|waiting| waiting.of)
    }

    fn waiting(&self, keys: &Keys) -> Option<Waiting> {
        let sealed = URL_SAFE_NO_PAD.decode(self.sealed.as_deref()?).ok()?;
        serde_json::from_slice(&keys.open(CONTEXT, &sealed).ok()?).ok()
    }

    /// The page that was asked for, or the first one.
    #[must_use]
    pub fn to(&self) -> String {
        self.next.as_deref().and_then(safe_path).unwrap_or("/").to_owned()
    }

    /// Goes on: to the page that was asked for, or to what was being sent to it, if `is_theirs` who comes back. Of what
    /// somebody else was sending they learn nothing.
    ///
    /// # Errors
    /// [`crate::error::Code::Internal`] if the template fails.
    pub fn resume(&self, visit: &Visit, is_theirs: bool) -> Result<Shown> {
        if self.sealed.is_none() {
            return Ok(visit.go(self.to()));
        }
        let Some(waiting) = self.waiting(&visit.app.keys).filter(|_| is_theirs) else {
            return Ok(visit.go_saying("/", "What was being sent here was somebody else's. Nothing of it was saved."));
        };
        let fields = pairs(waiting.fields.as_bytes())?.into_iter();
        let mut pairs: Vec<_> = fields.filter(|(name, _)| !is_secret(name) && name != SESSION).collect();
        // Whose it is does not change by who was signed in when they came back.
        pairs.push((SESSION.to_owned(), mark(&visit.app.keys, waiting.of)));
        visit.show(&ResumePage { frame: visit.frame("Go on"), to: waiting.to, pairs })
    }
}

/// What a form says of the session that it is filled in: its id, which is no secret, with a MAC that stands in its pages alone.
/// Without it anybody could have words held, or sent, as if somebody else had typed them.
pub(super) fn mark(keys: &Keys, session: SessionId) -> String {
    format!("{session}.{}", URL_SAFE_NO_PAD.encode(keys.hmac("session of a form", session.as_bytes())))
}

/// Puts the mark into every form of a page that writes, so that no template has to think of it. Nobody can type a tag: what
/// people type is escaped.
pub(super) fn marks_forms(html: &str, mark: &str) -> String {
    let field = format!("<input type=\"hidden\" name=\"{SESSION}\" value=\"{mark}\">");
    let mut pieces = html.split("<form ");
    let mut marked = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (tag, fields) = piece.split_once('>').unwrap_or((piece, ""));
        let is_marked =
            fields.split("</form>").next().is_some_and(|form| form.contains(&format!("name=\"{SESSION}\"")));
        let mark = if tag.contains("method=\"post\"") && !is_marked { field.as_str() } else { "" };
        marked.extend(["<form ", tag, ">", mark, fields]);
    }
    marked
}

/// The session of a form whose mark is not ours.
const NOBODYS: SessionId = SessionId::from_uuid(uuid::Uuid::nil());

/// In which session a form was filled in, if it says so.
pub(super) fn told(keys: &Keys, body: &[u8]) -> Option<SessionId> {
    let fields = pairs(body).ok()?;
    let mut marks = fields.iter().filter(|(name, _)| name.starts_with(SESSION));
    let (name, mark) = marks.next()?;
    let session = marked(keys, mark).filter(|_| name == SESSION && marks.next().is_none());
    Some(session.unwrap_or(NOBODYS))
}

fn marked(keys: &Keys, said: &str) -> Option<SessionId> {
    let session = said.split_once('.')?.0.parse().ok()?;
    bool::from(mark(keys, session).as_bytes().ct_eq(said.as_bytes())).then_some(session)
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
