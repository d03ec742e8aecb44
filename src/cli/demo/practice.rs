//! The practice of the demo: who works there, and what is said about it.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::Path;

use secrecy::SecretString;

use crate::actor::Role;
use crate::app::App;
use crate::cli::{own_call, setup};
use crate::error::Result;
use crate::policy::Action;
use crate::staff::{self, Founding, NewStaff};

/// Somebody of the demo.
struct Person {
    role: Role,
    name: &'static str,
    email: &'static str,
    password: &'static str,
}

const MANAGER: Person =
    Person { role: Role::Manager, name: "Greta Moser", email: "manager@demo.example", password: "demo-manager-1" };

const OTHERS: [Person; 4] = [
    Person { role: Role::Physiotherapist, name: "Paula Frei", email: "physio@demo.example", password: "demo-physio-1" },
    Person {
        role: Role::MassageTherapist,
        name: "Milo Weber",
        email: "massage@demo.example",
        password: "demo-massage-1",
    },
    Person {
        role: Role::Receptionist,
        name: "Rita Senn",
        email: "reception@demo.example",
        password: "demo-reception-1",
    },
    Person {
        role: Role::PrivacyOfficer,
        name: "Olga Pfister",
        email: "privacy@demo.example",
        password: "demo-privacy-1",
    },
];

/// Founds the practice with its people.
///
/// # Errors
/// The database's.
pub async fn furnish(app: &App) -> Result<()> {
    let founding = Founding {
        practice_name: "Lakeside Physiotherapy and Massage".to_owned(),
        time_zone: "Europe/Zurich".to_owned(),
        site_name: "Lakeside".to_owned(),
        person_name: MANAGER.name.to_owned(),
        email: MANAGER.email.to_owned(),
        roles: vec![MANAGER.role],
        password_hash: setup::hash(app, SecretString::from(MANAGER.password)).await?,
    };
    let mut others = Vec::new();
    for person in OTHERS {
        others.push((person.entry(), setup::hash(app, SecretString::from(person.password)).await?));
    }
    let call = own_call(app, Action::SetUpPractice);
    let found = move |tx: &mut crate::db::Tx| {
        let (practice, _) = staff::found_practice(tx, &founding)?;
        for (entry, hash) in &others {
            staff::add_staff_member(tx, practice, entry, Some(hash.clone()))?;
        }
        Ok(())
    };
    app.db.write(&call, found).await
}

impl Person {
    fn entry(&self) -> NewStaff {
        let (name, email) = (self.name.to_owned(), self.email.to_owned());
        NewStaff { name, email, roles: vec![self.role], site_id: None }
    }
}

/// What is said when the demo is ready: where it is, how to sign in, and requests to paste.
pub fn welcome(address: SocketAddr, place: &Path) -> String {
    let mut text = format!(
        "A practice to try is open at http://{address} and kept in {}; Ctrl-C ends it.\n\
         The API: http://{address}/api/docs\n\n",
        place.display()
    );
    for Person { role, email, password, .. } in [MANAGER].iter().chain(&OTHERS) {
        // Writing to a String does not fail.
        let _ = writeln!(text, "  {:<18} {email:<24} {password}", role.to_string());
    }
    let physio = &OTHERS[0];
    let _ = write!(
        text,
        "\nSign in as the physiotherapist, and keep the token:\n\n\
         TOKEN=$(curl -s http://{address}/api/v1/auth/login -H 'Content-Type: application/json' \\\n    \
         -d '{{\"email\": \"{}\", \"password\": \"{}\"}}' | sed 's/.*\"access_token\":\"\\([^\"]*\\)\".*/\\1/')\n\n\
         Register a patient, and keep the id:\n\n\
         PATIENT=$(curl -s http://{address}/api/v1/patients -H \"Authorization: Bearer $TOKEN\" \\\n    \
         -H 'Content-Type: application/json' \\\n    \
         -d '{{\"given_name\": \"Ana\", \"family_name\": \"Brunner\", \"birth_date\": \"1984-05-23\"}}' \\\n    \
         | sed 's/.*\"id\":\"\\([^\"]*\\)\".*/\\1/')\n\n\
         Begin a note about her:\n\n\
         curl http://{address}/api/v1/patients/$PATIENT/notes -H \"Authorization: Bearer $TOKEN\" \\\n    \
         -H 'Content-Type: application/json' \\\n    \
         -d '{{\"kind\": \"progress\", \"service_at\": \"2026-03-02T09:30:00Z\", \
         \"body\": {{\"subjective\": {{\"text\": \"Sleeps through again.\"}}}}}}'\n",
        physio.email, physio.password
    );
    text
}
