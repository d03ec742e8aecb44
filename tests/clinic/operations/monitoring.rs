//! What tells whether the program is well, and how little it needs.

use std::time::{Duration, Instant};

use serde_json::json;
use tandem::clock::Clock;
use tandem::db::Backend;

use crate::house::database::execute;
use crate::house::program::{address_in, make_keys, passes, tandem};
use crate::house::{Database, House, PASSWORD, Patient, Program, Who, on_both, on_postgres, runtime, visit};

/// A debug build on a busy machine is slower and larger than what is promised: ready in half a second, 40 MB.
const READY_WITHIN: Duration = Duration::from_secs(5);
const MEGABYTES: u64 = 100;

/// Status and text of what stands outside the API.
fn get(address: &str, path: &str) -> (u16, String) {
    let answer = reqwest::blocking::get(format!("http://{address}{path}")).unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

#[test]
fn figures_have_an_address_of_their_own_and_name_nobody() {
    let database = Database::sqlite();
    let program = Program::serve(&database, &[("metrics.bind", "127.0.0.1:0")]);
    let line = program.began_with.lines().find(|line| line.contains("figures")).expect("it says where the figures are");
    let figures_at = address_in(line);
    let physio = Some(Who::Physio);
    let patient = json!({"given_name": "Zelda", "family_name": "Quarkenbush", "birth_date": "1984-05-23"});
    let registered = program.call(physio, "POST", "/patients", &[], Some(patient)).is(201);
    let patient = registered.json["patient"]["id"].as_str().unwrap();
    let new = json!({"kind": "progress", "service_at": Clock::System.now(), "body": visit()});
    let note = program.call(physio, "POST", &format!("/patients/{patient}/notes"), &[], Some(new)).is(201);
    program.call(physio, "GET", &format!("/notes/{}", note.id()), &[], None).is(200);
    program.call(physio, "GET", &format!("/notes/{}?word=Quarkenbush", note.id()), &[], None).is(422);
    program.call(physio, "GET", &format!("/patients/{}", Patient::Carla.id()), &[], None).is(404);
    program.call(physio, "GET", "/Quarkenbush", &[], None).is(404);
    program.call(physio, "QUARKENBUSH", "/patients", &[], None).is(405);
    passes(1_500);

    let (status, figures) = get(&figures_at, "/metrics");
    assert_eq!(status, 200);
    let value = |name: &str| {
        let line = figures.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name}: {figures}"));
        line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()
    };
    let reading = "tandem_http_answer_seconds_count{method=\"GET\",route=\"/api/v1/notes/{id}\",status=\"200\"}";
    assert_eq!(value(reading).to_string(), "1");
    value("tandem_http_answer_seconds_count{method=\"other\",route=\"/api/v1/patients\",status=\"405\"}");
    value("tandem_http_answer_seconds_count{method=\"GET\",route=\"none\",status=\"404\"}");
    assert!(value("tandem_db_commit_seconds_count") > 0.0 && value("tandem_db_closure_seconds_count") > 0.0);
    assert!(value("tandem_audit_sealed_total") >= 4.0, "{figures}");
    for gauge in ["tandem_audit_unsealed", "tandem_db_waiting"] {
        assert_eq!(value(gauge).to_string(), "0", "{gauge}");
    }
    for word in ["Quarkenbush", "QUARKENBUSH", patient, note.id(), &Patient::Carla.id().to_string(), "lakeside", "?"] {
        assert!(!figures.contains(word), "{word} stands in the figures: {figures}");
    }
    assert_eq!(get(&program.address, "/metrics").0, 404, "the figures are nowhere else");
    assert_eq!(get(&figures_at, "/readyz").0, 404, "and nothing else is with the figures");
}

#[test]
fn figures_say_how_long_a_mail_has_waited() {
    let database = Database::sqlite();
    // Nobody listens there.
    let away = [("metrics.bind", "127.0.0.1:0"), ("mail.transport", "smtp"), ("mail.smtp.port", "1")];
    let program = Program::serve(&database, &away);
    let line = program.began_with.lines().find(|line| line.contains("figures")).expect("it says where the figures are");
    let figures_at = address_in(line);
    let waits = || {
        let figures = get(&figures_at, "/metrics").1;
        let value = |name: &str| {
            let line = figures.lines().find(|line| line.starts_with(name));
            line.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap())
        };
        (value("tandem_outbox_waits_seconds"), value("tandem_outbox_dead"))
    };
    let glass = json!({"reason_code": "nobody_reachable", "reason": "Collapsed", "password": PASSWORD});
    let path = format!("/patients/{}/emergency-access", Patient::Ana.id());
    program.call(Some(Who::OtherPhysio), "POST", &path, &[], Some(glass)).is(201);
    let began = Instant::now();
    let longer_and_longer = || matches!(waits(), (Some(seconds), Some(dead)) if seconds >= 2.0 && dead < 1.0);
    while !longer_and_longer() {
        assert!(began.elapsed() < Duration::from_mins(1), "{:?}", waits());
        passes(200);
    }
}

