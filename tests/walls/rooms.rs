//! What may be named behind which door.

use crate::floors::FEATURES;
use crate::imports::{imports, words};
use crate::scan;
use crate::source::{Finding, House, Source};

/// What belongs to one backend.
const BACKENDS: [&str; 7] =
    ["SqliteConnection", "PgConnection", "Sqlite", "Postgres", "Pg", "libsqlite3_sys", "pq_sys"];

/// The rooms that see all settings: the one that owns them, those that read the file, the one that hands out its parts.
const WHOLE_CONFIG: [&str; 4] = ["config", "app", "cli", "main"];

fn is_pure(file: &Source) -> bool {
    file.is_door("rules") || matches!(file.room(), Some("policy" | "audit"))
}

/// Rules, the policy and the arithmetic of the audit log know neither the web nor the database.
pub fn pure_rooms(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.files.iter().filter(|file| is_pure(file)) {
        findings.extend(named(file, |word| is_web(word) || is_diesel(word), "in a pure room"));
        findings.extend(reached(file, |path| path[0] == "db" || path.contains(&"query"), "from a pure room"));
    }
    findings
}

/// The SQL of a feature knows neither the web nor another feature.
pub fn queries(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.files.iter().filter(|file| file.is_door("query")) {
        let own = file.room().unwrap_or_default();
        findings.extend(named(file, is_web, "in a query"));
        findings.extend(reached(file, |path| path[0] != own && FEATURES.contains(&path[0]), "from a query"));
    }
    findings
}

/// SQL stands in query files, and in the database's own room. Of diesel, other files may name that a row becomes a type of
/// theirs: every method of its queries comes from a trait that has to be named first.
pub fn sql(house: &House) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in house.files.iter().filter(|file| file.room() != Some("db") && !file.is_door("query")) {
        let queries = |at: usize| {
            scan::paths_from(&file.production, at).iter().any(|(_, path)| path[..] != ["diesel", "Queryable"])
        };
        let diesel = words(file).filter(|(at, word)| is_diesel(word) && queries(*at));
        findings.extend(diesel.map(|(at, word)| file.finding(at, format!("`{word}` outside a query file"))));
        findings.extend(reached(file, |path| path.starts_with(&["db", "schema"]), "outside a query file"));
    }
    findings
}

/// JSON and pages know no SQL.
pub fn web_doors(house: &House) -> Vec<Finding> {
    let is_sql = |word: &str| matches!(word, "query" | "schema");
    let mut findings = Vec::new();
    for file in house.files.iter().filter(|file| file.is_door("api") || file.is_door("web")) {
        findings.extend(named(file, is_diesel, "behind a door to the web"));
        findings.extend(reached(file, |path| path.iter().any(|part| is_sql(part)), "from a door to the web"));
        let direct = words(file).filter(|(at, word)| {
            let (before, after) = (&file.production[..*at], &file.production[at + word.len()..]);
            is_sql(word) && after.starts_with("::") && !before.ends_with("::")
        });
        findings.extend(direct.map(|(at, word)| file.finding(at, format!("`{word}::` behind a door to the web"))));
    }
    findings
}

/// Doors to the web are opened by the route table alone.
pub fn web_doors_are_routes(house: &House) -> Vec<Finding> {
    let is_door = |path: &[&str]| matches!(path, [_, "api" | "web", ..]);
    let inside = house.files.iter().filter(|file| file.room().is_some_and(|room| room != "routes"));
    let inside = inside.filter(|file| !file.is_door("api") && !file.is_door("web"));
    inside.flat_map(|file| reached(file, is_door, "outside the route table")).collect()
}

/// Only `db` knows which databases there are.
pub fn backends(house: &House) -> Vec<Finding> {
    let elsewhere = house.files.iter().filter(|file| file.room() != Some("db"));
    elsewhere.flat_map(|file| named(file, |word| BACKENDS.contains(&word), "outside db")).collect()
}

/// Only the mailer knows how mails travel.
pub fn mail(house: &House) -> Vec<Finding> {
    let elsewhere = house.files.iter().filter(|file| file.room() != Some("mail"));
    elsewhere.flat_map(|file| named(file, |word| word == "lettre", "outside the mailer")).collect()
}

/// A room is handed its own settings, never all of them.
pub fn whole_config(house: &House) -> Vec<Finding> {
    let elsewhere = house.files.iter().filter(|file| file.room().is_some_and(|room| !WHOLE_CONFIG.contains(&room)));
    let is_whole = |path: &[&str]| matches!(path, ["config", "Config" | "*", ..]);
    elsewhere.flat_map(|file| reached(file, is_whole, "here")).collect()
}

fn is_web(word: &str) -> bool {
    word.starts_with("actix")
}

fn is_diesel(word: &str) -> bool {
    word == "diesel" || word.starts_with("diesel_")
}

fn named(file: &Source, forbidden: impl Fn(&str) -> bool, place: &str) -> Vec<Finding> {
    let found = words(file).filter(|(_, word)| forbidden(word));
    found.map(|(at, word)| file.finding(at, format!("`{word}` {place}"))).collect()
}

