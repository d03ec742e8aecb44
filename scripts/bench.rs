//! What `scripts/bench` runs besides wrk: furnishing a database, and the same SQL in a bare loop, without HTTP,
//! sessions, policy or sealing.
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "a measurement that cannot go on ends, and counts a few million at most"
)]

use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use serde_json::value::RawValue;
use tandem::actor::{Discipline, Role};
use tandem::auth::keys::Keys;
use tandem::auth::token::{self, Claims};
use tandem::clock::{Clock, Date, Timestamp};
use tandem::db::schema::{
    audit_event, audit_pending, audit_subject, care_team, note, note_version, note_words, patient, practice,
    safety_item, session, staff, staff_role,
};
use tandem::db::{Address, Backend, Conn};
use tandem::ids::{Id, NoteId, PatientId, PracticeId, SafetyItemId, SessionId, StaffId};
use tandem::policy::{Action, NoteState};

/// Patients whose pages are read; as many again have the drafts, so that a page holds signed notes only.
const PATIENTS: usize = 5_000;
const NOTES_EACH: usize = 20;
const BODY: &str = include_str!("../tests/fixtures/evaluation.txt");

#[path = "bench_referrals.rs"]
mod referrals;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|word| *word != "--bench").collect();
    match words.as_slice() {
        ["furnish", url, keys, out, patients, drafts] => {
            furnish(url, keys, out, patients.parse().unwrap(), drafts.parse().unwrap());
        }
        ["refer", url, patients, referrals] => {
            referrals::furnish(url, patients.parse().unwrap(), referrals.parse().unwrap());
        }
        ["read", url, threads, batch] => bare_read(url, threads.parse().unwrap(), batch.parse().unwrap()),
        ["sign", url, batch] => bare_sign(url, batch.parse().unwrap()),
        // `cargo test` runs every target: there is nothing to test here.
        _ => eprintln!("see scripts/bench"),
    }
}

fn connect(url: &str) -> (Address, Conn) {
    let address = Address::parse(url, Duration::from_secs(5)).unwrap();
    let conn = address.connect().unwrap();
    (address, conn)
}

/// The `number`-th id of a kind, the same in every run.
fn id<K>(kind: u8, number: usize) -> Id<K> {
    let mut random = [kind; 10];
    random[2..].copy_from_slice(&(number as u64).to_be_bytes());
    Id::new(Timestamp::from_micros(1_700_000_000_000_000 + number as i64 * 1_000), random)
}

fn practice_id() -> PracticeId {
    id(1, 0)
}

/// A note of about 2.4 KB, as long as progress notes are.
fn body() -> String {
    let text: String = BODY.chars().take(2_000).collect();
    let body = serde_json::json!({
        "schema_version": 1,
        "subjective": {"text": text, "pain": {"now": 4}},
        "treatment": [{"technique": "education", "response": "Understood, will try at home."}],
        "consent": {"given": true, "given_by": {"who": "patient"}},
        "plan": {"text": "Continue as agreed, twice a week."},
    });
    let body: tandem::notes::NoteBody = serde_json::from_value(body).unwrap();
    body.canonical().unwrap()
}

/// A setting of PostgreSQL.
#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    setting: String,
}

