//! Who works in every house, and who is treated there.

use std::sync::OnceLock;

use diesel::prelude::*;
use secrecy::SecretString;
use tandem::actor::Role;
use tandem::auth::keys::Keys;
use tandem::auth::password::PasswordPool;
use tandem::auth::token::{Claims, issue};
use tandem::clock::Timestamp;
use tandem::config;
use tandem::db::Conn;
use tandem::db::schema::{care_team, patient, practice, record_counter, session, site, staff, staff_role};
use tandem::ids::{Id, PatientId, PracticeId, SessionId, SiteId, StaffId};

use super::MORNING;

/// Everybody's password.
pub const PASSWORD: &str = "seven herons at dawn";

/// The least that Argon2 takes, so that signing in costs nothing.
pub const HASHING: [(&str, &str); 3] =
    [("auth.argon2.memory_kib", "8"), ("auth.argon2.iterations", "1"), ("auth.argon2.parallelism", "1")];

/// The two practices that share the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Practice {
    /// Where everybody works but one.
    Lakeside,
    /// Where [`Who::Elsewhere`] works.
    Hillside,
}

/// Who works there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::EnumIter)]
pub enum Who {
    /// Paula Frei, physiotherapist; treats Ana.
    Physio,
    /// Piet Jansen, physiotherapist; treats nobody yet.
    OtherPhysio,
    /// Mara Lang, massage therapist; treats Ana.
    Massage,
    /// Milo Weber, massage therapist; treats Beat.
    OtherMassage,
    /// Greta Moser, manager.
    Manager,
    /// Rita Senn, receptionist.
    Receptionist,
    /// Olga Pfister, privacy officer.
    PrivacyOfficer,
    /// Oskar Huber, the owner: manager and physiotherapist.
    Owner,
    /// Elsa Roth, manager and physiotherapist of the other practice; treats Carla.
    Elsewhere,
}

/// Who is treated there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patient {
    /// Ana Brunner, treated by [`Who::Physio`] and [`Who::Massage`].
    Ana,
    /// Beat Keller, treated by [`Who::OtherMassage`].
    Beat,
    /// Carla Vogt, of the other practice, treated by [`Who::Elsewhere`].
    Carla,
}

impl Practice {
    /// Its id.
    pub fn id(self) -> PracticeId {
        fixed(0x10 + self as u8)
    }

    /// The site at which everybody works.
    pub fn site(self) -> SiteId {
        fixed(0x18 + self as u8)
    }
}

impl Who {
    const fn number(self) -> u8 {
        self as u8
    }

    /// Name, e-mail address and roles.
    const fn entry(self) -> (&'static str, &'static str, &'static [Role]) {
        match self {
            Self::Physio => ("Paula Frei", "paula@lakeside.example", &[Role::Physiotherapist]),
            Self::OtherPhysio => ("Piet Jansen", "piet@lakeside.example", &[Role::Physiotherapist]),
            Self::Massage => ("Mara Lang", "mara@lakeside.example", &[Role::MassageTherapist]),
            Self::OtherMassage => ("Milo Weber", "milo@lakeside.example", &[Role::MassageTherapist]),
            Self::Manager => ("Greta Moser", "greta@lakeside.example", &[Role::Manager]),
            Self::Receptionist => ("Rita Senn", "rita@lakeside.example", &[Role::Receptionist]),
            Self::PrivacyOfficer => ("Olga Pfister", "olga@lakeside.example", &[Role::PrivacyOfficer]),
            Self::Owner => ("Oskar Huber", "oskar@lakeside.example", &[Role::Manager, Role::Physiotherapist]),
            Self::Elsewhere => ("Elsa Roth", "elsa@hillside.example", &[Role::Manager, Role::Physiotherapist]),
        }
    }

    /// Their e-mail address.
    pub const fn email(self) -> &'static str {
        self.entry().1
    }

    /// What they are.
    pub const fn roles(self) -> &'static [Role] {
        self.entry().2
    }

    /// Where they work.
    pub fn practice(self) -> Practice {
        if self == Self::Elsewhere { Practice::Hillside } else { Practice::Lakeside }
    }

    /// Their id.
    pub fn id(self) -> StaffId {
        fixed(0x20 + self.number())
    }

    /// The session they are in.
    pub fn session(self) -> SessionId {
        fixed(0x40 + self.number())
    }

    /// An access token of that session, issued `now`.
    pub fn token(self, keys: &Keys, now: Timestamp) -> String {
        issue(keys, &Claims::new(self.id(), self.practice().id(), self.session(), now, 600)).unwrap()
    }
}

impl Patient {
    /// Their id.
    pub fn id(self) -> PatientId {
        fixed(0x60 + self as u8)
    }

    const fn entry(self) -> (&'static str, &'static str, &'static str, &'static [Who]) {
        match self {
            Self::Ana => ("Ana", "Brunner", "1984-05-23", &[Who::Physio, Who::Massage]),
            Self::Beat => ("Beat", "Keller", "1990-11-02", &[Who::OtherMassage]),
            Self::Carla => ("Carla", "Vogt", "1971-01-30", &[Who::Elsewhere]),
        }
    }

    fn practice(self) -> Practice {
        if self == Self::Carla { Practice::Hillside } else { Practice::Lakeside }
    }
}

