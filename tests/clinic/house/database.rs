//! A database of one's own: a copy of one that was migrated and furnished once per run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{QueryableByName, RunQueryDsl, sql_query};
use tandem::db::{self, Address, Backend, Conn};

use super::people;

const OWNER: &str = "TANDEM_TEST_POSTGRES_OWNER_URL";
const APPLICATION: &str = "TANDEM_TEST_POSTGRES_APP_URL";
const WITHOUT: &str = "TANDEM_TEST_WITHOUT_POSTGRES";

/// A database that is removed with its directory when dropped.
pub struct Database {
    owner: Address,
    application: Address,
    urls: (String, String),
    directory: PathBuf,
    name: String,
}

impl Database {
    /// A furnished SQLite database.
    pub fn sqlite() -> Self {
        static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let database = Self::empty_sqlite();
            database.furnish();
            database.owner().batch_execute("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            std::fs::read(database.file()).unwrap()
        });
        let database = Self::empty_sqlite();
        std::fs::write(database.file(), template).unwrap();
        database
    }

    /// A furnished PostgreSQL database; none if the tests run without PostgreSQL, which is then said.
    pub fn postgres() -> Option<Self> {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let (owner, application) = servers()?;
        let template = TEMPLATE.get_or_init(|| {
            remove_leftovers(&owner);
            let database = Self::clone_postgres(&owner, &application, "template0", "template");
            database.furnish();
            // Forgotten, not dropped: it stays until the next run finds it.
            let name = database.name.clone();
            std::fs::remove_dir_all(&database.directory).unwrap();
            std::mem::forget(database);
            name
        });
        Some(Self::clone_postgres(&owner, &application, template, "house"))
    }

    /// An empty PostgreSQL database; none if the tests run without PostgreSQL, which is then said.
    pub fn empty_postgres() -> Option<Self> {
        let (owner, application) = servers()?;
        Some(Self::clone_postgres(&owner, &application, "template0", "empty"))
    }

    /// An empty SQLite database.
    pub fn empty_sqlite() -> Self {
        let (name, directory) = own_directory("sqlite");
        let url = format!("sqlite:{}", directory.join("tandem.db").display());
        Self { owner: address(&url), application: address(&url), urls: (url.clone(), url), directory, name }
    }

    fn clone_postgres(owner: &str, application: &str, template: &str, purpose: &str) -> Self {
        let (name, directory) = own_directory(purpose);
        let mut server = address(owner).connect().unwrap();
        execute(&mut server, &format!("CREATE DATABASE {name} TEMPLATE {template}")).unwrap();
        let urls = (within(owner, &name), within(application, &name));
        Self { owner: address(&urls.0), application: address(&urls.1), urls, directory, name }
    }

    /// Lays its tables, its people and its patients.
    pub fn furnish(&self) {
        db::migrate(&self.owner, &self.application).unwrap();
        people::furnish(&mut self.owner());
    }

    /// Which database it is.
    pub fn backend(&self) -> Backend {
        self.application.backend()
    }

    /// A directory of its own, for what lies outside the database.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The addresses of the owner of the schema and of the application.
    pub fn addresses(&self) -> (&Address, &Address) {
        (&self.owner, &self.application)
    }

    /// A connection as the owner of the schema.
    pub fn owner(&self) -> Conn {
        self.owner.connect().unwrap()
    }

    /// A connection as the application.
    pub fn application(&self) -> Conn {
        self.application.connect().unwrap()
    }

    /// The one number that a query yields.
    pub fn count(&self, query: &str) -> i64 {
        count(&mut self.owner(), query)
    }

    /// Every row of every table but those named in `but`, as text: to see whether anything changed.
    pub fn contents(&self, but: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
        let conn = &mut self.owner();
        let tables = match self.backend() {
            Backend::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Backend::Postgres => {
                "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            }
        };
        let tables = names(conn, tables).into_iter().filter(|table| !but.contains(&&**table));
        let rows = |table: String| {
            let row = match self.backend() {
                Backend::Sqlite => {
                    let columns = names(conn, &format!("SELECT name FROM pragma_table_info('{table}')"));
                    columns.iter().map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || ',' || ")
                }
                Backend::Postgres => format!("{table}::text"),
            };
            let rows = names(conn, &format!("SELECT {row} AS name FROM {table}"));
            (table, rows)
        };
        tables.map(rows).collect()
    }

    /// The settings that name it.
    pub fn settings(&self) -> Vec<(&'static str, String)> {
        let file = |name: &str| self.directory.join(name).display().to_string();
        let mut settings = vec![
            ("database.url", self.urls.1.clone()),
            ("keys.directory", file("keys")),
            ("audit.checkpoint_file", file("checkpoints.txt")),
        ];
        if self.backend() == Backend::Postgres {
            settings.push(("database.owner_url", self.urls.0.clone()));
        }
        settings
    }

    fn file(&self) -> &str {
        self.owner.sqlite_path().unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // What cannot be removed, because the server is gone, is the next run's to find.
        if self.backend() == Backend::Postgres
            && let Some((owner, _)) = servers()
            && let Ok(mut server) = address(&owner).connect()
        {
            drop(execute(&mut server, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)));
        }
        drop(std::fs::remove_dir_all(&self.directory));
    }
}