fn furnish(url: &str, keys: &str, out: &str, patients: usize, drafts: usize) {
    let (address, mut conn) = connect(url);
    let now = Clock::System.now();
    let (practice, who, seat): (PracticeId, StaffId, SessionId) = (practice_id(), id(2, 0), id(3, 0));
    conn.batch_execute("BEGIN").unwrap();
    diesel::insert_into(practice::table)
        .values((
            practice::id.eq(practice),
            practice::name.eq("Bench"),
            practice::time_zone.eq("Europe/Zurich"),
            practice::version.eq(1),
            practice::created_at.eq(now),
        ))
        .execute(&mut conn)
        .unwrap();
    diesel::insert_into(staff::table)
        .values((
            staff::id.eq(who),
            staff::practice_id.eq(practice),
            staff::email.eq("bench@example.org"),
            staff::name.eq("Bench Therapist"),
            staff::active.eq(true),
            staff::credential_version.eq(1_i64),
            staff::access_version.eq(1_i64),
            staff::version.eq(1),
            staff::created_at.eq(now),
        ))
        .execute(&mut conn)
        .unwrap();
    diesel::insert_into(staff_role::table)
        .values((
            staff_role::practice_id.eq(practice),
            staff_role::staff_id.eq(who),
            staff_role::role.eq(Role::Physiotherapist),
        ))
        .execute(&mut conn)
        .unwrap();
    diesel::insert_into(session::table)
        .values((
            session::id.eq(seat),
            session::practice_id.eq(practice),
            session::staff_id.eq(who),
            session::created_at.eq(now),
            session::last_seen_at.eq(now),
            session::authenticated_at.eq(now),
            session::refresh_hash.eq(vec![0_u8; 32]),
            session::rotated_at.eq(now),
            session::tolerated.eq(false),
        ))
        .execute(&mut conn)
        .unwrap();
    let words = body();
    let mut written = 0;
    let with_drafts = if drafts > 0 { patients } else { 0 };
    for number in 0..patients + with_drafts {
        furnish_patient(&mut conn, who, number, now);
    }
    for number in 0..patients {
        for turn in 0..NOTES_EACH {
            furnish_note(&mut conn, who, number, written, turn, &words, now, true);
            written += 1;
            learn_sizes(&mut conn, written);
        }
    }
    let mut list = std::io::BufWriter::new(std::fs::File::create(format!("{out}/drafts.txt")).unwrap());
    for draft in 0..drafts {
        furnish_note(&mut conn, who, patients + draft % patients, written, NOTES_EACH, &words, now, false);
        writeln!(list, "{}", id::<tandem::ids::kind::Note>(5, written)).unwrap();
        written += 1;
    }
    conn.batch_execute("COMMIT").unwrap();
    if address.backend() == Backend::Postgres {
        conn.batch_execute("SET statement_timeout = 0; ANALYZE").unwrap();
        let fsync = diesel::sql_query("SELECT setting FROM pg_settings WHERE name = 'fsync'");
        let Setting { setting } = fsync.get_result(&mut conn).unwrap();
        println!("PostgreSQL's fsync is {setting}");
    }
    let mut list = std::io::BufWriter::new(std::fs::File::create(format!("{out}/patients.txt")).unwrap());
    for number in (0..patients).step_by((patients / PATIENTS).max(1)) {
        writeln!(list, "{}", id::<tandem::ids::kind::Patient>(4, number)).unwrap();
    }
    let keys = Keys::load(std::path::Path::new(keys)).unwrap();
    let token = token::issue(&keys, &Claims::new(who, practice, seat, now, 24 * 3600)).unwrap();
    std::fs::write(format!("{out}/token.txt"), token).unwrap();
}

/// PostgreSQL checks foreign keys by plans that it made while the tables were empty, reading them whole, until it is told
/// how large they are now.
fn learn_sizes(conn: &mut Conn, written: usize) {
    if written >= 512 && written.is_power_of_two() && matches!(conn, Conn::Postgres(_)) {
        conn.batch_execute("COMMIT; ANALYZE; BEGIN").unwrap();
    }
}

