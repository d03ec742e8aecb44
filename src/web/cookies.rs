//! The cookies of the pages: the ticket of a session, what was said once, and trust in a device. None is read by scripts.

use actix_web::HttpMessage;
use actix_web::http::header::{COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::app::App;
use crate::auth::device::TRUSTED_SECONDS;
use crate::auth::ticket::Ticket;

/// A cookie by what it is for.
#[derive(Clone, Copy)]
enum Jar {
    Ticket,
    Said,
    Device,
}

impl Jar {
    /// With the prefix, browsers take it over TLS only and for this very host. The demo on loopback has no TLS.
    const fn name(self, plain: bool) -> &'static str {
        match (self, plain) {
            (Self::Ticket, false) => "__Host-tandem",
            (Self::Ticket, true) => "tandem-plain",
            (Self::Said, false) => "__Host-tandem-said",
            (Self::Said, true) => "tandem-plain-said",
            (Self::Device, false) => "__Host-tandem-device",
            (Self::Device, true) => "tandem-plain-device",
        }
    }
}

/// What a browser sent.
pub(super) struct Sent<'a> {
    headers: &'a HeaderMap,
    plain: bool,
}

/// Whether the practice is reached without TLS, which the settings allow on loopback alone.
fn is_plain(app: &App) -> bool {
    app.public_url.starts_with("http://")
}

impl<'a> Sent<'a> {
    pub(super) fn with(request: &'a impl HttpMessage, app: &App) -> Self {
        Self { headers: request.headers(), plain: is_plain(app) }
    }

    fn value(&self, jar: Jar) -> Option<&'a str> {
        let name = jar.name(self.plain);
        let lines = self.headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
        let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The ticket, if it was made here.
    pub(super) fn ticket(&self, app: &App) -> Option<Ticket> {
        Ticket::read(&app.keys, self.value(Jar::Ticket)?)
    }

    /// What the page before had to say.
    pub(super) fn said(&self) -> Option<String> {
        let bytes = self.value(Jar::Said).filter(|text| text.len() < 400)?;
        String::from_utf8(URL_SAFE_NO_PAD.decode(bytes).ok()?).ok()
    }

    /// What the device is trusted by.
    pub(super) fn device(&self) -> Option<&'a str> {
        self.value(Jar::Device)
    }
}

/// What becomes of a cookie.
#[derive(Clone, Default)]
pub(super) enum Cookie<T> {
    /// It stays as it is.
    #[default]
    AsItIs,
    /// It holds this from now on.
    Set(T),
    /// It is taken away.
    Gone,
}

impl<T> Cookie<T> {
    pub(super) const fn is_as_it_is(&self) -> bool {
        matches!(self, Self::AsItIs)
    }
}

/// What a browser is told to keep.
#[derive(Clone, Default)]
pub(super) struct Kept {
    /// The ticket.
    pub(super) ticket: Cookie<Ticket>,
    /// What the next page says.
    pub(super) said: Cookie<&'static str>,
    /// What the device is trusted by.
    pub(super) device: Option<String>,
}

impl Kept {
    /// Tells the browser.
    pub(super) fn tell(&self, headers: &mut HeaderMap, app: &App) {
        let plain = is_plain(app);
        let mut set = |jar: Jar, value: &str, seconds: Option<i64>| {
            let secure = if plain { "" } else { "; Secure" };
            let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
            let name = jar.name(plain);
            let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}");
            if let Ok(line) = HeaderValue::from_str(&line) {
                headers.append(SET_COOKIE, line);
            }
        };
        match &self.ticket {
            Cookie::Set(ticket) => set(Jar::Ticket, &ticket.write(&app.keys), None),
            Cookie::Gone => set(Jar::Ticket, "", Some(0)),
            Cookie::AsItIs => {}
        }
        match self.said {
            Cookie::Set(said) => set(Jar::Said, &URL_SAFE_NO_PAD.encode(said), Some(60)),
            Cookie::Gone => set(Jar::Said, "", Some(0)),
            Cookie::AsItIs => {}
        }
        if let Some(device) = &self.device {
            set(Jar::Device, device, Some(TRUSTED_SECONDS));
        }
    }
}
