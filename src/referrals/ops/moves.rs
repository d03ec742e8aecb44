//! The moves that people make with a referral.

use super::super::query::{self, Place, Standing};
use super::super::rules::ReferralMove;
use super::super::views::{
    Acceptance, Booking, CancelReason, Cancelled, Declined, Reassignment, ReferralView, Remark, Report, Resent, Said,
};
use super::step::{Given, step};
use super::{after, again, compose, linked, open_at};
use crate::chart::{self, Chart, ReferralState};
use crate::clock::Date;
use crate::db::{Retry, Tx};
use crate::error::{Code, Error, Result};
use crate::ids::{ReferralId, StaffId};
use crate::patients::ops as patients;
use crate::policy::Sight;
use crate::safety::ops as safety;
use crate::words::Trimmed;

/// A move that says something and changes nothing else.
fn plain(
    tx: &mut Tx,
    retry: &Retry,
    (id, version): (ReferralId, i32),
    wanted: ReferralMove,
    given: &Given,
    change: impl Fn(&mut Place, StaffId),
) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, wanted)?;
        let staff = chart.actor().staff;
        made.go(tx, &chart, &standing, given, |place| change(place, staff))?;
        Ok((id, after(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

fn words(remark: Option<&Trimmed>) -> Option<&str> {
    remark.map(Trimmed::as_str)
}

macro_rules! plain_moves {
    ($($(#[doc = $doc:literal])+ $name:ident($body:ident) = $step:ident, $given:expr, $change:expr;)+) => {$(
        $(#[doc = $doc])+
        ///
        /// # Errors
        /// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`] unless it is theirs to do now.
        pub fn $name(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, body: &$body) -> Result<ReferralView> {
            let given: fn(&$body) -> Given<'_> = $given;
            plain(tx, retry, (id, version), ReferralMove::$step, &given(body), $change)
        }
    )+};
}

plain_moves! {
    /// Puts a referral back into the pool.
    release(Remark) = Release, |said| Given { words: words(said.words.as_ref()), ..Given::default() },
        |place, _| place.owner = None;
    /// Asks the referrer something before deciding; the clock of the answer stands still.
    request_info(Said) = RequestInfo, |said| Given { words: Some(said.words.as_str()), ..Given::default() }, |_, _| ();
    /// Answers what was asked; the referral goes back to whoever asked, and the clock goes on.
    answer(Said) = Answer, |said| Given { words: Some(said.words.as_str()), ..Given::default() }, |_, _| ();
    /// Says that the patient did not come.
    no_show(Remark) = NoShow, |said| Given { words: words(said.words.as_ref()), ..Given::default() }, |_, _| ();
    /// Says that treatment has begun.
    start(Remark) = Start, |said| Given { words: words(said.words.as_ref()), ..Given::default() }, |_, _| ();
    /// Asks the owner something further about the report.
    ask_further(Said) = AskFurther, |said| Given { words: Some(said.words.as_str()), ..Given::default() },
        |place, _| place.report = None;
    /// Closes a referral, saying what happens next.
    close(Said) = Close, |said| Given { words: Some(said.words.as_str()), ..Given::default() }, |_, _| ();
    /// Asks the owner to stop.
    request_cancel(Said) = RequestCancel, |said| Given { words: Some(said.words.as_str()), ..Given::default() },
        |_, _| ();
    /// Goes on although one was asked to stop.
    keep(Remark) = Keep, |said| Given { words: words(said.words.as_ref()), ..Given::default() }, |_, _| ();
}

/// Takes a referral out of the pool, to look at it.
///
/// # Errors
/// The policy's; [`Code::AlreadyTaken`] with who was quicker; [`Code::StaleVersion`]; [`Code::WrongState`].
pub fn receive(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, said: &Remark) -> Result<ReferralView> {
    let given = Given { words: words(said.words.as_ref()), ..Given::default() };
    let taken =
        plain(tx, retry, (id, version), ReferralMove::Receive, &given, |place, staff| place.owner = Some(staff));
    or_taken(tx, id, taken)
}

/// Accepts a referral and joins the care team.
///
/// # Errors
/// The policy's; [`Code::AlreadyTaken`] with who was quicker; [`Code::StaleVersion`]; [`Code::WrongState`];
/// [`Code::OverrideNeeded`] for what a safety item bars.
pub fn accept(
    tx: &mut Tx,
    retry: &Retry,
    id: ReferralId,
    version: i32,
    acceptance: &Acceptance,
) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, ReferralMove::Accept)?;
        let techniques: Vec<_> = standing.content.techniques.iter().map(Trimmed::as_str).collect();
        let given = &acceptance.overrides;
        let reasons = safety::clear_request(tx, &chart, standing.at.discipline, &techniques, given)?;
        let staff = chart.actor().staff;
        let membership = patients::join_by_referral(tx, &chart, staff)?;
        let said = Given { words: Some(reasons.as_str()).filter(|said| !said.is_empty()), ..Given::default() };
        made.go(tx, &chart, &standing, &said, |place| {
            place.owner = Some(staff);
            place.membership = membership;
        })?;
        Ok((id, after(tx, &chart, id)?))
    };
    let accepted = tx.once(retry, first, again);
    or_taken(tx, id, accepted)
}

/// Whoever comes too late to a pool of their own learns who was quicker.
fn or_taken(tx: &mut Tx, id: ReferralId, taken: Result<ReferralView>) -> Result<ReferralView> {
    match taken {
        Err(error) if error.code == Code::NotAParty => match chart::taken_from_own_pool(tx, id)? {
            Some(owner) => Err(Error::already_taken(&owner)),
            None => Err(error),
        },
        taken => taken,
    }
}

/// Declines a referral, which ends what it opened.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`].
pub fn decline(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, why: &Declined) -> Result<ReferralView> {
    let given = Given { reason: Some(why.reason.into()), words: words(why.words.as_ref()), ..Given::default() };
    ending(tx, retry, (id, version), ReferralMove::Decline, &given)
}

/// Withdraws a referral, which ends what it opened.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`].
pub fn cancel(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, why: &Cancelled) -> Result<ReferralView> {
    let in_error = why.reason == CancelReason::EnteredInError;
    let given =
        Given { reason: Some(why.reason.into()), words: words(why.words.as_ref()), in_error, ..Given::default() };
    ending(tx, retry, (id, version), ReferralMove::Cancel, &given)
}

/// Stops treating for a referral, as was asked, which ends what it opened.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`].
pub fn confirm_cancel(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, said: &Remark) -> Result<ReferralView> {
    let given = Given { words: words(said.words.as_ref()), ..Given::default() };
    ending(tx, retry, (id, version), ReferralMove::ConfirmCancel, &given)
}

fn ending(
    tx: &mut Tx,
    retry: &Retry,
    (id, version): (ReferralId, i32),
    wanted: ReferralMove,
    given: &Given,
) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, wanted)?;
        leave(tx, &chart, &standing)?;
        made.go(tx, &chart, &standing, given, |place| place.membership = None)?;
        Ok((id, after(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

/// Ends the owner's membership of the care team, if accepting made it and they wrote nothing.
pub(super) fn leave(tx: &mut Tx, chart: &Chart, standing: &Standing) -> Result<()> {
    let (Some(membership), Some(owner)) = (standing.at.membership, standing.at.owner) else { return Ok(()) };
    if query::has_signed(tx.conn(), chart, owner)? {
        return Ok(());
    }
    patients::end_membership(tx, chart, membership)
}

/// Books the first visit, or moves it.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`]; [`Code::Invalid`] for a visit that is past, or a last session
/// before the first.
pub fn schedule(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, booking: &Booking) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, ReferralMove::Schedule)?;
        if booking.first_visit_at < tx.now() {
            return Err(Error::field("/first_visit_at", "is past"));
        }
        let calendar = tx.calendar()?;
        let first_day = Date::from(calendar.date_of(booking.first_visit_at));
        if booking.last_session_on.is_some_and(|last| last < first_day) {
            return Err(Error::field("/last_session_on", "lies before the first visit"));
        }
        let last = booking.last_session_on.unwrap_or(first_day);
        let given = Given { planned_at: Some(booking.first_visit_at), ..Given::default() };
        made.go(tx, &chart, &standing, &given, |place| place.last_session_on = Some(last))?;
        Ok((id, after(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

/// Reports to the referrer with a signed note.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`]; [`Code::Invalid`] for a note that is not signed, not the
/// owner's, or not the referrer's to read.
pub fn return_report(
    tx: &mut Tx,
    retry: &Retry,
    id: ReferralId,
    version: i32,
    report: &Report,
) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, ReferralMove::ReturnReport)?;
        linked::check_report(tx, &chart, &standing, report.note_id, "/note_id")?;
        let given = Given { reason: Some(report.result.into()), note: Some(report.note_id), ..Given::default() };
        made.go(tx, &chart, &standing, &given, |place| place.report = Some(report.note_id))?;
        Ok((id, after(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

/// Sends a referral again, to somebody else if need be.
///
/// # Errors
/// Those of [`compose::send`].
pub fn resend(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, resent: &Resent) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, ReferralMove::Resend)?;
        let target = resent.target.clone().unwrap_or_else(|| standing.target());
        compose::check_ready(tx, &chart, &standing, &target)?;
        let now = tx.now();
        made.go(tx, &chart, &standing, &Given::default(), |place| {
            (place.discipline, place.site, place.named) = (target.discipline, target.site_id, target.staff_id);
            (place.owner, place.sent_at, place.membership) = (None, Some(now), None);
        })?;
        Ok((id, compose::just_sent(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

/// Puts somebody else in the place of the owner or of the referrer, so that nothing is left lying when somebody is gone.
///
/// # Errors
/// The policy's; [`Code::StaleVersion`]; [`Code::WrongState`]; [`Code::Invalid`] for somebody who may not take that place.
pub fn reassign(tx: &mut Tx, retry: &Retry, id: ReferralId, version: i32, new: &Reassignment) -> Result<ReferralView> {
    let first = |tx: &mut Tx| {
        let (chart, located, standing) = open_at(tx, id, version)?;
        let made = step(tx, &chart, &located, &standing, ReferralMove::Reassign)?;
        let mut place = standing.at.clone();
        if new.owner_id.is_none() && new.referrer_id.is_none() {
            return Err(Error::field("/owner_id", "say who takes whose place"));
        }
        // What a referral opens, nobody opens to themselves: starting to treat somebody is reviewed, this is not.
        let oneself = Some(chart.actor().staff);
        if [new.owner_id, new.referrer_id].contains(&oneself) && compose::must_treat(&chart).is_err() {
            let place = if new.owner_id == oneself { "/owner_id" } else { "/referrer_id" };
            return Err(Error::field(place, "is yourself; start treating, and say why"));
        }
        if let Some(referrer) = new.referrer_id {
            patients::check_treats(tx, &chart, referrer, "/referrer_id")?;
            check_may_read(tx, &chart, &standing, referrer, "/referrer_id")?;
            check_reads_report(tx, &chart, &standing, referrer)?;
            place.referrer = referrer;
        }
        if let Some(owner) = new.owner_id {
            if !standing.at.state.is_open() {
                return Err(Error::field(
                    "/owner_id",
                    "nobody is to answer it now; it is sent, or sent again, to somebody",
                ));
            }
            patients::check_practises(tx, &chart, owner, standing.at.discipline, "/owner_id")?;
            check_may_read(tx, &chart, &standing, owner, "/owner_id")?;
            take_over(tx, &chart, &standing, &mut place, owner)?;
        }
        if [place.owner, place.named].contains(&Some(place.referrer)) {
            return Err(Error::field("/owner_id", "refers the patient; nobody answers their own referral"));
        }
        let given = Given { words: Some(new.words.as_str()), ..Given::default() };
        made.go(tx, &chart, &standing, &given, |moved| *moved = place)?;
        if standing.at.state == ReferralState::Draft {
            tx.explains(new.words.as_str());
        }
        Ok((id, after(tx, &chart, id)?))
    };
    tx.once(retry, first, again)
}

/// Nobody takes part in a referral who may not read what it is about.
fn check_may_read(tx: &mut Tx, chart: &Chart, of: &Standing, staff: StaffId, pointer: &'static str) -> Result<()> {
    if chart::may_take_part(tx, chart.practice(), of.subject(), staff)? {
        return Ok(());
    }
    Err(Error::field(pointer, "may not see what it is about, as the patient wishes"))
}

/// Whoever has to review a report may read it.
fn check_reads_report(tx: &mut Tx, chart: &Chart, of: &Standing, referrer: StaffId) -> Result<()> {
    let Some(report) = of.at.report else { return Ok(()) };
    if chart::sight_of_reported(tx, chart, referrer, report)? == Some(Sight::Full) {
        return Ok(());
    }
    Err(Error::field("/referrer_id", "may not read the report that waits for a review"))
}

/// Before anybody has taken it, it becomes a referral to that colleague by name; after that they take the owner's place.
fn take_over(tx: &mut Tx, chart: &Chart, standing: &Standing, place: &mut Place, owner: StaffId) -> Result<()> {
    if place.owner.is_none() {
        (place.named, place.site) = (Some(owner), None);
        return Ok(());
    }
    leave(tx, chart, standing)?;
    place.owner = Some(owner);
    place.named = place.named.map(|_| owner);
    let treats = !matches!(standing.at.state, ReferralState::Received | ReferralState::NeedsInfo);
    place.membership = if treats { patients::join_by_referral(tx, chart, owner)? } else { None };
    Ok(())
}
