//! One connection, to either database, set up as the promises need it.

use std::collections::HashSet;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::multi::Conn;
use crate::error::{Code, Error, Result};

const SQLITE_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES_MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Which of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// Embedded, one writer.
    Sqlite,
    /// A server, many writers.
    Postgres,
}

/// Where the database is, and how it may be used.
#[derive(Clone, Debug)]
pub struct Address {
    pub(super) url: String,
    busy_timeout: Duration,
}

impl Address {
    /// Reads a URL: `sqlite:PATH` or `postgres://...`.
    ///
    /// # Errors
    /// Another scheme; the message never repeats the URL, which may hold a password.
    pub fn parse(url: &str, busy_timeout: Duration) -> Result<Self> {
        if url.starts_with("sqlite:") || url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self { url: url.to_owned(), busy_timeout })
        } else {
            Err(Error::new(Code::Internal, "database.url: begin it with sqlite: or postgres://"))
        }
    }

    /// Which database the URL names.
    #[must_use]
    pub fn backend(&self) -> Backend {
        if self.url.starts_with("sqlite:") { Backend::Sqlite } else { Backend::Postgres }
    }

    /// The file of an SQLite database.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<&str> {
        self.url.strip_prefix("sqlite:")
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// [`Code::Unavailable`] with the cause.
    pub fn connect(&self) -> Result<Conn> {
        if let Some(path) = self.sqlite_path() {
            let mut conn = SqliteConnection::establish(path).map_err(unavailable)?;
            // recursive_triggers: without it INSERT OR REPLACE deletes past the refusing triggers.
            // mmap_size: after every commit of another connection SQLite lets the whole mapping go, and faults cost more
            // than reading.
            conn.batch_execute(&format!(
                "PRAGMA busy_timeout = {}; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
                 PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA mmap_size = 0; \
                 PRAGMA cache_size = -4000; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;",
                self.busy_timeout.as_millis()
            ))
            .map_err(unavailable)?;
            return Ok(Conn::Sqlite(conn));
        }
        let mut conn = PgConnection::establish(&self.url).map_err(unavailable)?;
        // synchronous_commit: a server, a database or a role may have it off, and then answers before anything is durable.
        conn.batch_execute(&format!(
            "SET synchronous_commit = on; SET lock_timeout = {0}; SET statement_timeout = 30000; \
             SET idle_in_transaction_session_timeout = 30000; SET client_min_messages = warning",
            self.busy_timeout.as_millis()
        ))
        .map_err(unavailable)?;
        Ok(Conn::Postgres(conn))
    }
}

fn unavailable(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error { cause: Some(cause.into()), ..Error::later(Code::Unavailable, 5) }
}

/// Runs the migrations that have not been run, one process at a time, and on PostgreSQL grants the application
/// role what it needs and no more. Where nothing is to be run, the application itself will do as the owner.
///
/// # Errors
/// A migration that failed, with the database's own message as the cause.
pub fn migrate(owner: &Address, application: &Address) -> Result<Vec<String>> {
    if owner.url == application.url && application.connect().and_then(|mut conn| is_current(&mut conn)).unwrap_or(false)
    {
        return Ok(Vec::new());
    }
    let done = match owner.connect()? {
        Conn::Sqlite(mut conn) => without_foreign_keys(&mut conn, |conn| {
            conn.run_pending_migrations(SQLITE_MIGRATIONS).map(|run| named(&run))
        })?,
        Conn::Postgres(mut conn) => {
            conn.batch_execute("SET statement_timeout = 0; SELECT pg_advisory_lock(7210)").map_err(unavailable)?;
            let done =
                conn.run_pending_migrations(POSTGRES_MIGRATIONS).map(|run| named(&run)).map_err(Error::internal)?;
            grant(&mut conn, application)?;
            conn.batch_execute("SELECT pg_advisory_unlock(7210)").map_err(unavailable)?;
            done
        }
    };
    Ok(done)
}

/// Reverts the newest migration; for the test that proves each `down.sql` really reverts.
///
/// # Errors
/// A migration that failed.
pub fn revert(owner: &Address) -> Result<()> {
    match owner.connect()? {
        Conn::Sqlite(mut conn) => {
            without_foreign_keys(&mut conn, |conn| conn.revert_last_migration(SQLITE_MIGRATIONS).map(drop))
        }
        Conn::Postgres(mut conn) => conn.revert_last_migration(POSTGRES_MIGRATIONS).map(drop).map_err(Error::internal),
    }
}

/// Whether every migration has been run. Asks as the application, which may not make the table that diesel's own
/// question makes sure of.
///
/// # Errors
/// The database cannot be asked, or no migration was ever run.
pub fn is_current(conn: &mut Conn) -> Result<bool> {
    #[derive(diesel::QueryableByName)]
    struct Run {
        #[diesel(sql_type = diesel::sql_types::Text)]
        version: String,
    }
    let runs = diesel::sql_query("SELECT version FROM __diesel_schema_migrations").load::<Run>(conn)?;
    let run: HashSet<String> = runs.into_iter().map(|run| run.version).collect();
    let known = match conn {
        Conn::Sqlite(_) => versions::<Sqlite>(&SQLITE_MIGRATIONS)?,
        Conn::Postgres(_) => versions::<Pg>(&POSTGRES_MIGRATIONS)?,
    };
    Ok(known.iter().all(|version| run.contains(version)))
}

fn versions<DB: diesel::backend::Backend>(migrations: &EmbeddedMigrations) -> Result<Vec<String>> {
    let migrations: Vec<Box<dyn Migration<DB>>> = migrations.migrations().map_err(Error::internal)?;
    Ok(migrations.iter().map(|migration| migration.name().version().to_string()).collect())
}

/// Runs `change` while SQLite lets a table go that others refer to, so that it can be made anew under its name; then looks
/// whether every reference still holds.
fn without_foreign_keys<T>(
    conn: &mut SqliteConnection,
    change: impl FnOnce(&mut SqliteConnection) -> diesel::migration::Result<T>,
) -> Result<T> {
    #[derive(diesel::QueryableByName)]
    struct Broken {
        #[diesel(sql_type = diesel::sql_types::Text)]
        table: String,
    }
    conn.batch_execute("PRAGMA foreign_keys = OFF").map_err(unavailable)?;
    let done = change(conn).map_err(Error::internal)?;
    let broken = diesel::sql_query("PRAGMA foreign_key_check").load::<Broken>(conn).map_err(unavailable)?;
    match broken.first() {
        Some(Broken { table }) => Err(Error::internal(format!("a migration left {table} with a broken reference"))),
        None => Ok(done),
    }
}

fn named(migrations: &[diesel::migration::MigrationVersion<'_>]) -> Vec<String> {
    migrations.iter().map(ToString::to_string).collect()
}

fn grant(owner: &mut PgConnection, application: &Address) -> Result<()> {
    #[derive(diesel::QueryableByName)]
    struct Name {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let Conn::Postgres(mut conn) = application.connect()? else { return Ok(()) };
    let ask = "SELECT quote_ident(current_user) AS name";
    let role = diesel::sql_query(ask).get_result::<Name>(&mut conn).map_err(unavailable)?.name;
    let own = diesel::sql_query(ask).get_result::<Name>(owner).map_err(unavailable)?.name;
    if role == own {
        return Ok(());
    }
    owner
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA public TO {role}; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}; \
             REVOKE INSERT, UPDATE, DELETE ON __diesel_schema_migrations FROM {role}"
        ))
        .map_err(unavailable)
}
