//! The pages that ask for the password: to sign in, and to unlock.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use askama::Template;

use super::{Frame, Held, Sheet, Visit, refusal};

/// At which door somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Nobody is signed in.
    SignIn,
    /// Somebody is, and another filled in what comes.
    Another,
    /// Somebody is, and was away for a while.
    Unlock,
    /// Somebody is, and signs something for which the password was entered too long ago.
    Again,
}

impl Door {
    /// Where it is.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::SignIn | Self::Another => "/sign-in",
            Self::Unlock | Self::Again => "/unlock",
        }
    }
}

/// A page that asks for the password, and holds what it was asked for.
#[derive(Template)]
#[template(path = "web/door.html")]
pub struct DoorPage {
    frame: Frame,
    sheet: Sheet,
    door: Door,
    held: Held,
    waiting: Option<String>,
}

impl DoorPage {
    /// The page at `door`.
    #[must_use]
    pub fn new(visit: &Visit, door: Door, sheet: Sheet, held: Held) -> Self {
        let title = match door {
            Door::SignIn => "Sign in",
            Door::Another => "Somebody else filled this in",
            Door::Unlock => "Locked",
            Door::Again => "Your password, to sign",
        };
        Self { frame: visit.frame(title), sheet, door, held, waiting: None }
    }

    /// Asks for the code of the authenticator; the password, sealed, waits in the page meanwhile.
    #[must_use]
    pub fn waiting(self, sealed: String) -> Self {
        Self { waiting: Some(sealed), ..self }
    }

    /// Answers whoever was about to send something.
    pub(super) fn answer(&self, visit: &Visit) -> HttpResponse {
        let status = if self.is_unlock() { StatusCode::FORBIDDEN } else { StatusCode::UNAUTHORIZED };
        match visit.html(self) {
            Ok(html) => HttpResponse::build(status).content_type("text/html; charset=utf-8").body(html),
            Err(failed) => refusal::page(visit, &failed),
        }
    }

    fn is_unlock(&self) -> bool {
        matches!(self.door, Door::Unlock | Door::Again)
    }

    fn is_another(&self) -> bool {
        self.door == Door::Another
    }

    fn is_again(&self) -> bool {
        self.door == Door::Again
    }
}
