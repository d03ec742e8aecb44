//! The life of a referral: who may do what with it in which state, and how long each state may last.

mod clocks;

use strum::IntoEnumIterator;

use crate::error::{Error, FieldError, Result};
use crate::ids::StaffId;
use crate::referral_state::{Holder, ReferralState};

pub use clocks::{Clocks, Due, Interrupted, SILENCE, Stopped, Terms};

crate::wording::words! {
    /// What can be done with a referral.
    pub enum ReferralMove {
        /// Send it to whom it is for.
        Send,
        /// Throw the draft away.
        Discard,
        /// Take it out of the pool to look at it.
        Receive,
        /// Put it back into the pool.
        Release,
        /// Agree to see the patient.
        Accept,
        /// Say that one will not see the patient, and why.
        Decline,
        /// Ask the referrer something first.
        RequestInfo,
        /// Answer what was asked.
        Answer,
        /// Book the first visit, or move it.
        Schedule,
        /// Say that the patient did not come.
        NoShow,
        /// Say that treatment has begun.
        Start,
        /// Report to the referrer, with a signed note.
        ReturnReport,
        /// Ask the owner something further about the report.
        AskFurther,
        /// Review the report and say what happens next; or give up what was declined or expired.
        Close,
        /// Send it again, to somebody else if need be.
        Resend,
        /// Withdraw it.
        Cancel,
        /// Ask the owner to stop.
        RequestCancel,
        /// Stop, as was asked.
        ConfirmCancel,
        /// Go on, although one was asked to stop.
        Keep,
        /// Put somebody else in the place of the owner or of the referrer.
        Reassign,
        /// Nobody answered in time.
        Expire,
        /// The note that was the report has been amended, or was entered in error.
        Reopen,
    }

    /// The part that somebody plays in a referral.
    #[schema(as = ReferralPart)]
    pub enum Part {
        /// Who sends it.
        Referrer,
        /// Who has taken it.
        Owner,
        /// The colleague whom it was sent to.
        Named,
        /// Whoever practises the discipline at the site whose pool it was sent to.
        Pool,
        /// A receptionist.
        Reception,
        /// A manager.
        Manager,
        /// The program: the clock ran out, or a note changed.
        Program,
    }

    /// How soon a referral wants an answer.
    pub enum Urgency {
        /// Within 24 hours by the clock; it never expires.
        Urgent,
        /// Within 3 working days.
        Soon,
        /// Within 10 working days.
        Routine,
    }
}

use Part::{Manager, Named, Owner, Pool, Program, Reception, Referrer};
use ReferralMove as M;
use ReferralState as S;

/// Where a move leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Into a state.
    State(ReferralState),
    /// Back into the state from which information was asked for.
    Back,
    /// Nowhere: the state stays.
    Same,
    /// The draft is gone.
    Gone,
}

/// One legal move.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// Out of which state.
    pub from: ReferralState,
    /// What is done.
    pub step: ReferralMove,
    /// By whom: any of these parts.
    pub by: &'static [Part],
    /// Where it leads.
    pub to: To,
    /// What it takes besides.
    pub once: Once,
}

/// What a move takes besides the state and the part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Once {
    /// Nothing.
    Always,
    /// [`SILENCE`] without an answer.
    Silent,
    /// That its referrer has left or is away: a draft is theirs alone while they are here.
    ReferrerAbsent,
    /// That the moment of the booked visit has come: nobody has missed it before.
    VisitDue,
}

const fn step(from: S, step: M, by: &'static [Part], to: S) -> Step {
    Step { from, step, by, to: To::State(to), once: Once::Always }
}

const fn stays(from: S, step: M, by: &'static [Part]) -> Step {
    Step { from, step, by, to: To::Same, once: Once::Always }
}

