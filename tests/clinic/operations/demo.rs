//! The demo, and README's main job, done as a newcomer does them: by pasting.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use strum::IntoEnumIterator;
use tandem::chart::ReferralState;
use tandem::db::Address;

use crate::house::Database;
use crate::house::database::count;
use crate::house::program::ended;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tandem");
const README: &str = include_str!("../../../README.md");

const WITHOUT_CURL: &str = "TANDEM_TEST_WITHOUT_CURL";

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
        assert!(curl.is_ok(), "what a newcomer pastes needs curl; install it, or set {WITHOUT_CURL}=1");
        let shell = Command::new("sh").args(["-euc", script]).current_dir(&self.directory).output().unwrap();
        let said = String::from_utf8(shell.stdout).unwrap();
        assert!(shell.status.success(), "{said}{}", String::from_utf8_lossy(&shell.stderr));
        said
    }
}

/// Whether nothing is to be pasted, which is then said.
fn is_without_curl() -> bool {
    let without = std::env::var(WITHOUT_CURL).is_ok_and(|value| value == "1");
    if without {
        println!("skipped: {WITHOUT_CURL}=1 leaves out what is pasted");
    }
    without
}

impl Drop for Demo {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[test]
fn what_the_demo_prints_works_when_pasted() {
    if is_without_curl() {
        return;
    }
    let database = Database::empty_sqlite();
    let demo = Demo::start(database.directory());
    for person in ["physio", "massage", "massage2", "manager", "reception", "privacy"] {
        assert!(demo.welcome.contains(&format!("{person}@demo.example")), "{}", demo.welcome);
    }
    let script: Vec<_> = demo.welcome.lines().filter_map(|line| line.strip_prefix("    ")).collect();
    let said = demo.pasted(&script.join("\n"));
    let mut lines = said.lines();
    let mut note = || serde_json::from_str::<Value>(lines.next().unwrap()).unwrap_or_else(|_| panic!("{said}"));
    let (signed, mut read) = (note(), note());
    assert!(read.as_object_mut().unwrap().remove("safety_items").is_some(), "they come with every reading: {said}");
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
    assert_eq!(first, 60);
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
    if is_without_curl() {
        return;
    }
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
    if is_without_curl() {
        return;
    }
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

/// What there is to see in six months of the practice, as questions with the least that each must find.
const WORTH_SEEING: [(&str, i64, &str); 24] = [
    ("sites", 2, "SELECT COUNT(*) FROM site"),
    ("people who work there", 8, "SELECT COUNT(*) FROM staff WHERE active"),
    ("people of two roles", 1, "SELECT COUNT(*) FROM (SELECT 1 FROM staff_role GROUP BY staff_id HAVING COUNT(*) > 1)"),
    ("people who have left", 1, "SELECT COUNT(*) FROM staff WHERE NOT active"),
    ("signed notes", 250, "SELECT COUNT(*) FROM note WHERE state = 'signed'"),
    ("massage notes", 90, "SELECT COUNT(*) FROM note WHERE discipline = 'massage' AND state = 'signed'"),
    ("discharges", 15, "SELECT COUNT(*) FROM note WHERE kind = 'discharge'"),
    ("notes that wait for the supervisor", 3, "SELECT COUNT(*) FROM note WHERE state = 'awaiting_cosign'"),
    ("notes that came back", 1, "SELECT COUNT(*) FROM note_return"),
    ("an addendum that waits for the supervisor", 1, "SELECT COUNT(*) FROM note_pending WHERE state = 'waiting'"),
    (
        "drafts older than a day",
        3,
        "SELECT COUNT(*) FROM note WHERE state = 'draft' AND created_at < (SELECT MAX(created_at) FROM note) - 86400000000",
    ),
    ("a draft of somebody who left", 1, "SELECT COUNT(*) FROM note WHERE state = 'left_unsigned'"),
    ("late entries", 2, "SELECT COUNT(*) FROM note WHERE signed_at > service_at + 86400000000"),
    ("amendments for each reason", 3, "SELECT COUNT(DISTINCT reason) FROM note_version WHERE number > 1"),
    ("addenda", 2, "SELECT COUNT(*) FROM note_addendum"),
    (
        "notes in error with another in their place",
        1,
        "SELECT COUNT(*) FROM note WHERE replaces_id IS NOT NULL AND state = 'signed'",
    ),
    ("directives of each reach", 3, "SELECT COUNT(DISTINCT covers || bars) FROM consent_directive"),
    (
        "emergency accesses that wait for a review",
        1,
        "SELECT COUNT(*) FROM record_access WHERE kind <> 'audit' AND reviewed_at IS NULL",
    ),
    ("safety items of each severity", 3, "SELECT COUNT(DISTINCT severity) FROM safety_item"),
    ("what was done all the same, with a reason", 1, "SELECT COUNT(*) FROM safety_override"),
    ("decision-makers", 3, "SELECT COUNT(*) FROM decision_maker"),
    ("joint reviews", 3, "SELECT COUNT(*) FROM joint_review"),
    ("referrals whose limit has passed", 5, "SELECT COUNT(*) FROM referral WHERE overdue"),
    ("patients who work there", 1, "SELECT COUNT(*) FROM patient WHERE staff_id IS NOT NULL"),
];

#[test]
fn six_months_of_the_practice_are_worth_seeing() {
    let database = Database::empty_sqlite();
    let demo = Demo::start(database.directory());
    let url = format!("sqlite:{}", demo.directory.join("var/demo/tandem.db").display());
    let mut conn = Address::parse(&url, Duration::from_secs(5)).unwrap().connect().unwrap();
    for (what, least, question) in WORTH_SEEING {
        let found = count(&mut conn, question);
        assert!(found >= least, "{what}: {found}, at least {least} are expected");
    }
    for state in ReferralState::iter() {
        let question = format!("SELECT COUNT(*) FROM referral WHERE state = '{state}'");
        assert!(count(&mut conn, &question) > 0, "no referral is {state}");
    }
    let mails = demo.directory.join("var/demo/mail");
    let mails = std::fs::read_dir(mails).unwrap().map(|mail| std::fs::read_to_string(mail.unwrap().path()).unwrap());
    let to: Vec<_> = mails
        .flat_map(|mail| mail.lines().filter(|line| line.starts_with("To: ")).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    assert!(to.len() > 20, "{} mails", to.len());
    assert!(to.iter().all(|to| to.contains("@demo.example")), "{to:?}");
}
