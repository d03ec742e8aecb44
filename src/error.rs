//! The one error, and the one table of codes that callers may rely on.

use std::borrow::Cow;

use serde::Serialize;
use strum::{EnumIter, IntoStaticStr};

use crate::ids::SafetyItemId;

/// The result of nearly everything.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $status:literal, $title:literal;)+) => {
        /// What went wrong, as a stable word (`code` of the problem document).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, IntoStaticStr)]
        #[strum(serialize_all = "snake_case")]
        pub enum Code {
            $($(#[doc = $doc])+ $code,)+
        }

        impl Code {
            /// The HTTP status it is answered with.
            #[must_use]
            pub const fn status(self) -> u16 {
                match self { $(Self::$code => $status,)+ }
            }

            /// A short sentence for people, the same every time.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$code => $title,)+ }
            }
        }
    };
}

codes! {
    /// The request could not be read: broken JSON, a bad header, a bad id in the path.
    Unreadable = 400, "The request could not be read";
    /// A page cursor that was not made for this caller and this list.
    BadCursor = 400, "The cursor does not belong to this list";
    /// No valid access token.
    NotSignedIn = 401, "Sign in first";
    /// A form that a colleague filled in, sent in the session of whoever signed in after them.
    AnotherSignedIn = 401, "This was filled in by somebody else";
    /// Wrong address, password or code; which of them is not said.
    SignInFailed = 401, "The sign-in details are not right";
    /// The account has a second factor and no code was given.
    SecondFactorNeeded = 401, "A code from the authenticator is needed";
    /// A refresh token that had been traded in already: two hold the session, so it was ended.
    RefreshTokenReused = 401, "This token was used before; the session has been ended";
    /// The last password entry is too long ago for this.
    FreshSignInNeeded = 403, "Enter your password again first";
    /// The pages were not used for a while, or somebody locked them.
    Locked = 403, "Locked; enter your password to go on";
    /// A form that was sent from another site's page.
    CrossSite = 403, "This was not sent from a page of Tandem";
    /// Managers and privacy officers must set up a second factor before anything else.
    SecondFactorSetUpNeeded = 403, "Set up a second factor first";
    /// No role of the caller grants this.
    RoleDoesNotAllow = 403, "Your role does not allow this";
    /// The caller does not treat this patient.
    NoRelation = 403, "You are not on this patient's care team";
    /// The caller takes no part in this referral.
    NotAParty = 403, "You take no part in this referral";
    /// Only the author may do this.
    NotTheAuthor = 403, "Only the author may do this";
    /// The patient has asked that it be withheld from the caller; safety items stay visible.
    WithheldByPatient = 403, "Withheld at the patient's request";
    /// Only the supervisor of the author may do this.
    NotTheSupervisor = 403, "Only the supervisor of the author may do this";
    /// The author shares the note with their own discipline only; the stub says whom to ask.
    SharedWithDiscipline = 403, "Its author shares this note with their own discipline only";
    /// The note belongs to a discipline the caller does not practise.
    OtherDiscipline = 403, "This belongs to the other discipline";
    /// A diagnosis is a physiotherapist's to record.
    DiagnosisNotPermitted = 403, "Only a physiotherapist may record a diagnosis";
    /// A technique outside the author's scope of practice.
    TechniqueOutOfScope = 403, "This technique is outside your scope of practice";
    /// An absolute safety item is for the discipline that raised it, or a physiotherapist, to resolve.
    AbsoluteItem = 403, "Only the discipline that raised it, or a physiotherapist, may resolve this safety item";
    /// The decision-maker may not receive the patient's records, or not on this day.
    MayNotReceiveRecords = 403, "This decision-maker may not receive the patient's records";
    /// Nobody opens the record that is their own, or changes their own roles.
    OwnRecord = 403, "Nobody may do this to their own record";
    /// A draft's words belong to its author alone.
    DraftIsPrivate = 403, "A draft's words belong to its author alone";
    /// The note was entered in error; only its author and the privacy officer read it.
    EnteredInError = 403, "This note was entered in error";
    /// Nothing here by that name, or nothing that this practice may know of.
    NotFound = 404, "Not found";
    /// The path exists, the method does not.
    MethodNotAllowed = 405, "This method is not allowed here";
    /// No representation the caller accepts.
    NotAcceptable = 406, "No acceptable representation";
    /// The call did not arrive whole in time; nothing was begun.
    TooSlow = 408, "The request did not arrive in time";
    /// The move is not allowed in this state; `allowed` lists those that are.
    WrongState = 409, "That cannot be done in this state";
    /// A colleague was quicker; `current` says who has it.
    AlreadyTaken = 409, "A colleague has taken it already";
    /// Something with this address, number or name exists already.
    AlreadyExists = 409, "It exists already";
    /// The last manager or privacy officer cannot be removed.
    LastOfTheirKind = 409, "The practice needs at least one";
    /// The version in `If-Match` is not the current one.
    StaleVersion = 412, "It has been changed since you read it";
    /// The body is larger than 1 MiB.
    BodyTooLarge = 413, "The body is too large";
    /// The body is not JSON.
    UnsupportedMediaType = 415, "The body must be application/json";
    /// A field is missing, unknown, of the wrong type or out of bounds; `errors` points at each.
    Invalid = 422, "Some fields are not valid";
    /// The parts that this kind of note needs before it can be signed are not all there.
    PartsMissing = 422, "Parts are missing before this can be signed";
    /// Parts that were copied from an earlier note are neither confirmed nor changed; `errors` points at each.
    CopiedUnconfirmed = 422, "Confirm or change what was copied before this can be signed";
    /// The note records a technique that a safety item bars; `barred` lists which, and each asks for a reason.
    OverrideNeeded = 422, "A safety item bars what this note records; give a reason to sign it all the same";
    /// The idempotency key was used with another body.
    KeyReused = 422, "This Idempotency-Key belongs to another request";
    /// `If-Match` is missing.
    VersionNeeded = 428, "Send the version you read in If-Match";
    /// Too many attempts.
    TooManyAttempts = 429, "Too many attempts; wait a while";
    /// The caller's request headers are too large.
    HeadersTooLarge = 431, "The request headers are too large";
    /// A defect of the program; nothing was changed.
    Internal = 500, "Something went wrong on our side";
    /// The service cannot answer now: overloaded, or the database is away. Nothing was changed.
    Unavailable = 503, "Not available at the moment";
    /// The database gave way while writing: the change may or may not have been kept.
    OutcomeUnknown = 503, "It is not certain whether this was saved";
}

