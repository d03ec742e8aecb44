//! The demo, and README's main job, done as a newcomer does them: by pasting.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tandem::db::Address;

use crate::house::Database;
use crate::house::database::count;
use crate::house::program::ended;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tandem");
const README: &str = include_str!("../../../README.md");

/// A demo that serves, in a directory of its own.
struct Demo {
    process: Child,
    welcome: String,
    directory: PathBuf,
}

impl Demo {
    fn start(directory: &Path) -> Self {
        let mut command = Command::new(PROGRAM);
        let command = command.args(["demo", "--port", "0"]).current_dir(directory).stdout(Stdio::piped());
        let process = command.stderr(Stdio::null()).spawn().unwrap();
        let mut demo = Self { process, welcome: String::new(), directory: directory.to_owned() };
        for line in BufReader::new(demo.process.stdout.take().unwrap()).lines() {
            demo.welcome += &(line.unwrap() + "\n");
            if demo.welcome.contains("Ctrl-C ends the demo.") {
                return demo;
            }
        }
        panic!("the demo ended: {}", demo.welcome);
    }

    /// Host and port.
    fn address(&self) -> &str {
        let from = self.welcome.split("http://").nth(1).expect("it says where it is");
        from.split_whitespace().next().unwrap()
    }

    /// What a shell says to `script`, told to stop at the first command that fails.
    fn pasted(&self, script: &str) -> String {
        let curl = Command::new("curl").arg("--version").stdout(Stdio::null()).status();
        assert!(curl.is_ok(), "what a newcomer pastes needs curl; install it");
        let shell = Command::new("sh").args(["-euc", script]).current_dir(&self.directory).output().unwrap();
        let said = String::from_utf8(shell.stdout).unwrap();
        assert!(shell.status.success(), "{said}{}", String::from_utf8_lossy(&shell.stderr));
        said
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn what_the_demo_prints_works_when_pasted() {
    let database = Database::empty_sqlite();
    let demo = Demo::start(database.directory());
    for person in ["physio", "massage", "massage2", "manager", "reception", "privacy"] {
        assert!(demo.welcome.contains(&format!("{person}@demo.example")), "{}", demo.welcome);
    }
    let script: Vec<_> = demo.welcome.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let said = demo.pasted(&script.join("\n"));
    let mut lines = said.lines();
    let mut note = || serde_json::from_str::<Value>(lines.next().unwrap()).unwrap_or_else(|_| panic!("{said}"));
    let (signed, read) = (note(), note());
    assert_eq!((&signed["state"], &signed["kind"]), (&"signed".into(), &"progress".into()));
    assert_eq!(signed, read, "the massage therapist reads what the physiotherapist signed");
    let log: Vec<_> = lines.collect();
    assert!(log[0].starts_with("id,at,actor"), "{said}");
    let tells = |action: &str| log.iter().any(|line| line.contains(action) && line.contains(",done,"));
    assert!(tells(",physiotherapist,") && tells(",sign_note,") && tells(",read_note,"), "{said}");

    // A second one finds the port taken, whatever directory it has.
    let port = demo.address().rsplit(':').next().unwrap();
    let (exit, said) = runs(&demo.directory, &["demo", "--port", port, "--directory", "other"]);
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("is taken") && said.contains("--port"), "{said}");
    assert!(!demo.directory.join("other").exists(), "and leaves nothing behind");
}

/// What a command says in a directory, and how it ends.
fn runs(directory: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    ended(&Command::new(PROGRAM).args(arguments).current_dir(directory).output().unwrap())
}

#[test]
fn a_demo_goes_on_where_it_was() {
    let database = Database::empty_sqlite();
    let patients = |demo: Demo| {
        let directory = demo.directory.clone();
        drop(demo);
        let url = format!("sqlite:{}", directory.join("var/demo/tandem.db").display());
        let mut conn = Address::parse(&url, Duration::from_secs(5)).unwrap().connect().unwrap();
        count(&mut conn, "SELECT COUNT(*) FROM patient")
    };
    let first = patients(Demo::start(database.directory()));
    assert!(first >= 6);
    assert_eq!(patients(Demo::start(database.directory())), first);
    let (exit, said) = runs(database.directory(), &["audit", "verify", "--config", "var/demo/tandem.toml"]);
    assert_eq!(exit, Some(0), "{said}");
}

/// What there is to paste in a section of README.
fn blocks(section: &str) -> Vec<&'static str> {
    let section = README.split("\n## ").find(|there| there.starts_with(section)).expect("a section on it");
    section.split("```sh\n").skip(1).filter_map(|block| block.split("```").next()).collect()
}

/// What pasting these says, with each of `course` in its place.
fn pasting_tells(blocks: &[&str], course: &[&str]) {
    let database = Database::empty_sqlite();
    let demo = Demo::start(database.directory());
    let script = blocks.concat().replace("127.0.0.1:8080", demo.address());
    let said = demo.pasted(&script.replace("cargo run --release --", PROGRAM));
    let mut rest = said.as_str();
    for told in course {
        let at = rest.find(told).unwrap_or_else(|| panic!("{told} is missing, or not in its place: {said}"));
        rest = &rest[at + told.len()..];
    }
}

#[test]
fn the_referral_of_the_readme_works_when_pasted() {
    let main_job = blocks("The main job");
    let course = [
        "\"state\":\"signed\"",
        "\"state\":\"sent\"",
        "\"shown\":\"full\"",
        "\"state\":\"accepted\"",
        "\"state\":\"signed\"",
        "\"state\":\"closed\"",
        "\"what_next\":\"Exercises alone from now on\"",
        "\"move\":\"send\"",
        "\"move\":\"accept\"",
        "\"move\":\"start\"",
        "\"move\":\"return_report\"",
        "\"move\":\"close\"",
    ];
    pasting_tells(&[&main_job[..2], &blocks("A referral")].concat(), &course);
}

#[test]
fn the_main_job_of_the_readme_works_when_pasted() {
    let course = [
        "\"state\":\"signed\"",
        "\"shown\":\"full\"",
        "\"code\":\"no_relation\"",
        "\"code\":\"diagnosis_not_permitted\"",
        "\"current_version\":2",
        "\"pointer\":\"/plan/next_visit\"",
        ",create_note,refused,diagnosis_not_permitted,",
        ",read_note,refused,no_relation,",
        "verified to",
    ];
    pasting_tells(&blocks("The main job"), &course);
}
