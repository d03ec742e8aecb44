//! Signing in and out, unlocking and ways in, as pages.

pub mod account;

use askama::Template;
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::auth::again::{begun, prove, rehash};
use crate::auth::ops::{self, Gate, Proof};
use crate::auth::token;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::http::{Caller, Filter};
use crate::ids::SessionId;
use crate::policy::Action;
use crate::web::{Door, DoorPage, Form, Frame, Held, Pressed, Sheet, Shown, Visit};

/// Seconds for which a password waits, sealed, for the code that goes with it.
const WAITING_SECONDS: i64 = 300;

/// Where to go on after signing in.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Next {
    /// The page that was asked for.
    next: Option<String>,
}

impl Next {
    fn held(self) -> Held {
        Held { next: self.next, sealed: None }
    }
}

/// What one signs in with.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The e-mail address, in any spelling.
    #[garde(length(chars, min = 1, max = 254))]
    email: String,
    /// The password; the second time it waits sealed instead.
    #[garde(skip)]
    password: Option<SecretString>,
    /// The password, sealed, while the code is asked for.
    #[garde(skip)]
    waiting: Option<String>,
    /// A code from the authenticator, or a recovery code.
    #[garde(length(chars, max = 40))]
    code: Option<String>,
    /// Whether the device needs no code for half a day.
    #[garde(skip)]
    #[serde(default)]
    trust: bool,
    /// What to go on with.
    #[garde(dive)]
    #[serde(default)]
    held: Held,
}

/// The password once more.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Unlock {
    /// The password.
    #[garde(skip)]
    password: SecretString,
    /// What to go on with.
    #[garde(dive)]
    #[serde(default)]
    held: Held,
}

/// `GET /sign-in`
///
/// # Errors
/// [`Code::Internal`] if the template fails.
pub async fn sign_in_page(visit: Visit, Filter(next): Filter<Next>) -> Result<Shown> {
    visit.show(&DoorPage::new(&visit, Door::SignIn, Sheet::blank(&visit), next.held()))
}

/// `POST /sign-in`
///
/// # Errors
/// [`Code::Unavailable`] and other failures; what is wrong with the details is said above the form.
pub async fn sign_in(visit: Visit, mut form: Form<SignIn>) -> Result<Shown> {
    let asked = match form.value() {
        Ok(asked) => asked,
        Err(error) => return refused(&visit, Door::SignIn, &form, Held::default(), &error),
    };
    match signed_in(&visit, &asked).await {
        Ok(admission) => {
            let shown = asked.held.resume(&visit, admission.goes_on)?.ticket(Some(admission.ticket));
            Ok(shown.device(admission.device))
        }
        Err(error) if error.code == Code::SecondFactorNeeded => {
            let sealed = seal(&visit, &password(&visit, &asked)?)?;
            let page = DoorPage::new(&visit, Door::SignIn, form.again(&visit, &error), asked.held).waiting(sealed);
            visit.show_again(&page, &error)
        }
        Err(error) => refused(&visit, Door::SignIn, &form, asked.held, &error),
    }
}

async fn signed_in(visit: &Visit, asked: &SignIn) -> Result<ops::Admission> {
    let (password, code) = (password(visit, asked)?, asked.code.clone().map(|code| code.trim().to_owned()));
    let caller = visit.doing(Action::SignIn)?;
    let email = asked.email.clone();
    let (gate, attempt) =
        begun(&caller, move |tx: &mut Tx, gate: &Gate| ops::begin_sign_in(tx, gate, &email, None)).await?;
    let proof = prove(&caller, &attempt, &password, code).await?;
    let proof = Proof { device: visit.device().map(str::to_owned), ..proof };
    let rehashed = rehash(&caller, &attempt, &proof, password).await;
    let wanted = ops::Wanted { trusts: asked.trust, goes_on: asked.held.session(&visit.app.keys) };
    let judge = move |tx: &mut Tx| ops::sign_in_to_pages(tx, &gate, &attempt, &proof, rehashed.as_deref(), wanted);
    caller.write(judge).await?.map_err(Error::of)
}

/// A password that waits, sealed, for a code.
#[derive(Serialize, Deserialize)]
struct Waiting {
    since: Timestamp,
    password: String,
}

