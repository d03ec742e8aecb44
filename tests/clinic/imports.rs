//! A practice brings its patients along: `tandem import patients`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use serde_json::{Value, json};
use tandem::auth::keys::Keys;
use tandem::clock::Clock;
use tandem::db::Backend;

use crate::house::{Database, Practice, Served, Who, renew_session, seeds, tandem};

/// Ten thousand patients may keep the processor busy for so many seconds, of the minute that they may take at all:
/// built without optimisation, on a machine that has other tests to run.
const AT_WORK: f64 = 30.0;

/// What must be zero at any moment of an import, with what it would mean if it were not.
const HALVES: [(&str, &str); 4] = [
    (
        "imported patients without the line they came from",
        "SELECT COUNT(*) FROM patient p WHERE p.record_number > 3 AND NOT EXISTS (SELECT 1 FROM imported_line l WHERE \
         l.practice_id = p.practice_id AND l.patient_id = p.id)",
    ),
    (
        "imported patients without the event of it, or with more than one",
        "SELECT COUNT(*) FROM patient p WHERE p.record_number > 3 AND 1 <> (SELECT COUNT(*) FROM audit_subject s JOIN \
         audit_event e ON e.log_id = s.log_id AND e.id = s.event_id WHERE s.log_id = p.practice_id AND s.patient_id = \
         p.id AND e.action = 'import_patients')",
    ),
    (
        "patients whom nobody treats, though the file says who does",
        "SELECT COUNT(*) FROM patient p WHERE p.record_number > 3 AND NOT EXISTS (SELECT 1 FROM care_team c WHERE \
         c.practice_id = p.practice_id AND c.patient_id = p.id)",
    ),
    ("gaps in the record numbers", "SELECT MAX(record_number) - COUNT(*) FROM patient p"),
];

/// Keys and a database, without a server.
fn furnished(database: Database) -> Database {
    let mut keys = seeds().into_iter();
    Keys::create(&database.directory().join("keys"), |key| key.copy_from_slice(&keys.next().unwrap()[..])).unwrap();
    database
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/imports").join(name)
}

fn import(database: &Database, file: &Path, more: &[&str]) -> Output {
    let file = file.display().to_string();
    let arguments = [&["import", "patients", &file, "--practice", "Lakeside", "--report", "report.csv"], more].concat();
    tandem(database, &arguments).output().unwrap()
}

#[track_caller]
fn ends(output: &Output, code: i32, words: &str) -> String {
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains(words), "{words:?} is expected in: {said}");
    said
}

/// The report: by line, what became of it, the record number, and the remarks.
fn report(database: &Database) -> BTreeMap<u64, [String; 3]> {
    let mut report = csv::Reader::from_path(database.directory().join("report.csv")).unwrap();
    let rows = report.records().map(Result::unwrap);
    rows.map(|row| (row[0].parse().unwrap(), [1, 2, 3].map(|cell| row[cell].to_owned()))).collect()
}

fn outcomes(database: &Database) -> BTreeMap<u64, String> {
    report(database).into_iter().map(|(line, [outcome, ..])| (line, outcome)).collect()
}

fn patients(database: &Database) -> i64 {
    database.count("SELECT COUNT(*) FROM patient")
}

macro_rules! on_each {
    ($sqlite:ident, $postgres:ident, $case:ident) => {
        #[test]
        fn $sqlite() {
            $case(&furnished(Database::sqlite()));
        }

        #[test]
        fn $postgres() {
            if let Some(database) = Database::postgres() {
                $case(&furnished(database));
            }
        }
    };
}

on_each!(cliniko_on_sqlite, cliniko_on_postgres, an_export_of_cliniko_with_every_kind_of_broken_row);

