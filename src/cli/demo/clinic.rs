//! The diary told to the program: each deed goes through the use case that it has in life, at its time.

use std::collections::HashMap;
use std::sync::Arc;

use super::diary::{Danger, Deed, Entry, Opening, Visit, Whom, Withheld};
use super::people::{PEOPLE, Staff};
use super::{call, once};
use crate::app::App;
use crate::chart::{Bars, Covers};
use crate::clock::Timestamp;
use crate::consent::{self, NewDirective};
use crate::db::{Retry, Tx};
use crate::delivery::Worker;
use crate::episodes::{self, Diagnosis, NewEpisode};
use crate::error::{Code, Error, Result};
use crate::housekeeping;
use crate::ids::{AccessId, DecisionMakerId, EpisodeId, JointReviewId, NoteId, PatientId, ReferralId, SafetyItemId};
use crate::messages::{self, NewMessage};
use crate::notes;
use crate::notes::body::{ConsentGiver, NoteBody};
use crate::notes::joint_reviews::{self, LinkedNote, NewJointReview};
use crate::notes::views::{
    Amendment, Comments, ErrorDeclared, NewAddendum, NewNote, NewSharing, NoteView, Replacement, Signing,
};
use crate::notifications;
use crate::patients::care_team::{self, Assignment, StartTreating};
use crate::patients::cover::{self, NewCover};
use crate::patients::{self, OwnRecord, decision_makers};
use crate::policy::Action;
use crate::safety::ops::GivenOverride;
use crate::safety::{self, Bars as Barred, NewSafetyItem, Resolve, health_history};
use crate::staff::{self, StaffChange};

/// The practice while the story is told.
pub struct Clinic<'a> {
    pub(super) app: &'a App,
    pub(super) staff: Staff,
    worker: Worker,
    pub(super) patients: HashMap<String, PatientId>,
    makers: HashMap<String, (DecisionMakerId, String, String)>,
    pub(super) episodes: HashMap<String, EpisodeId>,
    /// Notes with their versions.
    notes: HashMap<String, (NoteId, i32)>,
    items: HashMap<String, (SafetyItemId, i32)>,
    reviews: HashMap<String, (JointReviewId, i32)>,
    pub(super) accesses: HashMap<String, (AccessId, i32)>,
    pub(super) referrals: HashMap<usize, ReferralId>,
    /// For which referral a note was written, and the newest signed one of each.
    written_for: HashMap<String, usize>,
    pub(super) reports: HashMap<usize, NoteId>,
}

impl<'a> Clinic<'a> {
    /// A practice that has its people and nothing else.
    pub fn new(app: &'a App, staff: Staff) -> Self {
        Self {
            app,
            staff,
            worker: Worker::default(),
            patients: HashMap::new(),
            makers: HashMap::new(),
            episodes: HashMap::new(),
            notes: HashMap::new(),
            items: HashMap::new(),
            reviews: HashMap::new(),
            accesses: HashMap::new(),
            referrals: HashMap::new(),
            written_for: HashMap::new(),
            reports: HashMap::new(),
        }
    }

    /// Does what an entry says, at its time.
    ///
    /// # Errors
    /// Whatever the use case refuses, with what was wanted.
    pub async fn live(&mut self, entry: Entry) -> Result<()> {
        let Entry { at, by, deed } = entry;
        self.app.clock.advance(at.seconds_since(self.app.clock.now()).max(0));
        let told = format!("{at} {by}: {deed:?}");
        self.done(&by, at, deed).await.map_err(|error| {
            let wrong: Vec<_> =
                error.errors.iter().map(|field| format!("{} {}", field.pointer, field.message)).collect();
            Error::internal(format!("{:?} {} [{}] at: {told}", error.code, error.detail, wrong.join("; ")))
        })
    }

    async fn done(&mut self, by: &str, at: Timestamp, deed: Deed) -> Result<()> {
        match deed {
            Deed::Morning => self.morning(at).await,
            Deed::Register { .. }
            | Deed::Assign { .. }
            | Deed::StartTreating { .. }
            | Deed::AddDecisionMaker { .. }
            | Deed::RecordHistory { .. }
            | Deed::Raise { .. }
            | Deed::Resolve { .. }
            | Deed::OpenEpisode { .. }
            | Deed::Discharge { .. }
            | Deed::Write { .. }
            | Deed::OwnRecord { .. } => self.record(by, at, deed).await,
            Deed::Refer(request) => self.refer(by, at, &request).await,
            Deed::Move { referral, step } => self.go_on(by, at, referral, step).await,
            Deed::Withhold { patient, what, from, reason } => self.withhold(by, at, &patient, what, from, reason).await,
            Deed::BreakGlass { patient, code, reason } => self.break_glass(by, at, &patient, code, reason).await,
            Deed::ReviewAccess { patient, verdict, reason } => self.review(by, at, &patient, verdict, reason).await,
            Deed::Audit { patient, reason } => self.audit(by, at, &patient, reason).await,
            Deed::StandIn { .. } | Deed::Away { .. } | Deed::Leave { .. } => self.staffing(by, at, deed).await,
            _ => self.note(by, at, deed).await,
        }
    }

