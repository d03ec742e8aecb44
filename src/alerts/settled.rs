//! Whether somebody still has to do what an alert asked of them. What asks for nothing is never settled, but read.

use std::collections::HashSet;

use strum::IntoEnumIterator;

use super::query::settled as query;
use super::{AlertKind, Which};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::directives::Reader;
use crate::error::Result;
use crate::ids::{NotificationId, StaffId};
use crate::joint_review_state::ReviewState;
use crate::policy::NoteState;
use crate::referral_state::ReferralState;

/// An alert, as far as it tells whether it still waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raised {
    pub(super) kind: AlertKind,
    /// Who was to act: whoever was told, or whom they stand in for.
    pub(super) concerned: StaffId,
    pub(super) at: Timestamp,
    /// The limit that it spoke of.
    pub(super) due: Option<Timestamp>,
}

/// How what an alert is about stands now.
#[derive(Clone, Copy, Debug)]
pub(super) enum Standing {
    Referral {
        state: ReferralState,
        /// The colleague it is for; none while it waits in a pool.
        named: Option<StaffId>,
        owner: Option<StaffId>,
        /// By when its holder has to move.
        due: Option<Timestamp>,
    },
    Note {
        state: NoteState,
        /// Who signs beside its author.
        supervisor: Option<StaffId>,
    },
    /// A change of a signed note that was to be signed by two.
    Pending {
        waits: bool,
        /// Who signs beside its author.
        supervisor: Option<StaffId>,
    },
    JointReview {
        state: ReviewState,
        /// From when on the next one is due.
        next_from: Timestamp,
        has_later: bool,
    },
    EmergencyAccess {
        reviewed: bool,
    },
}

/// Of what the reader was told, what asks nothing of them any more.
pub(super) fn settled(conn: &mut Conn, reader: Reader, which: &Which) -> Result<HashSet<NotificationId>> {
    let raised = query::raised(conn, reader, which, AlertKind::iter().filter(|kind| kind.row().asks).collect())?;
    let things = raised.iter().map(|(_, _, thing)| *thing).collect();
    let standings = query::standings(conn, reader.practice, &things)?;
    let settled = raised
        .into_iter()
        .filter(|(_, raised, thing)| standings.get(thing).is_some_and(|standing| is_settled(raised, standing)));
    Ok(settled.map(|(id, ..)| id).collect())
}

/// Whether what was asked for is done, or is no longer theirs to do.
pub(super) fn is_settled(raised: &Raised, standing: &Standing) -> bool {
    match *standing {
        Standing::Referral { state, named, owner, due } => {
            let theirs = |named_to: Option<StaffId>| match state {
                ReferralState::Sent => named == named_to,
                ReferralState::Received => owner == Some(raised.concerned),
                _ => false,
            };
            match raised.kind {
                AlertKind::ReferralSent => !theirs(Some(raised.concerned)),
                AlertKind::ReferralPooled => !theirs(None),
                AlertKind::ReferralDeclined => state != ReferralState::Declined,
                AlertKind::ReferralExpired => state != ReferralState::Expired,
                AlertKind::ReferralCancelRequested => state != ReferralState::CancelRequested,
                AlertKind::ReportReturned | AlertKind::ReportNotReviewed => state != ReferralState::ReportReturned,
                // It spoke of a limit, and another one runs by now, or none.
                AlertKind::ReferralAsked | AlertKind::ReferralOverdue => due != raised.due,
                AlertKind::ReferralToReassign => !ReferralState::UNFINISHED.contains(&state),
                _ => false,
            }
        }
        Standing::Note { state, supervisor } => match raised.kind {
            AlertKind::CosignWanted => state != NoteState::AwaitingCosign || supervisor != Some(raised.concerned),
            AlertKind::CosignReturned | AlertKind::UnsignedNote => state != NoteState::Draft,
            _ => false,
        },
        Standing::Pending { waits, supervisor } => {
            raised.kind == AlertKind::CosignWanted && (!waits || supervisor != Some(raised.concerned))
        }
        Standing::JointReview { state, next_from, has_later } => {
            let asks_for_the_next = raised.at >= next_from;
            let waits = state == ReviewState::Open || (asks_for_the_next && !has_later);
            raised.kind == AlertKind::JointReviewDue && !waits
        }
        Standing::EmergencyAccess { reviewed } => raised.kind == AlertKind::EmergencyAccess && reviewed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);

    fn somebody(number: u8) -> StaffId {
        StaffId::new(NOON, [number; 10])
    }

    fn raised(kind: AlertKind) -> Raised {
        Raised { kind, concerned: somebody(1), at: NOON, due: Some(NOON.plus_seconds(60)) }
    }

    fn referral(state: ReferralState, named: Option<u8>, owner: Option<u8>) -> Standing {
        let due = Some(NOON.plus_seconds(60));
        Standing::Referral { state, named: named.map(somebody), owner: owner.map(somebody), due }
    }

    #[test]
    fn a_referral_waits_for_whom_it_came_to_until_they_decide() {
        use ReferralState::{Accepted, Received, Sent};
        let sent = raised(AlertKind::ReferralSent);
        assert!(!is_settled(&sent, &referral(Sent, Some(1), None)));
        assert!(!is_settled(&sent, &referral(Received, Some(1), Some(1))));
        assert!(is_settled(&sent, &referral(Sent, Some(2), None)), "it was sent to somebody else");
        assert!(is_settled(&sent, &referral(Accepted, Some(1), Some(1))));
        let pooled = raised(AlertKind::ReferralPooled);
        assert!(!is_settled(&pooled, &referral(Sent, None, None)));
        assert!(is_settled(&pooled, &referral(Received, None, Some(2))), "a colleague looks at it");
    }

    #[test]
    fn a_reminder_waits_as_long_as_its_limit_runs() {
        let overdue = raised(AlertKind::ReferralOverdue);
        assert!(!is_settled(&overdue, &referral(ReferralState::Sent, Some(1), None)));
        let other = Raised { due: Some(NOON), ..overdue };
        assert!(is_settled(&other, &referral(ReferralState::Accepted, Some(1), Some(1))));
    }

    #[test]
    fn the_next_joint_review_waits_until_it_is_begun() {
        let review = |state, has_later| Standing::JointReview { state, next_from: NOON, has_later };
        let (waiting, next) = (Raised { at: NOON.plus_seconds(-1), ..raised(AlertKind::JointReviewDue) }, NOON);
        assert!(!is_settled(&waiting, &review(ReviewState::Open, false)));
        assert!(is_settled(&waiting, &review(ReviewState::Complete, false)));
        let next = Raised { at: next, ..waiting };
        assert!(!is_settled(&next, &review(ReviewState::Complete, false)));
        assert!(is_settled(&next, &review(ReviewState::Complete, true)));
    }

    #[test]
    fn what_asks_for_nothing_stays_until_it_is_read() {
        let accepted = raised(AlertKind::ReferralAccepted);
        assert!(!is_settled(&accepted, &referral(ReferralState::Closed, None, None)));
    }
}
