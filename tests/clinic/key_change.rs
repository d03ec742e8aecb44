//! One key of the audit log follows another, and everything signed before still counts.

use std::fs;
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

use serde_json::{Value, json};

use crate::house::program::{ended, tandem};
use crate::house::{Database, Practice, Program, Who, keys};

#[test]
fn on_sqlite() {
    keeps_its_log(&Database::sqlite());
}

#[test]
fn on_postgres() {
    if let Some(database) = Database::postgres() {
        keeps_its_log(&database);
    }
}

fn keeps_its_log(database: &Database) {
    let program = Program::serve(database, &[]);
    (0..3).for_each(|_| drop(program.call(Some(Who::Physio), "GET", "/me", &[], None).is(200)));
    program.stops();
    let public_keys = || {
        let printed = tandem(database, &[], &["audit", "public-key"]).output().unwrap();
        assert!(printed.status.success());
        String::from_utf8(printed.stdout).unwrap()
    };
    let (keys_at, former) = (database.directory().join("keys"), public_keys());
    fs::remove_file(keys_at.join("audit.key")).unwrap();
    let new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(keys_at.join("audit.key"));
    writeln!(new.unwrap(), "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=").unwrap();
    let (exit, said) = ended(&tandem(database, &[], &["audit", "verify"]).output().unwrap());
    assert_eq!(exit, Some(3), "without the former key nothing is proven: {said}");

    let lines = keys_at.join("audit.former");
    fs::write(&lines, &former).unwrap();
    fs::set_permissions(&lines, fs::Permissions::from_mode(0o666)).unwrap();
    let (exit, said) = ended(&tandem(database, &[], &["serve"]).output().unwrap());
    assert!(exit == Some(1) && said.contains("audit.former can be written by others"), "{said}");
    fs::set_permissions(&lines, fs::Permissions::from_mode(0o600)).unwrap();

    let program = Program::start(&mut tandem(database, &[], &["serve"]), keys());
    (0..4).for_each(|_| drop(program.call(Some(Who::Physio), "GET", "/me", &[], None).is(200)));
    program.stops();
    let program = Program::start(&mut tandem(database, &[], &["serve"]), keys());
    let of_practice = format!("/audit/public-key?practice={}", Practice::Lakeside.id());
    let listed = program.call(None, "GET", &of_practice, &[], None).is(200).json;
    let spans: Vec<&Value> = listed["keys"].as_array().unwrap().iter().skip(2).collect();
    let told = |at: usize| (&spans[at]["from_size"], &spans[at]["to_size"]);
    let (at_change, end) = (told(0).0.clone(), told(1).1.clone());
    assert_eq!((told(0), told(1)), ((&at_change, &Value::Null), (&json!(0), &at_change)), "{listed}");
    assert!(at_change.as_i64() >= Some(3) && end == at_change, "{listed}");
    assert!(former.contains(spans[1]["key"].as_str().unwrap()), "the older key is the former one");
    let proven = program.call(Some(Who::Manager), "GET", "/audit/events/0/proof", &[], None).is(200).json;
    assert!(proven["size"].as_i64() > at_change.as_i64(), "an old event is proven by what the new key signed");
    let across = format!("/audit/consistency?from={at_change}");
    program.call(Some(Who::Manager), "GET", &across, &[], None).is(200);
    program.stops();
    let (exit, said) = ended(&tandem(database, &[], &["audit", "verify"]).output().unwrap());
    assert_eq!(exit, Some(0), "{said}");
    assert_eq!(public_keys().lines().count(), 2 * former.lines().count());
}