    /// Makes one call of somebody.
    pub(super) async fn act<T, F>(&self, by: &str, at: Timestamp, action: Action, what: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx, &Retry) -> Result<T> + Send + 'static,
    {
        let (call, retry) = (call(self.app, Some(self.staff.who(by, at)?), action, at), once());
        self.app.db.write(&call, move |tx| what(tx, &retry)).await
    }

    /// What falls due by the clock, and the mails.
    async fn morning(&self, at: Timestamp) -> Result<()> {
        housekeeping::advance(self.app).await;
        while self.worker.round(self.app).await > 0 {}
        self.app.sealer.seal_all(&self.app.db, at).await.map(drop)
    }

    /// Everybody who works there reads what they were told so far.
    ///
    /// # Errors
    /// The database's.
    pub async fn read_alerts(&self, at: Timestamp) -> Result<()> {
        for person in PEOPLE.iter().filter(|person| !person.left) {
            let list = |tx: &mut Tx, _: &Retry| notifications::ops::list(tx, true, None, 1);
            let newest = self.act(person.short, at, Action::ListNotifications, list).await?;
            if let Some(newest) = newest.first().map(|told| told.id) {
                let mark = move |tx: &mut Tx, _: &Retry| notifications::ops::mark_all(tx, newest);
                self.act(person.short, at, Action::MarkNotification, mark).await?;
            }
        }
        Ok(())
    }

    pub(super) fn patient(&self, name: &str) -> Result<PatientId> {
        self.patients.get(name).copied().ok_or_else(|| Error::internal(format!("{name} never came")))
    }

    /// The first note that somebody wrote about a patient, if they did.
    pub(super) fn first_note(&self, patient: &str, by: &str) -> Option<NoteId> {
        self.notes.get(&format!("{patient}/{by}/0")).map(|(id, _)| *id)
    }

