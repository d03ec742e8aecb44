//! When a joint review is whole, and when it is no longer waited for.

use super::super::NoteKind;
use crate::clock::Timestamp;
use crate::error::{Error, Result};
pub use crate::joint_review_state::{EVERY, ReviewState, state};
use crate::policy::NoteState;

/// Seconds for which both disciplines are waited for: 14 days.
pub const WAITED_FOR: i64 = 14 * 24 * 60 * 60;

/// Whether a linked note keeps its place: what was entered in error makes room for another.
#[must_use]
pub const fn keeps_its_place(state: NoteState) -> bool {
    match state {
        NoteState::Draft | NoteState::AwaitingCosign | NoteState::Signed => true,
        NoteState::EnteredInError | NoteState::LeftUnsigned => false,
    }
}

/// Checks that a note may be linked: a half of a joint review that its author has signed.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/note_id`.
pub fn check_half(kind: NoteKind, state: NoteState) -> Result<()> {
    if kind != NoteKind::JointReview {
        return Err(Error::field("/note_id", "is no note of the kind joint_review"));
    }
    match state {
        NoteState::Signed | NoteState::AwaitingCosign => Ok(()),
        NoteState::Draft | NoteState::EnteredInError | NoteState::LeftUnsigned => {
            Err(Error::field("/note_id", "is not signed"))
        }
    }
}

/// Checks that a review is still open.
///
/// # Errors
/// [`crate::error::Code::WrongState`].
pub fn check_open(state: ReviewState) -> Result<()> {
    match state {
        ReviewState::Open => Ok(()),
        ReviewState::Complete => Err(Error::wrong_state("Both disciplines have signed their half", Vec::new())),
        ReviewState::ClosedOneSided => Err(Error::wrong_state("This joint review was closed one-sided", Vec::new())),
    }
}

/// Checks that an open review may be closed without one of the disciplines: the other has said what it had to say, and 14
/// days have passed.
///
/// # Errors
/// [`crate::error::Code::WrongState`].
pub fn check_close(sides: [Option<NoteState>; 2], opened_at: Timestamp, now: Timestamp) -> Result<()> {
    if !sides.contains(&Some(NoteState::Signed)) {
        return Err(Error::wrong_state("No discipline's note stands here; one has to", vec!["link"]));
    }
    if now < opened_at.plus_seconds(WAITED_FOR) {
        return Err(Error::wrong_state("The other discipline has 14 days", vec!["link"]));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);

    #[test]
    fn the_other_discipline_has_fourteen_days_to_the_second() {
        let one = [None, Some(NoteState::Signed)];
        assert!(check_close(one, NOON, NOON.plus_seconds(WAITED_FOR - 1)).is_err());
        check_close(one, NOON, NOON.plus_seconds(WAITED_FOR)).unwrap();
    }

    #[test]
    fn one_sided_is_with_one_side() {
        use NoteState::{AwaitingCosign, EnteredInError};
        for other in [None, Some(AwaitingCosign), Some(EnteredInError)] {
            assert!(check_close([other, None], NOON, NOON.plus_seconds(WAITED_FOR)).is_err(), "{other:?}");
        }
    }
}
