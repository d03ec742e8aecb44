//! The routes, whole: what is live is what the table says, and every row is asked by every role, about what is theirs
//! and what is not. What has to come of it is not written here: the policy says it.

mod alert_cases;
mod cases;
mod consent_cases;
mod cosign_cases;
mod export_cases;
mod live;
mod openapi;
mod referral_cases;
mod scenes;

use std::collections::{BTreeMap, BTreeSet};

use actix_web::http::Method;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tandem::actor::Role;
use tandem::audit::{By, Event, Outcome};
use tandem::db::Backend;
use tandem::db::schema::audit_event;
use tandem::policy::decide;
use tandem::routes::{Row, rows};

use self::cases::{Ask, Case, cases};
use self::scenes::{EVERYBODY, Scene, Stage};
use crate::house::{House, Who, on_both};

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let line = |verb: tandem::routes::Verb, path: &str| format!("{} {path}", Method::from(verb));
    let table: BTreeSet<_> = rows().map(|row| line(row.verb, row.path)).collect();
    let told: BTreeSet<_> = cases().map(|case| line(case.verb, case.path)).collect();
    let missing: Vec<_> = table.difference(&told).collect();
    assert!(missing.is_empty(), "tests/clinic/routes/cases.rs has no case for {missing:?}");
    let over: Vec<_> = told.difference(&table).collect();
    assert!(over.is_empty(), "the route table has no row for the cases {over:?}");
}

on_both!(every_role_gets_at_every_row_what_the_policy_says);
fn every_role_gets_at_every_row_what_the_policy_says(house: &House) {
    house.as_(Who::Manager).get("/directory").is(200);
    house.seals();
    let stage = Stage::new(house);
    let tables = tables(&stage);
    let mut told = Vec::new();
    for (number, case) in cases().enumerate() {
        let row = rows().find(|row| (row.verb, row.path) == (case.verb, case.path)).expect("a row for the case");
        for scene in case.scenes {
            // To nobody all scenes are the same.
            let ask = EVERYBODY.into_iter().filter(|who| who.is_some() || *scene == case.scenes[0]);
            told.extend(ask.filter_map(|who| call(&stage, &tables, case, row, *scene, who)));
        }
        // Strangers may fail so often in a minute, and no more.
        if number % 10 == 9 {
            house.passes(61);
        }
    }
    recorded_as_told(&stage, &told);
}

