//! SIGTERM: what is in flight is finished, what was acknowledged is kept, and the log is sealed to its end.

use std::time::Duration;

use serde_json::json;
use tandem::clock::Clock;
use tandem::db::Backend;

use crate::house::database::execute;
use crate::house::program::{ended, passes, tandem};
use crate::house::{Answer, Database, Program, Who, visit};

/// Writes that wait for the database when the program is told to stop.
const IN_FLIGHT: usize = 8;

#[test]
fn sqlite() {
    finishes_what_is_in_flight(&Database::sqlite());
}

#[test]
fn postgres() {
    if let Some(database) = Database::postgres() {
        finishes_what_is_in_flight(&database);
    }
}

fn finishes_what_is_in_flight(database: &Database) {
    let program = Program::serve(database, &[("audit.seal_every_ms", "60000")]);
    let patient = registered(&program);
    begin_note(&program, &patient).is(201);
    let mut lock = database.owner();
    for statement in holding(database.backend()) {
        execute(&mut lock, statement).unwrap();
    }
    let answers = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..IN_FLIGHT).map(|_| scope.spawn(|| begin_note(&program, &patient))).collect();
        passes(700);
        program.is_told_to_stop();
        passes(700);
        execute(&mut lock, "ROLLBACK").unwrap();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect::<Vec<_>>()
    });
    // PostgreSQL may find that too many of them meet in one chart; it says so, and keeps nothing of those.
    let refused = answers.iter().filter(|answer| answer.status == 503 && answer.code() == "unavailable").count();
    let acknowledged = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(acknowledged + refused, IN_FLIGHT, "{answers:?}");
    assert!(acknowledged > 0 && (refused == 0 || database.backend() == Backend::Postgres), "{answers:?}");

    let (exit, log) = program.ends();
    assert_eq!(exit.code(), Some(0), "{log}");
    assert!(log.contains("SIGTERM") && log.contains("stopped"), "{log}");
    let there = database.count("SELECT COUNT(*) FROM note");
    assert_eq!(there, 1 + i64::try_from(acknowledged).unwrap(), "what was acknowledged is there, and nothing else");
    let (exit, said) = ended(&tandem(database, &[], &["audit", "verify"]).output().unwrap());
    assert_eq!(exit, Some(0), "{said}");
    let unsealed: Vec<_> = said.lines().filter(|line| !line.contains(" 0 unsealed")).collect();
    assert!(unsealed.is_empty() && said.lines().count() >= 2, "{said}");
}

/// Makes every write of a note wait.
fn holding(backend: Backend) -> &'static [&'static str] {
    match backend {
        Backend::Sqlite => &["BEGIN IMMEDIATE"],
        Backend::Postgres => &["BEGIN", "LOCK TABLE note IN EXCLUSIVE MODE"],
    }
}

fn registered(program: &Program) -> String {
    let patient = json!({"given_name": "Dora", "family_name": "Hug", "birth_date": "1966-02-11"});
    let registered = program.call(Some(Who::Physio), "POST", "/patients", &[], Some(patient)).is(201);
    registered.json["patient"]["id"].as_str().unwrap().to_owned()
}

fn begin_note(program: &Program, patient: &str) -> Answer {
    let new = json!({"kind": "progress", "service_at": Clock::System.now(), "body": visit()});
    program.call(Some(Who::Physio), "POST", &format!("/patients/{patient}/notes"), &[], Some(new))
}

#[test]
fn it_ends_in_time_though_somebody_never_finishes() {
    let database = Database::sqlite();
    let program = Program::serve(&database, &[("server.shutdown_seconds", "1")]);
    let mut half = std::net::TcpStream::connect(&program.address).unwrap();
    std::io::Write::write_all(
        &mut half,
        b"POST /api/v1/patients HTTP/1.1\r\nHost: tandem\r\nContent-Length: 9\r\n\r\n{",
    )
    .unwrap();
    passes(200);
    let told = std::time::Instant::now();
    program.stops();
    assert!(told.elapsed() < Duration::from_secs(10), "{:?}", told.elapsed());
}