fn an_export_of_cliniko_with_every_kind_of_broken_row(database: &Database) {
    let file = fixture("cliniko.csv");
    let before = patients(database);
    let expected = |entered: &str, again: &str| {
        let refused = [4, 5, 6, 7, 15, 16, 17, 20, 21, 23].map(|line| (line, "refused".to_owned()));
        let blank = [12, 13].map(|line| (line, "blank".to_owned()));
        let entered = [2, 3, 8, 14, 22, 24].map(|line| (line, entered.to_owned()));
        let left = [(18, again.to_owned()), (19, again.to_owned())];
        refused.into_iter().chain(blank).chain(entered).chain(left).collect::<BTreeMap<u64, String>>()
    };
    let said = ends(&import(database, &file, &["--dry-run"]), 0, "6 would be entered, 2 left out");
    assert!(said.contains("Columns that are not taken: Title, Notes."), "{said}");
    assert_eq!(outcomes(database), expected("would_be_entered", "same_or_similar_in_file"));
    assert_eq!(patients(database), before, "a dry run enters nobody");

    ends(&import(database, &file, &[]), 0, "6 entered, 2 left out as known already, 10 refused.");
    let mut first = expected("entered", "same_person");
    first.insert(19, "similar_person".to_owned());
    assert_eq!(outcomes(database), first);
    let told = report(database);
    for (line, field) in
        [(4, "given_name"), (5, "birth_date"), (6, "future"), (7, "--dates"), (20, "email"), (22, "sex")]
    {
        assert!(told[&line][2].contains(field), "{line}: {:?}", told[&line]);
    }
    assert_eq!(told[&18][1], told[&2][1], "it says of whom it is a duplicate");
    let text = std::fs::read_to_string(database.directory().join("report.csv")).unwrap();
    for secret in ["Nowak", "Slash", "HYPERLINK", "1984", "not an address", "banana", "Hobart"] {
        assert!(!text.contains(secret), "the report repeats {secret}");
    }
    assert_eq!(patients(database), before + 6);

    ends(&import(database, &file, &[]), 0, "0 entered, 2 left out");
    assert_eq!(patients(database), before + 6, "no row is entered twice");
    assert_eq!(outcomes(database)[&2], "entered_before");
    ends(&import(database, &file, &["--enter", "similar"]), 0, "1 entered, 1 left out");
    assert_eq!(outcomes(database)[&19], "entered", "the twin");
    ends(&import(database, &file, &["--enter", "all", "--dates", "day-first"]), 0, "2 entered, 0 left out");
    assert_eq!((outcomes(database)[&18].as_str(), outcomes(database)[&7].as_str()), ("entered", "entered"));
    ends(&import(database, &file, &["--enter", "all", "--dates", "day-first"]), 0, "0 entered, 0 left out");
    assert_eq!(patients(database), before + 9);
}

on_each!(jane_on_sqlite, jane_on_postgres, an_export_of_jane_is_what_the_front_desk_finds);

