//! What a refusal looks like, and that it left nothing behind.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use diesel::{QueryableByName, RunQueryDsl, sql_query};
use serde_json::{Map, Value};
use tandem::db::{Backend, Conn};
use tandem::routes::openapi;

use crate::house::{Answer, House};

/// The OpenAPI document.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::from_str(&openapi::document().to_json().unwrap()).unwrap())
}

/// What no answer says: how the program is made.
const INSIDE: [&str; 27] = [
    "select ",
    "insert ",
    "update ",
    "diesel",
    "serde",
    "sqlite",
    "postgres",
    "libpq",
    "constraint",
    "struct ",
    "enum ",
    "variant",
    "tuple",
    "tandem::",
    ".rs",
    "src/",
    "/tmp",
    "panicked",
    "unwrap",
    "some(",
    "i16",
    "i32",
    "i64",
    "u16",
    "u32",
    "u64",
    "f64",
];

/// Fails unless `answer` is a refusal as the API promises it, by one of these statuses.
#[track_caller]
pub fn is_told(answer: &Answer, statuses: &[u16], fault: &str) {
    if let Err(wrong) = told(answer, statuses) {
        panic!("{fault}: {wrong}, {answer}");
    }
}

/// What is wrong with `answer` as a refusal by one of these statuses.
pub fn told(answer: &Answer, statuses: &[u16]) -> Result<(), String> {
    let unless = |right: bool, wrong: &str| if right { Ok(()) } else { Err(wrong.to_owned()) };
    unless(statuses.contains(&answer.status) && answer.status < 500, &format!("{statuses:?} expected"))?;
    unless(answer.header("content-type") == Some("application/problem+json"), "no problem document")?;
    let problem = answer.json.as_object().ok_or("no problem document")?;
    for (key, value) in problem {
        let right = match key.as_str() {
            "status" => value == answer.status,
            "type" => *value == format!("urn:tandem:problem:{}", answer.code()),
            "request_id" => value.as_str() == answer.header("x-request-id"),
            "title" | "detail" | "code" => value.as_str().is_some_and(|text| !text.is_empty()),
            "errors" | "allowed" | "barred" => value.is_array(),
            "current" => answer.status == 412,
            _ => false,
        };
        unless(right, &format!("{key} is wrong"))?;
    }
    for key in ["type", "title", "status", "detail", "code", "request_id"] {
        unless(problem.contains_key(key), &format!("no {key}"))?;
    }
    let said = said(problem);
    let inside = INSIDE.into_iter().find(|word| said.to_lowercase().contains(word));
    let mut types = document()["components"]["schemas"].as_object().into_iter().flat_map(Map::keys);
    let of_ours = |name: &&String| name.chars().filter(char::is_ascii_uppercase).count() > 1 && said.contains(*name);
    if let Some(word) = inside.or_else(|| types.find(of_ours).map(String::as_str)) {
        return Err(format!("{word:?} is the program's own affair"));
    }
    unless(answer.text.len() < 5_000, "what was sent is sent back")
}

fn said(problem: &Map<String, Value>) -> String {
    let errors = problem.get("errors").and_then(Value::as_array).into_iter().flatten();
    let messages = errors.filter_map(|error| error["message"].as_str());
    ["title", "detail"]
        .into_iter()
        .filter_map(|key| problem[key].as_str())
        .chain(messages)
        .collect::<Vec<_>>()
        .join("\n")
}

/// Every row of every table that a refused call leaves as it was: all but the audit log, the count of failed sign-ins,
/// and when a session was last used.
pub fn kept(house: &House) -> BTreeMap<String, String> {
    let conn = &mut house.database.owner();
    let (tables, columns) = match house.database.backend() {
        Backend::Sqlite => (
            "SELECT name AS text FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            "SELECT 'quote(' || name || ')' AS text FROM pragma_table_info('{}')",
        ),
        Backend::Postgres => (
            "SELECT table_name::text AS text FROM information_schema.tables WHERE table_schema = 'public'",
            "SELECT 'quote_nullable(' || column_name || ')' AS text FROM information_schema.columns \
             WHERE table_schema = 'public' AND table_name = '{}'",
        ),
    };
    let mut kept = BTreeMap::new();
    for table in texts(conn, tables) {
        if table.starts_with("audit_") || table.starts_with("__diesel") || table == "sign_in_throttle" {
            continue;
        }
        let mut columns = texts(conn, &columns.replace("{}", &table));
        columns.retain(|column| !(table == "session" && column.contains("last_seen_at")));
        let mut rows = texts(conn, &format!("SELECT {} AS text FROM {table}", columns.join(" || ',' || ")));
        rows.sort();
        kept.insert(table, rows.join("\n"));
    }
    assert!(kept.len() > 15 && kept["patient"].contains("Brunner"), "the tables are read");
    kept
}

/// Fails unless nothing was written since `before`.
pub fn nothing_was_written(house: &House, before: &BTreeMap<String, String>, by: &str) {
    let now = kept(house);
    for (table, rows) in before {
        assert_eq!(*rows, now[table], "{by} wrote into {table}");
    }
}

fn texts(conn: &mut Conn, query: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = diesel::sql_types::Text)]
        text: String,
    }
    let rows = sql_query(query).load::<Row>(conn).unwrap();
    rows.into_iter().map(|row| row.text).collect()
}
