//! `kill -9` at a random moment, under load: what was acknowledged is there and whole, and nothing is there by half.

use std::sync::mpsc::Sender;
use std::sync::{Barrier, mpsc};
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tandem::auth::keys::Keys;
use tandem::clock::Clock;

use crate::house::{Database, Served, Who, renew_session, seeds, tandem, visit};

/// How often each database is killed under.
const ROUNDS: usize = 20;
/// Who writes at the same time.
const WRITERS: [Who; 4] = [Who::Physio, Who::OtherPhysio, Who::Physio, Who::OtherPhysio];

/// What must be zero at any moment, with what it would mean if it were not.
const HALVES: [(&str, &str); 10] = [
    (
        "signed notes without their version",
        "SELECT COUNT(*) FROM note n WHERE n.state = 'signed' AND n.current_version <> (SELECT COUNT(*) FROM \
         note_version v WHERE v.practice_id = n.practice_id AND v.note_id = n.id)",
    ),
    (
        "versions without a signed note",
        "SELECT COUNT(*) FROM note_version v WHERE NOT EXISTS (SELECT 1 FROM note n WHERE n.practice_id = \
         v.practice_id AND n.id = v.note_id AND n.state = 'signed')",
    ),
    (
        "patients whom nobody treats, though a clinician registered them",
        "SELECT COUNT(*) FROM patient p WHERE NOT EXISTS (SELECT 1 FROM care_team c WHERE c.practice_id = \
         p.practice_id AND c.patient_id = p.id)",
    ),
    (
        "patients without the event of their registration",
        "SELECT COUNT(*) FROM patient p WHERE p.family_name LIKE 'Round%' AND NOT EXISTS (SELECT 1 FROM audit_subject s \
         JOIN audit_event e ON e.log_id = s.log_id AND e.id = s.event_id WHERE s.log_id = p.practice_id AND \
         s.patient_id = p.id AND e.action = 'register_patient' AND e.outcome = 'done')",
    ),
    (
        "events of a registration without the patient",
        "SELECT COUNT(*) FROM audit_subject s JOIN audit_event e ON e.log_id = s.log_id AND e.id = s.event_id WHERE \
         e.action = 'register_patient' AND e.outcome = 'done' AND NOT EXISTS (SELECT 1 FROM patient p WHERE \
         p.practice_id = s.log_id AND p.id = s.patient_id)",
    ),
    (
        "signed versions without their event, or the other way round",
        "SELECT ABS((SELECT COUNT(*) FROM note_version) - (SELECT COUNT(*) FROM audit_event e WHERE e.action IN \
         ('sign_note', 'amend_note') AND e.outcome = 'done'))",
    ),
    (
        "addenda without their event, or the other way round",
        "SELECT ABS((SELECT COUNT(*) FROM note_addendum) - (SELECT COUNT(*) FROM audit_event e WHERE e.action = \
         'add_addendum' AND e.outcome = 'done'))",
    ),
    (
        "checkpoints without their events",
        "SELECT COUNT(*) FROM audit_checkpoint c WHERE c.size > (SELECT COUNT(*) FROM audit_leaf l WHERE l.log_id = \
         c.log_id)",
    ),
    (
        "events that are neither sealed nor in line for it, or both",
        "SELECT COUNT(*) FROM audit_event e WHERE 1 <> (SELECT COUNT(*) FROM audit_leaf l WHERE l.log_id = e.log_id \
         AND l.event_id = e.id) + (SELECT COUNT(*) FROM audit_pending p WHERE p.log_id = e.log_id AND p.event_id = e.id)",
    ),
    (
        "gaps in the numbers of a log",
        "SELECT COUNT(*) FROM audit_leaf l WHERE l.seq > 0 AND NOT EXISTS (SELECT 1 FROM audit_leaf b WHERE \
         b.log_id = l.log_id AND b.seq = l.seq - 1)",
    ),
];

#[test]
fn sqlite() {
    survives(&Database::sqlite());
}