/// Every legal move; what is not listed is refused. What the API allows, the diagram in the documentation and the tests
/// come from here.
pub const STEPS: &[Step] = &[
    step(S::Draft, M::Send, &[Referrer], S::Sent),
    Step { to: To::Gone, ..stays(S::Draft, M::Discard, &[Referrer]) },
    Step { once: Once::ReferrerAbsent, ..stays(S::Draft, M::Reassign, &[Manager]) },
    step(S::Sent, M::Accept, &[Named, Pool], S::Accepted),
    step(S::Sent, M::Receive, &[Pool], S::Received),
    step(S::Sent, M::Decline, &[Named], S::Declined),
    step(S::Sent, M::RequestInfo, &[Named], S::NeedsInfo),
    step(S::Sent, M::Cancel, &[Referrer], S::Cancelled),
    step(S::Sent, M::Expire, &[Program], S::Expired),
    stays(S::Sent, M::Reassign, &[Manager]),
    step(S::Received, M::Accept, &[Owner], S::Accepted),
    step(S::Received, M::Decline, &[Owner], S::Declined),
    step(S::Received, M::RequestInfo, &[Owner], S::NeedsInfo),
    step(S::Received, M::Release, &[Owner], S::Sent),
    step(S::Received, M::Cancel, &[Referrer], S::Cancelled),
    step(S::Received, M::Expire, &[Program], S::Expired),
    stays(S::Received, M::Reassign, &[Manager]),
    Step { to: To::Back, ..stays(S::NeedsInfo, M::Answer, &[Referrer]) },
    step(S::NeedsInfo, M::Decline, &[Owner, Named], S::Declined),
    step(S::NeedsInfo, M::Cancel, &[Referrer], S::Cancelled),
    step(S::NeedsInfo, M::Expire, &[Program], S::Expired),
    stays(S::NeedsInfo, M::Reassign, &[Manager]),
    step(S::Accepted, M::Schedule, &[Owner, Reception], S::Scheduled),
    step(S::Accepted, M::Start, &[Owner], S::InProgress),
    step(S::Accepted, M::NoShow, &[Owner, Reception], S::Accepted),
    step(S::Accepted, M::Decline, &[Owner], S::Declined),
    step(S::Accepted, M::Cancel, &[Referrer], S::Cancelled),
    stays(S::Accepted, M::Reassign, &[Manager]),
    step(S::Scheduled, M::Schedule, &[Owner, Reception], S::Scheduled),
    step(S::Scheduled, M::Start, &[Owner], S::InProgress),
    Step { once: Once::VisitDue, ..step(S::Scheduled, M::NoShow, &[Owner, Reception], S::Accepted) },
    step(S::Scheduled, M::Decline, &[Owner], S::Declined),
    step(S::Scheduled, M::Cancel, &[Referrer], S::Cancelled),
    stays(S::Scheduled, M::Reassign, &[Manager]),
    step(S::InProgress, M::ReturnReport, &[Owner], S::ReportReturned),
    step(S::InProgress, M::RequestCancel, &[Referrer], S::CancelRequested),
    stays(S::InProgress, M::Reassign, &[Manager]),
    step(S::CancelRequested, M::ConfirmCancel, &[Owner], S::Cancelled),
    step(S::CancelRequested, M::Keep, &[Owner], S::InProgress),
    Step { once: Once::Silent, ..step(S::CancelRequested, M::Cancel, &[Referrer], S::Cancelled) },
    stays(S::CancelRequested, M::Reassign, &[Manager]),
    step(S::ReportReturned, M::Close, &[Referrer], S::Closed),
    step(S::ReportReturned, M::AskFurther, &[Referrer], S::InProgress),
    step(S::ReportReturned, M::Reopen, &[Program], S::InProgress),
    stays(S::ReportReturned, M::Reassign, &[Manager]),
    step(S::Declined, M::Resend, &[Referrer], S::Sent),
    step(S::Declined, M::Close, &[Referrer], S::Closed),
    stays(S::Declined, M::Reassign, &[Manager]),
    step(S::Expired, M::Resend, &[Referrer], S::Sent),
    step(S::Expired, M::Close, &[Referrer], S::Closed),
    stays(S::Expired, M::Reassign, &[Manager]),
];

/// What the moves of a referral depend on.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// Where it stands.
    pub state: ReferralState,
    /// Where it stood when information was asked for.
    pub came_from: Option<ReferralState>,
    /// Whether the owner has been silent for [`SILENCE`] after being asked to stop.
    pub silent: bool,
    /// Whether the referrer has left, or is away today.
    pub referrer_absent: bool,
    /// Whether a visit is booked that lies ahead.
    pub visit_ahead: bool,
}