/// The maintenance database's URLs for the owner and the application; none, said aloud, where PostgreSQL is left out.
fn servers() -> Option<(String, String)> {
    if std::env::var(WITHOUT).is_ok_and(|value| value == "1") {
        println!("skipped: {WITHOUT}=1 leaves PostgreSQL out");
        return None;
    }
    match (std::env::var(OWNER), std::env::var(APPLICATION)) {
        (Ok(owner), Ok(application)) => Some((owner, application)),
        _ => panic!(
            "{OWNER} and {APPLICATION} are not set: run scripts/test, which starts a PostgreSQL and sets them, or set \
             {WITHOUT}=1 to leave PostgreSQL out"
        ),
    }
}

/// Removes databases of runs whose process is gone.
fn remove_leftovers(owner: &str) {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    if !Path::new("/proc/self").exists() {
        return;
    }
    let mut server = address(owner).connect().unwrap();
    let query = "SELECT datname::text AS name FROM pg_database WHERE datname LIKE 'tandem\\_test\\_%'";
    for Row { name } in sql_query(query).load::<Row>(&mut server).unwrap() {
        let process = name.split('_').nth(2).unwrap_or_default();
        if !Path::new("/proc").join(process).exists() {
            drop(execute(&mut server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")));
        }
    }
}

/// A name that no other test has, and a directory under it.
fn own_directory(purpose: &str) -> (String, PathBuf) {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("tandem_test_{}_{purpose}_{number}", std::process::id());
    let directory = std::env::temp_dir().join(&name);
    std::fs::create_dir_all(&directory).unwrap();
    (name, directory)
}

fn address(url: &str) -> Address {
    Address::parse(url, Duration::from_secs(5)).unwrap()
}

/// The URL of another database on the same server.
fn within(url: &str, database: &str) -> String {
    let (server, parameters) = url.split_once('?').map_or((url, None), |(server, rest)| (server, Some(rest)));
    let (server, _) = server.rsplit_once('/').expect("the URL names a database");
    parameters.map_or_else(|| format!("{server}/{database}"), |rest| format!("{server}/{database}?{rest}"))
}

/// Runs one statement; the rows it touched, or the database's own message.
pub fn execute(conn: &mut Conn, statement: &str) -> Result<usize, String> {
    sql_query(statement).execute(conn).map_err(|refusal| refusal.to_string())
}

/// The one number that a query yields.
pub fn count(conn: &mut Conn, query: &str) -> i64 {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        number: i64,
    }
    sql_query(format!("SELECT CAST(({query}) AS BIGINT) AS number")).get_result::<Row>(conn).unwrap().number
}

/// The names that a query yields, as `name`.
pub fn names(conn: &mut Conn, query: &str) -> BTreeSet<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    sql_query(query).load::<Row>(conn).unwrap().into_iter().map(|row| row.name).collect()
}