#[test]
fn postgres() {
    if let Some(database) = Database::postgres() {
        survives(&database);
    }
}

fn survives(database: &Database) {
    let mut keys = seeds().into_iter();
    let keys = Keys::create(&database.directory().join("keys"), |key| key.copy_from_slice(&keys.next().unwrap()[..]));
    let keys = keys.unwrap();
    let now = Clock::System.now();
    for who in WRITERS {
        renew_session(&mut database.owner(), who, now);
    }
    let people = WRITERS.map(|who| Caller { token: who.token(&keys, now) });
    let mut kept = Vec::new();
    for round in 0..ROUNDS {
        let (acknowledged, cut_off) = write_until_killed(&mut serves(database), &people, round);
        nothing_is_half(database);
        let server = serves(database);
        let line = Line::to(&server);
        for work in &acknowledged {
            work.is_whole(&people, &line);
        }
        for task in cut_off {
            let name = task.family_name();
            let again = people[task.1].register(&line, task).expect("the program answers");
            assert_eq!(again.status(), 201, "{name}: asked again under the same key");
            let found = database.count(&format!("SELECT COUNT(*) FROM patient WHERE family_name = '{name}'"));
            assert_eq!(found, 1, "{name}: done once, whether or not it was answered the first time");
        }
        kept.extend(acknowledged);
        // Each but the last is killed at rest, too, when it goes out of scope.
        if round + 1 == ROUNDS {
            for work in &kept {
                work.is_whole(&people, &line);
            }
            server.stops_in_order();
        }
    }
    let came_to =
        |least: Came| kept.iter().filter(|work| work.note.as_ref().is_some_and(|(_, came)| *came >= least)).count();
    let counts = Came::STEPS.map(|step| (step, came_to(step)));
    assert!(came_to(Came::Appended) > 0, "there was load: {} patients, {counts:?}", kept.len());
    assert!(kept.iter().any(|work| work.unfinished && work.note.is_some()), "some were killed over a note: {counts:?}");
    println!("{} patients were acknowledged, and of notes {counts:?}", kept.len());
    assert_eq!(database.count("SELECT COUNT(*) FROM audit_pending"), 0, "stopping seals what is left");
    nothing_is_half(database);
    let verified = tandem(database, &["audit", "verify"]).output().unwrap();
    let report = String::from_utf8_lossy(&verified.stdout);
    assert!(verified.status.success(), "{report}{}", String::from_utf8_lossy(&verified.stderr));
}

fn nothing_is_half(database: &Database) {
    for (what, query) in HALVES {
        assert_eq!(database.count(query), 0, "{what}");
    }
}

/// One registration with its note, by its round, its writer and its number.
#[derive(Clone, Copy)]
struct Task(usize, usize, usize);

impl Task {
    fn family_name(self) -> String {
        let Self(round, writer, number) = self;
        format!("Round {round} Writer {writer} Number {number}")
    }

    /// Spread out, so that hardly anybody is taken for somebody else.
    fn birth_date(self) -> String {
        let Self(round, writer, number) = self;
        format!("{}-{:02}-{:02}", 1930 + round, 1 + (writer + number) % 12, 1 + number % 28)
    }
}

/// How far the program said that a note had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Came {
    Begun,
    Saved,
    Signed,
    Amended,
    Appended,
}

impl Came {
    const STEPS: [Self; 4] = [Self::Saved, Self::Signed, Self::Amended, Self::Appended];

    /// What the note says from then on, of what is told about the patient.
    fn words(self, name: &str) -> String {
        match self {
            Self::Begun => format!("{name}, begun"),
            Self::Saved | Self::Signed => format!("{name}, saved"),
            Self::Amended | Self::Appended => format!("{name}, amended"),
        }
    }

    const fn next(self) -> Self {
        match self {
            Self::Begun => Self::Saved,
            Self::Saved => Self::Signed,
            Self::Signed => Self::Amended,
            Self::Amended | Self::Appended => Self::Appended,
        }
    }
}

