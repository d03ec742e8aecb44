//! A practice of one's own for each test: its own server, clock and database, gone when the test ends.
//!
//! ```ignore
//! on_both!(a_receptionist_registers_nobody_twice);
//! fn a_receptionist_registers_nobody_twice(house: &House) {
//!     let answer = house.as_(Who::Receptionist).post("/patients", json!({..}));
//!     assert_eq!(answer.status, 201, "{answer}");
//! }
//! ```
//!
//! makes the tests `a_receptionist_registers_nobody_twice::sqlite` and `::postgres`. When the case is over,
//! [`House::finish`] fails it if any call it made was not recorded once.

mod browser;
mod client;
pub mod database;
mod laid;
mod laid_referral;
mod people;
mod post;
pub mod program;
mod recorded;
mod sealed;
mod served;
mod visit;
mod window;

use std::net::TcpListener;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use actix_web::dev::ServerHandle;
use actix_web::web;
use tandem::app::App;
use tandem::auth::keys::{Keys, Seed};
use tandem::clock::{Clock, Timestamp};
use tandem::config::Config;

pub use browser::Browser;
pub use client::{Answer, Client};
pub use database::Database;
pub use laid_referral::{LaidReferral, lay_referral};
pub use people::{PASSWORD, Patient, Practice, Who, renew_session};
pub use post::{Mail, Post, runtime};
pub use program::Program;
pub use served::{Served, tandem, tandem_serve_after};
pub use visit::{new_visit, visit};
pub(crate) use window::in_chromium;
pub use window::{Scripts, Window};

/// The time at which every house begins: Monday, 2 March 2026, 08:00 in Zurich.
pub const MORNING: Timestamp = Timestamp::from_micros(1_772_434_800_000_000);

/// The time at which the practice to try stands still: Wednesday, 18 March 2026, 14:40 in Zurich.
const WEDNESDAY: Timestamp = Timestamp::from_micros(1_773_841_200_000_000);

/// Settings by key, such as `("auth.mfa_required", "true")`, beyond those of every house.
pub type Settings = &'static [(&'static str, &'static str)];

/// Makes one test for SQLite and one for PostgreSQL of a function that takes `&House`.
macro_rules! on_both {
    ($case:ident) => {
        on_both!($case, &[]);
    };
    ($case:ident, $settings:expr) => {
        mod $case {
            #[test]
            fn sqlite() {
                crate::house::on_sqlite($settings, super::$case);
            }

            #[test]
            fn postgres() {
                crate::house::on_postgres($settings, super::$case);
            }
        }
    };
}
pub(crate) use on_both;

/// Makes the same two tests of a function that takes `&House` and `&mut Post`: the house sends by that mail server.
macro_rules! on_both_with_post {
    ($case:ident) => {
        mod $case {
            #[test]
            fn sqlite() {
                if let Some(mut post) = crate::house::Post::open() {
                    crate::house::on_sqlite(post.settings(), |house| super::$case(house, &mut post));
                }
            }

            #[test]
            fn postgres() {
                if let Some(mut post) = crate::house::Post::open() {
                    crate::house::on_postgres(post.settings(), |house| super::$case(house, &mut post));
                }
            }
        }
    };
}
pub(crate) use on_both_with_post;

/// A running practice.
pub struct House {
    /// Its database.
    pub database: Database,
    /// Its time; it stands still unless a test moves it.
    pub clock: Clock,
    /// The program, for what no call from outside can do.
    pub app: web::Data<App>,
    /// The keys that its tokens and logs are signed with.
    pub keys: Arc<Keys>,
    /// Where it listens, as `http://127.0.0.1:port`.
    pub address: String,
    http: reqwest::blocking::Client,
    calls: Mutex<Vec<recorded::Call>>,
    visits: Mutex<Vec<(recorded::Visit, bool)>>,
    server: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// Runs a case in a house on SQLite.
pub fn on_sqlite(settings: Settings, case: impl FnOnce(&House)) {
    let house = House::open(Database::sqlite(), settings);
    case(&house);
    house.finish();
}

/// Runs a case in a house on PostgreSQL, or says that it does not.
pub fn on_postgres(settings: Settings, case: impl FnOnce(&House)) {
    let Some(database) = Database::postgres() else { return };
    let house = House::open(database, settings);
    case(&house);
    house.finish();
}

/// Runs a case in the practice to try, in a house on SQLite, on a Wednesday afternoon after six months of it.
pub fn in_the_demo(case: impl FnOnce(&House)) {
    let database = Database::empty_sqlite();
    let (owner, application) = database.addresses();
    tandem::db::migrate(owner, application).unwrap();
    let config = config(&database, &[]);
    let furnished = tandem::cli::furnish_demo(&config, keys(), WEDNESDAY);
    actix_web::rt::System::new().block_on(furnished).unwrap();
    case(&House::open_at(database, &[], WEDNESDAY));
}

/// The keys of every house, as `Keys::create` and `Keys::from_seeds` take them.
pub fn seeds() -> [Seed; 3] {
    [1_u8, 2, 3].map(|key| {
        let mut seed = Seed::default();
        for (place, byte) in (0_u8..).zip(seed.iter_mut()) {
            *byte = key.wrapping_mul(place) ^ 0x5a;
        }
        seed
    })
}

/// The keys of every house.
pub fn keys() -> Keys {
    Keys::from_seeds(seeds()).unwrap()
}

impl House {
    fn open(database: Database, settings: Settings) -> Self {
        Self::open_at(database, settings, MORNING)
    }

