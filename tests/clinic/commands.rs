//! The command line: what it does, what it says, and what it ends with.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output, Stdio};

use reqwest::blocking::Client;
use serde_json::{Value, json};
use tandem::audit::export::Import;
use tandem::audit::{By, Event, Log, Outcome};
use tandem::policy::Action;

use crate::house::{Database, Served, tandem};

const SETUP: [&str; 12] = [
    "setup",
    "--practice",
    "Linden Street",
    "--time-zone",
    "Europe/Vienna",
    "--name",
    "Mara Lang",
    "--email",
    "mara@linden.example",
    "--role",
    "manager",
    "--password-stdin",
];

/// Runs a command with this on its standard input.
fn with_input(mut command: Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = piped.spawn().unwrap();
    // A command that refuses early does not read it.
    let _ = process.stdin.take().unwrap().write_all(input.as_bytes());
    process.wait_with_output().unwrap()
}

/// Fails unless a command ended with `code` and said `words`; what it said.
#[track_caller]
fn ends(output: &Output, code: i32, words: &str) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "{words:?} is expected in: {said}");
    said
}

#[test]
fn a_practice_is_set_up_once_on_sqlite() {
    a_practice_is_set_up_once(&Database::empty_sqlite());
}

#[test]
fn a_practice_is_set_up_once_on_postgres() {
    if let Some(database) = Database::empty_postgres() {
        a_practice_is_set_up_once(&database);
    }
}

