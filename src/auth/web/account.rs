//! One's own account: where one is signed in, the password, the second factor.

use askama::Template;
use garde::Validate;
use secrecy::SecretString;
use serde::Deserialize;

use crate::auth::again::{self, begun, gate, prove};
use crate::auth::ops::{self, Myself, RecoveryCodes, SessionView, SetUp};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::http::{Caller, PathId};
use crate::ids::kind;
use crate::policy::Action;
use crate::web::{Form, Frame, Pressed, Sheet, Shown, Visit};

#[derive(Template)]
#[template(path = "auth/account.html")]
struct AccountPage {
    frame: Frame,
    me: Myself,
    sessions: Vec<SessionView>,
}

/// `GET /account`
///
/// # Errors
/// The refusal's code.
pub async fn account(visit: Visit) -> Result<Shown> {
    let listing = visit.doing(Action::ListSessions)?;
    let gate = gate(&listing);
    let (me, sessions) =
        tokio::try_join!(visit.read(Action::ReadSelf, ops::myself), listing.read(move |tx| ops::sessions(tx, &gate)))?;
    visit.show(&AccountPage { frame: visit.frame("Account"), me, sessions })
}

/// `POST /account/sessions/{id}`
///
/// # Errors
/// [`crate::error::Code::NotFound`] unless it is one's own and still stands.
pub async fn end_session(visit: Visit, PathId(id): PathId<kind::Session>, _: Form<Pressed>) -> Result<Shown> {
    visit.write(Action::EndSession, move |tx| ops::end_session(tx, id)).await?;
    Ok(visit.go_saying("/account", "That session has ended."))
}

#[derive(Template)]
#[template(path = "auth/password.html")]
struct PasswordPage {
    frame: Frame,
    sheet: Sheet,
    mfa: bool,
}

/// A password in place of another.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one that counts now.
    #[garde(skip)]
    current_password: SecretString,
    /// The one that shall count: 12 to 200 characters.
    #[garde(skip)]
    new_password: SecretString,
    /// A code from the authenticator, for whoever has one.
    #[garde(length(chars, max = 40))]
    totp: Option<String>,
}

/// `GET /account/password`
///
/// # Errors
/// The refusal's code.
pub async fn password_page(visit: Visit) -> Result<Shown> {
    let me = visit.read(Action::ReadSelf, ops::myself).await?;
    visit.show(&PasswordPage { frame: visit.frame("Password"), sheet: Sheet::blank(&visit), mfa: me.mfa })
}

/// `POST /account/password`
///
/// # Errors
/// [`crate::error::Code::Unavailable`] and other failures; what is wrong is said above the form.
pub async fn change_password(visit: Visit, mut form: Form<ChangePassword>) -> Result<Shown> {
    let changed = match form.value() {
        Ok(asked) => {
            let ChangePassword { current_password, new_password, totp } = asked;
            again::change_password(&visit.doing(Action::ChangePassword)?, current_password, new_password, totp).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(visit.go_saying("/account", "Your password is changed. You were signed out everywhere else.")),
        Err(error) => {
            let (frame, sheet) = (visit.frame("Password"), form.again(&visit, &error));
            visit.show_again(&PasswordPage { frame, sheet, mfa: true }, &error)
        }
    }
}

#[derive(Template)]
#[template(path = "auth/second_factor.html")]
struct FactorPage {
    frame: Frame,
    sheet: Sheet,
    stage: Stage,
}

/// How far the second factor is.
enum Stage {
    /// There is none; the password begins one.
    None,
    /// The authenticator is to be told the secret, and to prove it by a code.
    Shown(SetUp),
    /// Nothing of the secret is shown twice: a wrong code is typed again.
    Confirming,
    /// It counts; these are for the day it is lost.
    Done(RecoveryCodes),
    /// There is one.
    Set,
}

/// The password once more.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The password.
    #[garde(skip)]
    password: SecretString,
}

/// A first code.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Confirm {
    /// Six digits.
    #[garde(length(chars, min = 1, max = 40))]
    code: String,
}