fn furnish_patient(conn: &mut Conn, who: StaffId, number: usize, now: Timestamp) {
    let patient: PatientId = id(4, number);
    diesel::insert_into(patient::table)
        .values((
            patient::id.eq(patient),
            patient::practice_id.eq(practice_id()),
            patient::record_number.eq(number as i64 + 1),
            patient::given_name.eq("Given"),
            patient::family_name.eq(format!("Family {number}")),
            patient::folded_name.eq(format!("family {number} given")),
            patient::birth_date.eq(Date::parse("1980-05-23").unwrap()),
            patient::details.eq(r#"{"schema_version":1}"#),
            patient::access_version.eq(1_i64),
            patient::version.eq(1),
            patient::created_at.eq(now),
        ))
        .execute(conn)
        .unwrap();
    diesel::insert_into(care_team::table)
        .values((
            care_team::id.eq(id::<tandem::ids::kind::CareTeam>(6, number)),
            care_team::practice_id.eq(practice_id()),
            care_team::patient_id.eq(patient),
            care_team::staff_id.eq(who),
            care_team::joined_by.eq("registration"),
            care_team::joined_at.eq(now),
            care_team::lapses_at.eq(now.plus_seconds(90 * 24 * 3600)),
        ))
        .execute(conn)
        .unwrap();
}

#[expect(clippy::too_many_arguments, reason = "one row of a table, spelt out once")]
fn furnish_note(
    conn: &mut Conn,
    who: StaffId,
    patient: usize,
    number: usize,
    turn: usize,
    words: &str,
    now: Timestamp,
    signed: bool,
) {
    let note_id: NoteId = id(5, number);
    diesel::insert_into(note::table)
        .values((
            note::id.eq(note_id),
            note::practice_id.eq(practice_id()),
            note::patient_id.eq(id::<tandem::ids::kind::Patient>(4, patient)),
            note::author_id.eq(who),
            note::discipline.eq(Discipline::Physiotherapy),
            note::kind.eq("progress"),
            note::state.eq(if signed { NoteState::Signed } else { NoteState::Draft }),
            note::service_at.eq(now.plus_seconds(turn as i64 * 86_400 - 30 * 86_400)),
            note::created_at.eq(now),
            note::signed_at.eq(signed.then_some(now)),
            note::draft.eq((!signed).then_some(words)),
            note::current_version.eq(i32::from(signed)),
            note::version.eq(1 + i32::from(signed)),
        ))
        .execute(conn)
        .unwrap();
    if signed {
        insert_version(conn, who, note_id, id(4, patient), words, now);
    }
}

fn insert_version(conn: &mut Conn, who: StaffId, note_id: NoteId, patient: PatientId, words: &str, now: Timestamp) {
    static FOLDED: LazyLock<String> =
        LazyLock::new(|| tandem::folding::words(&body()).into_iter().collect::<Vec<_>>().join(" "));
    diesel::insert_into(note_version::table)
        .values((
            note_version::practice_id.eq(practice_id()),
            note_version::note_id.eq(note_id),
            note_version::number.eq(1),
            note_version::body.eq(words),
            note_version::hash.eq(tandem::notes::body::hash(words).as_slice()),
            note_version::signed_by.eq(who),
            note_version::signed_at.eq(now),
        ))
        .execute(conn)
        .unwrap();
    diesel::insert_into(note_words::table)
        .values((
            note_words::practice_id.eq(practice_id()),
            note_words::note_id.eq(note_id),
            note_words::patient_id.eq(patient),
            note_words::version.eq(1),
            note_words::words.eq(&*FOLDED),
        ))
        .execute(conn)
        .unwrap();
}

/// Pages of 20 notes as JSON, from so many threads for five seconds; each with its event, so many a commit, or without
/// any when that is 0.
fn bare_read(url: &str, threads: usize, batch: usize) {
    let (pages, until) = (AtomicUsize::new(0), Instant::now() + Duration::from_secs(5));
    let (appending, now) = (Mutex::new(connect(url).1), Clock::System.now());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (pages, appending) = (&pages, &appending);
            scope.spawn(move || {
                let (_, mut conn) = connect(url);
                let mut number = thread * 997;
                let mut turn = 0;
                while Instant::now() < until {
                    let mut patients = Vec::new();
                    for _ in 0..batch.max(1) {
                        number = (number + 7_919) % PATIENTS;
                        let patient = id::<tandem::ids::kind::Patient>(4, number);
                        assert!(page(&mut conn, patient).len() > 40_000);
                        patients.push(patient);
                    }
                    turn += patients.len();
                    if batch > 0 {
                        let mut conn = appending.lock().unwrap();
                        conn.batch_execute("BEGIN").unwrap();
                        for (place, patient) in patients.iter().enumerate() {
                            // Event ids that no other run has used.
                            let event = ((threads * 64 + batch) * 4 + thread) * 10_000_000 + turn + place;
                            insert_event(&mut conn, Action::ListNotes, *patient, 8, event, now);
                        }
                        conn.batch_execute("COMMIT").unwrap();
                    }
                    pages.fetch_add(patients.len(), Ordering::Relaxed);
                }
            });
        }
    });
    println!("{}", pages.into_inner() / 5);
}