/// One field that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldError {
    /// Where, as a JSON Pointer into the body.
    pub pointer: String,
    /// What is wrong, for people.
    pub message: String,
}

impl FieldError {
    /// A field error at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

/// A technique that a safety item bars.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Barred {
    /// The safety item.
    pub safety_item_id: SafetyItemId,
    /// `absolute` or `relative`.
    pub severity: &'static str,
    /// The technique's id in the catalogue.
    pub technique: String,
    /// The treatment row, as a JSON Pointer.
    pub pointer: String,
}

/// Something that went wrong. The cause is for the log, and never answered.
#[derive(Debug, thiserror::Error)]
#[error("{}: {detail}", <&'static str>::from(*code))]
pub struct Error {
    /// The stable code.
    pub code: Code,
    /// What happened this time, without anything about a patient.
    pub detail: Cow<'static, str>,
    /// The fields at fault.
    pub errors: Vec<FieldError>,
    /// For [`Code::WrongState`]: what may be done instead.
    pub allowed: Vec<&'static str>,
    /// For [`Code::OverrideNeeded`]: which item bars which technique.
    pub barred: Vec<Barred>,
    /// Seconds after which to try again.
    pub retry_after: Option<u32>,
    /// For [`Code::StaleVersion`]: the current representation, as JSON.
    pub current: Option<Box<serde_json::value::RawValue>>,
    /// What the caller is not told.
    #[source]
    pub cause: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// The cause as the log may have it: what it quotes may be somebody's words, and is left out.
    #[must_use]
    pub fn cause_without_values(&self) -> Option<String> {
        self.cause.as_ref().map(|cause| without_quotations(&cause.to_string()))
    }

