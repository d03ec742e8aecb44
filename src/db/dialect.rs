//! What the two databases say differently, beyond what diesel writes for both.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use diesel::expression::{SqlLiteral, ValidGrouping, is_aggregate};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Bool, Text};

use super::schema::{audit_leaf, outbox};
use super::{Backend, Conn, MultiBackend};
use crate::audit::Hash;
use crate::clock::Timestamp;
use crate::error::Result;
use crate::ids::{EventId, MailId, PatientId, PracticeId};

/// PostgreSQL's advisory lock for sealing.
const SEALING: i64 = 7211;
/// Leaves in one statement: four values each, well below what SQLite binds.
const LEAVES: usize = 250;

/// Whether this transaction may seal: one at a time. SQLite has but one writer anyway.
///
/// # Errors
/// The database's.
pub fn may_seal(conn: &mut Conn) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Got {
        #[diesel(sql_type = diesel::sql_types::Bool)]
        got: bool,
    }
    match conn {
        Conn::Sqlite(_) => Ok(true),
        Conn::Postgres(conn) => {
            let ask = format!("SELECT pg_try_advisory_xact_lock({SEALING}) AS got");
            Ok(diesel::sql_query(ask).get_result::<Got>(conn)?.got)
        }
    }
}

/// Writes something to the disk that means nothing, once it is committed.
///
/// # Errors
/// The database's.
pub fn leave_a_trace(conn: &mut Conn) -> Result<()> {
    let write = match conn {
        Conn::Sqlite(_) => "PRAGMA user_version = 1",
        Conn::Postgres(_) => "SELECT pg_current_xact_id()",
    };
    Ok(conn.batch_execute(write)?)
}

/// Inserts the leaves of one log, numbered from `from` on, many a statement.
///
/// # Errors
/// The database's.
pub fn insert_leaves(conn: &mut Conn, log: PracticeId, from: i64, leaves: &[(EventId, Hash)]) -> Result<()> {
    let mut numbered = (from..).zip(leaves);
    loop {
        let rows: Vec<_> = numbered
            .by_ref()
            .take(LEAVES)
            .map(|(seq, (event, hash))| {
                (
                    audit_leaf::log_id.eq(log),
                    audit_leaf::seq.eq(seq),
                    audit_leaf::event_id.eq(*event),
                    audit_leaf::leaf_hash.eq(hash.0.to_vec()),
                )
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        match conn {
            Conn::Sqlite(conn) => diesel::insert_into(audit_leaf::table).values(rows).execute(conn)?,
            Conn::Postgres(conn) => diesel::insert_into(audit_leaf::table).values(rows).execute(conn)?,
        };
    }
}

/// The mail of a practice that is due first: one that waits, or one whose worker's lease has ended. PostgreSQL locks it until
/// the transaction ends and passes over those that others have locked; SQLite has but one writer.
///
/// # Errors
/// The database's.
pub fn due_mail(conn: &mut Conn, practice: PracticeId, now: Timestamp) -> Result<Option<MailId>> {
    let due = outbox::table
        .filter(outbox::practice_id.eq(practice))
        .filter(outbox::state.eq("waiting").or(outbox::state.eq("sending")))
        .filter(outbox::next_at.le(now))
        .order((outbox::next_at, outbox::id))
        .limit(1)
        .select(outbox::id);
    Ok(match conn {
        Conn::Sqlite(conn) => due.first(conn).optional()?,
        Conn::Postgres(conn) => due.for_update().skip_locked().first(conn).optional()?,
    })
}

/// Whether a row of `note` is a draft: spelt out, since the index on drafts alone is found by nothing else.
pub fn is_draft() -> SqlLiteral<Bool> {
    diesel::dsl::sql("note.state = 'draft'")
}

/// Whether a row of `note` is of one of some patients and its kept words hold all of some words.
#[derive(Clone, Debug, QueryId)]
pub struct HasWords {
    text: String,
    backend: Backend,
}

impl HasWords {
    /// The words have to be folded: of letters and digits alone, nothing in them can mean anything to the database.
    #[must_use]
    pub fn new(conn: &Conn, patients: &[PatientId], words: &BTreeSet<String>) -> Self {
        let all = |quote: char, and: &str| {
            words.iter().map(|word| format!("{quote}{word}{quote}")).collect::<Vec<_>>().join(and)
        };
        let any = |quote: char, or: &str, name: fn(&PatientId) -> String| {
            patients.iter().map(|id| format!("{quote}{}{quote}", name(id))).collect::<Vec<_>>().join(or)
        };
        match conn {
            Conn::Sqlite(_) => {
                let patients = any('"', " OR ", |id| id.uuid().simple().to_string());
                let text = format!("patient : ({patients}) AND words : ({})", all('"', " AND "));
                Self { text, backend: Backend::Sqlite }
            }
            Conn::Postgres(_) => {
                let patients = any('\'', " | ", ToString::to_string);
                let text = format!("({patients}) & {}", all('\'', " & "));
                Self { text, backend: Backend::Postgres }
            }
        }
    }
}

impl Expression for HasWords {
    type SqlType = Bool;
}

impl QueryFragment<MultiBackend> for HasWords {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> QueryResult<()> {
        let (before, behind) = match self.backend {
            // From the index to the notes: in any other order SQLite pairs each note of a practice with each hit.
            Backend::Sqlite => (
                "(note.id IN (SELECT w.note_id FROM note_index CROSS JOIN note_words w ON w.number = note_index.rowid \
                 WHERE note_index MATCH ",
                "))",
            ),
            // As an array, of which PostgreSQL expects few: of a row in two hundred, which it takes for granted of words that
            // it knows nothing of, it expects so many among a million that it would read every note.
            Backend::Postgres => {
                ("(note.id = ANY (ARRAY(SELECT w.note_id FROM note_words w WHERE w.lexemes @@ CAST(", " AS tsquery))))")
            }
        };
        out.push_sql(before);
        out.push_bind_param::<Text, _>(&self.text)?;
        out.push_sql(behind);
        Ok(())
    }
}

impl<Rows> AppearsOnTable<Rows> for HasWords {}
impl<Rows> SelectableExpression<Rows> for HasWords {}
impl ValidGrouping<()> for HasWords {
    type IsAggregate = is_aggregate::No;
}
