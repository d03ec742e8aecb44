//! What the diary says of referrals and of accesses, told to the program.

use super::clinic::{Clinic, found};
use super::referrals::{Request, Step};
use crate::access::{self, EmergencyReason, Review, Verdict};
use crate::actor::Discipline;
use crate::auth::ops::{Again, Begun, Gate, Proof, begin_own};
use crate::clock::Timestamp;
use crate::db::{Retry, Tx};
use crate::error::{Error, Result};
use crate::policy::Action;
use crate::referrals::ops;
use crate::referrals::views::{
    Acceptance, Agreement, Booking, Cancelled, Declined, DraftReferral, Reassignment, Remark, Report, Requested,
    Resent, Said, Target,
};
use secrecy::SecretString;

impl Clinic<'_> {
    fn target(&self, to: Option<&str>, pool: Option<&str>) -> Result<Target> {
        Ok(Target {
            discipline: to.map_or(Discipline::Massage, super::patients::discipline_of),
            site_id: pool.map(|site| self.staff.site(site)).transpose()?,
            staff_id: to.map(|colleague| self.staff.id(colleague)).transpose()?,
        })
    }

    pub(super) async fn refer(&mut self, by: &str, at: Timestamp, request: &Request) -> Result<()> {
        let from_note = self.first_note(&request.patient, by);
        let sessions = request.sessions;
        let draft = DraftReferral {
            from_note,
            episode_id: Some(found(&self.episodes, &request.patient)?),
            target: self.target(request.to.as_deref(), request.pool.as_deref())?,
            urgency: Some(request.urgency),
            reason: Some(request.reason.as_str().into()),
            question: Some(request.question.as_str().into()),
            precautions: None,
            requested: Some(Requested { kind: request.kind, sessions }),
            techniques: Vec::new(),
            target_date: request.target,
            agreement: (!request.draft).then(Agreement::default),
            attachments: Vec::new(),
        };
        let patient = self.patient(&request.patient)?;
        let begin = move |tx: &mut Tx, retry: &Retry| ops::begin(tx, retry, patient, &draft);
        let drafted = self.act(by, at, Action::CreateReferral, begin).await?;
        self.referrals.insert(request.number, drafted.id);
        if !request.draft {
            let send = move |tx: &mut Tx, retry: &Retry| ops::send(tx, retry, drafted.id, drafted.version);
            self.act(by, at.plus_seconds(60), Action::SendReferral, send).await?;
        }
        Ok(())
    }

    /// Looks at a referral and makes a move.
    pub(super) async fn go_on(&mut self, by: &str, at: Timestamp, number: usize, step: Step) -> Result<()> {
        let id = found(&self.referrals, &number)?;
        let seen = self.act(by, at, Action::ReadReferral, move |tx, _| ops::read(tx, id)).await?;
        let version = seen.version;
        macro_rules! make {
            ($action:ident, $op:ident, $said:expr) => {{
                let said = $said;
                let made = move |tx: &mut Tx, retry: &Retry| ops::$op(tx, retry, id, version, &said);
                self.act(by, at.plus_seconds(45), Action::$action, made).await.map(drop)
            }};
        }
        let some = |words: String| Some(words.as_str().into());
        let said = |words: String| Said { words: words.as_str().into() };
        match step {
            Step::Receive => make!(ReceiveReferral, receive, Remark::default()),
            Step::Accept => make!(AcceptReferral, accept, Acceptance::default()),
            Step::Decline(reason, words) => make!(DeclineReferral, decline, Declined { reason, words: some(words) }),
            Step::RequestInfo(words) => make!(RequestReferralInfo, request_info, said(words)),
            Step::Schedule { first, last } => {
                make!(ScheduleReferral, schedule, Booking { first_visit_at: first, last_session_on: Some(last) })
            }
            Step::NoShow(words) => make!(RecordNoShow, no_show, Remark { words: some(words) }),
            Step::Report(result) => {
                let note_id = found(&self.reports, &number)?;
                make!(ReturnReport, return_report, Report { note_id, result })
            }
            Step::AskFurther(words) => make!(AskFurther, ask_further, said(words)),
            Step::Close(words) => make!(CloseReferral, close, said(words)),
            Step::Resend { to } => {
                let target = Some(self.target(Some(&to), None)?);
                make!(ResendReferral, resend, Resent { target })
            }
            Step::Cancel(reason, words) => make!(CancelReferral, cancel, Cancelled { reason, words: some(words) }),
            Step::RequestCancel(words) => make!(RequestReferralCancel, request_cancel, said(words)),
            Step::Keep(words) => make!(KeepReferral, keep, Remark { words: some(words) }),
            Step::Reassign { owner, referrer, words } => {
                let id = |short: Option<String>| short.map(|short| self.staff.id(&short)).transpose();
                let (owner_id, referrer_id, words) = (id(owner)?, id(referrer)?, words.as_str().into());
                make!(ReassignReferral, reassign, Reassignment { owner_id, referrer_id, words })
            }
        }
    }

    /// Breaks the glass, with the password once more.
    pub(super) async fn break_glass(
        &mut self,
        by: &str,
        at: Timestamp,
        patient: &str,
        code: EmergencyReason,
        reason: &'static str,
    ) -> Result<()> {
        let (id, app) = (self.patient(patient)?, self.app);
        let gate = Gate { keys: app.keys.clone(), throttle: app.throttle, limits: app.sessions.limits };
        let counted = gate.clone();
        let call = super::call(app, Some(self.staff.who(by, at)?), Action::OpenEmergencyAccess, at);
        let Begun::Counted(attempt) = app.db.prepare(&call, move |tx| begin_own(tx, &counted)).await? else {
            return Err(Error::internal("too many passwords"));
        };
        let password = SecretString::from(format!("demo-{by}-1"));
        let password_is_right = app.passwords.verify(password, attempt.password_hash()).await?;
        let again = Again { gate, attempt, proof: Proof { password_is_right, code: None, device: None } };
        let open = move |tx: &mut Tx, retry: &Retry| access::ops::break_glass(tx, retry, id, &again, code, reason);
        let opened = self.act(by, at, Action::OpenEmergencyAccess, open).await?.map_err(Error::of)?;
        self.accesses.insert(patient.to_owned(), (opened.id, opened.version));
        let read = move |tx: &mut Tx, _: &Retry| crate::safety::health_history::ops::read(tx, id);
        self.act(by, at.plus_seconds(90), Action::ReadHealthHistory, read).await?;
        let list = move |tx: &mut Tx, _: &Retry| crate::safety::ops::list(tx, id, false, None, 50);
        self.act(by, at.plus_seconds(100), Action::ListSafetyItems, list).await.map(drop)
    }

    pub(super) async fn review(
        &self,
        by: &str,
        at: Timestamp,
        patient: &str,
        verdict: Verdict,
        reason: &'static str,
    ) -> Result<()> {
        let (id, _) = found(&self.accesses, &patient.to_owned())?;
        let list = |tx: &mut Tx, _: &Retry| access::ops::emergencies(tx, None, None, 50);
        let listed = self.act(by, at, Action::ListEmergencyAccesses, list).await?;
        let found = listed.iter().find(|access| access.id == id);
        let version = found.map(|access| access.version).ok_or_else(|| Error::internal("nothing to review"))?;
        let review = Review { verdict, reason: reason.into() };
        let judge = move |tx: &mut Tx, retry: &Retry| access::ops::review(tx, retry, id, version, &review);
        self.act(by, at.plus_seconds(300), Action::ReviewEmergencyAccess, judge).await.map(drop)
    }

    /// Opens a record as a reviewer, and looks through it.
    pub(super) async fn audit(&self, by: &str, at: Timestamp, patient: &str, reason: &'static str) -> Result<()> {
        let id = self.patient(patient)?;
        let open = move |tx: &mut Tx, retry: &Retry| access::ops::open_for_audit(tx, retry, id, reason);
        self.act(by, at, Action::OpenAuditAccess, open).await?;
        let list = move |tx: &mut Tx, _: &Retry| crate::episodes::ops::list(tx, id, None, 50);
        self.act(by, at.plus_seconds(60), Action::ListEpisodes, list).await.map(drop)
    }
}