    /// An error with its code and what happened.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            allowed: Vec::new(),
            barred: Vec::new(),
            retry_after: None,
            current: None,
            cause: None,
        }
    }

    /// An error that says no more than its title.
    #[must_use]
    pub fn of(code: Code) -> Self {
        Self::new(code, code.title())
    }

    /// Fields that are not valid.
    #[must_use]
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::of(Code::Invalid) }
    }

    /// One field that is not valid.
    #[must_use]
    pub fn field(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self::invalid(vec![FieldError::new(pointer, message)])
    }

    /// Nothing there, or nothing this practice may know of.
    #[must_use]
    pub fn not_found() -> Self {
        Self::of(Code::NotFound)
    }

    /// A move that this state does not allow, with those that it does.
    #[must_use]
    pub fn wrong_state(detail: &'static str, allowed: Vec<&'static str>) -> Self {
        Self { allowed, ..Self::new(Code::WrongState, detail) }
    }

    /// Somebody changed it since it was read; the answer shows what stands now.
    #[must_use]
    pub fn stale(current: &impl Serialize) -> Self {
        let current = serde_json::value::to_raw_value(current).ok();
        Self { current, ..Self::of(Code::StaleVersion) }
    }

    /// A colleague was quicker; the answer shows who.
    #[must_use]
    pub fn already_taken(by: &impl Serialize) -> Self {
        let current = serde_json::value::to_raw_value(by).ok();
        Self { current, ..Self::of(Code::AlreadyTaken) }
    }

    /// Come back in so many seconds.
    #[must_use]
    pub fn later(code: Code, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..Self::of(code) }
    }

    /// Whether somebody can mend it in the form they sent: it is then shown again with what they typed.
    #[must_use]
    pub const fn is_about_form(&self) -> bool {
        matches!(self.code.status(), 400 | 409 | 412 | 422 | 429 | 503)
            || matches!(self.code, Code::SignInFailed | Code::SecondFactorNeeded)
    }

    /// A defect or a failing part, with its cause for the log.
    #[must_use]
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { cause: Some(cause.into()), ..Self::of(Code::Internal) }
    }
}

/// A message with an ellipsis in place of whatever stands between quotation marks.
fn without_quotations(message: &str) -> String {
    let (mut told, mut rest) = (String::new(), message);
    while let Some(at) = rest.find(['"', '`', '\'']) {
        let (before, quoted) = rest.split_at(at);
        told += before;
        told += "…";
        let mark = quoted.chars().next().unwrap_or_default();
        // What is never closed goes on to the end.
        rest = quoted[1..].find(mark).map_or("", |end| &quoted[end + 2..]);
    }
    told + rest
}

impl From<garde::Report> for Error {
    fn from(report: garde::Report) -> Self {
        // garde writes `treatment[2].minutes`; our field names hold neither dots nor brackets.
        let pointer = |path: &garde::Path| match path.to_string() {
            whole if whole.is_empty() => whole,
            path => format!("/{}", path.replace("].", "/").replace(['.', '['], "/").replace(']', "")),
        };
        Self::invalid(report.iter().map(|(path, error)| FieldError::new(pointer(path), error.message())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_told_of_no_value() {
        let told = |cause: &str| Error::internal(cause).cause_without_values().unwrap();
        assert_eq!(told("unknown variant `Ana`, expected `a`"), "unknown variant …, expected …");
        assert_eq!(told("invalid type: string \"Ana\" at line 1"), "invalid type: string … at line 1");
        assert_eq!(told("invalid input syntax: \"Ana"), "invalid input syntax: …");
        assert_eq!(told("no such table: note"), "no such table: note");
        assert_eq!(Error::of(Code::Internal).cause_without_values(), None);
    }
}
