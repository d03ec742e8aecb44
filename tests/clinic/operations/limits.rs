//! Nobody sends more, or more slowly, than they may.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::house::database::execute;
use crate::house::{Database, Program, Settings, Who, on_sqlite};

const SHORT: Settings = &[("server.request_timeout_seconds", "1")];

/// Sends bytes as they are, waits until the server hangs up, and gives back what it said and how long that took.
fn raw(program: &Program, request: &[u8]) -> (String, Duration) {
    let began = Instant::now();
    let mut stream = TcpStream::connect(&program.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    // A server that has heard enough hangs up, and what it does not read cannot be written.
    drop(stream.write_all(request));
    let mut answer = Vec::new();
    if let Err(cause) = stream.read_to_end(&mut answer) {
        assert_eq!(cause.kind(), std::io::ErrorKind::ConnectionReset, "it hangs up: {cause}");
    }
    (String::from_utf8_lossy(&answer).into_owned(), began.elapsed())
}

#[test]
fn a_head_has_its_limit() {
    on_sqlite(&[], |house| {
        let padded = |bytes: usize| house.as_(Who::Physio).header("X-Padding", "x".repeat(bytes));
        padded(14_000).get("/me").is(200);
        padded(16_384).get("/me").is(431).refused("headers_too_large");
        let query = format!("/patients?cursor={}", "x".repeat(16_384));
        house.as_(Who::Physio).get(&query).is(431).refused("headers_too_large");
    });
}

#[test]
fn a_head_without_end_is_not_read() {
    let database = Database::sqlite();
    let program = Program::serve(&database, &[]);
    let head = format!("GET /api/v1/me HTTP/1.1\r\nHost: tandem\r\nX-Padding: {}", "x".repeat(1_000_000));
    let (said, _) = raw(&program, head.as_bytes());
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
    let lines = "X-Line: 1\r\n".repeat(200);
    let (said, _) = raw(&program, format!("GET /healthz HTTP/1.1\r\nHost: tandem\r\n{lines}\r\n").as_bytes());
    assert!(said.starts_with("HTTP/1.1 4"), "{said}");
    program.call(Some(Who::Physio), "GET", "/me", &[], None).is(200);
}

#[test]
fn a_body_has_its_limit() {
    on_sqlite(&[], |house| {
        let body = |bytes: usize| Some(format!("\"{}\"", "x".repeat(bytes)));
        house.as_(Who::Physio).send("POST", "/patients", body(1_048_574)).is(422);
        house.as_(Who::Physio).send("POST", "/patients", body(1_048_575)).is(413).refused("body_too_large");
        house.as_(Who::Physio).send("POST", "/patients", body(2 << 20)).is(413).refused("body_too_large");
    });
}

#[test]
fn a_slow_caller_is_not_waited_for_on_sqlite() {
    is_not_waited_for(&Database::sqlite());
}

#[test]
fn a_slow_caller_is_not_waited_for_on_postgres() {
    if let Some(database) = Database::postgres() {
        is_not_waited_for(&database);
    }
}

fn is_not_waited_for(database: &Database) {
    let program = Program::serve(database, SHORT);
    let (said, taken) = raw(&program, b"GET /api/v1/me HTTP/1.1\r\nHost: tandem\r\nX-Slow: ");
    assert!(said.starts_with("HTTP/1.1 408"), "a head that does not end: {said}");
    assert!(taken < Duration::from_secs(8), "{taken:?}");
    let bearer = Who::Physio.token(program.keys(), tandem::clock::Clock::System.now());
    let half = format!(
        "POST /api/v1/patients HTTP/1.1\r\nHost: tandem\r\nAuthorization: Bearer {bearer}\r\n\
         Content-Type: application/json\r\nContent-Length: 100\r\nConnection: close\r\n\r\n{{"
    );
    let (said, taken) = raw(&program, half.as_bytes());
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("too_slow"), "a body that does not end: {said}");
    assert!(taken < Duration::from_secs(8), "{taken:?}");
    let late = "SELECT COUNT(*) FROM audit_event WHERE action = 'register_patient' AND outcome = 'refused'";
    assert_eq!(database.count(late), 1, "it is recorded all the same");
}

#[test]
fn a_call_that_takes_too_long_is_answered() {
    let database = Database::sqlite();
    let program = Program::serve(&database, SHORT);
    let mut lock = database.owner();
    execute(&mut lock, "BEGIN IMMEDIATE").unwrap();
    let patient = || json!({"given_name": "Ana", "family_name": "Late", "birth_date": "1984-05-23"});
    let began = Instant::now();
    let key = [("Idempotency-Key", "late")];
    let late = program.call(Some(Who::Physio), "POST", "/patients", &key, Some(patient()));
    late.is(503).refused("outcome_unknown").header("retry-after").expect("it says when to come back");
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
    execute(&mut lock, "ROLLBACK").unwrap();
    let again = program.call(Some(Who::Physio), "POST", "/patients", &key, Some(patient()));
    again.is(201);
    assert_eq!(database.count("SELECT COUNT(*) FROM patient WHERE family_name = 'Late'"), 1, "asked twice, done once");
}
