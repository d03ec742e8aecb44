//! Referrals as a part of the record: in its course, and as it is handed out.

use super::super::query::{self, Standing};
use super::super::views::{RecordedReferral, SentReferral};
use super::ask_to_read;
use super::shown::named;
use crate::chart::{self, Chart, ReferralState};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::policy::{Action, Sight};

/// Every referral of a record that was sent and that whoever opened it may read, newest first, each with when it was sent
/// and when it last moved.
///
/// # Errors
/// The database's.
pub fn course(tx: &mut Tx, chart: &Chart) -> Result<Vec<(SentReferral, Timestamp, Timestamp)>> {
    let mut course = Vec::new();
    for standing in sent(tx, chart)? {
        if !ask_to_read(chart, &standing).is_ok_and(|grant| grant.sight == Sight::Full) {
            continue;
        }
        let events = query::events(tx.conn(), chart, standing.id)?;
        let (Some(first), Some(last)) = (events.first(), events.last()) else { continue };
        let colleagues = query::colleagues(tx.conn(), chart.practice(), vec![standing.at.referrer])?;
        let told = SentReferral {
            id: standing.id,
            number: standing.number,
            state: standing.at.state,
            discipline: standing.at.discipline,
            referrer: named(&colleagues, standing.at.referrer)?,
            question: standing.content.question,
        };
        course.push((told, first.at, last.at));
    }
    Ok(course)
}

/// Every referral of a record that was sent, newest first, for whoever may hand the record out; consent directives are not
/// heeded here.
///
/// # Errors
/// The refusal's code for whoever may not hand out records.
pub fn whole_record(tx: &mut Tx, chart: &Chart) -> Result<Vec<RecordedReferral>> {
    chart::ask_of_patient(chart, Action::ExportRecord)?;
    let mut record = Vec::new();
    for standing in sent(tx, chart)? {
        let people = [Some(standing.at.referrer), standing.at.owner].into_iter().flatten().collect();
        let colleagues = query::colleagues(tx.conn(), chart.practice(), people)?;
        record.push(RecordedReferral {
            number: standing.number,
            episode_id: standing.episode,
            state: standing.at.state,
            urgency: standing.urgency,
            referrer: named(&colleagues, standing.at.referrer)?,
            discipline: standing.at.discipline,
            owner: standing.at.owner.map(|owner| named(&colleagues, owner)).transpose()?,
            reason: standing.content.reason,
            question: standing.content.question,
            precautions: standing.content.precautions,
            events: query::events(tx.conn(), chart, standing.id)?,
        });
    }
    Ok(record)
}

fn sent(tx: &mut Tx, chart: &Chart) -> Result<Vec<Standing>> {
    let mut all = query::of_patient(tx.conn(), chart, None, i64::MAX)?;
    all.retain(|standing| standing.at.state != ReferralState::Draft);
    Ok(all)
}