fn an_export_of_jane_is_what_the_front_desk_finds(database: &Database) {
    for who in [Who::Receptionist, Who::OtherMassage, Who::Manager] {
        renew_session(&mut database.owner(), who, Clock::System.now());
    }
    // The import runs beside the program that serves.
    let mut serve = tandem(database, &["serve"]);
    serve.env("TANDEM__AUTH__MFA_REQUIRED", "false");
    let server = Served::start_by(serve);
    let said = ends(&import(database, &fixture("jane.csv"), &["--dates", "month-first"]), 0, "3 entered, 1 left out");
    assert!(said.contains("windows-1252, separated by semicolons, as an export of jane."), "{said}");
    let told = report(database);
    assert_eq!(told[&2], ["entered", "P-000004", ""]);
    assert_eq!(told[&3][2], "practitioner: nobody, or more than one, of that name treats here now", "a manager");
    assert_eq!(told[&4], ["same_person", "P-000001", ""], "Ana Brunner is a patient already");

    let keys = Keys::load(&database.directory().join("keys")).unwrap();
    let call = |who: Who, path: &str, body: Option<Value>| {
        let url = format!("http://{}/api/v1{path}", server.address);
        let http = reqwest::blocking::Client::new();
        let request = if let Some(body) = body { http.post(url).json(&body) } else { http.get(url) };
        request.bearer_auth(who.token(&keys, Clock::System.now())).send().unwrap().json::<Value>().unwrap()
    };
    let find = |search: Value| call(Who::Receptionist, "/patients/search", Some(search))["items"].clone();
    for search in [
        json!({"name": "mueller"}),
        json!({"name": "jurgen mul"}),
        json!({"phone": "+1 604 555 0100"}),
        json!({"phone": "555-01", "birth_date": "1959-05-05"}),
        json!({"number": "P-000004"}),
        json!({"number": "4"}),
        json!({"birth_date": "1959-05-05"}),
    ] {
        let found = find(search.clone());
        assert_eq!(
            (found[0]["family_name"].as_str(), found.as_array().unwrap().len()),
            (Some("Müller"), 1),
            "{search}"
        );
    }
    assert_eq!(find(json!({"name": "zo"}))[0]["family_name"], "Béranger", "by what she wants to be called");
    assert_eq!(find(json!({"name": "gagnon"}))[0]["birth_date"], "1984-05-06", "month first, as was said");

    let mine = call(Who::OtherMassage, "/patients", None);
    let ids: Vec<&Value> = mine["items"].as_array().unwrap().iter().map(|patient| &patient["record_number"]).collect();
    assert!(ids.contains(&&json!("P-000004")), "the practitioner's column fills care teams: {mine}");
    let id = mine["items"][0]["id"].as_str().unwrap();
    let page = call(Who::OtherMassage, &format!("/patients/{id}"), None);
    assert_eq!((&page["health_number"], &page["gp"]), (&json!("9876 543 210"), &json!("Dr. Chen")));

    let log = call(Who::Manager, "/audit/events?action=import_patients", None);
    let events = log["items"].as_array().unwrap();
    let codes: Vec<&str> = events.iter().map(|event| event["code"].as_str().unwrap()).collect();
    assert_eq!(codes.iter().filter(|code| **code == "import_entered").count(), 3, "{codes:?}");
    for code in ["import_begun", "import_read"] {
        assert_eq!(codes.iter().filter(|found| **found == code).count(), 1, "{codes:?}");
    }
    server.stops_in_order();
    ends(&tandem(database, &["audit", "verify"]).output().unwrap(), 0, "0 unsealed");
}

/// So many patients, spread over names and birthdays so that hardly anybody is taken for somebody else.
fn many(count: usize) -> String {
    let mut text = String::from("given_name,family_name,birth_date,phone,address,practitioner\n");
    for number in 0..count {
        let (given, family) = (letters(number * 7919 + 13), letters(number * 104_729 + 7));
        let born = mixed(number) >> 32;
        let (year, month, day) = (1930 + born % 80, 1 + born / 80 % 12, 1 + born / 960 % 28);
        let who = ["Paula Frei", "mara@lakeside.example", "Milo Weber; Piet Jansen"][number % 3];
        let phone = format!("+41 44 {:07}", number * 31);
        writeln!(text, "{given},{family},{year}-{month:02}-{day:02},{phone},\"Lake Street {number}\nZürich\",{who}")
            .unwrap();
    }
    text
}