fn a_practice_is_set_up_once(database: &Database) {
    let set_up = |more: &[&str], password: &str| with_input(tandem(database, &[&SETUP, more].concat()), password);
    ends(&tandem(database, &["serve"]).output().unwrap(), 1, "tandem setup");
    ends(&set_up(&["--role", "boss"], ""), 2, "possible values");
    ends(&set_up(&[], "too short\n"), 1, "password: between 12 and 200 characters");
    ends(&set_up(&[], "seven herons at dawn\n"), 0, "Mara Lang can sign in");
    for key in ["jwt.key", "audit.key", "data.key"] {
        let mode = std::fs::metadata(database.directory().join("keys").join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    ends(&set_up(&[], "seven herons at dawn\n"), 1, "--another-practice");
    ends(&set_up(&["--another-practice"], "seven herons at dawn\n"), 0, "is founded");
    assert_eq!(database.count("SELECT COUNT(*) FROM practice"), 2);

    let server = Served::start(database);
    let sign_in = json!({"email": "mara@linden.example", "password": "seven herons at dawn"});
    let refused = sign_in_at(&server.address, &sign_in);
    assert_eq!(refused["code"], "sign_in_failed", "an address that two practices know needs the practice");
    server.stops_in_order();
}

#[test]
fn a_lost_second_factor_and_lost_keys_lock_nobody_out_on_sqlite() {
    a_lost_second_factor_and_lost_keys_lock_nobody_out(&Database::empty_sqlite());
}

#[test]
fn a_lost_second_factor_and_lost_keys_lock_nobody_out_on_postgres() {
    if let Some(database) = Database::empty_postgres() {
        a_lost_second_factor_and_lost_keys_lock_nobody_out(&database);
    }
}

fn a_lost_second_factor_and_lost_keys_lock_nobody_out(database: &Database) {
    ends(&with_input(tandem(database, &SETUP), "seven herons at dawn"), 0, "is founded");
    let sign_in = json!({"email": "mara@linden.example", "password": "seven herons at dawn"});
    let refused = || {
        let server = Served::start(database);
        let answered = sign_in_at(&server.address, &sign_in);
        server.stops_in_order();
        answered["code"].as_str().map(str::to_owned)
    };
    // Somebody has a factor that they cannot prove: its secret is any bytes.
    let loses = || {
        let factor = "INSERT INTO staff_totp (practice_id, staff_id, sealed_secret, confirmed_at)
            SELECT practice_id, id, (SELECT refresh_hash FROM session LIMIT 1), created_at FROM staff";
        crate::house::database::execute(&mut database.owner(), factor).unwrap();
    };
    let recover = |arguments: &[&str]| tandem(database, &[&["recover"], arguments].concat()).output().unwrap();
    assert_eq!(refused(), None);
    loses();
    assert_eq!(refused().as_deref(), Some("second_factor_needed"));
    ends(&recover(&["--email", "nobody@linden.example"]), 1, "nobody with that address");
    ends(&recover(&["--lost-keys"]), 1, "no key is missing");
    assert_eq!(refused().as_deref(), Some("second_factor_needed"));
    ends(&recover(&["--email", "Mara@linden.example"]), 0, "1 second factors were removed");
    assert_eq!(refused(), None);

    loses();
    let keys = database.directory().join("keys");
    std::fs::remove_file(keys.join("data.key")).unwrap();
    ends(&tandem(database, &["serve"]).output().unwrap(), 1, "tandem recover --lost-keys");
    ends(&recover(&["--lost-keys"]), 0, "data.key was made anew");
    assert_eq!(refused(), None);
    std::fs::remove_file(keys.join("audit.key")).unwrap();
    ends(&recover(&["--lost-keys"]), 1, "audit.key only the backup has");
}

fn sign_in_at(address: &str, sign_in: &Value) -> Value {
    let url = format!("http://{address}/api/v1/auth/login");
    Client::new().post(url).json(sign_in).send().unwrap().json().unwrap()
}

#[test]
fn a_second_serve_says_what_is_taken() {
    let database = Database::empty_sqlite();
    ends(&with_input(tandem(&database, &SETUP), "seven herons at dawn"), 0, "is founded");
    let server = Served::start(&database);
    ends(&tandem(&database, &["serve"]).output().unwrap(), 1, "another tandem is serving this database");
    let elsewhere = Database::empty_sqlite();
    ends(&with_input(tandem(&elsewhere, &SETUP), "seven herons at dawn"), 0, "is founded");
    let taken = tandem(&elsewhere, &["serve"]).env("TANDEM__SERVER__BIND", &server.address).output().unwrap();
    ends(&taken, 1, "is taken");
    server.stops_in_order();
}

#[test]
fn a_change_of_the_layout_is_recorded_once_on_sqlite() {
    a_change_of_the_layout_is_recorded_once(&Database::empty_sqlite());
}

#[test]
fn a_change_of_the_layout_is_recorded_once_on_postgres() {
    if let Some(database) = Database::empty_postgres() {
        a_change_of_the_layout_is_recorded_once(&database);
    }
}

fn a_change_of_the_layout_is_recorded_once(database: &Database) {
    let run = ends(&tandem(database, &["migrate"]).output().unwrap(), 0, "The database is up to date");
    let versions: Vec<&str> = run.lines().filter(|line| line.chars().all(|char| char.is_ascii_digit())).collect();
    assert!(!versions.is_empty(), "{run}");
    ends(&tandem(database, &["migrate"]).output().unwrap(), 0, "0 migrations were run");
    ends(&with_input(tandem(database, &SETUP), "seven herons at dawn"), 0, "is founded");
    Served::start(database).stops_in_order();
    let log = database.directory().join("installation.jsonl");
    let export = ["audit", "export", "--log", "tandem/installation", "--output", log.to_str().unwrap()];
    ends(&tandem(database, &export).output().unwrap(), 0, "events");
    let events: Vec<Event> = Import::open(std::fs::File::open(&log).map(std::io::BufReader::new).unwrap())
        .unwrap()
        .map(|event| Event::read(&event.unwrap().leaf).unwrap())
        .collect();
    let migrated: Vec<_> = events.iter().filter(|event| event.action == Action::Migrate).collect();
    let [event] = &migrated[..] else { panic!("one, not {migrated:?}") };
    assert_eq!((event.actor, event.log, event.outcome), (By::System, Log::Installation, Outcome::Done));
    assert_eq!(event.code, *versions.last().unwrap(), "up to which version");
    assert_eq!(event.count, Some(u32::try_from(versions.len()).unwrap()), "by how many migrations");
}

#[test]
fn settings_that_cannot_be_used_are_all_named() {
    let database = Database::empty_sqlite();
    let mut command = tandem(&database, &["migrate"]);
    command.env("TANDEM__SERVER__BIND", "0.0.0.0:80").env("TANDEM__AUTH__IDLE_HOURS", "9");
    let said = ends(&command.output().unwrap(), 2, "auth.idle_hours: ");
    assert!(said.contains("server.bind: plain HTTP"), "{said}");
}

#[test]
fn the_log_is_verified_taken_out_and_found_altered() {
    let database = Database::empty_sqlite();
    ends(&with_input(tandem(&database, &SETUP), "seven herons at dawn"), 0, "is founded");
    Served::start(&database).stops_in_order();
    let audit = |arguments: &[&str]| tandem(&database, &[&["audit"], arguments].concat()).output().unwrap();
    ends(&audit(&["verify"]), 0, "verified to 2, up to 2 against checkpoints from outside, 0 unsealed");
    ends(&audit(&["export", "--output", "export.jsonl"]), 0, "2 events");
    ends(&audit(&["export", "--output", "export.jsonl"]), 1, "cannot be written");
    ends(&audit(&["export", "--log", "tandem/elsewhere"]), 1, "Choose one: --log tandem/installation");
    let keys = ends(&audit(&["public-key"]), 0, "tandem/installation+");
    std::fs::write(database.directory().join("key.txt"), keys).unwrap();
    ends(&audit(&["verify", "--public-key", "key.txt", "--checkpoints", "checkpoints.txt"]), 0, "verified to 2");
    ends(&audit(&["verify", "--checkpoints", "nowhere.txt"]), 1, "there is no file nowhere.txt");

    let mut owner = database.owner();
    for statement in ["DROP TRIGGER audit_event_is_frozen", "UPDATE audit_event SET outcome = 'refused'"] {
        crate::house::database::execute(&mut owner, statement).unwrap();
    }
    ends(&audit(&["verify"]), 3, "columns_altered");
}