impl Standing {
    fn steps(self, parts: &[Part]) -> impl Iterator<Item = &'static Step> {
        self.listed(parts).filter(move |step| match step.once {
            Once::Always => true,
            Once::Silent => self.silent,
            Once::ReferrerAbsent => self.referrer_absent,
            Once::VisitDue => !self.visit_ahead,
        })
    }

    /// What is theirs to do in this state, now or at another time.
    fn listed(self, parts: &[Part]) -> impl Iterator<Item = &'static Step> {
        STEPS.iter().filter(move |step| step.from == self.state && step.by.iter().any(|by| parts.contains(by)))
    }

    /// What somebody who plays these parts may do now.
    pub fn allowed(self, parts: &[Part]) -> Vec<ReferralMove> {
        let mut moves: Vec<_> = self.steps(parts).map(|step| step.step).collect();
        moves.dedup();
        moves
    }

    /// The part in which somebody makes a move, and the state it leads to; no state where the draft is gone.
    ///
    /// # Errors
    /// [`crate::error::Code::WrongState`] with what they may do instead.
    pub fn make(self, wanted: ReferralMove, parts: &[Part]) -> Result<(Part, Option<ReferralState>)> {
        let found = self.steps(parts).find(|step| step.step == wanted);
        let step = found.ok_or_else(|| {
            let allowed = self.allowed(parts).into_iter().map(Into::into).collect();
            let early = self.listed(parts).any(|step| step.step == wanted && step.once == Once::VisitDue);
            let why = if early {
                "The booked visit lies ahead; that nobody came is said once its time has come"
            } else {
                "This is not yours to do with the referral as it stands"
            };
            Error::wrong_state(why, allowed)
        })?;
        let part = step.by.iter().copied().find(|by| parts.contains(by)).unwrap_or(Part::Program);
        let to = match step.to {
            To::State(to) => Some(to),
            To::Back => Some(self.came_from.unwrap_or(S::Sent)),
            To::Same => Some(self.state),
            To::Gone => None,
        };
        Ok((part, to))
    }
}

/// Where a move leads that follows from something else, a note or the clock; nowhere where the table has none for that part.
#[must_use]
pub fn following(state: ReferralState, wanted: ReferralMove, part: Part) -> Option<ReferralState> {
    let steps = STEPS.iter().filter(|step| step.from == state && step.step == wanted && step.by.contains(&part));
    steps.filter(|step| step.once == Once::Always).find_map(|step| match step.to {
        To::State(to) => Some(to),
        To::Back | To::Same | To::Gone => None,
    })
}

/// Whether its owner may report on it, be it that their note starts it first.
#[must_use]
pub fn may_report(state: ReferralState) -> bool {
    let state = following(state, M::Start, Owner).unwrap_or(state);
    following(state, M::ReturnReport, Owner).is_some()
}

/// Whom a referral is for: exactly one of the pool of a discipline at a site, and a colleague.
#[derive(Clone, Copy, Debug)]
pub struct ToSend<'r> {
    /// Who sends it.
    pub referrer: StaffId,
    /// The colleague, if it is for one.
    pub named: Option<StaffId>,
    /// Why the patient is referred.
    pub reason: Option<&'r str>,
    /// What is asked.
    pub question: Option<&'r str>,
    /// Whether the patient agreed.
    pub agreed: bool,
}

/// Checks that a draft has what sending takes.
///
/// # Errors
/// [`crate::error::Code::PartsMissing`] with what is missing; [`crate::error::Code::Invalid`] for one to oneself.
pub fn check_sendable(draft: ToSend) -> Result<()> {
    if draft.named == Some(draft.referrer) {
        return Err(Error::field("/target/staff_id", "is yourself"));
    }
    let blank = |words: Option<&str>| words.is_none_or(|words| words.trim().is_empty());
    let needed = [
        ("/reason", "why the patient is referred", blank(draft.reason)),
        ("/question", "what you want to know", blank(draft.question)),
        ("/agreement", "that the patient agrees, or who does for them", !draft.agreed),
    ];
    let missing: Vec<_> =
        needed.into_iter().filter(|(.., missing)| *missing).map(|(at, what, _)| FieldError::new(at, what)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Error { errors: missing, ..Error::of(crate::error::Code::PartsMissing) })
}

/// The moves as a diagram in mermaid's language.
#[must_use]
pub fn diagram() -> String {
    use std::fmt::Write;
    let mut text = String::from("```mermaid\nstateDiagram-v2\n    [*] --> draft\n");
    for Step { from, step, by, to, .. } in STEPS.iter().filter(|step| step.to != To::Same) {
        let by = by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let to = match to {
            To::State(to) => vec![to.to_string()],
            To::Back => vec![S::Sent.to_string(), S::Received.to_string()],
            To::Same => vec![from.to_string()],
            To::Gone => vec!["[*]".to_owned()],
        };
        for to in to {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "    {from} --> {to}: {step} ({by})");
        }
    }
    for over in S::iter().filter(|state| state.holder() == Holder::Nobody) {
        let _ = writeln!(text, "    {over} --> [*]");
    }
    text.push_str("```\n");
    text
}
