//! Databases for tests: migrated, empty, and gone when they are dropped.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;

use super::{Address, Backend, migrate};

/// Runs an asynchronous case that takes a [`Backend`] on SQLite and on PostgreSQL.
macro_rules! on_both {
    ($case:ident) => {
        mod $case {
            #[actix_web::test]
            async fn sqlite() {
                super::$case(crate::db::Backend::Sqlite).await;
            }

            #[actix_web::test]
            async fn postgres() {
                if crate::db::trial::has_postgres() {
                    super::$case(crate::db::Backend::Postgres).await;
                }
            }
        }
    };
}
pub(crate) use on_both;

/// A database of one test.
pub struct Trial {
    /// As the owner of the schema comes to it.
    pub owner: Address,
    /// As the application comes to it.
    pub application: Address,
    directory: PathBuf,
    name: String,
}

/// Whether there is a PostgreSQL to try; says so where there is none.
pub fn has_postgres() -> bool {
    let without = std::env::var("TANDEM_TEST_WITHOUT_POSTGRES").is_ok_and(|value| value == "1");
    if without {
        println!("skipped: TANDEM_TEST_WITHOUT_POSTGRES=1 leaves PostgreSQL out");
    }
    !without
}

fn server(role: &str) -> String {
    std::env::var(format!("TANDEM_TEST_POSTGRES_{role}_URL"))
        .unwrap_or_else(|_| panic!("TANDEM_TEST_POSTGRES_{role}_URL is not set: run scripts/test"))
}

fn address(url: &str) -> Address {
    Address::parse(url, Duration::from_secs(5)).unwrap()
}

fn within(url: &str, database: &str) -> Address {
    let (url, parameters) = url.split_once('?').map_or((url, String::new()), |(url, rest)| (url, format!("?{rest}")));
    address(&format!("{}/{database}{parameters}", url.rsplit_once('/').unwrap().0))
}

impl Trial {
    /// A migrated database.
    ///
    /// # Panics
    /// It cannot be made: the test it is for cannot run.
    pub fn on(backend: Backend) -> Self {
        match backend {
            Backend::Sqlite => {
                let trial = Self::named(|directory| {
                    let file = address(&format!("sqlite:{}", directory.join("tandem.db").display()));
                    (file.clone(), file)
                });
                migrate(&trial.owner, &trial.application).unwrap();
                trial
            }
            Backend::Postgres => {
                static TEMPLATE: OnceLock<String> = OnceLock::new();
                let template = TEMPLATE.get_or_init(|| {
                    let trial = Self::copy_of("template0");
                    migrate(&trial.owner, &trial.application).unwrap();
                    // It stays until the clinic's tests find a database whose process is gone.
                    let name = trial.name.clone();
                    std::mem::forget(trial);
                    name
                });
                Self::copy_of(template)
            }
        }
    }

    fn copy_of(template: &str) -> Self {
        let trial = Self::named(|directory| {
            let name = directory.file_name().unwrap().to_str().unwrap().to_owned();
            (within(&server("OWNER"), &name), within(&server("APP"), &name))
        });
        let create = format!("CREATE DATABASE {} TEMPLATE {template}", trial.name);
        address(&server("OWNER")).connect().unwrap().batch_execute(&create).unwrap();
        trial
    }

    fn named(addresses: impl FnOnce(&PathBuf) -> (Address, Address)) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("tandem_test_{}_trial_{number}", std::process::id());
        let directory = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&directory).unwrap();
        let (owner, application) = addresses(&directory);
        Self { owner, application, directory, name }
    }

    /// The settings that name it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let mut settings = vec![("DATABASE__URL", self.application.url.clone())];
        if self.owner.backend() == Backend::Postgres {
            settings.push(("DATABASE__OWNER_URL", self.owner.url.clone()));
        }
        settings
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        if self.owner.backend() == Backend::Postgres
            && let Ok(mut server) = address(&server("OWNER")).connect()
        {
            drop(server.batch_execute(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
        }
        drop(std::fs::remove_dir_all(&self.directory));
    }
}