/// What a call has to leave in the audit log.
struct Told {
    name: String,
    request: String,
    row: &'static Row,
    ask: Ask,
    who: Option<Who>,
    /// Whether it was done, why, and in which role; none if it leaves no event.
    outcome: Option<(Outcome, &'static str, Option<Role>)>,
}

/// Asks, and looks at once at what came of it.
fn call(stage: &Stage, tables: &str, case: &Case, row: &'static Row, scene: Scene, who: Option<Who>) -> Option<Told> {
    let as_if = who.unwrap_or(Who::Physio);
    let ask = (case.ask)(stage, as_if, scene)?;
    let (status, outcome) = match decide(&ask.facts(row.action, as_if)).grant() {
        _ if who.is_none() && !row.open => (401, None),
        Err(refusal) => (refusal.code().status(), Some((Outcome::Refused, refusal.code().into(), None))),
        Ok(grant) => match ask.then {
            Some(code) => (code.status(), Some((Outcome::Refused, code.into(), None))),
            None => (row.status, Some((Outcome::Done, grant.ground.into(), grant.role))),
        },
    };
    let path = ask.path(row);
    let name = format!("{} {path} by {who:?} ({scene:?})", Method::from(row.verb));
    assert!(!row.if_match || ask.version.is_some(), "{name}: the case has no version");
    let before = (status >= 400).then(|| state(stage, tables));
    let mut client = who.map_or_else(|| stage.house.stranger(), |who| stage.house.as_(who));
    if row.if_match {
        client = client.if_match(ask.version.unwrap_or_default());
    }
    let body = ask.body.as_ref().map(ToString::to_string);
    let answer = client.send(Method::from(row.verb).as_str(), &path, body);
    assert_eq!(answer.status, status, "{name}: {answer}");
    if let Some((Outcome::Refused, code, _)) = outcome {
        assert_eq!(answer.code(), code, "{name}: {answer}");
    }
    if let Some(before) = before {
        assert_eq!(state(stage, tables), before, "{name}: something changed although it was refused");
    }
    if row.path.starts_with("/auth/") {
        stage.restores(as_if);
    }
    Some(Told { name, request: answer.request_id, row, ask, who, outcome })
}

/// One query for how many rows each table has that is not the audit log's, and for what counts their changes.
fn tables(stage: &Stage) -> String {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
    }
    let catalogue = match stage.house.database.backend() {
        Backend::Sqlite => "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'",
        Backend::Postgres => "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public'",
    };
    let tables: Vec<Table> = diesel::sql_query(catalogue).load(&mut *stage.conn.borrow_mut()).unwrap();
    let of_rooms = tables.iter().map(|table| table.name.as_str()).filter(|name| !name.starts_with("audit_"));
    let count = |name| format!("'{name} ' || (SELECT COUNT(*) FROM {name})");
    let mut parts: Vec<_> = of_rooms.map(count).collect();
    assert!(parts.len() > 15, "{parts:?}");
    for (table, of) in [
        ("practice", "SUM(version)"),
        ("site", "SUM(version)"),
        ("staff", "SUM(version + access_version + credential_version)"),
        ("patient", "SUM(version + access_version)"),
        ("note", "SUM(version)"),
        ("note_pending", "SUM(version)"),
        ("joint_review", "SUM(version)"),
        ("episode", "SUM(version)"),
        ("referral", "SUM(version)"),
        ("session", "COUNT(ended_at)"),
        ("care_team", "COUNT(ended_at)"),
        ("cover", "COUNT(ended_at)"),
        ("safety_item", "SUM(version)"),
        ("decision_maker", "SUM(version)"),
    ] {
        parts.push(format!("'{table} {of} ' || (SELECT COALESCE({of}, 0) FROM {table})"));
    }
    format!("SELECT {} AS state", parts.join(" || ', ' || "))
}

fn state(stage: &Stage, tables: &str) -> String {
    #[derive(QueryableByName)]
    struct State {
        #[diesel(sql_type = Text)]
        state: String,
    }
    diesel::sql_query(tables).get_result::<State>(&mut *stage.conn.borrow_mut()).unwrap().state
}

/// Fails unless every call left the one event of its row that it had to leave.
fn recorded_as_told(stage: &Stage, told: &[Told]) {
    let leaves: Vec<Vec<u8>> =
        audit_event::table.select(audit_event::leaf).load(&mut *stage.conn.borrow_mut()).unwrap();
    let mut events: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in leaves.iter().map(|leaf| Event::read(leaf).unwrap()) {
        events.entry(event.request.clone()).or_default().push(event);
    }
    let none = Vec::new();
    for Told { name, request, row, ask, who, outcome } in told {
        let left = events.get(request).unwrap_or(&none);
        let Some((outcome, code, role)) = outcome else {
            assert!(left.is_empty(), "{name} left {left:?}");
            continue;
        };
        // What is done beside it has events of its own.
        let of_row: Vec<_> = left.iter().filter(|event| event.action == row.action).collect();
        let [event] = of_row[..] else { panic!("{name} left not one event but {left:?}") };
        assert_eq!((event.action, event.outcome, &*event.code), (row.action, *outcome, *code), "{name}");
        if let (Some(who), false) = (who, row.open) {
            let by = By::Staff { staff: who.id(), session: who.session(), role: *role };
            assert_eq!(event.actor, by, "{name}");
        }
        if let Some(subject) = ask.subject {
            assert_eq!(event.subjects.iter().collect::<Vec<_>>(), [&subject], "{name}");
        } else if *outcome == Outcome::Refused {
            assert!(event.subjects.is_empty(), "{name} names {:?}", event.subjects);
        }
    }
}
