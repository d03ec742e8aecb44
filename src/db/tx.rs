//! A transaction as a room sees it: a connection, who acts, and the record of what was done.

use std::borrow::Cow;
use std::net::IpAddr;

use diesel::connection::SimpleConnection;
use serde::Serialize;

use crate::actor::{Actor, Party, Request};
use crate::audit::{By, Event, Hash, Log, Object, Outcome, salted};
use crate::clock::Timestamp;
use crate::db::Conn;
use crate::error::{Code, Error, Result};
use crate::ids::{Id, PatientId, PracticeId, SessionId, StaffId};
use crate::policy::{self, Action, Facts, Grant, Permit, Place, Ties};

/// A row whose `access_version` a read rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Rests {
    /// The person who reads.
    Staff(StaffId),
    /// A patient who is read.
    Patient(PatientId),
}

/// An event, with the free text that lies beside its leaf.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) event: Event,
    pub(crate) text: Option<([u8; 32], String)>,
}

/// What a transaction leaves behind besides its rows.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    pub(crate) events: Vec<Recorded>,
    pub(crate) rests: Vec<(PracticeId, Rests, i64)>,
    pub(crate) valid_until: Option<Timestamp>,
}

/// A transaction: every statement of a room goes through it, and it does not end without an audit event.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    request: &'c Request,
    party: Party,
    action: Action,
    subject: Option<PatientId>,
    object: Option<Object>,
    trail: Trail,
    shown: Option<(Action, Grant)>,
    refused_also: Option<Recorded>,
    drawn: u32,
}

impl<'c> Tx<'c> {
    pub(super) fn new(conn: &'c mut Conn, request: &'c Request, action: Action) -> Self {
        let trail = Trail::default();
        Self {
            conn,
            request,
            party: Party::Stranger,
            action,
            subject: None,
            object: None,
            trail,
            shown: None,
            refused_also: None,
            drawn: 0,
        }
    }

    pub(super) fn admit(&mut self, party: Party) {
        if let Party::Staff(actor) = &party {
            self.trail.rests.push((actor.practice, Rests::Staff(actor.staff), actor.access_version));
        }
        self.party = party;
    }

    pub(super) fn into_trail(self) -> Trail {
        self.trail
    }

    /// The connection, for the query functions.
    pub fn conn(&mut self) -> &mut Conn {
        self.conn
    }

