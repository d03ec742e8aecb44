//! The disk is full: nothing is read or written that cannot be recorded, what was acknowledged stays, and once there is
//! room again everything goes on.
//!
//! Files are kept from growing by `prlimit`, which the program meets as it meets a full disk: a write that fails in the
//! middle.

use std::process::Command;

use reqwest::blocking::Client;
use serde_json::{Value, json};
use tandem::auth::keys::Keys;
use tandem::clock::{Clock, Timestamp};

use crate::house::program::passes;
use crate::house::{Database, Served, Who, renew_session, seeds, tandem, tandem_serve_after, visit};

/// How large a file may be when the disk is full, in bytes. The first lets nothing be written at all; the others let the
/// write-ahead log break off in the middle of a frame.
const LIMITS: [u32; 5] = [0, 50_001, 123_456, 200_003, 77_777];
/// Notes written while there is room, each time.
const IN_PEACE: usize = 5;
/// Notes after which the disk must be full.
const UNTIL_FULL: usize = 200;

#[test]
fn nothing_is_lost_and_nothing_is_pretended() {
    let database = Database::sqlite();
    let mut clinic = Clinic::open(&database);
    let (mut server, mut written) = (clinic.serves(), Vec::new());
    clinic.registers_a_patient(&server.address);
    for (round, limit) in LIMITS.into_iter().enumerate() {
        let mut write = |server: &Served, number: usize| {
            let note = clinic.writes(&server.address, format!("Round {round}, note {number}"));
            written.push(note);
            written.last().unwrap().answered.0
        };
        (0..IN_PEACE).for_each(|number| assert_eq!(write(&server, number), 201, "there is room"));

        files_may_grow_to(&server, &limit.to_string());
        let filled = (IN_PEACE..UNTIL_FULL).find(|number| write(&server, *number) != 201).expect("the disk is full");
        write(&server, filled + 1);
        clinic.is_told_of_no_room(&server.address);

        if round % 2 == 1 {
            // Killed on a full disk; it starts again where there is room.
            drop(server);
            server = clinic.serves();
        } else {
            files_may_grow_to(&server, "unlimited");
            // Nobody calls, and it finds out all the same.
            let mut said = is_ready(&server.address);
            for _ in 0..100 {
                if said.0 == 200 {
                    break;
                }
                passes(100);
                said = is_ready(&server.address);
            }
            assert_eq!(said.0, 200, "{}", said.1);
        }
        clinic.finds_everything(&server.address, &mut written);
    }
    server.stops_in_order();
    assert_eq!(database.count("SELECT COUNT(*) FROM audit_pending"), 0, "all of it is sealed");
    let verified = tandem(&database, &["audit", "verify"]).output().unwrap();
    let report = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success(), "{report}{}", String::from_utf8_lossy(&verified.stderr));
    let notes = i64::try_from(written.len()).unwrap();
    assert_eq!(database.count("SELECT COUNT(*) FROM note"), notes, "each is there once");
    let begun = "SELECT COUNT(*) FROM audit_event WHERE action = 'create_note' AND outcome = 'done'";
    assert!(database.count(begun) >= notes, "none is there without its event");
}

/// Whether the program says that it can be called, and what it says.
fn is_ready(address: &str) -> (u16, String) {
    let answer = reqwest::blocking::get(format!("http://{address}/readyz")).unwrap();
    (answer.status().as_u16(), answer.text().unwrap())
}

/// Keeps the files of a running program from growing beyond so many bytes.
fn files_may_grow_to(server: &Served, limit: &str) {
    let process = server.process.id().to_string();
    let done = Command::new("prlimit").args(["--pid", &process, &format!("--fsize={limit}:unlimited")]).status();
    assert!(done.expect("prlimit, of util-linux, must be installed").success());
}

/// A note that somebody wrote, and what they were told.
struct Written {
    text: String,
    answered: (u16, Value),
}

struct Clinic<'d> {
    database: &'d Database,
    http: Client,
    token: String,
    now: Timestamp,
    patient: String,
}

