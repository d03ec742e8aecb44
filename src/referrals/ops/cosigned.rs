//! What a note that needs a second signature does to the referral that it answers: nothing until that is given.

use super::super::rules::{Part, ReferralMove, may_report};
use super::super::views::ReportResult;
use super::find;
use super::linked::{check_note, check_report, note_signed};
use super::step::{Given, Step};
use crate::chart::{self, Chart};
use crate::db::{Tx, bump_patient};
use crate::error::{Code, Error, Result};
use crate::ids::{NoteId, ReferralId, StaffId};
use crate::policy::Sight;

/// Checks that a note of the actor's which waits for a second signature may answer the referral it is written for.
///
/// # Errors
/// [`Code::Invalid`] at `/answers_referral`.
pub fn check_answer(tx: &mut Tx, chart: &Chart, id: ReferralId, note: NoteId) -> Result<()> {
    let refused = |why: &'static str| Err(Error::field("/answers_referral", why));
    let owns = match check_note(tx, chart, id) {
        Err(error) if error.code != Code::Invalid => return Err(error),
        checked => checked.is_ok(),
    };
    let standing = find(tx, chart, id)?;
    if !owns || !may_report(standing.at.state) {
        return refused("this note answers no referral that is being treated by you");
    }
    if chart::sight_of_reported(tx, chart, standing.at.referrer, note)? != Some(Sight::Full) {
        return refused("is not the referrer's to read");
    }
    Ok(())
}

/// A note for a referral got its second signature: it does what signing alone would have done. What has become of the
/// referral meanwhile keeps nobody from signing: a report that can no longer be returned is not.
///
/// # Errors
/// The database's.
pub fn note_cosigned(
    tx: &mut Tx,
    chart: &Chart,
    id: ReferralId,
    note: NoteId,
    author: StaffId,
    answers: Option<ReportResult>,
) -> Result<()> {
    note_signed(tx, chart, id, note, author, None)?;
    let Some(result) = answers else { return Ok(()) };
    let standing = find(tx, chart, id)?;
    let Some(returned) = Step::following(&standing, ReferralMove::ReturnReport, Part::Owner, Some(author)) else {
        return Ok(());
    };
    match check_report(tx, chart, &standing, note, "/answers_referral") {
        Err(error) if error.code == Code::Invalid => return Ok(()),
        checked => checked?,
    }
    let given = Given { reason: Some(result.into()), note: Some(note), ..Given::default() };
    returned.write(tx, &standing, chart.practice(), &given, |place| place.report = Some(note))?;
    bump_patient(tx.conn(), chart.practice(), chart.patient())
}
