//! The staff room's day, on a database of its own, through the door that bearers of tokens come through.

mod founding;
mod leaving;
mod roles;
mod sites;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use diesel::prelude::*;

use super::{Founding, NewStaff, StaffView, add_staff_member, found_practice, ops};
use crate::actor::{Party, Request, Role};
use crate::audit::{Event, Log, Outcome};
use crate::auth::keys::{Keys, Seed};
use crate::auth::rules::Limits;
use crate::auth::token::Claims;
use crate::auth::{Bearer, SessionLimits};
use crate::clock::{Clock, Timestamp};
use crate::db::schema::{audit_event, session};
use crate::db::trial::{Trial, on_both};
use crate::db::{self, Backend, Call, Db, Open, Retry, Tx};
use crate::error::Result;
use crate::ids::{Id, PatientId, PracticeId, SessionId, StaffId};
use crate::policy::Action;

/// 2026-03-01, half past nine.
const MORNING: Timestamp = Timestamp::from_micros(1_772_357_400_000_000);

/// Keys like any other.
fn keys() -> Keys {
    let seed = |key: u8| {
        let mut seed = Seed::default();
        for (place, byte) in (0_u8..).zip(seed.iter_mut()) {
            *byte = key.wrapping_mul(place) ^ 0x5a;
        }
        seed
    };
    Keys::from_seeds([seed(1), seed(2), seed(3)]).unwrap()
}

/// A practice on a database of its own, which goes when it is dropped.
struct Practice {
    db: Db,
    id: PracticeId,
    manager: StaffId,
    calls: AtomicU8,
    /// Dropped last.
    _database: Trial,
}

fn founding() -> Founding {
    Founding {
        practice_name: "Linden Street".into(),
        time_zone: "Europe/Vienna".into(),
        site_name: "Main house".into(),
        person_name: "Mara Lang".into(),
        email: "Mara@Example.org".into(),
        roles: vec![Role::Manager, Role::PrivacyOfficer],
        password_hash: "$argon2id$".into(),
    }
}

fn request(number: u8) -> Request {
    Request { id: format!("r-{number}"), address: None, at: MORNING, seed: [number; 32] }
}

fn system(number: u8) -> Call {
    Call::new(request(number), Action::SetUpPractice, Arc::new(Open(Party::System)))
}

impl Practice {
    /// Founded by Mara, manager and privacy officer.
    async fn new(backend: Backend) -> Self {
        let database = Trial::on(backend);
        let limits = db::Limits { readers: 2, writers: 1, waiting: 16 };
        let db = Db::open(&database.application, &Clock::fixed(MORNING), &limits).unwrap();
        let (id, manager) = db.write(&system(1), |tx| found_practice(tx, &founding())).await.unwrap();
        Self { db, id, manager, calls: AtomicU8::new(2), _database: database }
    }

    fn number(&self) -> u8 {
        self.calls.fetch_add(1, Ordering::SeqCst)
    }

    async fn add(&self, name: &str, roles: &[Role]) -> StaffId {
        let practice = self.id;
        let new = somebody(name, roles);
        let call = system(self.number());
        self.db.write(&call, move |tx| add_staff_member(tx, practice, &new, Some("$argon2id$".into()))).await.unwrap()
    }

    /// Signs somebody in, and says in which session.
    async fn sign_in(&self, staff: StaffId) -> SessionId {
        let (practice, id) = (self.id, request(self.number()).id(1));
        self.db
            .upkeep(move |conn| {
                diesel::insert_into(session::table)
                    .values((
                        session::id.eq(id),
                        session::practice_id.eq(practice),
                        session::staff_id.eq(staff),
                        session::created_at.eq(MORNING),
                        session::last_seen_at.eq(MORNING),
                        session::authenticated_at.eq(MORNING),
                        session::refresh_hash.eq(vec![0]),
                        session::rotated_at.eq(MORNING),
                        session::tolerated.eq(false),
                    ))
                    .execute(conn)?;
                Ok(())
            })
            .await
            .unwrap();
        id
    }

    fn call(&self, staff: StaffId, session: SessionId, action: Action) -> Call {
        let claims = Claims::new(staff, self.id, session, MORNING, 600);
        let limits = Limits { idle_seconds: 3600, absolute_seconds: 3600 };
        let settings = Arc::new(SessionLimits { limits, access_seconds: 600, lock_seconds: 900, mfa_required: false });
        Call::new(request(self.number()), action, Arc::new(Bearer::new(&claims, action, &settings)))
    }

    /// What `staff` does in a session of their own.
    async fn acts<T, F>(&self, staff: StaffId, action: Action, act: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx) -> Result<T> + Send + 'static,
    {
        let session = self.sign_in(staff).await;
        self.db.write(&self.call(staff, session, action), act).await
    }

    async fn member(&self, id: StaffId) -> StaffView {
        self.acts(self.manager, Action::ReadStaff, move |tx| ops::read(tx, id)).await.unwrap()
    }

    /// The practice's events of an action.
    async fn events(&self, log: Log, action: Action) -> Vec<Event> {
        let leaves = move |conn: &mut db::Conn| {
            Ok(audit_event::table
                .filter(audit_event::log_id.eq(log.id()))
                .filter(audit_event::action.eq(action))
                .order(audit_event::id)
                .select(audit_event::leaf)
                .load::<Vec<u8>>(conn)?)
        };
        let leaves = self.db.look(leaves).await.unwrap();
        leaves.iter().map(|leaf| Event::read(leaf).unwrap()).collect()
    }
}

fn somebody(name: &str, roles: &[Role]) -> NewStaff {
    NewStaff {
        name: name.into(),
        email: format!("{}@example.org", name.to_lowercase()),
        roles: roles.to_vec(),
        site_id: None,
        supervisor_id: None,
    }
}

fn once() -> Retry {
    Retry { key: None, route: "POST /api/v1/staff".into(), mac: [0; 32] }
}
