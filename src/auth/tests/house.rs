//! A practice with a front door: the sign-in routes over a database of their own.

use actix_web::body::to_bytes;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App as Web, web};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::actor::{Request, Role};
use crate::app::App;
use crate::audit::Event;
use crate::auth::email;
use crate::auth::keys::Keys;
use crate::auth::token::invitation_token;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::db::Backend;
use crate::db::schema::{audit_event, invitation, practice, staff, staff_role};
use crate::db::trial::Trial;
use crate::ids::{Id, PracticeId, StaffId};
use crate::{db, routes};

pub const NOON: Timestamp = Timestamp::from_micros(1_772_366_400_000_000);
pub const PASSWORD: &str = "a long and quiet morning";

/// The program over a database that is gone when the test is over; its clock starts at [`NOON`].
pub struct House {
    pub app: web::Data<App>,
    pub clock: Clock,
    pub practice: PracticeId,
    /// Dropped last: the program has its hands on it.
    _database: Trial,
}

/// What was answered.
#[derive(Debug)]
pub struct Answered {
    pub status: u16,
    pub json: Value,
    pub retry_after: Option<u32>,
}

impl Answered {
    pub fn code(&self) -> &str {
        self.json["code"].as_str().unwrap_or_default()
    }

    pub fn text(&self, field: &str) -> String {
        self.json[field].as_str().unwrap_or_else(|| panic!("no {field} in {}", self.json)).to_owned()
    }
}

impl House {
    /// A practice where nobody works yet.
    pub async fn new(backend: Backend) -> Self {
        let database = Trial::on(backend);
        let settings = [
            ("AUTH__ARGON2__MEMORY_KIB", "8".to_owned()),
            ("AUTH__ARGON2__ITERATIONS", "1".to_owned()),
            ("AUTH__MFA_REQUIRED", "false".to_owned()),
        ];
        let env = settings.into_iter().chain(database.settings()).map(|(key, value)| (format!("TANDEM__{key}"), value));
        let config = Config::load(None, env).unwrap();
        let clock = Clock::fixed(NOON);
        let keys = Keys::from_seeds([1, 2, 3].map(|byte| [byte; 32].into())).unwrap();
        let app = web::Data::new(App::build(&config, keys, clock.clone()).unwrap());
        let mut house = Self { app, clock, practice: Id::new(NOON, [0; 10]), _database: database };
        house.practice = house.another_practice(1).await;
        house
    }

    /// One more practice under the same roof.
    pub async fn another_practice(&self, number: u8) -> PracticeId {
        let id: PracticeId = Id::new(NOON, [number; 10]);
        let insert = move |conn: &mut db::Conn| {
            diesel::insert_into(practice::table)
                .values((
                    practice::id.eq(id),
                    practice::name.eq("Seaside"),
                    practice::time_zone.eq("Europe/Lisbon"),
                    practice::version.eq(1),
                    practice::created_at.eq(NOON),
                ))
                .execute(conn)?;
            Ok(())
        };
        self.app.db.upkeep(insert).await.unwrap();
        id
    }

    /// Somebody who works here and has a password.
    pub async fn hire(&self, address: &str) -> StaffId {
        self.hire_at(self.practice, address, Some(PASSWORD)).await
    }

    /// Somebody who works at `practice`.
    pub async fn hire_at(&self, practice: PracticeId, address: &str, password: Option<&str>) -> StaffId {
        let mut ten = [0; 10];
        ten.copy_from_slice(&self.app.random()[..10]);
        let id: StaffId = Id::new(NOON, ten);
        let phc = match password {
            Some(password) => Some(self.app.passwords.hash(password.into(), [5; 16]).await.unwrap()),
            None => None,
        };
        let address = email::fold(address);
        let insert = move |conn: &mut db::Conn| {
            diesel::insert_into(staff::table)
                .values((
                    staff::id.eq(id),
                    staff::practice_id.eq(practice),
                    staff::email.eq(&address),
                    staff::name.eq("Anna Berg"),
                    staff::active.eq(true),
                    staff::password_hash.eq(phc.clone()),
                    staff::credential_version.eq(1),
                    staff::access_version.eq(1),
                    staff::version.eq(1),
                    staff::created_at.eq(NOON),
                ))
                .execute(conn)?;
            diesel::insert_into(staff_role::table)
                .values((
                    staff_role::practice_id.eq(practice),
                    staff_role::staff_id.eq(id),
                    staff_role::role.eq(Role::Physiotherapist),
                ))
                .execute(conn)?;
            Ok(())
        };
        self.app.db.upkeep(insert).await.unwrap();
        id
    }

