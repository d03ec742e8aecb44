//! Furnishing the practice of the demo: its people, then three weeks of their work, each through the door that they
//! would come by themselves.

use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;

use super::people::{PEOPLE, Person, in_role};
use crate::actor::{Party, Request, Role};
use crate::app::App;
use crate::auth::Bearer;
use crate::auth::ops::{self as sign_in, Begun, Gate, Proof};
use crate::auth::token::Claims;
use crate::cli::setup;
use crate::clock::{Date, Timestamp};
use crate::db::{Call, Door, Open, Retry, Tx};
use crate::error::{Code, Error, Result};
use crate::ids::{PatientId, StaffId};
use crate::notes::views::NewNote;
use crate::notes::{self, NoteBody, NoteKind};
use crate::patients::care_team::{self, Assignment};
use crate::patients::{self, Demographics};
use crate::policy::Action;
use crate::staff::{self, Founding};

const RECORDS: &str = include_str!("records.json");
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// How long ago the practice began, in days.
const BEGAN: i64 = 21;

/// What was done in the practice so far.
#[derive(Deserialize)]
struct Records {
    patients: Vec<Registered>,
    /// In the order of time.
    visits: Vec<Visit>,
}

#[derive(Deserialize)]
struct Registered {
    by: Role,
    demographics: Demographics,
    /// Who else treats them.
    also: Option<Role>,
}

#[derive(Clone, Deserialize)]
struct Visit {
    days_ago: i64,
    by: Role,
    /// Whose, by their place among the patients.
    patient: usize,
    kind: NoteKind,
    body: NoteBody,
    /// Whether the note is not signed yet.
    #[serde(default)]
    draft: bool,
}

/// Makes the practice.
///
/// # Errors
/// The database's, or the program's own rules.
pub async fn furnish(app: &App) -> Result<()> {
    let records: Records = serde_json::from_str(RECORDS).map_err(Error::internal)?;
    let today = app.clock.now();
    let morning = |days_ago: i64| today.plus_seconds(-days_ago * DAY - HOUR);
    let mut story = Story { app, now: morning(BEGAN), staff: Vec::new() };
    story.found().await?;
    let mut registered = Vec::new();
    for patient in records.patients {
        registered.push(story.register(patient).await?);
    }
    for visit in records.visits {
        story.now = morning(visit.days_ago);
        let patient = registered.get(visit.patient).ok_or_else(|| Error::internal("a visit of nobody"))?;
        story.see(*patient, visit).await?;
    }
    Ok(())
}

/// The practice as it comes about, at the time of what happens next.
struct Story<'a> {
    app: &'a App,
    now: Timestamp,
    staff: Vec<(Role, StaffId)>,
}

impl Story<'_> {
    /// The next call, a minute after the one before.
    fn call(&mut self, action: Action, door: Arc<dyn Door>) -> Call {
        self.now = self.now.plus_seconds(60);
        let request = Request { id: String::new(), address: None, at: self.now, seed: self.app.random() };
        Call::new(request, action, door)
    }

    async fn found(&mut self) -> Result<()> {
        let mut hashes = Vec::new();
        for person in PEOPLE {
            hashes.push(setup::hash(self.app, SecretString::from(person.password)).await?);
        }
        let found = move |tx: &mut Tx| {
            let (first, others) = (&PEOPLE[0], &PEOPLE[1..]);
            let founding = Founding {
                practice_name: "Lakeside Physiotherapy and Massage".to_owned(),
                time_zone: "Europe/Zurich".to_owned(),
                site_name: "Lakeside".to_owned(),
                person_name: first.name.to_owned(),
                email: first.email.to_owned(),
                roles: vec![first.role],
                password_hash: hashes[0].clone(),
            };
            let (practice, founder) = staff::found_practice(tx, &founding)?;
            let mut staff = vec![(first.role, founder)];
            for (person, hash) in others.iter().zip(&hashes[1..]) {
                let id = staff::add_staff_member(tx, practice, &person.entry(), Some(hash.clone()))?;
                staff.push((person.role, id));
            }
            Ok(staff)
        };
        let call = self.call(Action::SetUpPractice, Arc::new(Open(Party::System)));
        self.staff = self.app.db.write(&call, found).await?;
        Ok(())
    }

    /// Signs somebody in; what they then hold opens the door for one action after the other.
    async fn sign_in(&mut self, role: Role) -> Result<Claims> {
        let Person { email, .. } = in_role(role);
        let gate = Gate { keys: self.app.keys.clone(), throttle: self.app.throttle, limits: self.app.sessions.limits };
        // Their password was set a moment ago, right here.
        let proof = Proof { password_is_right: true, code: None };
        let signed_in = move |tx: &mut Tx| match sign_in::begin_sign_in(tx, &gate, email, None)? {
            Begun::Counted(attempt) => sign_in::sign_in(tx, &gate, &attempt, &proof, None),
            Begun::Waiting { .. } => Ok(Err(Code::TooManyAttempts)),
        };
        let call = self.call(Action::SignIn, Arc::new(Open(Party::Stranger)));
        let session = self.app.db.write(&call, signed_in).await?.map_err(Error::of)?;
        Ok(Claims::new(session.staff, session.practice, session.session, self.now, self.app.sessions.access_seconds))
    }

    async fn does<T, F>(&mut self, claims: &Claims, action: Action, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let door = Bearer::new(claims, action, &self.app.sessions);
        let call = self.call(action, Arc::new(door));
        self.app.db.write(&call, work).await
    }

    async fn register(&mut self, patient: Registered) -> Result<PatientId> {
        let Registered { by, demographics, also } = patient;
        let claims = self.sign_in(by).await?;
        let register = move |tx: &mut Tx| patients::ops::register(tx, &only_once(), &demographics);
        let id = self.does(&claims, Action::RegisterPatient, register).await?.patient.id;
        let colleague = self.staff.iter().find(|(role, _)| Some(*role) == also).map(|(_, id)| *id);
        if let Some(staff_id) = colleague {
            let claims = self.sign_in(Role::Receptionist).await?;
            let assignment = Assignment { staff_id, visit_date: Date::of(self.now), reason: None };
            let assign = move |tx: &mut Tx| care_team::ops::assign(tx, &only_once(), id, &assignment);
            self.does(&claims, Action::AssignCareTeam, assign).await?;
        }
        Ok(id)
    }

    async fn see(&mut self, patient: PatientId, visit: Visit) -> Result<()> {
        let Visit { by, kind, body, draft, .. } = visit;
        let claims = self.sign_in(by).await?;
        let new = NewNote { kind, discipline: None, service_at: self.now.plus_seconds(-HOUR / 2), body };
        let catalogue = self.app.catalogue.clone();
        let begin = move |tx: &mut Tx| notes::ops::begin(tx, &only_once(), &catalogue, patient, &new);
        let note = self.does(&claims, Action::CreateNote, begin).await?;
        if !draft {
            let catalogue = self.app.catalogue.clone();
            let sign = move |tx: &mut Tx| notes::ops::sign(tx, &only_once(), &catalogue, note.id, note.version);
            self.does(&claims, Action::SignNote, sign).await?;
        }
        Ok(())
    }
}

/// Nothing here is ever asked for twice.
fn only_once() -> Retry {
    Retry { key: None, route: String::new(), mac: [0; 32] }
}