fn seal(visit: &Visit, password: &SecretString) -> Result<String> {
    let since = visit.app.clock.now();
    let waiting = Waiting { since, password: password.expose_secret().to_owned() };
    let plain = serde_json::to_vec(&waiting).map_err(Error::internal)?;
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&visit.app.random()[..12]);
    let sealed = visit.app.keys.seal(b"password that waits for a code", nonce, &plain)?;
    Ok(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, sealed))
}

/// The password that was typed now, or before the code was asked for.
fn password(visit: &Visit, asked: &SignIn) -> Result<SecretString> {
    if let Some(password) = &asked.password {
        return Ok(password.clone());
    }
    let failed = || Error::of(Code::SignInFailed);
    let sealed = asked.waiting.as_deref().ok_or_else(|| Error::field("/password", "is missing"))?;
    let sealed = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, sealed);
    let plain = visit.app.keys.open(b"password that waits for a code", &sealed.map_err(|_| failed())?);
    let waiting: Waiting = serde_json::from_slice(&plain.map_err(|_| failed())?).map_err(|_| failed())?;
    let is_good = visit.app.clock.now().seconds_since(waiting.since) < WAITING_SECONDS;
    if is_good { Ok(SecretString::from(waiting.password)) } else { Err(failed()) }
}

fn refused<T>(visit: &Visit, door: Door, form: &Form<T>, held: Held, error: &Error) -> Result<Shown> {
    visit.show_again(&DoorPage::new(visit, door, form.again(visit, error), held), error)
}

/// `POST /sign-out`
///
/// # Errors
/// [`Code::Unavailable`] and other failures.
pub async fn sign_out(visit: Visit, _: Form<Pressed>) -> Result<Shown> {
    visit.write(Action::SignOut, ops::sign_out).await?;
    Ok(visit.go_saying("/sign-in", "You are signed out.").ticket(None))
}

/// `GET /unlock`
///
/// # Errors
/// The refusal's code.
pub async fn unlock_page(visit: Visit, Filter(next): Filter<Next>) -> Result<Shown> {
    visit.show(&DoorPage::new(&visit, Door::Unlock, Sheet::blank(&visit), next.held()))
}

/// `POST /unlock`
///
/// # Errors
/// [`Code::NotSignedIn`] when the session has ended; what is wrong with the password is said above the form.
pub async fn unlock(visit: Visit, mut form: Form<Unlock>) -> Result<Shown> {
    let Unlock { password, held } = match form.value() {
        Ok(asked) => asked,
        Err(error) => return refused(&visit, Door::Unlock, &form, Held::default(), &error),
    };
    let waits = held.session(&visit.app.keys);
    match unlocked(&visit.doing(Action::Reauthenticate)?, &password, waits).await {
        Ok(is_theirs) => {
            let now = visit.app.clock.now();
            let ticket = visit.ticket().map(|ticket| ticket.used_at(now));
            Ok(held.resume(&visit, is_theirs)?.ticket(ticket))
        }
        Err(error) if error.code == Code::NotSignedIn => Err(error),
        Err(error) => refused(&visit, Door::Unlock, &form, held, &error),
    }
}

/// Says whether what was filled in in the session `waits` is theirs.
async fn unlocked(caller: &Caller, password: &SecretString, waits: Option<SessionId>) -> Result<bool> {
    let (_, attempt) = begun(caller, ops::begin_own).await?;
    let proof = prove(caller, &attempt, password, None).await?;
    let judge = move |tx: &mut Tx| ops::unlock(tx, &attempt, &proof, waits);
    caller.write(judge).await?.map_err(Error::of)
}

/// `POST /lock`
///
/// # Errors
/// The refusal's code.
pub async fn lock(visit: Visit, _: Form<Pressed>) -> Result<Shown> {
    visit.write(Action::LockPages, ops::lock).await?;
    let since = visit.app.clock.now().plus_seconds(-visit.app.sessions.lock_seconds);
    let ticket = visit.ticket().map(|ticket| ticket.used_at(since));
    Ok(visit.go("/unlock").ticket(ticket))
}

/// A page that makes a first password, or another.
#[derive(Template)]
#[template(path = "auth/way_in.html")]
struct WayInPage {
    frame: Frame,
    sheet: Sheet,
    way: Way,
}

/// By which mail somebody comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Invitation,
    Reset,
}

impl Way {
    const fn path(self) -> &'static str {
        match self {
            Self::Invitation => "/invitation",
            Self::Reset => "/reset",
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Invitation => "Welcome to Tandem",
            Self::Reset => "Choose a new password",
        }
    }
}

