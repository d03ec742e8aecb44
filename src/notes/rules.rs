//! The life of a note: what may be done with it in which state, and the times that count.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumIter, EnumString, IntoStaticStr};

use crate::clock::Timestamp;
use crate::error::{Error, Result};
use crate::policy::{Action, NoteState};

pub use super::required::{Part, missing_parts, required_parts};
pub use super::scope::{check_scope, names_diagnosis};

/// What can be done with a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, Display, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum NoteMove {
    /// Save a draft's words.
    Save,
    /// Throw a draft away.
    Discard,
    /// Sign: freeze version 1.
    Sign,
    /// Write a whole new version, with a reason.
    Amend,
    /// Append an addendum.
    Addend,
    /// Declare the whole note wrong.
    EnterInError,
    /// Sign beside the author: freeze version 1.
    Cosign,
    /// Return it to the author, with comments.
    Return,
    /// Say among whom it is shared.
    Share,
    /// Begin another note with its words.
    CopyForward,
}

impl NoteMove {
    /// What the policy is asked about it.
    #[must_use]
    pub const fn action(self) -> Action {
        match self {
            Self::Save => Action::SaveDraft,
            Self::Discard => Action::DiscardDraft,
            Self::Sign => Action::SignNote,
            Self::Amend => Action::AmendNote,
            Self::Addend => Action::AddAddendum,
            Self::EnterInError => Action::EnterInError,
            Self::Cosign => Action::CosignNote,
            Self::Return => Action::ReturnNote,
            Self::Share => Action::ShareNote,
            Self::CopyForward => Action::CopyNote,
        }
    }
}

/// Every legal move: from, move, to. `None` means that the draft is gone. What is not listed is refused.
pub const MOVES: &[(NoteState, NoteMove, Option<NoteState>)] = &[
    (NoteState::Draft, NoteMove::Save, Some(NoteState::Draft)),
    (NoteState::Draft, NoteMove::Discard, None),
    (NoteState::Draft, NoteMove::Sign, Some(NoteState::Signed)),
    (NoteState::AwaitingCosign, NoteMove::Cosign, Some(NoteState::Signed)),
    (NoteState::AwaitingCosign, NoteMove::Return, Some(NoteState::Draft)),
    (NoteState::AwaitingCosign, NoteMove::Share, Some(NoteState::AwaitingCosign)),
    (NoteState::AwaitingCosign, NoteMove::CopyForward, Some(NoteState::AwaitingCosign)),
    (NoteState::AwaitingCosign, NoteMove::EnterInError, Some(NoteState::EnteredInError)),
    (NoteState::Signed, NoteMove::Amend, Some(NoteState::Signed)),
    (NoteState::Signed, NoteMove::Addend, Some(NoteState::Signed)),
    (NoteState::Signed, NoteMove::Share, Some(NoteState::Signed)),
    (NoteState::Signed, NoteMove::CopyForward, Some(NoteState::Signed)),
    (NoteState::Signed, NoteMove::EnterInError, Some(NoteState::EnteredInError)),
];

/// The state after a move; `None` when the draft is gone.
///
/// # Errors
/// [`crate::error::Code::WrongState`] with the moves that this state allows.
pub fn step(state: NoteState, wanted: NoteMove) -> Result<Option<NoteState>> {
    MOVES
        .iter()
        .find(|(from, step, _)| (*from, *step) == (state, wanted))
        .map(|(_, _, to)| *to)
        .ok_or_else(|| Error::wrong_state(standing(state), allowed_moves(state).map(Into::into).collect()))
}

/// The moves that a state allows.
pub fn allowed_moves(state: NoteState) -> impl Iterator<Item = NoteMove> {
    MOVES.iter().filter(move |(from, ..)| *from == state).map(|(_, step, _)| *step)
}

/// Where a draft stands once its author has signed it: whoever needs a second signature waits for it.
#[must_use]
pub const fn once_signed(needs_cosign: bool) -> NoteState {
    if needs_cosign { NoteState::AwaitingCosign } else { NoteState::Signed }
}