fn fixed<K>(number: u8) -> Id<K> {
    Id::new(MORNING, [number; 10])
}

/// Record numbers up to this one are given out.
const PATIENTS: i64 = 3;

/// Fills a migrated database with the practices, their people and their patients.
pub fn furnish(conn: &mut Conn) {
    for (of, name) in [(Practice::Lakeside, "Lakeside"), (Practice::Hillside, "Hillside")] {
        diesel::insert_into(practice::table)
            .values((
                practice::id.eq(of.id()),
                practice::name.eq(name),
                practice::time_zone.eq("Europe/Zurich"),
                practice::version.eq(1),
                practice::created_at.eq(MORNING),
            ))
            .execute(conn)
            .unwrap();
        diesel::insert_into(site::table)
            .values((
                site::id.eq(of.site()),
                site::practice_id.eq(of.id()),
                site::name.eq(name),
                site::open.eq(true),
                site::version.eq(1),
                site::created_at.eq(MORNING),
            ))
            .execute(conn)
            .unwrap();
        diesel::insert_into(record_counter::table)
            .values((
                record_counter::practice_id.eq(of.id()),
                record_counter::name.eq("patient"),
                record_counter::last.eq(PATIENTS),
            ))
            .execute(conn)
            .unwrap();
    }
    let password = hashed_password();
    for who in <Who as strum::IntoEnumIterator>::iter() {
        employ(conn, who, &password);
    }
    for (number, patient) in (1..=PATIENTS).zip([Patient::Ana, Patient::Beat, Patient::Carla]) {
        register(conn, patient, number);
    }
}

fn employ(conn: &mut Conn, who: Who, password: &str) {
    let (name, email, roles) = who.entry();
    let of = who.practice();
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(who.id()),
            staff::practice_id.eq(of.id()),
            staff::email.eq(email),
            staff::name.eq(name),
            staff::site_id.eq(of.site()),
            staff::active.eq(true),
            staff::password_hash.eq(password),
            staff::credential_version.eq(1_i64),
            staff::access_version.eq(1_i64),
            staff::version.eq(1),
            staff::created_at.eq(MORNING),
        ))
        .execute(conn)
        .unwrap();
    for role in roles {
        diesel::insert_into(staff_role::table)
            .values((
                staff_role::practice_id.eq(of.id()),
                staff_role::staff_id.eq(who.id()),
                staff_role::role.eq(<&'static str>::from(*role)),
            ))
            .execute(conn)
            .unwrap();
    }
    diesel::insert_into(session::table)
        .values((
            session::id.eq(who.session()),
            session::practice_id.eq(of.id()),
            session::staff_id.eq(who.id()),
            session::created_at.eq(MORNING),
            session::last_seen_at.eq(MORNING),
            session::authenticated_at.eq(MORNING),
            session::refresh_hash.eq(vec![who.number(); 32]),
            session::rotated_at.eq(MORNING),
            session::tolerated.eq(false),
        ))
        .execute(conn)
        .unwrap();
}

fn register(conn: &mut Conn, of: Patient, number: i64) {
    let (given, family, birth_date, team) = of.entry();
    let practice_id = of.practice().id();
    diesel::insert_into(patient::table)
        .values((
            patient::id.eq(of.id()),
            patient::practice_id.eq(practice_id),
            patient::record_number.eq(number),
            patient::given_name.eq(given),
            patient::family_name.eq(family),
            patient::folded_name.eq(format!("{} {}", family.to_lowercase(), given.to_lowercase())),
            patient::birth_date.eq(birth_date),
            patient::details.eq(r#"{"schema_version":1}"#),
            patient::access_version.eq(1_i64),
            patient::version.eq(1),
            patient::created_at.eq(MORNING),
        ))
        .execute(conn)
        .unwrap();
    for who in team {
        let id: tandem::ids::MembershipId = fixed(0x80 + 0x10 * (of as u8) + who.number());
        diesel::insert_into(care_team::table)
            .values((
                care_team::id.eq(id),
                care_team::practice_id.eq(practice_id),
                care_team::patient_id.eq(of.id()),
                care_team::staff_id.eq(who.id()),
                care_team::joined_by.eq("registration"),
                care_team::joined_at.eq(MORNING),
                care_team::lapses_at.eq(MORNING.plus_seconds(180 * 86_400)),
            ))
            .execute(conn)
            .unwrap();
    }
}

/// Makes a session as if its owner had just signed in.
pub fn renew_session(conn: &mut Conn, who: Who, now: Timestamp) {
    diesel::update(session::table.find((who.practice().id(), who.session())))
        .set((
            session::created_at.eq(now),
            session::last_seen_at.eq(now),
            session::authenticated_at.eq(now),
            session::rotated_at.eq(now),
        ))
        .execute(conn)
        .unwrap();
}

fn hashed_password() -> String {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = || {
        let costs = config::Argon2 { memory_kib: 8, iterations: 1, parallelism: 1 };
        let pool = PasswordPool::new(1, 1, costs).unwrap();
        actix_web::rt::System::new().block_on(pool.hash(SecretString::from(PASSWORD), [7; 16])).unwrap()
    };
    HASH.get_or_init(hash).clone()
}
