//! Who works in the practice of the demo.

use std::collections::HashMap;

use secrecy::SecretString;

use super::diary::TIME_ZONE;
use crate::actor::{Actor, Role};
use crate::app::App;
use crate::cli::setup;
use crate::clock::Timestamp;
use crate::db::{Call, Tx};
use crate::error::{Error, Result};
use crate::ids::{SiteId, StaffId};
use crate::policy::Action;
use crate::staff::{self, Founding, NewSite, NewStaff};

/// The two sites.
const LAKESIDE: &str = "Lakeside";
const HILLSIDE: &str = "Hillside";

/// Somebody of the demo. They sign in as `<short>@demo.example`, with the password `demo-<short>-1`.
pub struct Person {
    pub short: &'static str,
    pub roles: &'static [Role],
    name: &'static str,
    site: Site,
    /// Who signs beside them.
    supervisor: Option<&'static str>,
    /// Whether they have left since.
    pub left: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Site {
    Lakeside,
    Hillside,
}

const fn person(short: &'static str, roles: &'static [Role], name: &'static str, site: Site) -> Person {
    Person { short, roles, name, site, supervisor: None, left: false }
}

/// Everybody, the manager who founds the practice first.
pub const PEOPLE: [Person; 9] = [
    person("manager", &[Role::Manager], "Greta Moser", Site::Lakeside),
    person("physio", &[Role::Physiotherapist], "Paula Frei", Site::Lakeside),
    person("massage", &[Role::MassageTherapist], "Milo Weber", Site::Lakeside),
    person("massage2", &[Role::MassageTherapist], "Mara Lang", Site::Hillside),
    person("reception", &[Role::Receptionist], "Rita Senn", Site::Lakeside),
    person("privacy", &[Role::PrivacyOfficer], "Olga Pfister", Site::Lakeside),
    person("physio2", &[Role::Physiotherapist, Role::Manager], "Nora Baumann", Site::Hillside),
    Person { supervisor: Some("physio"), ..person("student", &[Role::Physiotherapist], "Jonas Roth", Site::Lakeside) },
    Person { left: true, ..person("tom", &[Role::MassageTherapist], "Tom Aebi", Site::Lakeside) },
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

    /// What they are, as a list.
    pub fn titles(&self) -> String {
        let titles: Vec<_> = self.roles.iter().map(ToString::to_string).collect();
        titles.join(", ") + if self.supervisor.is_some() { ", supervised" } else { "" }
    }
}

/// The people once they work there, and the sites.
pub struct Staff {
    people: HashMap<&'static str, Actor>,
    sites: HashMap<String, SiteId>,
}

impl Staff {
    /// One of them, by the word before the `@` of their address, who has entered their password at `at`.
    ///
    /// # Errors
    /// Nobody is called that.
    pub fn who(&self, short: &str, at: Timestamp) -> Result<Actor> {
        let person = self.people.get(short).cloned().ok_or_else(|| Error::internal(format!("nobody is {short}")))?;
        Ok(Actor { authenticated_at: at, ..person })
    }

    /// The id of one of them.
    ///
    /// # Errors
    /// Nobody is called that.
    pub fn id(&self, short: &str) -> Result<StaffId> {
        Ok(self.who(short, Timestamp::from_micros(0))?.staff)
    }

    /// The id of a site.
    ///
    /// # Errors
    /// No site is called that.
    pub fn site(&self, name: &str) -> Result<SiteId> {
        self.sites.get(name).copied().ok_or_else(|| Error::internal(format!("no site is {name}")))
    }
}

/// Founds the practice with its sites and its people, `at` a time before anybody came.
///
/// # Errors
/// The database's.
pub async fn found(app: &App, at: Timestamp) -> Result<Staff> {
    let mut hashes = Vec::new();
    for person in &PEOPLE {
        hashes.push(setup::hash(app, SecretString::from(person.password())).await?);
    }
    let [founder, others @ ..] = &PEOPLE;
    let call = super::call(app, None, Action::SetUpPractice, at);
    let first = hashes.first().cloned().unwrap_or_default();
    let (practice, id) = app.db.write(&call, move |tx| staff::found_practice(tx, &founding(founder, &first))).await?;
    let actor = |person: &Person, staff, call: &Call| {
        let (roles, session) = (person.roles.iter().copied().collect(), call.request.id(0));
        Actor { practice, staff, session, roles, authenticated_at: at, access_version: 0 }
    };
    let manager = actor(founder, id, &call);
    let sites = sites(app, &manager, at).await?;
    let mut people = HashMap::from([(founder.short, manager)]);
    for (person, hash) in others.iter().zip(hashes.into_iter().skip(1)) {
        let entry = NewStaff {
            name: person.name.to_owned(),
            email: person.email(),
            roles: person.roles.to_vec(),
            site_id: sites.get(if person.site == Site::Lakeside { LAKESIDE } else { HILLSIDE }).copied(),
            supervisor_id: person.supervisor.and_then(|short| people.get(short)).map(|actor: &Actor| actor.staff),
        };
        let call = super::call(app, None, Action::SetUpPractice, at);
        let add = move |tx: &mut Tx| staff::add_staff_member(tx, practice, &entry, Some(hash.clone()));
        let id = app.db.write(&call, add).await?;
        people.insert(person.short, actor(person, id, &call));
    }
    Ok(Staff { people, sites })
}

fn founding(founder: &Person, hash: &str) -> Founding {
    Founding {
        practice_name: "Lakeside Physiotherapy and Massage".to_owned(),
        time_zone: TIME_ZONE.to_owned(),
        site_name: LAKESIDE.to_owned(),
        person_name: founder.name.to_owned(),
        email: founder.email(),
        roles: founder.roles.to_vec(),
        password_hash: hash.to_owned(),
    }
}

/// Opens the second site, and finds both.
async fn sites(app: &App, manager: &Actor, at: Timestamp) -> Result<HashMap<String, SiteId>> {
    let (new, retry) = (NewSite { name: HILLSIDE.to_owned() }, super::once());
    let call = super::call(app, Some(manager.clone()), Action::CreateSite, at);
    app.db.write(&call, move |tx| staff::ops::open_site(tx, &retry, &new)).await?;
    let call = super::call(app, Some(manager.clone()), Action::ListSites, at);
    let sites = app.db.write(&call, |tx| staff::ops::sites(tx, None, 10)).await?;
    Ok(sites.into_iter().map(|site| (site.name, site.id)).collect())
}