#[test]
fn it_says_whether_it_is_ready_on_sqlite() {
    says_whether_it_is_ready(&Database::sqlite());
}

#[test]
fn it_says_whether_it_is_ready_on_postgres() {
    if let Some(database) = Database::postgres() {
        says_whether_it_is_ready(&database);
    }
}

/// The program serves without the owner's password, where the owner has brought the layout up to date before.
fn says_whether_it_is_ready(database: &Database) {
    let mut command = tandem(database, &[], &["serve"]);
    let program = Program::start(command.env_remove("TANDEM__DATABASE__OWNER_URL"), make_keys(database));
    assert_eq!(get(&program.address, "/healthz"), (200, "alive\n".to_owned()));
    assert_eq!(get(&program.address, "/readyz"), (200, "ready\n".to_owned()));
    execute(&mut database.owner(), "DELETE FROM __diesel_schema_migrations").unwrap();
    let (status, said) = get(&program.address, "/readyz");
    assert_eq!(status, 503, "{said}");
    assert!(said.contains("Migrations are missing"), "{said}");
    assert_eq!(get(&program.address, "/healthz").0, 200, "alive all the same");
}

on_both!(it_is_not_ready_while_nothing_is_kept, &[("database.busy_timeout_ms", "300")]);
fn it_is_not_ready_while_nothing_is_kept(house: &House) {
    let ready = || house.raw("GET", "/readyz", &[]);
    house.as_(Who::Physio).get("/me").is(200);
    assert_eq!((ready().status, ready().text.as_str()), (200, "ready\n"));
    let mut lock = house.database.owner();
    execute(&mut lock, if house.database.backend() == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).unwrap();
    if house.database.backend() == Backend::Postgres {
        execute(&mut lock, "LOCK TABLE audit_event IN ACCESS EXCLUSIVE MODE").unwrap();
    }
    // By the time the second is answered, the lane is done with the first.
    house.as_(Who::Physio).get("/me").is(503);
    house.as_(Who::Physio).get("/me").is(503);
    let said = ready().is(503).refused("unavailable").text;
    assert!(said.contains("did not keep"), "{said}");
    execute(&mut lock, "ROLLBACK").unwrap();
    runtime().block_on(house.app.db.try_again());
    assert_eq!(ready().is(200).text, "ready\n");
}

on_both!(it_says_how_far_behind_sealing_is);
fn it_says_how_far_behind_sealing_is(house: &House) {
    house.seals();
    house.passes(60);
    assert_eq!(house.raw("GET", "/readyz", &[]).is(200).text, "ready\n");
    house.passes(1);
    let said = house.raw("GET", "/readyz", &[]).is(200).text;
    assert_eq!(said, "ready\naudit log: not sealed for 61 seconds\n");
}

#[test]
fn what_is_kept_is_kept_where_the_server_would_not_wait_for_it() {
    on_postgres(&[], |house| {
        let database = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET synchronous_commit = off', current_database()); \
                        END $$";
        house.sql(database).unwrap();
        let on = "SELECT COUNT(*) FROM pg_settings WHERE name = 'synchronous_commit' AND setting = 'on'";
        assert_eq!(crate::house::database::count(&mut house.database.application(), on), 1);
    });
}

#[test]
fn it_is_ready_soon_and_needs_little() {
    let database = Database::sqlite();
    let keys = make_keys(&database);
    let began = Instant::now();
    let program = Program::start(&mut tandem(&database, &[], &["serve"]), keys);
    assert_eq!(get(&program.address, "/readyz").0, 200);
    let taken = began.elapsed();
    println!("ready after {} ms", taken.as_millis());
    assert!(taken < READY_WITHIN, "{taken:?}");
    passes(500);
    let Ok(status) = std::fs::read_to_string(format!("/proc/{}/status", program.id())) else {
        println!("its memory is not looked at: there is no /proc here");
        return;
    };
    let resident = status.lines().find(|line| line.starts_with("VmRSS:")).expect("a line on resident memory");
    let kilobytes: u64 = resident.split_whitespace().nth(1).unwrap().parse().unwrap();
    println!("{kilobytes} kB resident, idle");
    assert!(kilobytes < MEGABYTES * 1_000, "{kilobytes} kB");
}