    /// Invites somebody; yields the token that is mailed to them.
    pub async fn invite(&self, invited: StaffId) -> String {
        let practice = self.practice;
        let (token, hash) = invitation_token(practice, invited, self.app.random());
        let insert = move |conn: &mut db::Conn| {
            diesel::insert_into(invitation::table)
                .values((
                    invitation::practice_id.eq(practice),
                    invitation::staff_id.eq(invited),
                    invitation::token_hash.eq(hash.as_slice()),
                    invitation::expires_at.eq(NOON.plus_seconds(crate::auth::rules::INVITATION_SECONDS)),
                ))
                .execute(conn)?;
            Ok(())
        };
        self.app.db.upkeep(insert).await.unwrap();
        token
    }

    /// Ends somebody's employment behind the program's back.
    pub async fn dismiss(&self, id: StaffId) {
        let practice = self.practice;
        let dismiss = move |conn: &mut db::Conn| {
            diesel::update(staff::table.find((practice, id))).set(staff::active.eq(false)).execute(conn)?;
            Ok(())
        };
        self.app.db.upkeep(dismiss).await.unwrap();
    }

    pub async fn post(&self, path: &str, bearer: Option<&str>, body: Value) -> Answered {
        self.send(TestRequest::post().uri(&format!("/api/v1{path}")).set_json(body), bearer).await
    }

    pub async fn get(&self, path: &str, bearer: &str) -> Answered {
        self.send(TestRequest::get().uri(&format!("/api/v1{path}")), Some(bearer)).await
    }

    pub async fn delete(&self, path: &str, bearer: &str) -> Answered {
        self.send(TestRequest::delete().uri(&format!("/api/v1{path}")), Some(bearer)).await
    }

    /// Tries to sign in.
    pub async fn sign_in(&self, address: &str, password: &str) -> Answered {
        self.post("/auth/login", None, json!({"email": address, "password": password})).await
    }

    /// Tries to sign in with a code besides.
    pub async fn sign_in_with(&self, address: &str, field: &str, code: &str) -> Answered {
        let body = json!({"email": address, "password": PASSWORD, field: code});
        self.post("/auth/login", None, body).await
    }

    async fn send(&self, request: TestRequest, bearer: Option<&str>) -> Answered {
        let service =
            init_service(Web::new().app_data(self.app.clone()).app_data(web::Data::new(routes::actions())).service(
                web::scope(routes::BASE).wrap(from_fn(crate::http::record_every_call)).configure(routes::configure),
            ))
            .await;
        let request = request.peer_addr("192.0.2.7:4000".parse().unwrap());
        let request = match bearer {
            Some(token) => request.insert_header(("Authorization", format!("Bearer {token}"))),
            None => request,
        };
        let response = call_service(&service, request.to_request()).await;
        let status = response.status().as_u16();
        let retry_after = response.headers().get("Retry-After").map(|value| value.to_str().unwrap().parse().unwrap());
        let bytes = to_bytes(response.into_body()).await.unwrap();
        Answered { status, json: serde_json::from_slice(&bytes).unwrap_or(Value::Null), retry_after }
    }

    /// A call from outside, for what is not reached by HTTP.
    pub fn request(&self) -> Request {
        Request { id: "test".to_owned(), address: None, at: self.clock.now(), seed: self.app.random() }
    }

    /// Everything recorded so far, in order.
    pub async fn events(&self) -> Vec<Event> {
        let load = |conn: &mut db::Conn| {
            let order = (audit_event::at, audit_event::id);
            Ok(audit_event::table.order(order).select(audit_event::leaf).load::<Vec<u8>>(conn)?)
        };
        let leaves = self.app.db.look(load).await.unwrap();
        leaves.iter().map(|leaf| Event::read(leaf).unwrap()).collect()
    }

    /// What was recorded at this very moment: outcome and code.
    pub async fn recorded_now(&self) -> Vec<(String, String)> {
        let now = self.clock.now();
        let events = self.events().await.into_iter().filter(|event| event.at == now);
        events.map(|event| (event.outcome.to_string(), event.code.into_owned())).collect()
    }
}