impl WayInPage {
    fn new(visit: &Visit, way: Way, sheet: Sheet) -> Self {
        Self { frame: visit.frame(way.title()), sheet, way }
    }
}

/// An invitation, or a reset, with the password chosen for it.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    /// What stands behind `#` in the mail's link.
    #[garde(length(bytes, min = 1, max = 200))]
    token: String,
    /// The password: 12 to 200 characters.
    #[garde(skip)]
    password: SecretString,
    /// The same again, since it cannot be seen.
    #[garde(skip)]
    again: SecretString,
}

/// `GET /invitation`
///
/// # Errors
/// [`Code::Internal`] if the template fails.
pub async fn invitation_page(visit: Visit) -> Result<Shown> {
    visit.show(&WayInPage::new(&visit, Way::Invitation, Sheet::blank(&visit)))
}

/// `GET /reset`
///
/// # Errors
/// [`Code::Internal`] if the template fails.
pub async fn reset_page(visit: Visit) -> Result<Shown> {
    visit.show(&WayInPage::new(&visit, Way::Reset, Sheet::blank(&visit)))
}

/// `POST /invitation`
///
/// # Errors
/// [`Code::Unavailable`] and other failures; what is wrong is said above the form.
pub async fn accept_invitation(visit: Visit, form: Form<Chosen>) -> Result<Shown> {
    choose(visit, form, Way::Invitation, Action::AcceptInvitation).await
}

/// `POST /reset`
///
/// # Errors
/// As an invitation.
pub async fn reset(visit: Visit, form: Form<Chosen>) -> Result<Shown> {
    choose(visit, form, Way::Reset, Action::ResetPassword).await
}

async fn choose(visit: Visit, mut form: Form<Chosen>, way: Way, action: Action) -> Result<Shown> {
    let chosen = match form.value() {
        Ok(chosen) => accepted(&visit.doing(action)?, chosen).await,
        Err(error) => Err(error),
    };
    match chosen {
        Ok(()) => Ok(visit.go_saying("/sign-in", "Your password is set. Sign in with it.")),
        Err(error) => {
            let error = match error.code {
                Code::SignInFailed => Error::new(error.code, "This link is used up or too old. Ask for another one"),
                _ => error,
            };
            visit.show_again(&WayInPage::new(&visit, way, form.again(&visit, &error)), &error)
        }
    }
}

async fn accepted(caller: &Caller, chosen: Chosen) -> Result<()> {
    let Chosen { token, password, again } = chosen;
    if password.expose_secret() != again.expose_secret() {
        return Err(Error::field("/again", "is not the same password"));
    }
    let presented = token::presented(token.trim()).ok_or_else(|| Error::of(Code::SignInFailed))?;
    crate::auth::again::accept(caller, presented, password).await
}

#[derive(Template)]
#[template(path = "auth/forgotten.html")]
struct ForgottenPage {
    frame: Frame,
    sheet: Sheet,
    asked: bool,
}

/// Whose password was forgotten.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Forgotten {
    /// The e-mail address, in any spelling.
    #[garde(length(chars, min = 1, max = 254))]
    email: String,
}

/// `GET /forgotten`
///
/// # Errors
/// [`Code::Internal`] if the template fails.
pub async fn forgotten_page(visit: Visit) -> Result<Shown> {
    let (frame, sheet) = (visit.frame("Forgotten password"), Sheet::blank(&visit));
    visit.show(&ForgottenPage { frame, sheet, asked: false })
}

/// `POST /forgotten`
///
/// # Errors
/// [`Code::Unavailable`] and other failures; never whether there is such an account.
pub async fn forgotten(visit: Visit, mut form: Form<Forgotten>) -> Result<Shown> {
    let asked = match form.value() {
        Ok(Forgotten { email }) => {
            crate::auth::again::ask_for_reset(&visit.doing(Action::AskForReset)?, email, None).await
        }
        Err(error) => Err(error),
    };
    let frame = visit.frame("Forgotten password");
    match asked {
        Ok(()) => visit.show(&ForgottenPage { frame, sheet: Sheet::blank(&visit), asked: true }),
        Err(error) => {
            visit.show_again(&ForgottenPage { frame, sheet: form.again(&visit, &error), asked: false }, &error)
        }
    }
}
