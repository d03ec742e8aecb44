//! Where a joint review stands. Alerts and notes alike ask whether one still waits for a discipline.

use crate::policy::NoteState;

crate::wording::words! {
    /// Where a joint review stands.
    pub enum ReviewState {
        /// At least one discipline's note does not stand yet.
        Open,
        /// Both notes stand.
        Complete,
        /// Closed without one of them, with a reason.
        ClosedOneSided,
    }
}

/// Seconds from one joint review to the next: four weeks.
pub const EVERY: i64 = 28 * 24 * 60 * 60;

/// Where it stands, by the states of the notes that are linked.
#[must_use]
pub fn state(is_closed: bool, sides: [Option<NoteState>; 2]) -> ReviewState {
    match (is_closed, sides) {
        (true, _) => ReviewState::ClosedOneSided,
        (false, [Some(NoteState::Signed), Some(NoteState::Signed)]) => ReviewState::Complete,
        (false, _) => ReviewState::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_complete_when_both_stand_and_not_before() {
        use NoteState::{AwaitingCosign, EnteredInError, Signed};
        assert_eq!(state(false, [Some(Signed), Some(Signed)]), ReviewState::Complete);
        for other in [None, Some(AwaitingCosign), Some(EnteredInError)] {
            assert_eq!(state(false, [Some(Signed), other]), ReviewState::Open);
        }
        assert_eq!(state(true, [Some(Signed), None]), ReviewState::ClosedOneSided);
    }
}