/// A page of 20 notes, with everything that the program answers.
fn page(conn: &mut Conn, patient: PatientId) -> Vec<u8> {
    type Place = (NoteId, PatientId, StaffId, String, Discipline, String, NoteState);
    type Times = (Timestamp, Timestamp, Option<Timestamp>);
    let page = note::table
        .inner_join(staff::table.on(staff::practice_id.eq(note::practice_id).and(staff::id.eq(note::author_id))))
        .inner_join(
            note_version::table.on(note_version::practice_id
                .eq(note::practice_id)
                .and(note_version::note_id.eq(note::id))
                .and(note_version::number.eq(note::current_version))),
        )
        .filter(note::practice_id.eq(practice_id()))
        .filter(note::patient_id.eq(patient))
        .order((note::service_at.desc(), note::id.desc()))
        .limit(20)
        .select((
            (note::id, note::patient_id, note::author_id, staff::name, note::discipline, note::kind, note::state),
            (note::service_at, note::created_at, note::signed_at),
            (note::version, note::current_version, note_version::hash),
            note_version::body,
        ))
        .load::<(Place, Times, (i32, i32, Vec<u8>), String)>(conn)
        .unwrap();
    assert_eq!(page.len(), 20);
    let dangers = safety_item::table
        .filter(safety_item::practice_id.eq(practice_id()))
        .filter(safety_item::patient_id.eq(patient))
        .filter(safety_item::resolved_at.is_null())
        .select((safety_item::id, safety_item::what))
        .load::<(SafetyItemId, String)>(conn)
        .unwrap();
    let notes: Vec<_> = page
        .into_iter()
        .map(|(place, times, (version, current, hash), body)| {
            let hash = tandem::audit::Hash(hash.try_into().unwrap());
            (place, times, version, current, hash, RawValue::from_string(body).unwrap())
        })
        .collect();
    serde_json::to_vec(&(notes, dangers)).unwrap()
}

/// Signed notes with their event, so many a commit, from one connection for five seconds.
fn bare_sign(url: &str, batch: usize) {
    let (_, mut conn) = connect(url);
    let now = Clock::System.now();
    let drafts: Vec<(NoteId, PatientId)> = note::table
        .filter(note::practice_id.eq(practice_id()))
        .filter(note::state.eq(NoteState::Draft))
        .select((note::id, note::patient_id))
        .load(&mut conn)
        .unwrap();
    let (began, mut signed) = (Instant::now(), 0);
    let mut drafts = drafts.into_iter();
    while began.elapsed() < Duration::from_secs(5) && drafts.len() >= batch {
        conn.batch_execute("BEGIN").unwrap();
        for (note_id, patient) in drafts.by_ref().take(batch) {
            // Event ids that no other run has used.
            sign(&mut conn, note_id, patient, batch * 10_000_000 + signed, now);
            signed += 1;
        }
        conn.batch_execute("COMMIT").unwrap();
    }
    println!("{:.0}", signed as f64 / began.elapsed().as_secs_f64());
}

fn sign(conn: &mut Conn, note_id: NoteId, patient: PatientId, number: usize, now: Timestamp) {
    let row = note::table.find((practice_id(), note_id));
    let words = row.select(note::draft.assume_not_null()).first::<String>(conn).unwrap();
    insert_version(conn, id(2, 0), note_id, patient, &words, now);
    diesel::update(row)
        .set((
            note::state.eq(NoteState::Signed),
            note::draft.eq(None::<String>),
            note::signed_at.eq(Some(now)),
            note::current_version.eq(1),
            note::version.eq(2),
        ))
        .execute(conn)
        .unwrap();
    insert_event(conn, Action::SignNote, patient, 7, number, now);
}

fn insert_event(conn: &mut Conn, action: Action, patient: PatientId, kind: u8, number: usize, now: Timestamp) {
    let event = id::<tandem::ids::kind::Event>(kind, number);
    diesel::insert_into(audit_event::table)
        .values((
            audit_event::log_id.eq(practice_id()),
            audit_event::id.eq(event),
            audit_event::at.eq(now),
            audit_event::actor_id.eq(Some(id::<tandem::ids::kind::Staff>(2, 0))),
            audit_event::action.eq(action),
            audit_event::outcome.eq("done"),
            audit_event::leaf.eq(vec![b'x'; 600]),
        ))
        .execute(conn)
        .unwrap();
    diesel::insert_into(audit_subject::table)
        .values((
            audit_subject::log_id.eq(practice_id()),
            audit_subject::patient_id.eq(patient),
            audit_subject::event_id.eq(event),
        ))
        .execute(conn)
        .unwrap();
    diesel::insert_into(audit_pending::table)
        .values((audit_pending::log_id.eq(practice_id()), audit_pending::event_id.eq(event)))
        .execute(conn)
        .unwrap();
}
