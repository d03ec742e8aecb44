//! One connection type for both databases.
#![expect(missing_docs, reason = "the derive makes public types without documentation")]

use diesel::{PgConnection, SqliteConnection};

/// A connection to SQLite or to PostgreSQL.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// The embedded database.
    Sqlite(SqliteConnection),
    /// The database server.
    Postgres(PgConnection),
}