/// A number far from its neighbours'.
fn mixed(number: usize) -> u64 {
    (number as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

/// A word of eight letters, hardly ever the same.
fn letters(number: usize) -> String {
    let mixed = mixed(number);
    (0..8).map(|at| char::from(b'a' + u8::try_from(mixed >> (8 * at) & 0xFF).unwrap() % 26)).collect()
}

fn write(database: &Database, name: &str, text: &str) -> PathBuf {
    let file = database.directory().join(name);
    std::fs::write(&file, text).unwrap();
    file
}

on_each!(killed_on_sqlite, killed_on_postgres, an_import_that_is_killed_goes_on_where_it_stopped);

fn an_import_that_is_killed_goes_on_where_it_stopped(database: &Database) {
    const COUNT: usize = 1500;
    let file = write(database, "many.csv", &many(COUNT));
    let before = patients(database);
    let name = file.display().to_string();
    let (mut rounds, mut between) = (0, 0);
    loop {
        let mut command =
            tandem(database, &["import", "patients", &name, "--practice", "Lakeside", "--report", "report.csv"]);
        let begun = patients(database);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        let killed = loop {
            if let Some(status) = process.try_wait().unwrap() {
                assert!(status.success());
                break false;
            }
            if patients(database) >= begun + 200 && started.elapsed() > Duration::from_millis(37 * (rounds % 5)) {
                process.kill().unwrap();
                process.wait().unwrap();
                break true;
            }
        };
        for (what, query) in &HALVES {
            assert_eq!(database.count(query), 0, "{what}, after {rounds} rounds");
        }
        let entered = patients(database) - before;
        if !killed {
            assert_eq!(entered, i64::try_from(COUNT).unwrap());
            break;
        }
        between += i64::from(entered > 0 && entered < i64::try_from(COUNT).unwrap());
        rounds += 1;
    }
    assert!(between >= 2, "it was killed in the middle {between} times in {rounds}");
    ends(&import(database, &file, &[]), 0, "1500 were entered by an earlier run of the same file");
    assert_eq!(patients(database) - before, 1500);
    let numbers: Vec<String> = report(database).into_values().map(|[_, number, _]| number).collect();
    assert_eq!((numbers[0].as_str(), numbers.len()), ("P-000004", 1500), "the report is whole");
    // Whoever comes third has two practitioners.
    assert_eq!(database.count("SELECT COUNT(*) FROM care_team c JOIN imported_line l ON l.practice_id = c.practice_id AND l.patient_id = c.patient_id"), 2000);
}

on_each!(refused_by_sqlite, refused_by_postgres, a_row_that_the_database_refuses_enters_not_even_half);

fn a_row_that_the_database_refuses_enters_not_even_half(database: &Database) {
    // Refuses the last of a row's writings, when the patient and the care team stand.
    let refusal = "INSERT INTO record_counter (practice_id, name, last) VALUES (NEW.practice_id, NULL, 1);";
    let trigger = match database.backend() {
        Backend::Sqlite => {
            format!("CREATE TRIGGER refuses AFTER INSERT ON imported_line WHEN NEW.line = 4 BEGIN {refusal} END")
        }
        Backend::Postgres => format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refusal} RETURN NEW; END $$; CREATE \
             TRIGGER refuses AFTER INSERT ON imported_line FOR EACH ROW WHEN (NEW.line = 4) EXECUTE FUNCTION refuse()"
        ),
    };
    database.owner().batch_execute(&trigger).unwrap();
    let file = write(database, "many.csv", &many(5));
    ends(&import(database, &file, &[]), 0, "4 entered, 0 left out as known already, 1 refused.");
    assert_eq!(report(database)[&4], ["refused", "", "the database refuses this row"]);
    for (what, query) in &HALVES {
        assert_eq!(database.count(query), 0, "{what}");
    }
    let entered = "SELECT COUNT(*) FROM audit_event WHERE action = 'import_patients' AND outcome = 'done'";
    assert_eq!(database.count(entered), 1 + 4 + 1, "the run, the patients, the lines");
}

/// The largest the process has been, in KiB, as long as it runs.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

/// The processor's time that the process has had so far, in seconds of a hundred ticks.
fn processor_time(process: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let ticks = stat.rsplit(')').next()?.split_whitespace().skip(11).take(2);
    Some(ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0)
}

/// Lets real time pass: the process has the machine's clock.
#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
fn passes(moment: Duration) {
    std::thread::sleep(moment);
}

