//! Who works in the practice of the demo.

use std::collections::HashMap;

use secrecy::SecretString;

use crate::actor::{Actor, Role};
use crate::app::App;
use crate::cli::setup;
use crate::clock::Timestamp;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::StaffId;
use crate::policy::Action;
use crate::staff::{self, Founding, NewStaff};

/// Somebody of the demo. They sign in as `<short>@demo.example`, with the password `demo-<short>-1`.
pub struct Person {
    pub short: &'static str,
    pub role: Role,
    name: &'static str,
}

/// Everybody, the manager who founds the practice first.
pub const PEOPLE: [Person; 6] = [
    Person { short: "manager", role: Role::Manager, name: "Greta Moser" },
    Person { short: "physio", role: Role::Physiotherapist, name: "Paula Frei" },
    Person { short: "massage", role: Role::MassageTherapist, name: "Milo Weber" },
    Person { short: "massage2", role: Role::MassageTherapist, name: "Mara Lang" },
    Person { short: "reception", role: Role::Receptionist, name: "Rita Senn" },
    Person { short: "privacy", role: Role::PrivacyOfficer, name: "Olga Pfister" },
];

impl Person {
    /// The address they sign in with.
    pub fn email(&self) -> String {
        format!("{}@demo.example", self.short)
    }

    /// The password they sign in with.
    pub fn password(&self) -> String {
        format!("demo-{}-1", self.short)
    }

    fn entry(&self) -> NewStaff {
        NewStaff {
            name: self.name.to_owned(),
            email: self.email(),
            roles: vec![self.role],
            site_id: None,
            supervisor_id: None,
        }
    }
}

/// The people once they work there.
pub struct Staff(HashMap<&'static str, Actor>);

impl Staff {
    /// One of them, by the word before the `@` of their address, who has entered their password at `at`.
    ///
    /// # Errors
    /// Nobody is called that.
    pub fn who(&self, short: &str, at: Timestamp) -> Result<Actor> {
        let person = self.0.get(short).cloned().ok_or_else(|| Error::internal(format!("nobody is {short}")))?;
        Ok(Actor { authenticated_at: at, ..person })
    }
}

/// Founds the practice with its people, `at` a time before anybody came.
///
/// # Errors
/// The database's.
pub async fn found(app: &App, at: Timestamp) -> Result<Staff> {
    let mut hashes = Vec::new();
    for person in &PEOPLE {
        hashes.push(setup::hash(app, SecretString::from(person.password())).await?);
    }
    let call = super::call(app, None, Action::SetUpPractice, at);
    let (practice, ids) = app.db.write(&call, move |tx| found_with(tx, &hashes)).await?;
    let actor = |(person, staff): (&Person, StaffId)| {
        let (roles, session) = ([person.role].into_iter().collect(), call.request.id(0));
        (person.short, Actor { practice, staff, session, roles, authenticated_at: at, access_version: 0 })
    };
    Ok(Staff(PEOPLE.iter().zip(ids).map(actor).collect()))
}

fn found_with(tx: &mut Tx, hashes: &[String]) -> Result<(crate::ids::PracticeId, Vec<StaffId>)> {
    let [manager, others @ ..] = &PEOPLE;
    let [hash, hashes @ ..] = hashes else { return Err(Error::internal("nobody has a password")) };
    let founding = Founding {
        practice_name: "Lakeside Physiotherapy and Massage".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        site_name: "Lakeside".to_owned(),
        person_name: manager.name.to_owned(),
        email: manager.email(),
        roles: vec![manager.role],
        password_hash: hash.clone(),
    };
    let (practice, founder) = staff::found_practice(tx, &founding)?;
    let mut ids = vec![founder];
    for (person, hash) in others.iter().zip(hashes) {
        ids.push(staff::add_staff_member(tx, practice, &person.entry(), Some(hash.clone()))?);
    }
    Ok((practice, ids))
}
