//! Whose record it is, seen from whoever asks; a record of its own for every call that may change it.

use std::cell::{Cell, RefCell};

use diesel::prelude::*;
use serde_json::{Value, json};
use tandem::actor::{Discipline, RoleSet};
use tandem::clock::Timestamp;
use tandem::db::Conn;
use tandem::db::schema::{care_team, cover, decision_maker, patient, safety_item, session, site, staff};
use tandem::ids::{
    CoverId, DecisionMakerId, EpisodeId, Id, MembershipId, NoteId, PatientId, SafetyItemId, SessionId, SiteId, StaffId,
};
use tandem::policy::{Authorship, NoteFacts, NoteState, Relation, Sharing};

use crate::house::{House, MORNING, PASSWORD, Practice, Who};

/// How what is asked for relates to whoever asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scene {
    /// It is nobody's in particular.
    Plain,
    /// It is what they wrote, began or joined themselves, about a patient whom they treat.
    Own,
    /// It is a colleague's, or about a patient whom they treat.
    Related,
    /// It is about a patient whom they treated once.
    Former,
    /// It is about a patient whom they never treated.
    Unrelated,
    /// It is about themselves: their own record, their own staff entry.
    Oneself,
    /// It is the other practice's.
    Elsewhere,
}

/// The house, and what makes fresh rows in it.
pub struct Stage<'h> {
    /// The house.
    pub house: &'h House,
    /// A connection as the owner of the schema.
    pub conn: RefCell<Conn>,
    drawn: Cell<u32>,
}

/// Who wrote a note, and what it is to whoever asks.
pub struct Written {
    /// The note.
    pub id: NoteId,
    /// Whose record it stands in.
    pub patient: PatientId,
    /// Its version.
    pub version: i64,
    /// What the policy needs.
    pub facts: NoteFacts,
}

impl<'h> Stage<'h> {
    pub fn new(house: &'h House) -> Self {
        Self { house, conn: RefCell::new(house.database.owner()), drawn: Cell::new(0) }
    }

    /// A number that was not drawn before.
    pub fn number(&self) -> u32 {
        self.drawn.set(self.drawn.get() + 1);
        self.drawn.get()
    }

    pub fn id<K>(&self) -> Id<K> {
        let mut ten = [0xa5; 10];
        ten[6..].copy_from_slice(&self.number().to_be_bytes());
        Id::new(MORNING, ten)
    }

    /// The practice that the scene lies in.
    pub fn practice(scene: Scene) -> Practice {
        if scene == Scene::Elsewhere { Practice::Hillside } else { Practice::Lakeside }
    }

    /// How `who` relates to the patient of the scene.
    pub fn relation(who: Who, scene: Scene) -> Relation {
        match scene {
            _ if !treats(who) => Relation::None,
            Scene::Own | Scene::Related | Scene::Oneself => Relation::CareTeam,
            Scene::Former => Relation::Former,
            Scene::Plain | Scene::Unrelated | Scene::Elsewhere => Relation::None,
        }
    }