/// Checks that a draft may be thrown away: what was signed once and came back is kept, since others have read it.
///
/// # Errors
/// [`crate::error::Code::WrongState`] with the moves that are left.
pub fn check_discard(was_returned: bool) -> Result<()> {
    if !was_returned {
        return Ok(());
    }
    let left = allowed_moves(NoteState::Draft).filter(|step| *step != NoteMove::Discard);
    Err(Error::wrong_state("This draft was signed once and returned, so it is kept", left.map(Into::into).collect()))
}

/// What becomes of a note when its author leaves the practice: a draft stays, read only and never signable. One that waits
/// for the supervisor may still be signed.
#[must_use]
pub const fn when_author_leaves(state: NoteState) -> NoteState {
    match state {
        NoteState::Draft => NoteState::LeftUnsigned,
        NoteState::AwaitingCosign | NoteState::Signed | NoteState::EnteredInError | NoteState::LeftUnsigned => state,
    }
}

const fn standing(state: NoteState) -> &'static str {
    match state {
        NoteState::Draft => "This note is still a draft",
        NoteState::AwaitingCosign => "This note waits for the supervisor's signature",
        NoteState::Signed => "This note is signed, and nothing unlocks a signed note",
        NoteState::EnteredInError => "This note was entered in error",
        NoteState::LeftUnsigned => "This draft was left unsigned by an author who has gone; it can only be read",
    }
}

/// What an amendment or addendum that needs a second signature is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, Display, IntoStaticStr, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PendingKind {
    /// A whole new version.
    Amendment,
    /// Something appended.
    Addendum,
}

/// Where an amendment or addendum that needs a second signature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumString, Display, IntoStaticStr, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PendingState {
    /// Signed by its author; the former version stands until it is co-signed.
    Waiting,
    /// Co-signed: it is a version or an addendum now.
    Cosigned,
    /// Returned with comments. Its author may send another.
    Returned,
    /// Withdrawn by its author, or fallen with a note that was entered in error.
    Withdrawn,
}

/// Checks that an amendment or addendum still waits; nothing is done to it afterwards.
///
/// # Errors
/// [`crate::error::Code::WrongState`].
pub fn check_waiting(state: PendingState) -> Result<()> {
    if state == PendingState::Waiting {
        return Ok(());
    }
    Err(Error::wrong_state("This waits no longer: it was co-signed, returned or withdrawn", Vec::new()))
}

/// Why a signed note is amended.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    EnumIter,
    EnumString,
    Display,
    IntoStaticStr,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum AmendReason {
    /// A slip of the pen.
    Typo,
    /// Something was left out.
    Omission,
    /// Something was clinically wrong.
    ClinicalCorrection,
}

/// Seconds between service and entry after which a note shows *late entry*: 24 hours.
pub const LATE_AFTER: i64 = 24 * 60 * 60;

/// Seconds after which an author is reminded of a note that is not signed, the first time and the second.
pub const REMINDED_AFTER: [(i32, i64); 2] = [(1, 24 * 60 * 60), (2, 48 * 60 * 60)];

/// Hours after which a note that is not signed stands in a list: in its author's once they are reminded, in a manager's
/// three days on.
#[must_use]
pub const fn listed_after(own: bool) -> i64 {
    if own { 24 } else { 72 }
}

/// Whether a note was entered so long after the service that it shows *late entry*: more than 24 hours.
#[must_use]
pub fn late_entry(service_at: Timestamp, entered_at: Timestamp) -> bool {
    entered_at > service_at.plus_seconds(LATE_AFTER)
}

/// Seconds ahead of the visit that a draft may be prepared: 24 hours.
pub const PREPARE_AHEAD: i64 = 24 * 60 * 60;

/// Seconds ahead of the server's clock that a signed note's service may lie, for clocks that differ: 5 minutes.
pub const SIGN_AHEAD: i64 = 5 * 60;

/// Checks the time of service against now: at most `ahead` seconds ([`PREPARE_AHEAD`] for a draft, [`SIGN_AHEAD`] for
/// a signature) in the future. The past is not bounded: old paper notes are entered too, and show as late.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/service_at`.
pub fn check_service_at(service_at: Timestamp, now: Timestamp, ahead: i64) -> Result<()> {
    if service_at <= now.plus_seconds(ahead) {
        return Ok(());
    }
    Err(Error::field("/service_at", format!("must not lie more than {} minutes in the future", ahead / 60)))
}