fn reached(file: &Source, forbidden: impl Fn(&[&str]) -> bool, place: &str) -> Vec<Finding> {
    let found = imports(file).into_iter().filter(|import| {
        let path: Vec<&str> = import.path.iter().map(String::as_str).collect();
        !path.is_empty() && forbidden(&path)
    });
    found.map(|import| file.finding(import.at, format!("`crate::{}` {place}", import.path.join("::")))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{broken, kept};

    fn fine(rule: fn(&House) -> Vec<Finding>, path: &str, text: &str) {
        assert_eq!(rule(&House::of([(path, text)])), [], "{text}");
    }

    #[test]
    fn pure_rooms_know_neither_web_nor_database() {
        kept("pure rooms know neither web nor database", pure_rooms);
        for path in
            ["policy/decide.rs", "notes/rules.rs", "auth/rules.rs", "notes/rules/scope.rs", "audit/merkle/tiles.rs"]
        {
            broken(pure_rooms, path, "\nuse diesel::prelude::*;", 2);
            broken(pure_rooms, path, "fn f() -> actix_web::HttpResponse {}", 1);
            broken(pure_rooms, path, "use crate::db::Tx;", 1);
        }
        broken(pure_rooms, "notes/rules.rs", "use super::query;", 1);
        fine(pure_rooms, "notes/rules.rs", "//! Knows no diesel.\n#[cfg(test)]\nmod tests { use diesel::prelude::*; }");
        fine(pure_rooms, "sealing/query.rs", "use diesel::prelude::*;");
    }

    #[test]
    fn queries_know_neither_web_nor_other_rooms() {
        kept("queries know neither web nor other rooms", queries);
        broken(queries, "notes/query.rs", "use actix_web::web;", 1);
        broken(queries, "notes/query.rs", "use crate::patients::ops;", 1);
        broken(queries, "notes/query/list.rs", "use super::super::super::staff::Person;", 1);
        fine(queries, "notes/query.rs", "use super::NoteBody; use crate::notes::words; use crate::db::schema::note;");
    }

    #[test]
    fn sql_stands_in_query_files() {
        kept("SQL stands in query files", sql);
        for path in
            ["notes/ops.rs", "notes/views.rs", "chart/facts.rs", "directives/mod.rs", "housekeeping.rs", "lib.rs"]
        {
            broken(sql, path, "\nuse diesel::prelude::*;", 2);
            broken(sql, path, "use diesel::{Queryable, QueryDsl};", 1);
            broken(sql, path, "fn f() { diesel::update(row) }", 1);
            broken(sql, path, "#[derive(diesel::QueryableByName)]\nstruct Row;", 1);
            broken(sql, path, "#[diesel(table_name = note)]\nstruct Row;", 1);
            broken(sql, path, "use crate::db::schema::note;", 1);
            broken(sql, path, "use crate::db;\nfn f() { db::schema::note::table }", 2);
            fine(sql, path, "use diesel::Queryable;\n#[derive(diesel::Queryable)]\nstruct Row;");
            fine(sql, path, "//! No diesel.\nuse crate::db::Tx;\n#[cfg(test)]\nmod tests { use diesel::prelude::*; }");
        }
        for path in ["notes/query.rs", "notes/query/words.rs", "patients/cover/query.rs", "db/tx.rs"] {
            fine(sql, path, "use diesel::prelude::*; use crate::db::schema::note;");
        }
    }

    #[test]
    fn doors_to_the_web_know_no_sql() {
        kept("doors to the web know no SQL", web_doors);
        for path in ["notes/api.rs", "notes/web.rs", "notes/api/drafts.rs"] {
            broken(web_doors, path, "use diesel::QueryDsl;", 1);
            broken(web_doors, path, "use super::{ops, query};", 1);
            broken(web_doors, path, "use crate::db::schema::note;", 1);
            broken(web_doors, path, "use crate::db;\nfn f() { query::all(); }", 2);
            fine(
                web_doors,
                path,
                "use super::ops; #[schema(value_type = String)] struct Body; use utoipa::openapi::schema::Array;",
            );
        }
    }

    #[test]
    fn only_routes_lead_to_the_doors() {
        kept("only routes lead to the doors", web_doors_are_routes);
        broken(web_doors_are_routes, "notes/ops.rs", "use super::api::Draft;", 1);
        broken(web_doors_are_routes, "server.rs", "use crate::notes;\nfn f() { notes::api::save() }", 2);
        fine(web_doors_are_routes, "routes/table.rs", "use crate::notes::api;");
        fine(web_doors_are_routes, "notes/api/drafts.rs", "use crate::notes::api::Draft;");
    }

    #[test]
    fn only_db_names_a_backend() {
        kept("only db names a backend", backends);
        broken(backends, "notes/query.rs", "fn f(conn: &mut diesel::SqliteConnection) {}", 1);
        broken(backends, "app.rs", "use crate::db::Conn;\nfn f(conn: Conn) { if let Conn::Postgres(_) = conn {} }", 2);
        fine(backends, "db/lane.rs", "use super::Conn::Sqlite;");
    }

    #[test]
    fn only_the_mailer_names_lettre() {
        kept("only the mailer names lettre", mail);
        broken(mail, "delivery.rs", "use lettre::Message;", 1);
        broken(mail, "alerts/letters.rs", "fn f() { lettre::Message::builder() }", 1);
        fine(mail, "mail.rs", "use lettre::Message;");
    }

    #[test]
    fn no_room_reads_all_settings() {
        kept("no room reads all settings", whole_config);
        for whole in [
            "use crate::config::{Auth, Config};",
            "use crate::config::*;",
            "use crate::config; fn f(all: &config::Config) {}",
        ] {
            broken(whole_config, "auth/sign_in.rs", whole, 1);
        }
        fine(whole_config, "auth/sign_in.rs", "use crate::config; fn f(auth: &config::Auth) {}");
        fine(whole_config, "app.rs", "use crate::config::Config;");
    }
}