/// Work that the program said was done.
struct Acknowledged {
    task: Task,
    patient: String,
    /// The note, if one was begun, and how far it came.
    note: Option<(String, Came)>,
    /// Whether a next step was asked for and not acknowledged; it may have been taken.
    unfinished: bool,
}

impl Acknowledged {
    fn is_whole(&self, people: &[Caller], line: &Line) {
        let name = self.task.family_name();
        let reads = |path: String| {
            let read = people[self.task.1].send(line, "GET", &path, &[], None);
            answered(read, 200).unwrap_or_else(|()| panic!("{name}: {path} is not answered")).expect("it is not busy")
        };
        let patient = reads(format!("/patients/{}", self.patient));
        assert_eq!(patient["family_name"], name);
        if let Some((note, came)) = &self.note {
            let note = reads(format!("/notes/{note}"));
            let may_be = if self.unfinished { vec![*came, came.next()] } else { vec![*came] };
            assert!(may_be.iter().any(|came| stands(&note, *came, &name)), "{name} came to {may_be:?}: {note}");
        }
    }
}

/// Whether a note stands as it does once it has come so far, in all its parts.
fn stands(note: &Value, came: Came, name: &str) -> bool {
    let state = if came < Came::Signed { "draft" } else { "signed" };
    let addenda: &[Value] = note["addenda"].as_array().map_or(&[], Vec::as_slice);
    note["state"] == state
        && note["body"]["subjective"]["text"] == came.words(name)
        && addenda.len() == usize::from(came == Came::Appended)
        && addenda.iter().all(|addendum| addendum["text"] == name)
}

/// Everybody writes until the program is killed: what was acknowledged, and the registrations that were cut off.
fn write_until_killed(server: &mut Served, people: &[Caller], round: usize) -> (Vec<Acknowledged>, Vec<Task>) {
    let begin = Barrier::new(people.len() + 1);
    let line = Line::to(server);
    let (tells, whole) = mpsc::channel();
    std::thread::scope(|scope| {
        let (begin, line) = (&begin, &line);
        let write = |(writer, person): (usize, &Caller), tells: Sender<()>| {
            let mut done = Vec::new();
            begin.wait();
            let cut_off = (0..).map(|number| Task(round, writer, number)).find_map(|task| {
                let before = done.len();
                let work = person.works(line, task, &mut done);
                if done.last().is_some_and(|last| !last.unfinished) {
                    // Once it is waited for no more, nobody listens.
                    tells.send(()).ok();
                }
                work.err().map(|()| (done.len() == before).then_some(task))
            });
            (done, cut_off.flatten())
        };
        let spawned = people.iter().enumerate().map(|each| {
            let tells = tells.clone();
            scope.spawn(move || write(each, tells))
        });
        let writers: Vec<_> = spawned.collect();
        // Its moments count from its first answer on.
        line.http.get(format!("http://{}/healthz", line.address)).send().unwrap();
        begin.wait();
        if round == 0 {
            // However slow the machine, somebody comes to the end of a note.
            whole.recv_timeout(Duration::from_mins(2)).expect("there is load");
        }
        server.is_killed_after(a_moment());
        let (done, cut_off): (Vec<_>, Vec<_>) = writers.into_iter().map(|writer| writer.join().unwrap()).unzip();
        (done.into_iter().flatten().collect(), cut_off.into_iter().flatten().collect())
    })
}

/// 20 to 1,040 ms, in which some twenty rounds of sealing go by.
fn a_moment() -> Duration {
    let mut byte = [0];
    getrandom::fill(&mut byte).unwrap();
    Duration::from_millis(20 + 4 * u64::from(byte[0]))
}

/// The program, which seals every 50 ms: it is killed over that, too.
fn serves(database: &Database) -> Served {
    let mut command = tandem(database, &["serve"]);
    command.env("TANDEM__AUDIT__SEAL_EVERY_MS", "50");
    Served::start_by(command)
}

