//! The moves of a referral as forms: one table of how the pages speak of them, and one way in which each is made.

use std::borrow::Cow;

use strum::IntoEnumIterator;

use super::super::ops;
use super::super::rules::ReferralMove;
use super::super::views::{
    Acceptance, Booking, CancelReason, Cancelled, DeclineReason, Declined, Reassignment, ReferralView, Remark, Report,
    ReportResult, Resent, Said,
};
use super::{Refused, TakenPage, page};
use crate::chart::ReferralState;
use crate::db::{Retry, Tx};
use crate::error::{Code, Error, Result};
use crate::http::PathId;
use crate::ids::{ReferralId, SafetyItemId, kind};
use crate::policy::Action;
use crate::web::{Choice, Form, Sheet, Shown, Visit, titled};

/// What the form of a move asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    /// Nothing: the button is the form.
    Nothing,
    /// Reasons, should a safety item speak against it.
    Overrides,
    /// A few words, if there are any.
    Remark,
    /// Words, of which the label says what they are.
    Words(&'static str),
    /// Why it is declined.
    WhyDeclined,
    /// Why it is withdrawn.
    WhyCancelled,
    /// When the patient will be seen.
    Visit,
    /// The note that reports.
    Report,
    /// Whom it is for now.
    Target,
    /// Who takes whose place.
    Place,
}

/// How the pages speak of a move.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spoken {
    /// What stands on the button.
    pub(super) label: &'static str,
    /// What somebody did who made it; what happened, where nobody did.
    pub(super) did: &'static str,
    /// What its form asks for.
    pub(super) asks: Asks,
}

/// How the pages speak of a move.
pub(super) const fn spoken(step: ReferralMove) -> Spoken {
    let (label, did, asks) = match step {
        ReferralMove::Send => ("Send", "sent it", Asks::Nothing),
        ReferralMove::Discard => ("Throw away", "threw it away", Asks::Nothing),
        ReferralMove::Receive => ("Take it to look at it", "took it to look at it", Asks::Nothing),
        ReferralMove::Release => ("Put it back into the pool", "put it back", Asks::Remark),
        ReferralMove::Accept => ("Accept", "accepted it", Asks::Overrides),
        ReferralMove::Decline => ("Decline", "declined it", Asks::WhyDeclined),
        ReferralMove::RequestInfo => ("Ask back", "asked", Asks::Words("What you need to know first")),
        ReferralMove::Answer => ("Answer", "answered", Asks::Words("Your answer")),
        ReferralMove::Schedule => ("Book the visit", "booked the first visit", Asks::Visit),
        ReferralMove::NoShow => ("Did not come", "said that the patient did not come", Asks::Remark),
        ReferralMove::Start => ("Treatment has begun", "began to treat", Asks::Remark),
        ReferralMove::ReturnReport => ("Return the report", "reported", Asks::Report),
        ReferralMove::AskFurther => ("Ask further", "asked further", Asks::Words("What you want to know besides")),
        ReferralMove::Close => ("Close it", "closed it", Asks::Words("What happens next")),
        ReferralMove::Resend => ("Send again", "sent it again", Asks::Target),
        ReferralMove::Cancel => ("Withdraw", "withdrew it", Asks::WhyCancelled),
        ReferralMove::RequestCancel => ("Ask to stop", "asked to stop", Asks::Words("Why it is to stop")),
        ReferralMove::ConfirmCancel => ("Stop, as asked", "stopped, as asked", Asks::Remark),
        ReferralMove::Keep => ("Go on treating", "goes on treating", Asks::Remark),
        ReferralMove::Reassign => ("Put somebody else in place", "put somebody else in place", Asks::Place),
        ReferralMove::Expire => ("", "nobody answered in time", Asks::Nothing),
        ReferralMove::Reopen => ("", "the note that reported was changed or taken back", Asks::Nothing),
    };
    Spoken { label, did, asks }
}

/// A move that is offered, with its form.
pub(super) struct Offer {
    pub(super) step: ReferralMove,
    pub(super) spoken: Spoken,
    pub(super) sheet: Sheet,
    /// What the form chooses from, if it does.
    pub(super) choices: Vec<Choice>,
    /// What speaks against it, each asking for a reason.
    pub(super) barred: Vec<Barring>,
}