impl<'d> Clinic<'d> {
    fn open(database: &'d Database) -> Self {
        let mut keys = seeds().into_iter();
        let keys =
            Keys::create(&database.directory().join("keys"), |key| key.copy_from_slice(&keys.next().unwrap()[..]));
        let now = Clock::System.now();
        renew_session(&mut database.owner(), Who::Physio, now);
        let token = Who::Physio.token(&keys.unwrap(), now);
        Self { database, http: Client::new(), token, now, patient: String::new() }
    }

    /// The program, which a file that may not grow does not end by a signal.
    fn serves(&self) -> Served {
        Served::start_by(tandem_serve_after(self.database, r#"trap "" XFSZ"#))
    }

    /// One call; the status and the answer. Whatever else, it is never told of a defect.
    fn calls(&self, address: &str, method: &str, path: &str, key: Option<&str>, body: Option<&Value>) -> (u16, Value) {
        let url = format!("http://{address}{}{path}", tandem::routes::BASE);
        let call = self.http.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        let call = key.iter().fold(call, |call, key| call.header("Idempotency-Key", *key));
        let answer =
            body.iter().fold(call, reqwest::blocking::RequestBuilder::json).send().expect("the program answers");
        let (status, later) = (answer.status().as_u16(), answer.headers().contains_key("retry-after"));
        let text = answer.text().unwrap();
        assert!(status < 500 || (status == 503 && later), "{method} {path} answered {status}: {text}");
        (status, serde_json::from_str(&text).unwrap())
    }

    fn registers_a_patient(&mut self, address: &str) {
        let patient = json!({"given_name": "Ana", "family_name": "Full", "birth_date": "1984-05-23"});
        let (status, registered) = self.calls(address, "POST", "/patients", None, Some(&patient));
        assert_eq!(status, 201, "{registered}");
        registered["patient"]["id"].as_str().unwrap().clone_into(&mut self.patient);
    }

    fn writes(&self, address: &str, text: String) -> Written {
        let mut body = visit();
        body["subjective"]["text"] = json!(text);
        let new = json!({"kind": "progress", "service_at": self.now, "body": body});
        let path = format!("/patients/{}/notes", self.patient);
        let answered = self.calls(address, "POST", &path, Some(&text.replace([' ', ','], "-")), Some(&new));
        Written { text, answered }
    }

    /// Neither reads nor writes are answered: no event of them could be kept.
    fn is_told_of_no_room(&self, address: &str) {
        let patient = &self.patient;
        for path in [format!("/patients/{patient}"), format!("/patients/{patient}/notes"), "/me".to_owned()] {
            let (status, answer) = self.calls(address, "GET", &path, None, None);
            assert_eq!((status, &answer["code"]), (503, &json!("unavailable")), "{path}");
        }
        let (status, _) = self.calls(address, "GET", "/patients/not-an-id", None, None);
        assert_eq!(status, 503, "a refusal is recorded too");
        let (status, said) = is_ready(address);
        assert!(status == 503 && said.contains("did not keep"), "{status}: {said}");
    }

    /// What was acknowledged is there, what was refused is not; asked again, each is there once.
    fn finds_everything(&self, address: &str, written: &mut [Written]) {
        for Written { text, answered: (status, answer) } in written {
            let with_it = format!("SELECT COUNT(*) FROM note WHERE draft LIKE '%\"{text}\"%'");
            let found = self.database.count(&with_it);
            match (*status, answer["code"].as_str()) {
                (201, _) => assert_eq!(found, 1, "{text} was acknowledged"),
                (503, Some("unavailable")) => assert_eq!(found, 0, "{text} was said not to be saved"),
                (503, Some("outcome_unknown")) => assert!(found <= 1, "{text} is there {found} times"),
                _ => panic!("{text} was answered {status}: {answer}"),
            }
            if *status != 201 {
                let again = self.writes(address, text.clone());
                assert_eq!(again.answered.0, 201, "{text}, asked again: {}", again.answered.1);
                assert_eq!(self.database.count(&with_it), 1, "{text} is there once");
                (*status, *answer) = again.answered;
            }
            let (status, note) =
                self.calls(address, "GET", &format!("/notes/{}", answer["id"].as_str().unwrap()), None, None);
            assert_eq!((status, &note["body"]["subjective"]["text"]), (200, &json!(text)));
        }
    }
}