/// Where calls go.
#[derive(Clone)]
struct Line {
    http: Client,
    address: String,
}

impl Line {
    fn to(server: &Served) -> Self {
        Self { http: Client::new(), address: server.address.clone() }
    }
}

/// Somebody signed in.
struct Caller {
    token: String,
}

impl Caller {
    fn send(
        &self,
        line: &Line,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Option<&Value>,
    ) -> reqwest::Result<Response> {
        let url = format!("http://{}{}{path}", line.address, tandem::routes::BASE);
        let call = line.http.request(method.parse().unwrap(), url).bearer_auth(&self.token);
        let call = headers.iter().fold(call, |call, (name, value)| call.header(*name, value));
        body.into_iter().fold(call, RequestBuilder::json).send()
    }

    fn register(&self, line: &Line, task: Task) -> reqwest::Result<Response> {
        let name = task.family_name();
        let key = [("Idempotency-Key", name.replace(' ', "-"))];
        let patient = json!({"given_name": "Ana", "family_name": name, "birth_date": task.birth_date()});
        self.send(line, "POST", "/patients", &key, Some(&patient))
    }

    /// Registers a patient, and begins, saves, signs, amends and appends to a note about them; what was acknowledged of it
    /// goes to `done`. An error if the program was killed over it.
    fn works(&self, line: &Line, task: Task, done: &mut Vec<Acknowledged>) -> Result<(), ()> {
        let Some(registered) = answered(self.register(line, task), 201)? else { return Ok(()) };
        let patient = registered["patient"]["id"].as_str().unwrap();
        done.push(Acknowledged { task, patient: patient.to_owned(), note: None, unfinished: true });
        let Some(kept) = done.last_mut() else { return Ok(()) };
        let name = task.family_name();
        let says = |came: Came| {
            let mut body = visit();
            body["subjective"]["text"] = json!(came.words(&name));
            body
        };
        let (service_at, notes) = (Clock::System.now(), format!("/patients/{patient}/notes"));
        let new = json!({"kind": "progress", "service_at": service_at, "body": says(Came::Begun)});
        let Some(mut note) = answered(self.send(line, "POST", &notes, &[], Some(&new)), 201)? else { return Ok(()) };
        let path = format!("/notes/{}", note["id"].as_str().unwrap());
        kept.note = Some((note["id"].as_str().unwrap().to_owned(), Came::Begun));
        for step in Came::STEPS {
            let version = [("If-Match", format!("\"{}\"", note["version"]))];
            let calls = |method, tail: &str, headers: &[_], body: Option<Value>| {
                self.send(line, method, &format!("{path}{tail}"), headers, body.as_ref())
            };
            let saving = json!({"service_at": service_at, "body": says(step)});
            let amending = json!({"reason": "typo", "explanation": "Its end", "body": says(step)});
            let answer = match step {
                Came::Begun | Came::Saved => answered(calls("PUT", "", &version, Some(saving)), 200),
                Came::Signed => answered(calls("POST", "/sign", &version, None), 200),
                Came::Amended => answered(calls("POST", "/amend", &version, Some(amending)), 200),
                Came::Appended => answered(calls("POST", "/addenda", &[], Some(json!({"text": name}))), 201),
            };
            let Some(answer) = answer? else { return Ok(()) };
            note = answer;
            if let Some((_, came)) = &mut kept.note {
                *came = step;
            }
        }
        kept.unfinished = false;
        Ok(())
    }
}

/// The answer: none if the program was too busy, an error if the line was cut.
fn answered(call: reqwest::Result<Response>, expected: u16) -> Result<Option<Value>, ()> {
    let response = call.map_err(drop)?;
    let status = response.status().as_u16();
    let text = response.text().map_err(drop)?;
    if status == 503 {
        return Ok(None);
    }
    assert_eq!(status, expected, "{text}");
    Ok(Some(serde_json::from_str(&text).unwrap()))
}