    /// A fresh patient whom `who` treats, treated or never treated, as the scene has it, and whom `others` treat.
    pub fn patient(&self, who: Who, scene: Scene, others: &[Who]) -> PatientId {
        let (id, of) = (self.id(), Self::practice(scene));
        diesel::insert_into(patient::table)
            .values((
                patient::id.eq(id),
                patient::practice_id.eq(of.id()),
                patient::record_number.eq(1_000 + i64::from(self.number())),
                patient::given_name.eq("Nina"),
                patient::family_name.eq("Sommer"),
                patient::folded_name.eq("nina sommer"),
                patient::birth_date.eq("1977-07-07"),
                patient::details.eq(r#"{"schema_version":1}"#),
                patient::staff_id.eq((scene == Scene::Oneself).then(|| who.id())),
                patient::access_version.eq(1_i64),
                patient::version.eq(1),
                patient::created_at.eq(MORNING),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        if Self::relation(who, scene) != Relation::None {
            self.joins(who, id, (scene == Scene::Former).then_some(MORNING));
        }
        for other in others.iter().filter(|other| **other != who) {
            self.joins(*other, id, None);
        }
        id
    }

    /// Puts somebody on a care team, which they have left if `ended_at` says so.
    pub fn joins(&self, who: Who, of: PatientId, ended_at: Option<Timestamp>) -> MembershipId {
        let id = self.id();
        diesel::insert_into(care_team::table)
            .values((
                care_team::id.eq(id),
                care_team::practice_id.eq(who.practice().id()),
                care_team::patient_id.eq(of),
                care_team::staff_id.eq(who.id()),
                care_team::joined_by.eq("registration"),
                care_team::joined_at.eq(MORNING),
                care_team::lapses_at.eq(MORNING.plus_seconds(90 * 86_400)),
                care_team::ended_at.eq(ended_at),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// The membership that the scene is about: one's own, or a colleague's where one has none.
    pub fn membership(&self, who: Who, scene: Scene) -> (PatientId, MembershipId) {
        let of = self.patient(who, Scene::Unrelated.or_elsewhere(scene), &[]);
        if scene == Scene::Oneself {
            let row = patient::table.find((Practice::Lakeside.id(), of));
            diesel::update(row).set(patient::staff_id.eq(who.id())).execute(&mut *self.conn.borrow_mut()).unwrap();
        }
        let whose = match scene {
            Scene::Elsewhere => Who::Elsewhere,
            Scene::Unrelated => Who::OtherMassage,
            _ if treats(who) => who,
            _ => Who::OtherMassage,
        };
        (of, self.joins(whose, of, (scene == Scene::Former).then_some(MORNING)))
    }

    /// A fresh note in the scene's state of affairs, signed or still a draft; none where nobody could have written it.
    pub fn note(&self, who: Who, scene: Scene, state: NoteState) -> Option<Written> {
        let own = matches!(scene, Scene::Own | Scene::Former);
        if own && !treats(who) {
            return None;
        }
        let author = match scene {
            Scene::Elsewhere => Who::Elsewhere,
            Scene::Unrelated => Who::OtherMassage,
            _ if own => who,
            _ if who == Who::Physio => Who::Owner,
            _ => Who::Physio,
        };
        // Whoever treated the patient once still does while they write.
        let while_written = if scene == Scene::Former { Scene::Own } else { scene };
        let patient = self.patient(who, while_written, &[author]);
        let draft = self.house.as_(author).post(&format!("/patients/{patient}/notes"), words()).is(201);
        let (id, mut version) = (draft.id().parse().unwrap(), draft.version());
        if state == NoteState::Signed {
            version =
                self.house.as_(author).if_match(version).post(&format!("/notes/{id}/sign"), None).is(200).version();
        }
        if scene == Scene::Former {
            let of = care_team::patient_id.eq(patient).and(care_team::staff_id.eq(who.id()));
            let left = diesel::update(care_team::table.filter(of)).set(care_team::ended_at.eq(MORNING));
            left.execute(&mut *self.conn.borrow_mut()).unwrap();
        }
        let authorship = if own { Authorship::Own } else { Authorship::Colleague };
        let facts = NoteFacts { authorship, state, discipline: discipline(author), sharing: Sharing::CareTeam };
        Some(Written { id, patient, version, facts })
    }

    /// A fresh safety item that any clinician may resolve, in the record of a fresh patient of the scene.
    pub fn safety_item(&self, who: Who, scene: Scene) -> (PatientId, SafetyItemId) {
        let (of, id) = (self.patient(who, scene, &[]), self.id());
        let raiser = if scene == Scene::Elsewhere { Who::Elsewhere } else { Who::Physio };
        diesel::insert_into(safety_item::table)
            .values((
                safety_item::id.eq(id),
                safety_item::practice_id.eq(Self::practice(scene).id()),
                safety_item::patient_id.eq(of),
                safety_item::kind.eq("allergy"),
                safety_item::what.eq("Arnica"),
                safety_item::severity.eq("relative"),
                safety_item::bars.eq(r#"{"schema_version":1,"bars":{}}"#),
                safety_item::raised_by.eq(raiser.id()),
                safety_item::raised_in.eq("physiotherapy"),
                safety_item::raised_at.eq(MORNING),
                safety_item::version.eq(1),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        (of, id)
    }

    /// A fresh decision-maker of a fresh patient of the scene.
    pub fn decision_maker(&self, who: Who, scene: Scene) -> (PatientId, DecisionMakerId) {
        let (of, id) = (self.patient(who, scene, &[]), self.id());
        diesel::insert_into(decision_maker::table)
            .values((
                decision_maker::id.eq(id),
                decision_maker::practice_id.eq(Self::practice(scene).id()),
                decision_maker::patient_id.eq(of),
                decision_maker::name.eq("Anna Sommer"),
                decision_maker::relation.eq("mother"),
                decision_maker::authority.eq("parental responsibility"),
                decision_maker::may_consent.eq(true),
                decision_maker::may_receive_records.eq(true),
                decision_maker::version.eq(1),
                decision_maker::created_at.eq(MORNING),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        (of, id)
    }

    /// A fresh episode of the scene's patient, opened by a physiotherapist who still treats them.
    pub fn episode(&self, who: Who, scene: Scene) -> (PatientId, EpisodeId) {
        let author = if scene == Scene::Elsewhere { Who::Elsewhere } else { Who::OtherPhysio };
        let patient = self.patient(who, scene, &[author]);
        let new = json!({"complaint": "Shoulder pain"});
        let opened = self.house.as_(author).post(&format!("/patients/{patient}/episodes"), new).is(201);
        (patient, opened.id().parse().unwrap())
    }

    /// A fresh site.
    pub fn site(&self, scene: Scene) -> SiteId {
        let id = self.id();
        diesel::insert_into(site::table)
            .values((
                site::id.eq(id),
                site::practice_id.eq(Self::practice(scene).id()),
                site::name.eq(format!("Site {}", self.number())),
                site::open.eq(true),
                site::version.eq(1),
                site::created_at.eq(MORNING),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// A fresh colleague without a role, who has yet to choose a password.
    pub fn colleague(&self, scene: Scene) -> StaffId {
        let id = self.id();
        diesel::insert_into(staff::table)
            .values((
                staff::id.eq(id),
                staff::practice_id.eq(Self::practice(scene).id()),
                staff::email.eq(format!("colleague{}@lakeside.example", self.number())),
                staff::name.eq("Cora Lindt"),
                staff::active.eq(true),
                staff::credential_version.eq(1_i64),
                staff::access_version.eq(1_i64),
                staff::version.eq(1),
                staff::created_at.eq(MORNING),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// The member of staff whom the scene is about.
    pub fn member(&self, who: Who, scene: Scene) -> StaffId {
        if scene == Scene::Oneself { who.id() } else { self.colleague(scene) }
    }

    /// A fresh session of somebody.
    pub fn session(&self, of: Who) -> SessionId {
        let (id, now) = (self.id(), self.house.clock.now());
        diesel::insert_into(session::table)
            .values((
                session::id.eq(id),
                session::practice_id.eq(of.practice().id()),
                session::staff_id.eq(of.id()),
                session::created_at.eq(now),
                session::last_seen_at.eq(now),
                session::authenticated_at.eq(now),
                session::refresh_hash.eq(id.as_bytes().repeat(2)),
                session::rotated_at.eq(now),
                session::tolerated.eq(false),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// A fresh cover, between two who appear in no other scene.
    pub fn cover(&self, scene: Scene) -> CoverId {
        let id = self.id();
        let (from, to) = match scene {
            Scene::Elsewhere => (Who::Elsewhere, Who::Elsewhere),
            _ => (Who::OtherMassage, Who::OtherPhysio),
        };
        diesel::insert_into(cover::table)
            .values((
                cover::id.eq(id),
                cover::practice_id.eq(Self::practice(scene).id()),
                cover::from_staff.eq(from.id()),
                cover::to_staff.eq(to.id()),
                cover::starts_at.eq(MORNING),
                cover::ends_at.eq(MORNING.plus_seconds(86_400)),
                cover::created_at.eq(MORNING),
            ))
            .execute(&mut *self.conn.borrow_mut())
            .unwrap();
        id
    }

    /// Gives somebody's account back as the house found it: signed in, with everybody's password and no second factor.
    pub fn restores(&self, who: Who) {
        let conn = &mut *self.conn.borrow_mut();
        let everybodys: Option<String> = staff::table
            .find((Who::Elsewhere.practice().id(), Who::Elsewhere.id()))
            .select(staff::password_hash)
            .first(conn)
            .unwrap();
        let account = staff::table.find((who.practice().id(), who.id()));
        diesel::update(account).set(staff::password_hash.eq(everybodys)).execute(conn).unwrap();
        let session = session::table.find((who.practice().id(), who.session()));
        diesel::update(session).set(session::ended_at.eq(None::<Timestamp>)).execute(conn).unwrap();
        for table in ["recovery_code", "staff_totp"] {
            diesel::sql_query(format!("DELETE FROM {table}")).execute(conn).unwrap();
        }
    }

    /// Sets up a second factor for somebody, unconfirmed; the code their phone shows now.
    pub fn sets_up_factor(&self, who: Who) -> String {
        let answer = self.house.as_(who).post("/auth/mfa", json!({"password": PASSWORD})).is(201);
        let url = answer.json["otpauth_url"].as_str().unwrap();
        let phone = totp_rs::TOTP::from_url(url).unwrap();
        phone.generate(u64::try_from(self.house.clock.now().seconds()).unwrap())
    }
}

impl Scene {
    pub fn or_elsewhere(self, scene: Self) -> Self {
        if scene == Self::Elsewhere { scene } else { self }
    }
}

/// Everybody of the matrix: one for each role, one who holds two, and nobody.
pub const EVERYBODY: [Option<Who>; 7] = [
    Some(Who::Physio),
    Some(Who::Massage),
    Some(Who::Manager),
    Some(Who::Receptionist),
    Some(Who::PrivacyOfficer),
    Some(Who::Owner),
    None,
];

/// Whether somebody is a clinician.
pub fn treats(who: Who) -> bool {
    roles(who).disciplines().next().is_some()
}

/// What somebody is.
pub fn roles(who: Who) -> RoleSet {
    who.roles().iter().copied().collect()
}

/// The discipline somebody writes in; physiotherapy for those who write in none, as the API asks about them.
pub fn discipline(who: Who) -> Discipline {
    roles(who).disciplines().next().unwrap_or(Discipline::Physiotherapy)
}

/// A note short enough for everybody to write, whole enough to be signed.
pub fn words() -> Value {
    json!({"kind": "phone_contact", "service_at": MORNING, "body": body()})
}

/// The words of [`words`].
pub fn body() -> Value {
    json!({"text": "Called, is well."})
}
