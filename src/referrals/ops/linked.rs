//! What notes do to referrals: the owner's first signed one starts a referral, a report rests on one.

use super::super::query::{self, Standing};
use super::super::rules::{Part, ReferralMove};
use super::super::views::{NamedReferral, ReportResult};
use super::step::{Given, Step};
use super::{alerting, ask_to_read, find};
use crate::chart::{self, Chart};
use crate::db::{Tx, bump_patient};
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, NoteId, ReferralId, StaffId};
use crate::policy::Sight;

/// Checks that the actor may write a note for a referral of the chart, one that they own; the episode that it is about.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/referral_id`.
pub fn check_note(tx: &mut Tx, chart: &Chart, id: ReferralId) -> Result<EpisodeId> {
    if let Some(standing) = query::referral(tx.conn(), chart, id)?
        && standing.at.state.is_open()
        && writes_for(tx, chart, &standing, chart.actor().staff)?
    {
        return Ok(standing.episode);
    }
    Err(Error::field("/referral_id", "is no open referral of this patient that you own"))
}

/// What a referral of the chart is called, for whoever reads a note that is written for it, and whether that is its report.
///
/// # Errors
/// [`crate::error::Code::NotFound`]; the database's.
pub fn called(tx: &mut Tx, chart: &Chart, id: ReferralId, note: NoteId) -> Result<NamedReferral> {
    let standing = find(tx, chart, id)?;
    let may_read = ask_to_read(chart, &standing).is_ok();
    let is_reported = standing.at.report == Some(note);
    Ok(NamedReferral { id, number: standing.number, may_read, is_reported })
}

/// Whether somebody's notes are the owner's: they are the owner, or stand in for them.
fn writes_for(tx: &mut Tx, chart: &Chart, standing: &Standing, author: StaffId) -> Result<bool> {
    let Some(owner) = standing.at.owner else { return Ok(false) };
    let stands_in =
        author != standing.at.referrer && chart::stands_in_for(tx, chart.practice(), author)?.contains(&owner);
    Ok(author == owner || stands_in)
}

/// A note for a referral was signed by its author: the first one starts it, and one that answers it returns the report.
///
/// # Errors
/// [`crate::error::Code::Invalid`] at `/answers_referral` where there is nothing to answer.
pub fn note_signed(
    tx: &mut Tx,
    chart: &Chart,
    id: ReferralId,
    note: NoteId,
    author: StaffId,
    answers: Option<ReportResult>,
) -> Result<()> {
    let mut standing = find(tx, chart, id)?;
    if !writes_for(tx, chart, &standing, author)? {
        return nothing_to_answer(answers);
    }
    if let Some(started) = Step::following(&standing, ReferralMove::Start, Part::Owner, Some(author)) {
        let given = Given { note: Some(note), ..Given::default() };
        started.write(tx, &standing, chart.practice(), &given, |_| ())?;
        standing = find(tx, chart, id)?;
    }
    let Some(result) = answers else { return bump_patient(tx.conn(), chart.practice(), chart.patient()) };
    let Some(returned) = Step::following(&standing, ReferralMove::ReturnReport, Part::Owner, Some(author)) else {
        return nothing_to_answer(answers);
    };
    check_report(tx, chart, &standing, note, "/answers_referral")?;
    let given = Given { reason: Some(result.into()), note: Some(note), ..Given::default() };
    returned.write(tx, &standing, chart.practice(), &given, |place| place.report = Some(note))?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}

fn nothing_to_answer(answers: Option<ReportResult>) -> Result<()> {
    match answers {
        Some(_) => Err(Error::field("/answers_referral", "this note answers no referral that is being treated by you")),
        None => Ok(()),
    }
}

/// A report rests on a signed note of the owner's that the referrer may read.
pub(super) fn check_report(
    tx: &mut Tx,
    chart: &Chart,
    standing: &Standing,
    note: NoteId,
    pointer: &'static str,
) -> Result<()> {
    let owners = match query::signed_note(tx.conn(), chart, note)? {
        Some((author, _)) => writes_for(tx, chart, standing, author)?,
        None => false,
    };
    if !owners {
        return Err(Error::field(pointer, "is no signed note of the owner's about this patient"));
    }
    if chart::sight_of_reported(tx, chart, standing.at.referrer, note)? != Some(Sight::Full) {
        return Err(Error::field(pointer, "is not the referrer's to read"));
    }
    Ok(())
}

/// A note was amended: the referrals whose report it is, and which nobody has reviewed, are open again; of the others their
/// referrers are told.
///
/// # Errors
/// The database's.
pub fn note_amended(tx: &mut Tx, chart: &Chart, note: NoteId) -> Result<()> {
    report_changed(tx, chart, note, "amended")
}

/// A note was entered in error: it goes with no referral any more, and reports on none that is not closed. What it opened to
/// anybody is closed from the next reading on.
///
/// # Errors
/// The database's.
pub fn note_in_error(tx: &mut Tx, chart: &Chart, note: NoteId) -> Result<()> {
    query::detach(tx.conn(), chart, note)?;
    report_changed(tx, chart, note, "entered_in_error")?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}

fn report_changed(tx: &mut Tx, chart: &Chart, note: NoteId, because: &'static str) -> Result<()> {
    let reported = query::reported_with(tx.conn(), chart, note)?;
    if reported.is_empty() {
        return Ok(());
    }
    for standing in &reported {
        let reopened = Step::following(standing, ReferralMove::Reopen, Part::Program, None);
        let Some(reopened) = reopened.filter(|_| standing.at.report == Some(note)) else {
            alerting::of_report(tx, chart.practice(), standing)?;
            continue;
        };
        let given = Given { reason: Some(because), note: Some(note), ..Given::default() };
        reopened.write(tx, standing, chart.practice(), &given, |place| place.report = None)?;
    }
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}

/// The referrers to whom a note was reported and who may read all of it now.
///
/// # Errors
/// The database's.
pub fn readers_of_report(tx: &mut Tx, chart: &Chart, note: NoteId) -> Result<Vec<StaffId>> {
    let mut readers = Vec::new();
    for standing in query::reported_with(tx.conn(), chart, note)? {
        let referrer = standing.at.referrer;
        if standing.at.report == Some(note) && chart::sight_of_reported(tx, chart, referrer, note)? == Some(Sight::Full)
        {
            readers.push(referrer);
        }
    }
    Ok(readers)
}
