//! How referrals are shown.

use std::collections::HashMap;

use super::super::query::{self, Standing};
use super::super::rules::{ReferralMove, Urgency};
use super::super::views::{
    Milestones, ReferralEventView, ReferralSummary, ReferralView, ReferralWarning, ReportResult, ReportView,
};
use super::{is_absent, moves_of, parts};
use crate::actor::Colleague;
use crate::chart::{Chart, ReferralState};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{PatientId, StaffId};
use crate::messages::ops as messages;
use crate::policy::Sight;
use crate::safety::ops as safety;

/// A referral as this reader sees it; to a pool, before somebody has taken it, the notes that go with it are counted and
/// not named.
pub(super) fn view(
    tx: &mut Tx,
    chart: &Chart,
    standing: Standing,
    sight: Sight,
    in_own_pool: bool,
) -> Result<ReferralView> {
    let events = query::events(tx.conn(), chart, standing.id)?;
    let people = [Some(standing.at.referrer), standing.at.owner];
    let colleagues = query::colleagues(tx.conn(), chart.practice(), people.into_iter().flatten().collect())?;
    let parts = parts(tx, chart.actor(), &standing, in_own_pool)?;
    let allowed = moves_of(tx, chart.practice(), &standing)?.allowed(&parts);
    let stub = stub(&standing, &events, &colleagues, allowed)?;
    if sight == Sight::Stub {
        return Ok(stub);
    }
    // What it opened ends with it, except to whoever sees the record anyway.
    let opens = standing.at.state.is_open() || chart.opened_beyond_referral();
    let attachments = query::attachments(tx.conn(), chart, standing.id)?;
    let safety_items = if opens { safety::open_items(tx, chart)? } else { Vec::new() };
    let last = |step: ReferralMove| events.iter().rev().find(|event| event.step == step);
    let report = last(ReferralMove::ReturnReport).and_then(|event| {
        let result = event.reason.as_deref()?.parse::<ReportResult>().ok()?;
        Some(ReportView { note_id: standing.at.report?, result, returned_at: event.at })
    });
    let what_next = last(ReferralMove::Close).and_then(|event| event.words.clone());
    let conversation = messages::conversation(tx, chart, standing.id)?;
    let content = standing.content;
    Ok(ReferralView {
        shown: Sight::Full,
        reason: content.reason,
        question: content.question,
        precautions: content.precautions,
        requested: Some(content.requested),
        techniques: content.techniques,
        target_date: content.target_date,
        agreement: content.agreement,
        attached: attachments.len(),
        attachments: if opens && !in_own_pool { attachments } else { Vec::new() },
        safety_items,
        report,
        what_next,
        conversation,
        ..stub
    })
}

fn stub(
    standing: &Standing,
    events: &[ReferralEventView],
    colleagues: &HashMap<StaffId, Colleague>,
    allowed: Vec<ReferralMove>,
) -> Result<ReferralView> {
    let at = &standing.at;
    let booked = events.iter().rev().find(|event| event.step == ReferralMove::Schedule);
    let over = [ReferralState::Declined, ReferralState::Cancelled].contains(&at.state);
    let because = events.iter().rev().find(|event| event.to == at.state).and_then(|event| event.reason.clone());
    Ok(ReferralView {
        id: standing.id,
        number: standing.number.clone(),
        patient_id: standing.patient,
        episode_id: standing.episode,
        state: at.state,
        urgency: standing.urgency,
        referrer: named(colleagues, at.referrer)?,
        target: standing.target(),
        owner: at.owner.map(|owner| named(colleagues, owner)).transpose()?,
        due_at: at.clocks.due_at,
        late: at.clocks.late(at.state),
        overdue: at.clocks.late(at.state).is_some(),
        milestones: Milestones::of(events),
        planned_at: booked.filter(|_| at.state == ReferralState::Scheduled).and_then(|event| event.planned_at),
        because: because.filter(|_| over),
        shown: Sight::Stub,
        reason: None,
        question: None,
        precautions: None,
        requested: None,
        techniques: Vec::new(),
        target_date: None,
        agreement: None,
        attached: 0,
        attachments: Vec::new(),
        safety_items: Vec::new(),
        report: None,
        what_next: None,
        conversation: Vec::new(),
        allowed,
        warnings: Vec::new(),
        version: standing.version,
    })
}

/// Referrals as a worklist tells of them.
pub(super) fn summaries(
    tx: &mut Tx,
    found: Vec<Standing>,
    patients: &HashMap<PatientId, String>,
) -> Result<Vec<ReferralSummary>> {
    let practice = tx.actor()?.practice;
    let people = found.iter().flat_map(|standing| [Some(standing.at.referrer), standing.at.owner]).flatten().collect();
    let colleagues = query::colleagues(tx.conn(), practice, people)?;
    let summary = |standing: Standing| {
        Ok(ReferralSummary {
            id: standing.id,
            target: standing.target(),
            patient_id: standing.patient,
            patient: patients.get(&standing.patient).cloned().ok_or_else(|| Error::internal("a referral of nobody"))?,
            state: standing.at.state,
            urgency: standing.urgency,
            referrer: named(&colleagues, standing.at.referrer)?,
            owner: standing.at.owner.map(|owner| named(&colleagues, owner)).transpose()?,
            due_at: standing.at.clocks.due_at,
            late: standing.at.clocks.late(standing.at.state),
            overdue: standing.at.clocks.late(standing.at.state).is_some(),
            number: standing.number,
        })
    };
    found.into_iter().map(summary).collect()
}

pub(super) fn named(colleagues: &HashMap<StaffId, Colleague>, id: StaffId) -> Result<Colleague> {
    colleagues.get(&id).cloned().ok_or_else(|| Error::internal("a referral by nobody"))
}

/// What to think about before relying on a referral that was just sent.
pub(super) fn warnings(tx: &mut Tx, chart: &Chart, standing: &Standing) -> Result<Vec<ReferralWarning>> {
    if standing.urgency != Urgency::Urgent {
        return Ok(Vec::new());
    }
    let away = match standing.at.named {
        Some(named) => is_absent(tx, chart.practice(), named)?,
        None => false,
    };
    let closed = match standing.at.site {
        Some(site) => query::site_open(tx.conn(), chart, site)? == Some(false),
        None => false,
    };
    let warnings = [(away, ReferralWarning::TargetAway), (closed, ReferralWarning::SiteClosed)];
    Ok(warnings.into_iter().filter_map(|(is, warning)| is.then_some(warning)).collect())
}