#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_patients_take_less_than_a_minute_and_no_more_memory_than_one_thousand() {
    let measured = [1000, 10_000].map(|count| {
        let database = furnished(Database::sqlite());
        let file = write(&database, "many.csv", &many(count));
        let before = patients(&database);
        let began = Instant::now();
        let name = file.display().to_string();
        let mut command = tandem(&database, &["import", "patients", &name, "--practice", "Lakeside"]);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (mut largest, mut worked) = (0, 0.0);
        while process.try_wait().unwrap().is_none() {
            largest = peak(process.id()).unwrap_or(largest).max(largest);
            worked = processor_time(process.id()).unwrap_or(worked);
            passes(Duration::from_millis(5));
        }
        let took = began.elapsed();
        assert_eq!(patients(&database) - before, i64::try_from(count).unwrap());
        println!("{count} patients: {took:?}, {worked} s of them at work, {largest} KiB at most");
        (worked, largest)
    });
    let [(quick, small), (worked, large)] = measured;
    assert!(worked < AT_WORK, "{worked} s");
    // Whoever comes last takes no longer than whoever comes first; 0.3 s are for starting.
    assert!(worked < 16.0 * (quick + 0.3), "{quick} s for one thousand, {worked} s for ten thousand");
    // Ten times the rows; SQLite's cache and the map of its file fill up meanwhile.
    assert!(large < small + 24 * 1024, "{small} KiB for one thousand, {large} KiB for ten thousand");
}

#[test]
fn a_command_that_cannot_import_says_why() {
    let database = furnished(Database::sqlite());
    let good = "given_name,family_name,birth_date\nAna,Berg,1990-01-01\n";
    let file = write(&database, "good.csv", good);
    let name = file.display().to_string();
    let run = |arguments: &[&str]| tandem(&database, &[&["import", "patients"], arguments].concat()).output().unwrap();
    ends(&run(&[&name]), 1, "which practice is not clear");
    ends(&run(&[&name, "--practice", "Nowhere"]), 1, "--practice");
    ends(&run(&["nowhere.csv", "--practice", "Lakeside"]), 1, "nowhere.csv cannot be read");
    ends(&run(&[&name, "--practice", "Lakeside", "--report", &name]), 1, "would overwrite the file");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), good);
    ends(&run(&[&name, "--practice", "Lakeside", "--mapping", "jane"]), 1, "no column for given_name, family_name");
    ends(&run(&[&name, "--practice", "Lakeside", "--mapping", "paper"]), 1, "--mapping tandem, cliniko, jane");
    let odd = write(&database, "odd.csv", "Vorname,Nachname,Geburtstag\nAna,Berg,01.02.1990\n");
    let odd = odd.display().to_string();
    ends(&run(&[&odd, "--practice", "Lakeside"]), 1, "fits none of the mappings");
    let mapping = "[sex]\nfemale=[]\nmale=[]\nother=[]\nunknown=[]\n[[mapping]]\nname=\"german\"\ndates=[\"day_first\"]\n\
                   [mapping.columns]\ngiven_name=[\"Vorname\"]\nfamily_name=[\"Nachname\"]\nbirth_date=[\"Geburtstag\"]\n";
    write(&database, "wrong.toml", &mapping.replace("birth_date", "born"));
    ends(&run(&[&odd, "--practice", "Lakeside", "--mappings", "wrong.toml"]), 1, "wrong.toml:12: ");
    write(&database, "own.toml", mapping);
    let own = [odd.as_str(), "--practice", "Lakeside", "--mappings", "own.toml"];
    ends(&run(&own), 0, "1 entered, 0 left out as known already, 0 refused.");
    assert_eq!(database.count("SELECT COUNT(*) FROM patient WHERE birth_date = '1990-02-01'"), 1);
    let other = Practice::Hillside.id().to_string();
    ends(&run(&[&name, "--practice", &other]), 0, "1 entered");
    let empty = write(&database, "empty.csv", "\n").display().to_string();
    ends(&run(&[&empty, "--practice", "Lakeside"]), 1, "it is empty");
}
