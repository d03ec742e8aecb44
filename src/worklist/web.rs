//! The first page.

use std::collections::HashMap;

use askama::Template;

use crate::access::ops::{self as access, AccessView, Reviewed};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::PatientId;
use crate::notes::ops::{self as notes, UnsignedView, WaitingView};
use crate::notifications::ops::{self as notifications, NotificationView};
use crate::oversight::ops::{self as oversight, StartedWithoutNote};
use crate::patients::ops::{self as patients, Known, PatientSummary};
use crate::policy::Action;
use crate::referrals::ops::{self as referrals, ReferralSummary, Urgency, Worklist};
use crate::web::{Frame, Shown, Visit};

/// How many of each are shown; the rest is a click away.
const MOST: i64 = 20;
/// Patients of one's own whose names are looked up for what stands beside.
const KNOWN: i64 = 100;

#[derive(Template)]
#[template(path = "worklist/home.html")]
struct HomePage {
    frame: Frame,
    waiting: Vec<ReferralSummary>,
    sent: Vec<ReferralSummary>,
    overdue: Vec<ReferralSummary>,
    drafts: Vec<UnsignedView>,
    cosign: Vec<WaitingView>,
    patients: Vec<PatientSummary>,
    alerts: Vec<NotificationView>,
    /// Whom they are about.
    known: Known,
    emergencies: Vec<AccessView>,
    started: Vec<StartedWithoutNote>,
}

impl HomePage {
    /// Names of one's own patients, for lists that carry ids alone.
    fn name(&self, id: &PatientId) -> Option<String> {
        let mine: HashMap<_, _> = self.patients.iter().map(|patient| (patient.id, patient)).collect();
        mine.get(id).map(|patient| format!("{} {}", patient.given_name.as_str(), patient.family_name.as_str()))
    }

    /// Answers that came back, and what the referrer is asked.
    fn came_back(&self) -> Vec<&ReferralSummary> {
        self.sent.iter().filter(|referral| referral.state.is_back()).collect()
    }
}

/// `GET /`
///
/// # Errors
/// The refusal's code.
pub async fn home(visit: Visit) -> Result<Shown> {
    let (alerts, known) = visit.read(Action::ListNotifications, alerts_of).await?;
    let (emergencies, started) = to_review(&visit).await?;
    let (lists, drafts, cosign, patients) = tokio::try_join!(
        asked(&visit, Action::ListWorklist, referrals_of),
        asked(&visit, Action::ListUnsignedNotes, |tx| notes::unsigned(tx, Some(0), None, MOST)),
        asked(&visit, Action::ListCosignatures, |tx| notes::waiting(tx, None, MOST)),
        asked(&visit, Action::ListPatients, |tx| patients::treated(tx, None, KNOWN)),
    )?;
    let Lists { waiting, sent, overdue } = lists;
    let frame = visit.frame("Worklist");
    let mine =
        HomePage { frame, waiting, sent, overdue, drafts, cosign, patients, alerts, known, emergencies, started };
    visit.show(&mine)
}

/// What the actor was told, and whom it is about.
fn alerts_of(tx: &mut Tx) -> Result<(Vec<NotificationView>, Known)> {
    let alerts = notifications::list(tx, true, None, MOST)?;
    let known = patients::known(tx, alerts.iter().filter_map(|alert| alert.patient_id))?;
    Ok((alerts, known))
}

/// What waits for a review, for those who make them; but for what they did themselves, which somebody else reviews.
async fn to_review(visit: &Visit) -> Result<(Vec<AccessView>, Vec<StartedWithoutNote>)> {
    let (mut emergencies, mut started) = (Vec::new(), Vec::new());
    let oneself = visit.known().map(|known| known.staff);
    if visit.may(Action::ReviewEmergencyAccess) {
        let waiting = |tx: &mut Tx| access::emergencies(tx, Some(Reviewed::No), None, MOST);
        emergencies = visit.read(Action::ListEmergencyAccesses, waiting).await?;
        emergencies.retain(|access| Some(access.staff_id) != oneself);
    }
    if visit.may(Action::ReviewStartedTreating) {
        let waiting = |tx: &mut Tx| oversight::started_without_note(tx, Some(Reviewed::No), None, MOST);
        started = visit.read(Action::ListStartedWithoutNote, waiting).await?;
        started.retain(|one| Some(one.staff_id) != oneself);
    }
    Ok((emergencies, started))
}

/// A list, for whoever has one.
async fn asked<T, F>(visit: &Visit, action: Action, read: F) -> Result<T>
where
    T: Default + Send + 'static,
    F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
{
    if visit.may(action) { visit.read(action, read).await } else { Ok(T::default()) }
}

#[derive(Default)]
struct Lists {
    waiting: Vec<ReferralSummary>,
    sent: Vec<ReferralSummary>,
    overdue: Vec<ReferralSummary>,
}

fn referrals_of(tx: &mut Tx) -> Result<Lists> {
    let mut list = |list| referrals::work(tx, list, None, None, MOST);
    let mut waiting = list(Worklist::Inbox)?;
    // What came back to its referrer waits for nobody else.
    waiting.retain(|referral| !referral.state.is_back());
    waiting.extend(list(Worklist::Pool)?);
    let overdue = list(Worklist::Overdue)?;
    // What is overdue and one's own stands among what waits already.
    let overdue = overdue.into_iter().filter(|late| waiting.iter().all(|mine| mine.id != late.id)).collect();
    waiting.sort_by_key(|referral| (referral.urgency != Urgency::Urgent, !referral.overdue, referral.due_at));
    Ok(Lists { waiting, sent: list(Worklist::Outbox)?, overdue })
}