    fn open_at(database: Database, settings: Settings, now: Timestamp) -> Self {
        let config = config(&database, settings);
        let clock = Clock::fixed(now);
        let keys = keys();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (started, has_started) = mpsc::channel();
        let thread = std::thread::spawn({
            let clock = clock.clone();
            move || {
                actix_web::rt::System::new().block_on(async move {
                    let app = web::Data::new(App::build(&config, keys, clock).unwrap());
                    let server = tandem::server::serve(app.clone(), &config.server, listener).unwrap();
                    started.send((app, server.handle())).unwrap();
                    server.await.unwrap();
                });
            }
        });
        let (app, server) = has_started.recv().expect("the server starts");
        Self {
            database,
            clock,
            keys: app.keys.clone(),
            app,
            address,
            http: reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap(),
            calls: Mutex::default(),
            visits: Mutex::default(),
            server,
            thread: Some(thread),
        }
    }

    /// The settings of this house, and `more`: for a second program over its database.
    pub fn config(&self, more: Settings) -> Config {
        config(&self.database, more)
    }

    /// Somebody signed in, whose password was entered when the house opened.
    pub fn as_(&self, who: Who) -> Client<'_> {
        Client::new(self, Some(who))
    }

    /// Somebody who is not signed in.
    pub fn stranger(&self) -> Client<'_> {
        Client::new(self, None)
    }

    /// A browser that has never been here.
    pub fn browser(&self) -> Browser<'_> {
        Browser::new(self)
    }

    /// A browser in which somebody has just signed in.
    pub fn browser_of(&self, who: Who) -> Browser<'_> {
        self.browser().signed_in(who)
    }

    /// A call by nobody to any path of the server, which is not looked for in the audit log.
    pub fn raw(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let request = self.http.request(method.parse().unwrap(), format!("{}{path}", self.address));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        Answer::read(request, String::new())
    }

    /// Lets time pass.
    pub fn passes(&self, seconds: i64) {
        self.clock.advance(seconds);
    }

    /// Runs SQL as the owner of the schema; the rows it touched, or the database's refusal.
    pub fn sql(&self, statement: &str) -> Result<usize, String> {
        database::execute(&mut self.database.owner(), statement)
    }

    /// Runs SQL as the application does.
    pub fn sql_as_application(&self, statement: &str) -> Result<usize, String> {
        database::execute(&mut self.database.application(), statement)
    }

    /// The one number that a query yields.
    pub fn count(&self, query: &str) -> i64 {
        self.database.count(query)
    }

    /// Fails unless every call so far left exactly one event of what it asked for, and every visit one of its page's.
    pub fn finish(&self) {
        recorded::check_visits(&self.visits.lock().unwrap(), &mut self.database.owner());
        recorded::check(&self.calls.lock().unwrap(), &mut self.database.owner());
    }
}

impl Drop for House {
    fn drop(&mut self) {
        // The server stops when it is told; the answer to that is not waited for, the thread is.
        drop(self.server.stop(false));
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the server panicked");
        }
    }
}

fn config(database: &Database, settings: Settings) -> Config {
    let base = [
        ("server.workers", "2"),
        ("server.shutdown_seconds", "1"),
        ("database.readers", "2"),
        ("database.writers", "2"),
        ("auth.mfa_required", "false"),
        ("auth.hashing_threads", "1"),
    ];
    let cheap = people::HASHING.map(|(key, value)| (key, value));
    let own = database.settings();
    let pairs = base.iter().chain(&cheap).chain(settings).map(|(key, value)| (*key, (*value).to_owned()));
    let variables =
        pairs.chain(own).map(|(key, value)| (format!("TANDEM__{}", key.to_uppercase().replace('.', "__")), value));
    Config::load(None, variables).unwrap()
}
