//! What is done with messages about a patient.

use super::NewMessage;
use super::query::{self, Shown};
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, Chart, Covered, ReferralSubject, Span};
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::ids::{EpisodeId, MessageId, PatientId, ReferralId, StaffId};
use crate::policy::{Action, Sight};

pub use super::MessageView;

/// Messages that a referral is shown with at most.
const CONVERSATION: i64 = 100;

/// Every message about the patient of an open chart, oldest first, for whoever may hand it out; consent directives are not
/// heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<MessageView>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let mut messages = query::messages(tx.conn(), chart, &Shown::default(), None, i64::MAX)?;
    messages.reverse();
    Ok(messages)
}

/// The episodes of care that referrals of the chart are about to which messages belong, for whoever may hand them out.
///
/// # Errors
/// As [`whole_record`].
pub fn episodes_of(tx: &mut Tx, chart: &Chart) -> Result<Vec<(ReferralId, EpisodeId)>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let referrals = query::referrals(tx.conn(), chart)?;
    Ok(referrals.into_iter().map(|(id, about)| (id, about.episode)).collect())
}

/// What was written about a referral of the chart, the newest messages but in the order in which they came; nothing for
/// whoever may not read messages.
///
/// # Errors
/// The database's.
pub fn conversation(tx: &mut Tx, chart: &Chart, referral: ReferralId) -> Result<Vec<MessageView>> {
    let Ok(by) = readable(chart) else { return Ok(Vec::new()) };
    let mut messages = query::conversation(tx.conn(), chart, referral, by, CONVERSATION)?;
    messages.reverse();
    Ok(messages)
}

/// The messages about a patient, newest first: up to `limit` after one of them.
///
/// # Errors
/// The policy's.
pub fn list(tx: &mut Tx, patient: PatientId, after: Option<MessageId>, limit: i64) -> Result<Vec<MessageView>> {
    let chart = chart::open_for_author(tx, patient)?;
    let shown = Shown { hidden: hidden_referrals(tx, &chart)?, by: readable(&chart)? };
    query::messages(tx.conn(), &chart, &shown, after, limit)
}

/// Whose messages whoever opened the chart may read: none stands for everybody's; their own alone, where a directive keeps
/// the record from everyone but the author.
fn readable(chart: &Chart) -> Result<Option<StaffId>> {
    if chart::ask_of(chart, Action::ListMessages, Covered::default()).is_ok() {
        return Ok(None);
    }
    let reader = chart.actor().staff;
    chart::ask_of(chart, Action::ListMessages, Covered::written_by(reader)).map(|_| Some(reader))
}

/// The messages that whoever opened the chart may read, newest first, in a stretch of it.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart, span: Span) -> Result<Vec<MessageView>> {
    let Ok(by) = readable(chart) else { return Ok(Vec::new()) };
    let shown = Shown { hidden: hidden_referrals(tx, chart)?, by };
    query::written(tx.conn(), chart, &shown, span)
}

/// The referrals of the chart that a directive withholds from its reader, with what was written about them.
fn hidden_referrals(tx: &mut Tx, chart: &Chart) -> Result<Vec<ReferralId>> {
    if !chart.has_directives() {
        return Ok(Vec::new());
    }
    let referrals = query::referrals(tx.conn(), chart)?;
    Ok(referrals.into_iter().filter(|(_, about)| !reads(chart, *about)).map(|(id, _)| id).collect())
}

fn reads(chart: &Chart, about: ReferralSubject) -> bool {
    let asked = chart::ask_of_referral(chart, Action::ReadReferral, (about.episode, about.author), false);
    asked.is_ok_and(|grant| grant.sight == Sight::Full)
}

/// Writes a message about a patient.
///
/// # Errors
/// The policy's; [`crate::error::Code::Invalid`] for a referral that is none of this patient's, or none of the writer's to
/// read.
pub fn write(tx: &mut Tx, retry: &Retry, patient: PatientId, new: &NewMessage) -> Result<MessageView> {
    let chart = chart::open(tx, patient)?;
    let first = |tx: &mut Tx| {
        if let Some(referral) = new.referral_id {
            check_readable(tx, &chart, referral)?;
        }
        let (id, at) = (tx.fresh_id(), tx.now());
        query::insert(tx.conn(), &chart, id, new, at)?;
        let to = alerts::care_team(tx, chart.practice(), patient)?;
        alerts::raise(tx, Alert::new(AlertKind::Message, object(id), to).about(patient))?;
        Ok((id, written(tx, &chart, id)?))
    };
    tx.once(retry, first, |tx, id| written(tx, &chart, id))
}

/// Checks that a referral was sent, and that whoever opened the chart may read it.
fn check_readable(tx: &mut Tx, chart: &Chart, id: ReferralId) -> Result<()> {
    let referrals = query::referrals(tx.conn(), chart)?;
    if referrals.into_iter().any(|(referral, about)| referral == id && reads(chart, about)) {
        return Ok(());
    }
    Err(Error::field("/referral_id", "is no referral of this patient that was sent"))
}

fn written(tx: &mut Tx, chart: &Chart, id: MessageId) -> Result<MessageView> {
    tx.names(object(id));
    query::message(tx.conn(), chart, id)?.ok_or_else(Error::not_found)
}

const fn object(id: MessageId) -> Object {
    Object { kind: ObjectKind::Message, id: id.retype(), version: None }
}
