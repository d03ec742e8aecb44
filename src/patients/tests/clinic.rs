//! A practice with its staff, for a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use diesel::prelude::*;

use crate::actor::{Actor, Party, Request, Role};
use crate::clock::{Clock, Date, Timestamp};
use crate::db::schema::{audit_event, audit_subject, staff, staff_role};
use crate::db::trial::Trial;
use crate::db::{Admitted, Backend, Call, Conn, Db, Door, Limits, Open, Retry, Tx};
use crate::error::{Code, Result};
use crate::ids::{EventId, Id, PatientId, PracticeId, StaffId};
use crate::patients::{Demographics, PatientView, ops};
use crate::policy::Action;
use crate::staff::{Founding, NewStaff, add_staff_member, found_practice};

pub use crate::actor::Role::{Manager, MassageTherapist, Physiotherapist, PrivacyOfficer, Receptionist};

pub const DAY: i64 = 24 * 3600;

/// A practice, its database and its clock.
pub struct Clinic {
    pub practice: PracticeId,
    pub clock: Clock,
    db: Arc<Db>,
    drawn: Arc<AtomicU8>,
    /// Dropped last; a neighbour has none of its own.
    _database: Option<Trial>,
}

/// Somebody at their desk, signed in.
pub struct SignedIn(PracticeId, StaffId);

impl Door for SignedIn {
    fn admit(&self, conn: &mut Conn, request: &Request) -> Result<Admitted> {
        let Self(practice, staff) = *self;
        let access_version = staff::table.find((practice, staff)).select(staff::access_version).first(conn)?;
        let roles = staff_role::table
            .filter(staff_role::practice_id.eq(practice))
            .filter(staff_role::staff_id.eq(staff))
            .select(staff_role::role)
            .load::<Role>(conn)?
            .into_iter()
            .collect();
        let session = staff.retype();
        let actor = Actor { practice, staff, session, roles, authenticated_at: request.at, access_version };
        Ok(Admitted { party: Party::Staff(actor), until: None })
    }
}

impl Clinic {
    pub async fn open(backend: Backend) -> Self {
        let clock = Clock::fixed(Timestamp::parse("2026-03-02T09:00:00Z").unwrap());
        let database = Trial::on(backend);
        let limits = Limits { readers: 2, writers: 1, waiting: 100 };
        let db = Arc::new(Db::open(&database.application, &clock, &limits).unwrap());
        Self::found(clock, db, Some(database), Arc::default()).await
    }

    /// Another practice in the same database.
    pub async fn neighbour(&self) -> Self {
        Self::found(self.clock.clone(), self.db.clone(), None, self.drawn.clone()).await
    }

    async fn found(clock: Clock, db: Arc<Db>, database: Option<Trial>, drawn: Arc<AtomicU8>) -> Self {
        let practice = Id::from_uuid(uuid::Uuid::nil());
        let mut clinic = Self { practice, clock, db, drawn, _database: database };
        let founding = Founding {
            practice_name: "The Clinic".into(),
            time_zone: "Europe/Berlin".into(),
            site_name: "Market Street".into(),
            person_name: "Frida".into(),
            email: "frida@clinic.example".into(),
            roles: vec![Manager],
            password_hash: "none".into(),
        };
        let found = move |tx: &mut Tx| found_practice(tx, &founding);
        (clinic.practice, _) = clinic.db.write(&clinic.set_up(), found).await.unwrap();
        clinic
    }

    pub async fn hire(&self, name: &'static str, roles: &'static [Role]) -> StaffId {
        let practice = self.practice;
        let new = NewStaff {
            name: name.into(),
            email: format!("{name}@clinic.example"),
            roles: roles.to_vec(),
            site_id: None,
            supervisor_id: None,
        };
        let hire = move |tx: &mut Tx| add_staff_member(tx, practice, &new, None);
        self.db.write(&self.set_up(), hire).await.unwrap()
    }

    fn set_up(&self) -> Call {
        Call::new(self.request(), Action::SetUpPractice, Arc::new(Open(Party::System)))
    }

    fn request(&self) -> Request {
        let seed = [self.drawn.fetch_add(1, Ordering::SeqCst) + 1; 32];
        Request { id: "test".into(), address: None, at: self.clock.now(), seed }
    }

    fn call(&self, who: StaffId, action: Action) -> Call {
        Call::new(self.request(), action, Arc::new(SignedIn(self.practice, who)))
    }

    pub async fn reads<T, F>(&self, who: StaffId, action: Action, read: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + Sync + 'static,
    {
        self.db.read(&self.call(who, action), read).await
    }

    pub async fn writes<T, F>(&self, who: StaffId, action: Action, write: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        self.db.write(&self.call(who, action), write).await
    }

    pub async fn registers(&self, who: StaffId, new: Demographics) -> PatientView {
        let register = move |tx: &mut Tx| ops::register(tx, &no_key(), &new);
        self.writes(who, Action::RegisterPatient, register).await.unwrap().patient
    }

    /// Opens the front page.
    pub async fn opens(&self, who: StaffId, patient: PatientId) -> Result<PatientView> {
        self.reads(who, Action::ReadPatient, move |tx| ops::read(tx, patient)).await
    }

    /// The patients whom one lists as one's own.
    pub async fn lists(&self, who: StaffId) -> Vec<PatientId> {
        let treated = self.reads(who, Action::ListPatients, |tx| ops::treated(tx, None, 25)).await.unwrap();
        treated.into_iter().map(|patient| patient.id).collect()
    }

    /// Whom the newest event of an action names, and how many events of it there are.
    pub async fn recorded(&self, action: Action) -> (Vec<PatientId>, usize) {
        let log = self.practice;
        let look = move |conn: &mut Conn| {
            let events: Vec<EventId> = audit_event::table
                .filter(audit_event::log_id.eq(log))
                .filter(audit_event::action.eq(action))
                .order((audit_event::at.desc(), audit_event::id.desc()))
                .select(audit_event::id)
                .load(conn)?;
            let newest = events.first().copied().unwrap_or_else(|| Id::from_uuid(uuid::Uuid::nil()));
            let subjects = audit_subject::table
                .filter(audit_subject::log_id.eq(log))
                .filter(audit_subject::event_id.eq(newest))
                .order(audit_subject::patient_id)
                .select(audit_subject::patient_id)
                .load(conn)?;
            Ok((subjects, events.len()))
        };
        self.db.look(look).await.unwrap()
    }
}

pub fn no_key() -> Retry {
    Retry { key: None, route: "POST /test".into(), mac: [0; 32] }
}

pub fn key(key: &str, mac: u8) -> Retry {
    Retry { key: Some(key.into()), route: "POST /test".into(), mac: [mac; 32] }
}

pub fn person(given: &str, family: &str, born: &str) -> Demographics {
    Demographics {
        given_name: given.into(),
        family_name: family.into(),
        birth_date: Date::parse(born).unwrap(),
        preferred_name: None,
        sex: None,
        phone: None,
        email: None,
        address: None,
        emergency_contact: None,
        gp: None,
        health_number: None,
        insurer: None,
        claim_number: None,
    }
}

pub fn code<T>(result: Result<T>) -> Option<Code> {
    result.err().map(|error| error.code)
}