/// A safety item that speaks against accepting.
pub(super) struct Barring {
    /// The field that names it.
    pub(super) item: String,
    /// The field for the reason.
    pub(super) reason: String,
    /// What asks for the reason.
    pub(super) label: String,
}

impl Offer {
    /// Its form, blank or as it was refused.
    pub(super) fn new(visit: &Visit, step: ReferralMove, referral: &ReferralView, refused: Option<&Refused>) -> Self {
        let mut sheet = Sheet::blank(visit).over(referral.version).within(step.into());
        let mut barred = Vec::new();
        if let Some(refused) = refused.filter(|refused| refused.step == step) {
            sheet = refused.sheet(visit).over(referral.version).within(step.into());
            (sheet, barred) = asked_reasons(sheet, &refused.error, referral);
        }
        let mut spoken = spoken(step);
        if step == ReferralMove::Schedule && referral.state == ReferralState::Scheduled {
            spoken.label = "Move the visit";
        }
        Self { step, spoken, sheet, choices: Vec::new(), barred }
    }

    pub(super) fn path(&self) -> String {
        self.step.to_string().replace('_', "-")
    }

    /// Whether the button is all there is to it.
    pub(super) fn is_plain(&self) -> bool {
        self.spoken.asks == Asks::Nothing || self.spoken.asks == Asks::Overrides && self.barred.is_empty()
    }

    /// Whether it is what a reader most likely came for.
    pub(super) fn is_first(&self) -> bool {
        use ReferralMove::{Accept, Answer, Close, ReturnReport, Schedule};
        matches!(self.step, Accept | Answer | Close | ReturnReport | Schedule)
    }
}