    async fn record(&mut self, by: &str, at: Timestamp, deed: Deed) -> Result<()> {
        match deed {
            Deed::Register { patient, is } => {
                let register = move |tx: &mut Tx, retry: &Retry| patients::ops::register(tx, retry, &is);
                let registered = self.act(by, at, Action::RegisterPatient, register).await?;
                self.patients.insert(patient, registered.patient.id);
            }
            Deed::Assign { patient, member, visit } => {
                let (id, staff_id) = (self.patient(&patient)?, self.staff.id(&member)?);
                let assignment = Assignment { staff_id, visit_date: visit, reason: None };
                let assign = move |tx: &mut Tx, retry: &Retry| care_team::ops::assign(tx, retry, id, &assignment);
                self.act(by, at, Action::AssignCareTeam, assign).await?;
            }
            Deed::StartTreating { patient, reason } => {
                let (id, start) = (self.patient(&patient)?, StartTreating { reason: reason.into() });
                let begin = move |tx: &mut Tx, retry: &Retry| care_team::ops::start_treating(tx, retry, id, &start);
                self.act(by, at, Action::StartTreating, begin).await?;
            }
            Deed::AddDecisionMaker { patient, maker } => {
                let id = self.patient(&patient)?;
                let (name, relation) = (maker.name.as_str().to_owned(), maker.relation.as_str().to_owned());
                let add = move |tx: &mut Tx, retry: &Retry| decision_makers::ops::add(tx, retry, id, &maker);
                let added = self.act(by, at, Action::AddDecisionMaker, add).await?;
                self.makers.insert(patient, (added.id, name, relation));
            }
            Deed::RecordHistory { patient, history } => {
                let id = self.patient(&patient)?;
                let save = move |tx: &mut Tx, _: &Retry| health_history::ops::save(tx, id, 0, &history);
                self.act(by, at, Action::ChangeHealthHistory, save).await?;
            }
            Deed::Raise { patient, danger } => {
                let (id, new, catalogue) = (self.patient(&patient)?, item(&danger), Arc::clone(&self.app.catalogue));
                let raise = move |tx: &mut Tx, retry: &Retry| safety::ops::raise(tx, retry, &catalogue, id, &new);
                let raised = self.act(by, at, Action::RaiseSafetyItem, raise).await?;
                self.items.insert(patient, (raised.id, raised.version));
            }
            Deed::Resolve { patient, reason } => {
                let (id, version) = found(&self.items, &patient)?;
                let why = Resolve { reason: reason.into() };
                let resolve = move |tx: &mut Tx, retry: &Retry| safety::ops::resolve(tx, retry, id, version, &why);
                self.act(by, at, Action::ResolveSafetyItem, resolve).await?;
            }
            Deed::OpenEpisode { patient, complaint } => {
                let (id, new) = (self.patient(&patient)?, episode(&complaint)?);
                let open = move |tx: &mut Tx, retry: &Retry| episodes::ops::open(tx, retry, id, &new);
                let opened = self.act(by, at, Action::OpenEpisode, open).await?;
                self.episodes.insert(patient, opened.id);
            }
            Deed::Discharge { patient, discipline, outcome } => {
                let id = found(&self.episodes, &patient)?;
                let read = self.act(by, at, Action::ReadEpisode, move |tx, _| episodes::ops::read(tx, id)).await?;
                let discharge = episodes::Discharge { discipline, outcome: outcome.as_str().into() };
                let end =
                    move |tx: &mut Tx, retry: &Retry| episodes::ops::discharge(tx, retry, id, read.version, &discharge);
                self.act(by, at, Action::DischargeEpisode, end).await?;
            }
            Deed::Write { patient, text } => {
                let (id, new) = (self.patient(&patient)?, NewMessage { text: text.as_str().into(), referral_id: None });
                let write = move |tx: &mut Tx, retry: &Retry| messages::ops::write(tx, retry, id, &new);
                self.act(by, at, Action::WriteMessage, write).await?;
            }
            Deed::OwnRecord { patient, staff } => {
                let (id, own) = (self.patient(&patient)?, OwnRecord { staff_id: Some(self.staff.id(&staff)?) });
                let mark = move |tx: &mut Tx, _: &Retry| patients::ops::mark_own_record(tx, id, 1, &own);
                self.act(by, at, Action::MarkOwnRecord, mark).await?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Who consents for a patient: a decision-maker, if they have one.
    fn consented(&self, patient: &str, mut body: NoteBody) -> NoteBody {
        let giver = match self.makers.get(patient) {
            Some((id, name, relation)) => ConsentGiver::DecisionMaker {
                id: Some(*id),
                name: name.as_str().into(),
                relation: relation.as_str().into(),
            },
            None => ConsentGiver::Patient {},
        };
        if let Some(consent) = &mut body.consent {
            consent.given_by = Some(giver);
        }
        body
    }

    async fn note(&mut self, by: &str, at: Timestamp, deed: Deed) -> Result<()> {
        match deed {
            Deed::Begin(visit) => self.begin(by, at, *visit).await,
            Deed::Sign { note, all_the_same } => self.sign(by, at, note, all_the_same).await,
            Deed::Cosign { note } => {
                let (id, version) = found(&self.notes, &note)?;
                let sign = move |tx: &mut Tx, retry: &Retry| notes::ops::cosign(tx, retry, id, version);
                self.changed(note, &self.act(by, at, Action::CosignNote, sign).await?)
            }
            Deed::GiveBack { note, comments } => {
                let (id, version) = found(&self.notes, &note)?;
                let new = Comments { comments: comments.into() };
                let back = move |tx: &mut Tx, retry: &Retry| notes::ops::give_back(tx, retry, id, version, &new);
                self.changed(note, &self.act(by, at, Action::ReturnNote, back).await?)
            }
            Deed::Amend { note, reason, explanation, body } => {
                let (id, version) = found(&self.notes, &note)?;
                let patient = note.split('/').next().unwrap_or_default();
                let body = self.consented(patient, *body);
                let new = Amendment { reason, explanation: Some(explanation.into()), body, overrides: Vec::new() };
                let catalogue = Arc::clone(&self.app.catalogue);
                let amend =
                    move |tx: &mut Tx, retry: &Retry| notes::ops::amend(tx, retry, &catalogue, id, version, &new);
                self.changed(note, &self.act(by, at, Action::AmendNote, amend).await?)
            }
            Deed::Append { note, text } => {
                let ((id, _), new) = (found(&self.notes, &note)?, NewAddendum { text: text.into() });
                let append = move |tx: &mut Tx, retry: &Retry| notes::ops::append(tx, retry, id, &new);
                self.changed(note, &self.act(by, at, Action::AddAddendum, append).await?)
            }
            Deed::EnterInError { note, reason, right } => {
                let (id, version) = found(&self.notes, &note)?;
                let replacement = Some(Replacement { patient_id: self.patient(&right)? });
                let new = ErrorDeclared { reason: reason.into(), replacement };
                let declare =
                    move |tx: &mut Tx, retry: &Retry| notes::ops::enter_in_error(tx, retry, id, version, &new);
                let declared = self.act(by, at, Action::EnterInError, declare).await?;
                let patient = note.split('/').next().unwrap_or_default();
                let written = declared.replaced_by.ok_or_else(|| Error::internal("nothing stands in its place"))?;
                self.notes.insert(format!("{patient}/replaced"), (written, 1));
                self.changed(note, &declared)
            }
            Deed::Share { note, sharing } => {
                let (id, version) = found(&self.notes, &note)?;
                let new = NewSharing { sharing };
                let share = move |tx: &mut Tx, retry: &Retry| notes::ops::share(tx, retry, id, version, new);
                self.changed(note, &self.act(by, at, Action::ShareNote, share).await?)
            }
            Deed::Read { note } => {
                let (id, _) = found(&self.notes, &note)?;
                self.act(by, at, Action::ReadNote, move |tx, _| notes::ops::read(tx, id)).await.map(drop)
            }
            Deed::BeginReview { patient, note } => {
                let (id, (note, _)) = (self.patient(&patient)?, found(&self.notes, &note)?);
                let new = NewJointReview { note_id: Some(note) };
                let open = move |tx: &mut Tx, retry: &Retry| joint_reviews::ops::open(tx, retry, id, new);
                let opened = self.act(by, at, Action::OpenJointReview, open).await?;
                self.reviews.insert(patient, (opened.id, opened.version));
                Ok(())
            }
            Deed::JoinReview { patient, note } => {
                let ((id, version), (note, _)) = (found(&self.reviews, &patient)?, found(&self.notes, &note)?);
                let linked = LinkedNote { note_id: note };
                let link = move |tx: &mut Tx, retry: &Retry| joint_reviews::ops::link(tx, retry, id, version, linked);
                self.act(by, at, Action::LinkJointReview, link).await.map(drop)
            }
            _ => Ok(()),
        }
    }

    #[expect(clippy::unnecessary_wraps, reason = "the last word of a deed")]
    fn changed(&mut self, note: String, view: &NoteView) -> Result<()> {
        self.notes.insert(note, (view.id, view.version));
        Ok(())
    }

    async fn begin(&mut self, by: &str, at: Timestamp, visit: Visit) -> Result<()> {
        let Visit { key, patient, kind, service_at, referral, in_episode, body } = visit;
        let new = NewNote {
            kind,
            discipline: None,
            episode_id: self.episodes.get(&patient).copied().filter(|_| in_episode),
            referral_id: referral.and_then(|number| self.referrals.get(&number)).copied(),
            service_at,
            sharing: None,
            body: self.consented(&patient, body),
        };
        let (id, catalogue) = (self.patient(&patient)?, Arc::clone(&self.app.catalogue));
        let begin = move |tx: &mut Tx, retry: &Retry| notes::ops::begin(tx, retry, &catalogue, id, &new);
        let draft = self.act(by, at, Action::CreateNote, begin).await?;
        if let Some(number) = referral {
            self.written_for.insert(key.clone(), number);
        }
        self.changed(key, &draft)
    }

    /// Signs a note; what a safety item bars is signed in a second attempt, with the reason.
    async fn sign(&mut self, by: &str, at: Timestamp, note: String, all_the_same: Option<&'static str>) -> Result<()> {
        let (id, version) = found(&self.notes, &note)?;
        let attempt = |overrides: Vec<GivenOverride>, at: Timestamp| {
            let (signing, catalogue) = (Signing { overrides, ..Signing::default() }, Arc::clone(&self.app.catalogue));
            let sign = move |tx: &mut Tx, retry: &Retry| notes::ops::sign(tx, retry, &catalogue, id, version, &signing);
            self.act(by, at, Action::SignNote, sign)
        };
        let signed = match (attempt(Vec::new(), at).await, all_the_same) {
            (Err(error), Some(reason)) if error.code == Code::OverrideNeeded => {
                let mut items: Vec<_> = error.barred.iter().map(|barred| barred.safety_item_id).collect();
                items.sort_unstable();
                items.dedup();
                let given = |safety_item_id| GivenOverride { safety_item_id, reason: reason.into() };
                attempt(items.into_iter().map(given).collect(), at.plus_seconds(60)).await?
            }
            (signed, _) => signed?,
        };
        if let Some(number) = self.written_for.get(&note) {
            self.reports.insert(*number, id);
        }
        self.changed(note, &signed)
    }

    async fn withhold(
        &self,
        by: &str,
        at: Timestamp,
        patient: &str,
        what: Withheld,
        from: Whom,
        reason: &str,
    ) -> Result<()> {
        let (covers, covered_id) = match what {
            Withheld::Record => (Covers::Record, None),
            Withheld::Episode => (Covers::Episode, Some(found(&self.episodes, &patient.to_owned())?.retype())),
            Withheld::Note(note) => (Covers::Note, Some(found(&self.notes, &note)?.0.retype())),
        };
        let (bars, staff_id, discipline) = match from {
            Whom::Person(short) => (Bars::Person, Some(self.staff.id(short)?), None),
            Whom::Discipline(discipline) => (Bars::Discipline, None, Some(discipline)),
            Whom::Everyone => (Bars::Everyone, None, None),
        };
        let (id, reason) = (self.patient(patient)?, Some(reason.into()));
        let new = NewDirective { covers, covered_id, bars, staff_id, discipline, from: None, until: None, reason };
        let set = move |tx: &mut Tx, retry: &Retry| consent::ops::set(tx, retry, id, &new);
        self.act(by, at, Action::SetDirective, set).await.map(drop)
    }

    async fn staffing(&self, by: &str, at: Timestamp, deed: Deed) -> Result<()> {
        let version = async |id| self.act(by, at, Action::ReadStaff, move |tx, _| staff::ops::read(tx, id)).await;
        match deed {
            Deed::StandIn { away, stand_in, from, until } => {
                let (from_staff, to_staff) = (self.staff.id(&away)?, self.staff.id(&stand_in)?);
                let new = NewCover { from_staff, to_staff, from, until };
                let grant = move |tx: &mut Tx, retry: &Retry| cover::ops::grant(tx, retry, &new);
                self.act(by, at, Action::GrantCover, grant).await.map(drop)
            }
            Deed::Away { staff, until } => {
                let id = self.staff.id(&staff)?;
                let read = version(id).await?.version;
                let change = StaffChange { away_until: Some(Some(until)), ..StaffChange::default() };
                let change = move |tx: &mut Tx, _: &Retry| staff::ops::change(tx, id, read, &change);
                self.act(by, at, Action::ChangeStaff, change).await.map(drop)
            }
            Deed::Leave { staff } => {
                let id = self.staff.id(&staff)?;
                let read = version(id).await?.version;
                let leave = move |tx: &mut Tx, retry: &Retry| staff::ops::deactivate(tx, retry, id, read);
                self.act(by, at, Action::DeactivateStaff, leave).await.map(drop)
            }
            _ => Ok(()),
        }
    }
}

/// What is kept under a name.
///
/// # Errors
/// Nothing is.
pub(super) fn found<K: std::hash::Hash + Eq + std::fmt::Debug, V: Copy>(kept: &HashMap<K, V>, key: &K) -> Result<V> {
    kept.get(key).copied().ok_or_else(|| Error::internal(format!("there is no {key:?} yet")))
}

fn item(danger: &Danger) -> NewSafetyItem {
    NewSafetyItem {
        kind: danger.kind,
        what: danger.what.into(),
        severity: danger.severity,
        contraindication: danger.contraindication.map(Into::into),
        bars: Barred { techniques: danger.techniques.iter().copied().map(Into::into).collect(), ..Barred::default() },
        discipline: None,
        replaces: None,
    }
}

fn episode(opening: &Opening) -> Result<NewEpisode> {
    let diagnosis = |(text, code): &(String, String)| {
        let icd10 = Some(code.parse().map_err(|_| Error::internal("no code"))?);
        Ok::<_, Error>(Diagnosis { text: text.as_str().into(), icd10 })
    };
    Ok(NewEpisode {
        complaint: opening.complaint.as_str().into(),
        onset: Some(opening.onset),
        side: opening.side,
        region: Some(opening.region.as_str().into()),
        diagnosis: opening.diagnosis.as_ref().map(diagnosis).transpose()?,
        clinical_impression: opening.impression.as_deref().map(Into::into),
        discipline: None,
    })
}