    /// When the call arrived: the one time this transaction knows.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.request.at
    }

    /// The call this transaction serves.
    #[must_use]
    pub fn request(&self) -> &Request {
        self.request
    }

    /// A new id; the same one when the closure runs again.
    pub fn fresh_id<K>(&mut self) -> Id<K> {
        self.drawn += 1;
        self.request.id(self.drawn)
    }

    /// Thirty-two random bytes; the same when the closure runs again.
    pub fn random(&mut self) -> [u8; 32] {
        self.drawn += 1;
        self.request.random(self.drawn)
    }

    /// Who acts, whoever it is.
    #[must_use]
    pub fn party(&self) -> &Party {
        &self.party
    }

    /// The member of staff who acts.
    ///
    /// # Errors
    /// [`Code::NotSignedIn`] if it is nobody known.
    pub fn actor(&self) -> Result<Actor> {
        self.party.staff().cloned().ok_or_else(|| Error::of(Code::NotSignedIn))
    }

    /// What this transaction is for; an event of a refusal names it.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Says whose record and which object this is about, so that the event of a refusal can name them.
    pub fn about(&mut self, subject: Option<PatientId>, object: Option<Object>) {
        self.subject = subject;
        self.object = object;
    }

    /// The read rests on this patient's access being what it was.
    pub(crate) fn rests_on(&mut self, practice: PracticeId, patient: PatientId, access_version: i64) {
        self.trail.rests.push((practice, Rests::Patient(patient), access_version));
    }

    /// What is read may be released until then at the latest.
    pub(crate) fn valid_until(&mut self, moment: Timestamp) {
        self.trail.valid_until = Some(self.trail.valid_until.map_or(moment, |earlier| earlier.min(moment)));
    }

    /// Asks the policy about something that belongs to no patient, and records it as done.
    ///
    /// # Errors
    /// The refusal's code.
    pub fn permit(&mut self, oneself: bool) -> Result<Permit> {
        self.permit_at(at_desk(oneself))
    }

    /// Asks the policy about one thing of the practice's, which names it in the event, and records it as done. What was
    /// not found in the practice is answered as what lies in another.
    ///
    /// # Errors
    /// 404 if it was not found, else the refusal's code.
    pub fn permit_on(&mut self, object: Object, found: bool, oneself: bool) -> Result<Permit> {
        if !found {
            return self.permit_at(Place::Elsewhere);
        }
        self.about(None, Some(object));
        self.permit_at(at_desk(oneself))
    }

    /// Whether the policy would allow this person another action at the desk, so that what shows a thing can say so.
    pub fn would_permit(&self, action: Action, oneself: bool) -> bool {
        self.ask(action, at_desk(oneself)).is_ok()
    }

    fn permit_at(&mut self, place: Place) -> Result<Permit> {
        let grant = self.ask(self.action, place)?;
        self.granted(grant);
        Ok(grant.permit())
    }

    fn ask(&self, action: Action, place: Place) -> Result<Grant> {
        let roles = self.party.staff().map(|actor| actor.roles).unwrap_or_default();
        policy::decide(&Facts { action, roles, place }).grant().map_err(|refusal| Error::of(refusal.code()))
    }

    /// The error for whoever sends a version that is no longer current, with what stands now if the policy lets them
    /// read it: `read` is then recorded as done beside the refusal.
    pub fn stale_at_desk(&mut self, read: Action, current: &impl Serialize) -> Error {
        match self.ask(read, at_desk(false)) {
            Ok(grant) => self.stale(read, grant, current),
            Err(_) => Error::of(Code::StaleVersion),
        }
    }

    /// The error for whoever sends a version that is no longer current, with what stands now, which `grant` lets them
    /// read: `read` is then recorded as done beside the refusal.
    pub(crate) fn stale(&mut self, read: Action, grant: Grant, current: &impl Serialize) -> Error {
        self.shown = Some((read, grant));
        Error::stale(current)
    }

    /// Records what this transaction is for as allowed, and done once it commits.
    pub(crate) fn granted(&mut self, grant: Grant) {
        let event = self.event(Outcome::Done, grant.ground.into(), grant.role);
        self.trail.events.push(Recorded { event, text: None });
    }

    /// Says of the newest event on which narrower ground it was allowed: one that let in where a role alone would not.
    pub(crate) fn rather_on(&mut self, grant: Grant) {
        self.newest(|event| {
            event.code = <&'static str>::from(grant.ground).into();
            if let By::Staff { role, .. } = &mut event.actor {
                *role = grant.role;
            }
        });
    }

    /// Records what is done or shown besides what this transaction is for. The event of the latter stays the newest, so that
    /// what is said afterwards is said of it.
    pub(crate) fn done_also(&mut self, action: Action, grant: Grant, of: PatientId, object: Object, unusual: bool) {
        let event = self.event(Outcome::Done, grant.ground.into(), grant.role);
        let event = Event { action, subjects: [of].into(), object: Some(object), unusual, ..event };
        let place = self.trail.events.len().saturating_sub(1);
        self.trail.events.insert(place, Recorded { event, text: None });
    }

    /// Says that what this transaction is refused for is another action than its own: an event of that goes beside its own.
    pub(crate) fn refused_also(&mut self, action: Action, of: Option<PatientId>, error: Error) -> Error {
        let event = self.event(Outcome::Refused, error.code.into(), None);
        let event = Event { action, subjects: of.into_iter().collect(), object: of.map(Object::patient), ..event };
        self.refused_also = Some(Recorded { event, text: None });
        error
    }

    /// Records what the program itself does, in the log of `log`; the code is a word of its own.
    pub fn record_own(&mut self, log: Log, code: impl Into<Cow<'static, str>>) {
        let event = self.event(Outcome::Done, "", None);
        let event = Event { log, code: code.into(), ..event };
        self.trail.events.push(Recorded { event, text: None });
    }

    /// Names, on the newest event, the object that was read or changed.
    pub fn names(&mut self, object: Object) {
        self.newest(|event| event.object = Some(object));
    }

    /// Asks the policy about what nobody but the program itself does. Records nothing.
    ///
    /// # Errors
    /// The refusal's code, for what is somebody's to do or when somebody acts.
    pub fn own_permit(&self) -> Result<Permit> {
        match (&self.party, policy::by_the_program(self.action)) {
            (Party::System, Ok(permit)) => Ok(permit),
            (_, Err(refusal)) => Err(Error::of(refusal.code())),
            _ => Err(Error::of(Code::RoleDoesNotAllow)),
        }
    }

    /// Does one part of many in a savepoint of its own: its failure undoes its rows and its events, and nothing else.
    ///
    /// # Errors
    /// What concerns the whole transaction: the database gives way, or the transaction has to run again.
    pub fn apart<T>(&mut self, part: impl FnOnce(&mut Self) -> Result<T>) -> Result<Result<T>> {
        self.conn.batch_execute("SAVEPOINT part")?;
        let recorded = self.trail.events.len();
        match part(self) {
            Ok(value) => {
                self.conn.batch_execute("RELEASE part")?;
                Ok(Ok(value))
            }
            Err(error) if error.code == Code::Unavailable => Err(error),
            Err(error) => {
                self.conn.batch_execute("ROLLBACK TO part; RELEASE part")?;
                self.trail.events.truncate(recorded);
                Ok(Err(error))
            }
        }
    }

    /// Marks the newest event as one that reviewers should look at.
    pub(crate) fn unusual(&mut self) {
        self.newest(|event| event.unusual = true);
    }

    /// Puts the hash of a signed version on the newest event.
    pub fn hashes(&mut self, hash: Hash) {
        self.newest(|event| event.hash = Some(hash));
    }

    /// Says of the newest event that it stands for so many calls from this address.
    pub fn counts(&mut self, count: u32, address: Option<IpAddr>) {
        self.newest(|event| {
            event.count = Some(count);
            event.address = address;
        });
    }

    /// Names, on the newest event, patients that are disclosed.
    pub fn discloses(&mut self, patients: impl IntoIterator<Item = PatientId>) {
        self.newest(|event| event.subjects.extend(patients));
    }

    /// Names, on the newest event, the patients of a page of up to `limit` rows: one beyond them only shows that there are
    /// more, and is not answered.
    pub fn discloses_page<R>(&mut self, rows: &[R], limit: i64, patient: impl Fn(&R) -> PatientId) {
        self.discloses(rows.iter().take(usize::try_from(limit).unwrap_or(usize::MAX)).map(patient));
    }

    /// Lays free text beside the newest event; the leaf gets its salted hash only.
    pub fn explains(&mut self, text: &str) {
        let salt = self.random();
        self.newest(|event| event.text = Some(salted(&salt, text)));
        if let Some(recorded) = self.trail.events.last_mut() {
            recorded.text = Some((salt, text.to_owned()));
        }
    }

    /// Puts the newest event into a practice's log as the doing of `staff`, who has just proved who they are.
    pub fn in_the_name_of(&mut self, practice: PracticeId, staff: StaffId, session: SessionId) {
        self.newest(|event| {
            event.log = Log::Practice(practice);
            event.actor = By::Staff { staff, session, role: None };
        });
    }

    /// Puts the newest event into a practice's log, done by nobody known, such as a failed sign-in to an account there.
    pub fn belongs_to(&mut self, practice: PracticeId) {
        self.newest(|event| event.log = Log::Practice(practice));
    }

    /// Turns the newest event into one of a refusal that still commits, such as a failed sign-in.
    pub fn refused(&mut self, code: Code) {
        self.newest(|event| {
            event.outcome = Outcome::Refused;
            event.code = <&'static str>::from(code).into();
        });
    }

    fn newest(&mut self, change: impl FnOnce(&mut Event)) {
        if let Some(recorded) = self.trail.events.last_mut() {
            change(&mut recorded.event);
        }
    }

    /// The trail of a refusal, and of what it showed; empty when nobody known acted, since such calls are counted, not
    /// recorded one by one.
    pub(super) fn refusal(mut self, error: &Error) -> Trail {
        if self.party.staff().is_none() {
            return Trail::default();
        }
        let refused = Recorded { event: self.event(Outcome::Refused, error.code.into(), None), text: None };
        let Some((read, grant)) = self.shown.filter(|_| error.current.is_some()) else {
            let events = [refused].into_iter().chain(self.refused_also).collect();
            return Trail { events, ..Trail::default() };
        };
        let event = Event { action: read, ..self.event(Outcome::Done, grant.ground.into(), grant.role) };
        Trail { events: vec![refused, Recorded { event, text: None }], ..self.trail }
    }

    fn event(&mut self, outcome: Outcome, code: &'static str, role: Option<crate::actor::Role>) -> Event {
        let (log, actor) = match &self.party {
            Party::Stranger => (Log::Installation, By::Stranger),
            Party::System => (Log::Installation, By::System),
            Party::Staff(actor) => {
                (Log::Practice(actor.practice), By::Staff { staff: actor.staff, session: actor.session, role })
            }
        };
        Event {
            id: self.fresh_id(),
            log,
            at: self.request.at,
            actor,
            action: self.action,
            outcome,
            code: code.into(),
            subjects: self.subject.into_iter().collect(),
            object: self.object,
            hash: None,
            text: None,
            unusual: false,
            count: None,
            address: self.request.address,
            request: self.request.id.clone(),
        }
    }
}

const fn at_desk(oneself: bool) -> Place {
    if oneself { Place::Oneself } else { Place::Here(Ties::NONE) }
}