/// What removing a second factor asks for.
#[derive(Clone, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Remove {
    /// The password.
    #[garde(skip)]
    password: SecretString,
    /// A code from the authenticator, or a recovery code.
    #[garde(length(chars, min = 1, max = 40))]
    code: String,
}

fn factor(visit: &Visit, sheet: Sheet, stage: Stage) -> FactorPage {
    FactorPage { frame: visit.frame("Second factor"), sheet, stage }
}

/// `GET /account/second-factor`
///
/// # Errors
/// The refusal's code.
pub async fn factor_page(visit: Visit) -> Result<Shown> {
    let me = visit.read(Action::ReadSelf, ops::myself).await?;
    let stage = if me.mfa { Stage::Set } else { Stage::None };
    visit.show(&factor(&visit, Sheet::blank(&visit), stage))
}

/// `POST /account/second-factor`
///
/// # Errors
/// [`crate::error::Code::Unavailable`] and other failures; what is wrong is said above the form.
pub async fn set_up(visit: Visit, mut form: Form<Begin>) -> Result<Shown> {
    let begun = match form.value() {
        Ok(Begin { password }) => begin(&visit.doing(Action::ChangeMfa)?, &password).await,
        Err(error) => Err(error),
    };
    match begun {
        Ok(set_up) => visit.show(&factor(&visit, Sheet::blank(&visit), Stage::Shown(set_up))),
        Err(error) => visit.show_again(&factor(&visit, form.again(&visit, &error), Stage::None), &error),
    }
}

async fn begin(caller: &Caller, password: &SecretString) -> Result<SetUp> {
    let (gate, attempt) = begun(caller, ops::begin_set_up).await?;
    let proof = prove(caller, &attempt, password, None).await?;
    caller.write(move |tx: &mut Tx| ops::set_up(tx, &gate, &attempt, &proof)).await?.map_err(Error::of)
}

/// `POST /account/second-factor/confirm`
///
/// # Errors
/// [`crate::error::Code::Unavailable`] and other failures; what is wrong is said above the form.
pub async fn confirm(visit: Visit, mut form: Form<Confirm>) -> Result<Shown> {
    let confirmed = match form.value() {
        Ok(Confirm { code }) => confirmed(&visit.doing(Action::ChangeMfa)?, code.trim().to_owned()).await,
        Err(error) => Err(error),
    };
    match confirmed {
        Ok(codes) => visit.show(&factor(&visit, Sheet::blank(&visit), Stage::Done(codes))),
        Err(error) => visit.show_again(&factor(&visit, form.again(&visit, &error), Stage::Confirming), &error),
    }
}

async fn confirmed(caller: &Caller, code: String) -> Result<RecoveryCodes> {
    let (gate, attempt) = begun(caller, ops::begin_confirmation).await?;
    caller.write(move |tx: &mut Tx| ops::confirm(tx, &gate, &attempt, &code)).await?.map_err(Error::of)
}

/// `POST /account/second-factor/remove`
///
/// # Errors
/// [`crate::error::Code::Unavailable`] and other failures; what is wrong is said above the form.
pub async fn remove(visit: Visit, mut form: Form<Remove>) -> Result<Shown> {
    let removed = match form.value() {
        Ok(asked) => removed(&visit.doing(Action::ChangeMfa)?, asked).await,
        Err(error) => Err(error),
    };
    match removed {
        Ok(()) => Ok(visit.go_saying("/account", "The second factor is removed.")),
        Err(error) => visit.show_again(&factor(&visit, form.again(&visit, &error), Stage::Set), &error),
    }
}

async fn removed(caller: &Caller, asked: Remove) -> Result<()> {
    let (gate, attempt) = begun(caller, ops::begin_removal).await?;
    let proof = prove(caller, &attempt, &asked.password, Some(asked.code.trim().to_owned())).await?;
    caller.write(move |tx: &mut Tx| ops::remove(tx, &gate, &attempt, &proof)).await?.map_err(Error::of)
}
