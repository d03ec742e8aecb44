//! Whom a referral alerts of what: every move passes here, and the clock does.

use super::super::query::{Place, Standing};
use super::super::rules::{ReferralMove, Urgency};
use super::step::Step;
use crate::alerts::{self, Alert, AlertKind};
use crate::audit::{Object, ObjectKind};
use crate::chart::{self, ReferralState};
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{PracticeId, StaffId};
use crate::referral_state::Holder;

/// Tells of a move whom it concerns.
pub(super) fn of_move(tx: &mut Tx, practice: PracticeId, before: &Standing, after: &Place, step: Step) -> Result<()> {
    let (referrer, answering) = (vec![before.at.referrer], answers(&before.at));
    let parties = || [vec![before.at.referrer], answers(&before.at)].concat();
    let (kind, to) = match step.wanted() {
        ReferralMove::Send | ReferralMove::Resend | ReferralMove::Release => match after.site {
            Some(_) => (AlertKind::ReferralPooled, pool(tx, practice, before, after)?),
            None => (AlertKind::ReferralSent, answers(after)),
        },
        ReferralMove::Receive => (AlertKind::ReferralReceived, referrer),
        ReferralMove::Accept => (AlertKind::ReferralAccepted, referrer),
        ReferralMove::Decline => (AlertKind::ReferralDeclined, referrer),
        ReferralMove::RequestInfo => (AlertKind::ReferralAsked, referrer),
        ReferralMove::AskFurther => (AlertKind::ReferralAsked, answering),
        ReferralMove::Answer => (AlertKind::ReferralAnswered, answering),
        ReferralMove::Keep => (AlertKind::ReferralAnswered, referrer),
        ReferralMove::Schedule => (AlertKind::ReferralScheduled, parties()),
        ReferralMove::NoShow => (AlertKind::ReferralNoShow, parties()),
        ReferralMove::ReturnReport => (AlertKind::ReportReturned, referrer),
        ReferralMove::Reopen => (AlertKind::ReportReopened, parties()),
        ReferralMove::Close => (AlertKind::ReferralClosed, answering),
        ReferralMove::Cancel => (AlertKind::ReferralCancelled, answering),
        ReferralMove::ConfirmCancel => (AlertKind::ReferralCancelled, referrer),
        ReferralMove::RequestCancel => (AlertKind::ReferralCancelRequested, answering),
        // Whom a draft is for knows nothing of it yet.
        ReferralMove::Reassign if before.at.state == ReferralState::Draft => {
            (AlertKind::ReferralReassigned, vec![before.at.referrer, after.referrer])
        }
        ReferralMove::Reassign => {
            let taking_over = [vec![after.referrer], answers(after)].concat();
            (AlertKind::ReferralReassigned, [parties(), taking_over].concat())
        }
        ReferralMove::Expire => {
            let managers = alerts::managers(tx, practice)?;
            (AlertKind::ReferralExpired, [parties(), managers].concat())
        }
        ReferralMove::Start | ReferralMove::Discard => return Ok(()),
    };
    let to = to.into_iter().chain(step.represented(&before.at)).collect();
    raise(tx, practice, before, kind, after.clocks.due_at, to)
}

/// Reminds whoever holds a referral that half of its time is gone, or all of it; of the latter the managers learn too.
pub(super) fn of_time(tx: &mut Tx, practice: PracticeId, standing: &Standing, overdue: bool) -> Result<()> {
    let to = match standing.at.state.holder() {
        Holder::Referrer => vec![standing.at.referrer],
        Holder::Target if standing.at.site.is_some() => pool(tx, practice, standing, &standing.at)?,
        Holder::Owner | Holder::Target => answers(&standing.at),
        Holder::Nobody => Vec::new(),
    };
    let managers = if overdue { alerts::managers(tx, practice)? } else { Vec::new() };
    let reviews = standing.at.state == ReferralState::ReportReturned;
    let kind = if reviews { AlertKind::ReportNotReviewed } else { AlertKind::ReferralOverdue };
    raise(tx, practice, standing, kind, standing.at.clocks.due_at, [to, managers].concat())
}

/// The note that is, or was, the report has been amended or entered in error, and the referral stays where it is: its
/// referrer goes by the report all the same.
pub(super) fn of_report(tx: &mut Tx, practice: PracticeId, standing: &Standing) -> Result<()> {
    raise(tx, practice, standing, AlertKind::ReportChanged, None, vec![standing.at.referrer])
}

/// The pool that a referral waits in, but for those from whom the patient keeps what it is about.
fn pool(tx: &mut Tx, practice: PracticeId, of: &Standing, at: &Place) -> Result<Vec<StaffId>> {
    let Some(site) = at.site else { return Ok(Vec::new()) };
    let mut pool = Vec::new();
    for member in alerts::pool(tx, practice, at.discipline, site)? {
        if member != at.referrer && chart::may_take_part(tx, practice, of.subject(), member)? {
            pool.push(member);
        }
    }
    Ok(pool)
}

/// The owner or, before there is one, the colleague it is for.
fn answers(at: &Place) -> Vec<StaffId> {
    at.owner.or(at.named).into_iter().collect()
}

fn raise(
    tx: &mut Tx,
    practice: PracticeId,
    of: &Standing,
    kind: AlertKind,
    due: Option<Timestamp>,
    mut to: Vec<StaffId>,
) -> Result<()> {
    to.sort_unstable();
    to.dedup();
    let object = Object { kind: ObjectKind::Referral, id: of.id.retype(), version: None };
    let alert = Alert {
        patient: Some(of.patient),
        number: Some(of.number.clone()),
        due,
        urgent: of.urgency == Urgency::Urgent,
        practised: (kind == AlertKind::ReferralPooled).then_some(of.at.discipline),
        ..Alert::new(kind, object, to)
    };
    alerts::raise_in(tx, practice, alert)
}
