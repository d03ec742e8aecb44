//! Who works in the practice of the demo.

use crate::actor::Role;
use crate::staff::NewStaff;

/// Somebody of the demo. Everyone knows their password, which is why the demo is for nobody's real record.
#[derive(Clone, Copy, Debug)]
pub struct Person {
    pub role: Role,
    pub name: &'static str,
    pub email: &'static str,
    pub password: &'static str,
}

impl Person {
    /// As they are taken on.
    pub fn entry(&self) -> NewStaff {
        let (name, email) = (self.name.to_owned(), self.email.to_owned());
        NewStaff { name, email, roles: vec![self.role], site_id: None }
    }
}

/// One person in each role; the manager founds the practice.
pub const PEOPLE: [Person; 5] = [
    Person { role: Role::Manager, name: "Greta Moser", email: "manager@demo.example", password: "demo-manager-1" },
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

/// The person in a role.
pub fn in_role(role: Role) -> &'static Person {
    PEOPLE.iter().find(|person| person.role == role).unwrap_or(&PEOPLE[0])
}
