//! Signing in and one's own account, as JSON.
//!
//! Passwords are hashed and access tokens signed here, between and after the transactions.

use garde::Validate;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::again::{self, begun, gate, prove, rehash};
use super::ops::{self, Fresh, Gate, Myself, RecoveryCodes, SessionView, SetUp, SignedIn};
use super::token::{self, Claims};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::http::{Answer, Body, Caller, Page, PathId};
use crate::ids::{PracticeId, kind};

/// What one signs in with.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The e-mail address, in any spelling.
    #[garde(length(chars, min = 1, max = 254))]
    email: String,
    /// The password.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// A code from the authenticator, for whoever has one.
    #[garde(length(chars, max = 40))]
    totp: Option<String>,
    /// A recovery code instead, for the day the authenticator is lost; it works once.
    #[garde(length(chars, max = 40))]
    recovery_code: Option<String>,
    /// Which practice, for an address that several know.
    #[garde(skip)]
    practice: Option<PracticeId>,
}

/// What a session is gone on with.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The newest refresh token of the session; it works once.
    #[garde(length(bytes, max = 200))]
    refresh_token: String,
}

/// The password once more.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reauthenticate {
    /// The password.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// A code from the authenticator, for whoever has one.
    #[garde(length(chars, max = 40))]
    totp: Option<String>,
}

/// A password in place of another.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The one that counts now.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    current_password: SecretString,
    /// The one that shall count: 12 to 200 characters.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    new_password: SecretString,
    /// A code from the authenticator, for whoever has one.
    #[garde(length(chars, max = 40))]
    totp: Option<String>,
}

/// What beginning a second factor asks for.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUpFactor {
    /// The password.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// The first code of an authenticator.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConfirmFactor {
    /// Six digits.
    #[garde(length(chars, max = 40))]
    code: String,
}

/// What removing a second factor asks for.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RemoveFactor {
    /// The password.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
    /// A code from the authenticator, or a recovery code.
    #[garde(length(chars, max = 40))]
    code: String,
}

/// An invitation with the password chosen for it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AcceptInvitation {
    /// The invitation's token; it works once, for 72 hours.
    #[garde(length(bytes, max = 200))]
    token: String,
    /// The password: 12 to 200 characters.
    #[garde(skip)]
    #[schema(value_type = String, format = Password)]
    password: SecretString,
}

/// Whose password was forgotten.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetWish {
    /// The e-mail address, in any spelling.
    #[garde(length(chars, min = 1, max = 254))]
    email: String,
    /// Which practice, for an address that several know.
    #[garde(skip)]
    practice: Option<PracticeId>,
}

/// What a session is used with.
#[derive(Serialize, ToSchema)]
pub struct Tokens {
    /// For the header `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds the access token is good for.
    expires_in: i64,
    /// For the next pair; it works once.
    refresh_token: String,
}

/// `POST /auth/login`
///
/// # Errors
/// [`Code::SignInFailed`], [`Code::SecondFactorNeeded`], or [`Code::TooManyAttempts`] with seconds to wait.
pub async fn login(caller: Caller, body: Body<SignIn>) -> Result<Answer<Tokens>> {
    let SignIn { email, password, totp, recovery_code, practice } = body.value;
    let begin = move |tx: &mut Tx, gate: &Gate| ops::begin_sign_in(tx, gate, &email, practice);
    let (gate, attempt) = begun(&caller, begin).await?;
    let proof = prove(&caller, &attempt, &password, totp.or(recovery_code)).await?;
    let rehashed = rehash(&caller, &attempt, &proof, password).await;
    let judge = move |tx: &mut Tx| ops::sign_in(tx, &gate, &attempt, &proof, rehashed.as_deref());
    let signed_in = caller.write(judge).await?.map_err(Error::of)?;
    tokens(&caller, signed_in)
}

/// `POST /auth/refresh`
///
/// # Errors
/// [`Code::NotSignedIn`], or [`Code::RefreshTokenReused`] when the session was ended for it.
pub async fn refresh(caller: Caller, body: Body<Refresh>) -> Result<Answer<Tokens>> {
    let gate = gate(&caller);
    let presented = token::given_out(&gate.keys, &body.value.refresh_token);
    let presented = presented.ok_or_else(|| Error::of(Code::NotSignedIn))?;
    let signed_in = caller.write(move |tx| ops::refresh(tx, &gate, presented)).await?.map_err(Error::of)?;
    tokens(&caller, signed_in)
}

/// `POST /auth/logout`
///
/// # Errors
/// The refusal's code.
pub async fn logout(caller: Caller) -> Result<Answer> {
    caller.write(ops::sign_out).await?;
    Ok(Answer::nothing())
}

/// `GET /auth/sessions`
///
/// # Errors
/// The refusal's code.
pub async fn sessions(caller: Caller) -> Result<Answer<Page<SessionView>>> {
    let gate = gate(&caller);
    let items = caller.read(move |tx| ops::sessions(tx, &gate)).await?;
    Ok(Answer::ok(Page { items, next: None, withheld: false }))
}

