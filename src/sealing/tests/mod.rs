//! The log in a real database: SQLite always; PostgreSQL too where `TANDEM_TEST_POSTGRES_OWNER_URL` and
//! `TANDEM_TEST_POSTGRES_APP_URL` are set (the owner must be allowed to create databases).

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use ed25519_dalek::SigningKey;

use super::*;
use crate::actor::{Party, Request};
use crate::audit::Log;
use crate::audit::verify::{Report, Where};
use crate::clock::{Clock, Timestamp};
use crate::db::{Address, Backend, Call, Conn, Db, Limits, Open, migrate};
use crate::ids::{Id, PatientId, PracticeId};
use crate::policy::Action;

mod every_byte;
mod sealing;
mod tampering;

/// A directory that goes when the test ends.
pub struct TempDir(PathBuf);

impl TempDir {
    pub fn new(name: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = format!("tandem_test_{}_{name}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let path = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

pub fn id<K>(number: u128) -> Id<K> {
    Id::from_uuid(uuid::Uuid::from_u128(0x0189_0a5d_ac96_7000_8000_0000_0000_0000 + number))
}

pub const PRACTICE: u128 = 4;

/// An installation with one practice.
struct World {
    dir: TempDir,
    db: Option<Db>,
    /// A connection that may do everything, dropping triggers included.
    owner: Conn,
    backend: Backend,
    sealer: Sealer,
    now: Timestamp,
    calls: u8,
    /// How to get rid of a PostgreSQL database.
    remove: Option<(Address, String)>,
}

fn address(url: &str) -> Address {
    Address::parse(url, Duration::from_secs(5)).unwrap()
}

impl World {
    /// One world for each database at hand.
    fn all(name: &str) -> Vec<Self> {
        let dir = TempDir::new(name);
        let sqlite = address(&format!("sqlite:{}", dir.path("tandem.db").display()));
        let mut worlds = vec![Self::at(dir, &sqlite, &sqlite, None)];
        let urls = ["TANDEM_TEST_POSTGRES_OWNER_URL", "TANDEM_TEST_POSTGRES_APP_URL"].map(std::env::var);
        if let [Ok(owner), Ok(application)] = urls {
            let dir = TempDir::new(name);
            let database = dir.0.file_name().unwrap().to_str().unwrap().to_owned();
            let server = address(&owner);
            server.connect().unwrap().batch_execute(&format!("CREATE DATABASE {database}")).unwrap();
            let [owner, application] =
                [owner, application].map(|url| address(&format!("{}/{database}", url.rsplit_once('/').unwrap().0)));
            worlds.push(Self::at(dir, &owner, &application, Some((server, database))));
        }
        worlds
    }

    fn at(dir: TempDir, owner: &Address, application: &Address, remove: Option<(Address, String)>) -> Self {
        migrate(owner, application).unwrap();
        let now = Timestamp::parse("2026-03-02T08:00:00Z").unwrap();
        let limits = Limits { readers: 2, writers: 2, waiting: 1024 };
        let db = Some(Db::open(application, &Clock::fixed(now), &limits).unwrap());
        let sealer = Self::sealer(&dir);
        let backend = owner.backend();
        Self { owner: owner.connect().unwrap(), dir, db, backend, sealer, now, calls: 0, remove }
    }

    /// A sealer as it starts with the program.
    fn sealer(dir: &TempDir) -> Sealer {
        Sealer::new(key(1), vec![], CheckpointFile::at(&dir.path("checkpoints.txt")))
    }

    fn db(&self) -> &Db {
        self.db.as_ref().unwrap()
    }

    /// So many events in a log; every third has a reason in words, and each names two patients.
    async fn happen(&mut self, log: Log, events: u32) {
        self.calls += 1;
        let request = Request { id: "r-1".into(), address: None, at: self.now, seed: [self.calls; 32] };
        let call = Call::new(request, Action::SetUpPractice, Arc::new(Open(Party::System)));
        let write = move |tx: &mut crate::db::Tx| {
            for number in 0..events {
                tx.record_own(log, "set_up");
                if let Log::Practice(practice) = log {
                    tx.in_the_name_of(practice, id(1), id(2));
                }
                tx.discloses([id(70), id(71)] as [PatientId; 2]);
                if number % 3 == 2 {
                    tx.explains(&format!("reason no. {number} – „früher“"));
                }
            }
            Ok(())
        };
        self.db().write(&call, write).await.unwrap();
    }

    async fn seal(&self) -> u64 {
        self.sealer.seal_all(self.db(), self.now).await.unwrap()
    }

    fn outside(&self) -> String {
        CheckpointFile::at(&self.dir.path("checkpoints.txt")).read().unwrap()
    }

    fn verify(&mut self, log: Log) -> Report {
        let outside = self.outside();
        verify(&mut self.owner, log, &outside, &[key(1).verifying_key()]).unwrap()
    }

    /// What somebody does first who has the whole database.
    fn drop_triggers(&mut self) {
        let tables = ["event", "subject", "text", "leaf", "checkpoint"].map(|name| format!("audit_{name}"));
        let sql = tables.map(|table| match self.backend {
            Backend::Sqlite => format!("DROP TRIGGER {table}_is_frozen; DROP TRIGGER {table}_is_kept"),
            Backend::Postgres => format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
        });
        self.sql(&sql.join(";"));
    }

    fn sql(&mut self, sql: &str) {
        self.owner.batch_execute(sql).unwrap_or_else(|error| panic!("{error}: {sql}"));
    }

    fn uuid<K>(&self, id: Id<K>) -> String {
        match self.backend {
            Backend::Sqlite => format!("X'{}'", id.uuid().simple()),
            Backend::Postgres => format!("'{id}'"),
        }
    }

    fn bytes(&self, hexadecimal: &str) -> String {
        match self.backend {
            Backend::Sqlite => format!("X'{hexadecimal}'"),
            Backend::Postgres => format!("'\\x{hexadecimal}'"),
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        self.db = None;
        if let Some((server, database)) = self.remove.take() {
            // One that the server itself is just tending to is left for the next run of the clinic's tests to remove.
            let mut server = server.connect().unwrap();
            drop(server.batch_execute(&format!("DROP DATABASE {database} WITH (FORCE)")));
        }
    }
}

fn practice() -> Log {
    Log::Practice(id::<crate::ids::kind::Practice>(PRACTICE) as PracticeId)
}

/// Whether a finding points at the event with this number.
fn points_at(at: Where, seq: u64) -> bool {
    match at {
        Where::Seq(found) => found == seq,
        Where::Between(from, to) => (from..to).contains(&seq),
        Where::Checkpoint(_) | Where::Outside(_) | Where::Unsealed | Where::Note(_) => false,
    }
}
