//! When what happened to a referral: from its moves alone, so that nothing else has to be kept in step.

use serde::Serialize;
use utoipa::ToSchema;

use super::rules::ReferralMove;
use super::views::ReferralEventView;
use crate::clock::Timestamp;

/// When what happened since it was sent, the last time: the time to accept, to the first visit, to the report and to the
/// close is that from `sent_at` on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Milestones {
    /// When it was sent, the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sent_at: Option<Timestamp>,
    /// When it was accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted_at: Option<Timestamp>,
    /// When treatment for it began.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_visit_at: Option<Timestamp>,
    /// When the report was returned, the last time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_at: Option<Timestamp>,
    /// When it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed_at: Option<Timestamp>,
}

impl Milestones {
    /// Those of a referral with these moves, the first first. What came before it was sent again belongs to a round that came
    /// to nothing.
    #[must_use]
    pub fn of(moves: &[ReferralEventView]) -> Self {
        let sends = |event: &ReferralEventView| matches!(event.step, ReferralMove::Send | ReferralMove::Resend);
        let Some(sent) = moves.iter().rposition(sends) else { return Self::default() };
        let since = &moves[sent..];
        let last = |step: ReferralMove| since.iter().rev().find(|event| event.step == step).map(|event| event.at);
        let first = |step: ReferralMove| since.iter().find(|event| event.step == step).map(|event| event.at);
        Self {
            sent_at: since.first().map(|event| event.at),
            accepted_at: last(ReferralMove::Accept),
            first_visit_at: first(ReferralMove::Start),
            reported_at: last(ReferralMove::ReturnReport),
            closed_at: last(ReferralMove::Close),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::rules::Part;
    use super::*;
    use crate::chart::ReferralState;

    /// These moves, an hour between each two; the first is made at hour 1.
    fn moves(steps: &[ReferralMove]) -> Vec<ReferralEventView> {
        let event = |(number, step): (i32, &ReferralMove)| ReferralEventView {
            number,
            step: *step,
            from: ReferralState::Sent,
            to: ReferralState::Sent,
            by: None,
            part: Part::Program,
            reason: None,
            words: None,
            note_id: None,
            planned_at: None,
            at: hour(number.into()),
        };
        (1..).zip(steps).map(event).collect()
    }

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_micros(0).plus_seconds(3_600 * number)
    }

    #[test]
    fn a_referral_that_was_sent_again_begins_anew() {
        use ReferralMove::{Accept, Decline, Resend, Send, Start};
        let declined = Milestones::of(&moves(&[Send, Accept, Start, Decline]));
        assert_eq!((declined.accepted_at, declined.first_visit_at), (Some(hour(2)), Some(hour(3))));
        let again = Milestones::of(&moves(&[Send, Accept, Start, Decline, Resend]));
        assert_eq!(again, Milestones { sent_at: Some(hour(5)), ..Milestones::default() });
        let accepted = Milestones::of(&moves(&[Send, Accept, Start, Decline, Resend, Accept]));
        assert_eq!((accepted.sent_at, accepted.accepted_at), (Some(hour(5)), Some(hour(6))));
        assert_eq!(accepted.first_visit_at, None, "nobody was treated in this round");
    }

    #[test]
    fn each_has_its_move() {
        use ReferralMove::{Accept, AskFurther, Close, Reassign, Receive, ReturnReport, Send, Start};
        let course = [Send, Receive, Accept, Start, ReturnReport, AskFurther, ReturnReport, Reassign, Close];
        let expected = Milestones {
            sent_at: Some(hour(1)),
            accepted_at: Some(hour(3)),
            first_visit_at: Some(hour(4)),
            reported_at: Some(hour(7)),
            closed_at: Some(hour(9)),
        };
        assert_eq!(Milestones::of(&moves(&course)), expected);
        assert_eq!(Milestones::of(&[]), Milestones::default(), "a draft has none");
    }
}