/// The form with a row for each safety item that asks for a reason, those before it among them.
fn asked_reasons(sheet: Sheet, error: &Error, referral: &ReferralView) -> (Sheet, Vec<Barring>) {
    let rows = sheet.rows("overrides");
    let mut ids: Vec<String> = (0..rows).map(|row| sheet.value(&format!("overrides/{row}/safety_item_id"))).collect();
    let mut sheet = sheet;
    for barred in &error.barred {
        let id = barred.safety_item_id.to_string();
        if !ids.contains(&id) {
            sheet = sheet.with(&format!("overrides/{}/safety_item_id", ids.len()), id.clone());
            ids.push(id);
        }
    }
    let what = |id: &str| {
        let id: Option<SafetyItemId> = id.parse().ok();
        let item = referral.safety_items.iter().find(|item| Some(item.id) == id);
        item.map_or_else(String::new, |item| format!("{} ({})", item.what, <&'static str>::from(item.severity)))
    };
    let barring = |(row, id): (usize, &String)| Barring {
        item: format!("overrides/{row}/safety_item_id"),
        reason: format!("overrides/{row}/reason"),
        label: format!("Why all the same: {}", what(id)),
    };
    (sheet, ids.iter().enumerate().map(barring).collect())
}

/// A use case that makes a move.
type Made<T> = fn(&mut Tx, &Retry, ReferralId, i32, &T) -> Result<ReferralView>;

/// Makes a move, or shows the referral as it stands with what the move was refused for.
async fn made<T: Send + 'static>(
    visit: &Visit,
    id: ReferralId,
    mut form: Form<T>,
    (step, action, make): (ReferralMove, Action, Made<T>),
    said: &'static str,
) -> Result<Shown> {
    let (retry, version) = (form.sent.retry(), form.sent.version()?);
    let outcome = match form.value() {
        Ok(words) => visit.write(action, move |tx| make(tx, &retry, id, version, &words)).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(_) => Ok(visit.go_saying(format!("/referrals/{id}"), said)),
        Err(error) if error.code == Code::AlreadyTaken => {
            visit.show_again(&TakenPage::new(visit, error.current.as_deref()), &error)
        }
        Err(error) if error.is_about_form() => {
            let refused = Refused { step, sent: form.sent, error: in_these_words(error) };
            visit.keeps(&refused.sent);
            match page(visit, id, Some(&refused)).await {
                Ok(page) => visit.show_again(&page, &refused.error),
                // Whoever may not see how it stands now is told why the move was refused.
                Err(_) => Err(refused.error),
            }
        }
        Err(error) => Err(error),
    }
}

/// What the API says of notes, as it is meant of referrals.
fn in_these_words(error: Error) -> Error {
    match error.code {
        Code::OverrideNeeded => {
            let detail = "A safety item speaks against what is asked for. Say why you accept it all the same";
            Error { detail: Cow::Borrowed(detail), ..error }
        }
        Code::PartsMissing => Error { detail: Cow::Borrowed("Before it can be sent, this is still missing"), ..error },
        _ => beside_its_field(error),
    }
}

/// Where a field carries a whole structure, what is wrong with a part of it is said beside that field.
pub(super) fn beside_its_field(mut error: Error) -> Error {
    for fault in &mut error.errors {
        for whole in ["/target", "/agreement"] {
            if fault.pointer == whole || fault.pointer.starts_with(&format!("{whole}/")) {
                whole.clone_into(&mut fault.pointer);
            }
        }
        if fault.pointer == "/target" && fault.message.starts_with("unknown") {
            "say whom it is for".clone_into(&mut fault.message);
        }
    }
    error
}

macro_rules! moves {
    ($($name:ident($body:ident) = $step:ident, $action:ident, $said:literal;)+) => {$(
        #[doc = concat!("`POST` of the move `", stringify!($name), "`.")]
        ///
        /// # Errors
        /// The refusal's code; what the reader can mend is said above the form, beside the referral as it stands.
        pub async fn $name(visit: Visit, PathId(id): PathId<kind::Referral>, form: Form<$body>) -> Result<Shown> {
            made(&visit, id, form, (ReferralMove::$step, Action::$action, ops::$name), $said).await
        }
    )+};
}

moves! {
    receive(Remark) = Receive, ReceiveReferral, "It is yours to look at. Accept it, ask back, or put it back.";
    release(Remark) = Release, ReleaseReferral, "It is back in the pool.";
    accept(Acceptance) = Accept, AcceptReferral, "Accepted. You are on the care team now.";
    decline(Declined) = Decline, DeclineReferral, "Declined. The referrer is told why.";
    request_info(Said) = RequestInfo, RequestReferralInfo, "Asked. The clock stands still until the answer is there.";
    answer(Said) = Answer, AnswerReferral, "Answered. It goes on where it stood.";
    schedule(Booking) = Schedule, ScheduleReferral, "The visit is booked.";
    no_show(Remark) = NoShow, RecordNoShow, "Noted. Book another visit when there is one.";
    start(Remark) = Start, StartReferral, "Treatment has begun.";
    return_report(Report) = ReturnReport, ReturnReport, "The report is returned, and waits for the review.";
    ask_further(Said) = AskFurther, AskFurther, "Asked. It is being treated again.";
    close(Said) = Close, CloseReferral, "Closed.";
    resend(Resent) = Resend, ResendReferral, "Sent again.";
    cancel(Cancelled) = Cancel, CancelReferral, "Withdrawn.";
    request_cancel(Said) = RequestCancel, RequestReferralCancel, "Asked. Whoever treats agrees, or goes on.";
    confirm_cancel(Remark) = ConfirmCancel, ConfirmReferralCancel, "Stopped.";
    keep(Remark) = Keep, KeepReferral, "It goes on.";
    reassign(Reassignment) = Reassign, ReassignReferral, "Done. All who are concerned are told.";
}

fn words<W: Into<&'static str> + Copy>(all: impl Iterator<Item = W>) -> Vec<Choice> {
    all.map(|word| Choice::new(word.into(), titled(word.into()))).collect()
}

/// Why one may decline.
pub(super) fn decline_reasons() -> Vec<Choice> {
    words(DeclineReason::iter())
}

/// Why one may withdraw.
pub(super) fn cancel_reasons() -> Vec<Choice> {
    words(CancelReason::iter())
}

/// How far a report answers what was asked.
pub(super) fn results() -> Vec<Choice> {
    words(ReportResult::iter())
}