/// `DELETE /auth/sessions/{id}`
///
/// # Errors
/// [`Code::NotFound`] unless it is one's own and still stands.
pub async fn end_session(caller: Caller, PathId(id): PathId<kind::Session>) -> Result<Answer> {
    caller.write(move |tx| ops::end_session(tx, id)).await?;
    Ok(Answer::nothing())
}

/// `POST /auth/reauthenticate`
///
/// # Errors
/// As signing in.
pub async fn reauthenticate(caller: Caller, body: Body<Reauthenticate>) -> Result<Answer<Fresh>> {
    let Reauthenticate { password, totp } = body.value;
    let (gate, attempt) = begun(&caller, ops::begin_own).await?;
    let proof = prove(&caller, &attempt, &password, totp).await?;
    let judge = move |tx: &mut Tx| ops::reauthenticate(tx, &gate, &attempt, &proof);
    Ok(Answer::ok(caller.write(judge).await?.map_err(Error::of)?))
}

/// `POST /auth/password`
///
/// # Errors
/// As signing in; [`Code::Invalid`] if the new password may not be chosen.
pub async fn change_password(caller: Caller, body: Body<ChangePassword>) -> Result<Answer> {
    let ChangePassword { current_password, new_password, totp } = body.value;
    again::change_password(&caller, current_password, new_password, totp).await?;
    Ok(Answer::nothing())
}

/// `POST /auth/mfa`
///
/// # Errors
/// As signing in; [`Code::WrongState`] if there is one already.
pub async fn set_up_factor(caller: Caller, body: Body<SetUpFactor>) -> Result<Answer<SetUp>> {
    let (gate, attempt) = begun(&caller, ops::begin_set_up).await?;
    let proof = prove(&caller, &attempt, &body.value.password, None).await?;
    let set_up = caller.write(move |tx| ops::set_up(tx, &gate, &attempt, &proof)).await?.map_err(Error::of)?;
    Ok(Answer::created(set_up, format!("{}/auth/mfa/confirm", crate::http::BASE)))
}

/// `POST /auth/mfa/confirm`
///
/// # Errors
/// [`Code::SignInFailed`] for a wrong code; [`Code::WrongState`] if none waits for one.
pub async fn confirm_factor(caller: Caller, body: Body<ConfirmFactor>) -> Result<Answer<RecoveryCodes>> {
    let code = body.value.code;
    let (gate, attempt) = begun(&caller, ops::begin_confirmation).await?;
    let codes = caller.write(move |tx| ops::confirm(tx, &gate, &attempt, &code)).await?.map_err(Error::of)?;
    Ok(Answer::ok(codes))
}

/// `POST /auth/mfa/remove`
///
/// # Errors
/// As signing in; [`Code::WrongState`] if there is none.
pub async fn remove_factor(caller: Caller, body: Body<RemoveFactor>) -> Result<Answer> {
    let RemoveFactor { password, code } = body.value;
    let (gate, attempt) = begun(&caller, ops::begin_removal).await?;
    let proof = prove(&caller, &attempt, &password, Some(code)).await?;
    caller.write(move |tx| ops::remove(tx, &gate, &attempt, &proof)).await?.map_err(Error::of)?;
    Ok(Answer::nothing())
}

/// `POST /invitations/accept` and `POST /auth/reset/confirm`
///
/// # Errors
/// [`Code::SignInFailed`] unless the invitation is good; [`Code::Invalid`] if the password may not be chosen.
pub async fn accept_invitation(caller: Caller, body: Body<AcceptInvitation>) -> Result<Answer> {
    let AcceptInvitation { token, password } = body.value;
    let presented = token::presented(&token).ok_or_else(|| Error::of(Code::SignInFailed))?;
    again::accept(&caller, presented, password).await?;
    Ok(Answer::nothing())
}

/// `POST /auth/reset`
///
/// # Errors
/// [`Code::TooManyAttempts`] with seconds to wait; never whether there is such an account.
pub async fn ask_for_reset(caller: Caller, body: Body<ResetWish>) -> Result<Answer> {
    let ResetWish { email, practice } = body.value;
    again::ask_for_reset(&caller, email, practice).await?;
    Ok(Answer::nothing())
}

/// `GET /me`
///
/// # Errors
/// The refusal's code.
pub async fn me(caller: Caller) -> Result<Answer<Myself>> {
    Ok(Answer::ok(caller.read(ops::myself).await?))
}

fn tokens(caller: &Caller, signed_in: SignedIn) -> Result<Answer<Tokens>> {
    let SignedIn { practice, staff, session, refresh_token } = signed_in;
    let expires_in = caller.app.sessions.access_seconds;
    let claims = Claims::new(staff, practice, session, caller.call.request.at, expires_in);
    let access_token = token::issue(&caller.app.keys, &claims)?;
    Ok(Answer::ok(Tokens { access_token, token_type: "Bearer", expires_in, refresh_token }))
}
