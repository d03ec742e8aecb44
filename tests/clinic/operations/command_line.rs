//! What the commands refuse, and what they say then.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use tandem::auth::keys::Keys;

use crate::house::program::{Own, ended, make_keys, tandem};
use crate::house::{Database, PASSWORD, Program};

/// Fails unless the command ends with `code` and says each of `words`.
#[track_caller]
fn refused(command: &mut Command, code: i32, words: &[&str]) -> String {
    let (exit, said) = ended(&command.output().unwrap());
    assert_eq!(exit, Some(code), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is missing: {said}");
    }
    said
}

fn serve(database: &Database, own: Own) -> Command {
    tandem(database, own, &["serve"])
}

/// `setup` of Mara Lang's practice, which reads her password from standard input.
fn setup(database: &Database, more: &[&str]) -> Command {
    let mut command = tandem(database, &[], &["setup", "--practice", "Lakeside", "--time-zone", "Europe/Zurich"]);
    command.args(["--name", "Mara Lang", "--email", "mara@lakeside.example", "--role", "manager"]);
    command.args(more);
    command
}

/// Runs `command` with a line on its standard input.
fn told(command: &mut Command, line: &str) -> (Option<i32>, String) {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = command.spawn().unwrap();
    writeln!(running.stdin.take().unwrap(), "{line}").unwrap();
    ended(&running.wait_with_output().unwrap())
}

#[test]
fn keys_must_be_there_and_be_closed_to_others() {
    let database = Database::sqlite();
    refused(&mut serve(&database, &[]), 1, &["jwt.key is missing", "tandem setup"]);
    make_keys(&database);
    for key in ["jwt.key", "audit.key", "data.key"] {
        let key = database.directory().join("keys").join(key);
        fs::set_permissions(&key, Permissions::from_mode(0o644)).unwrap();
        refused(&mut serve(&database, &[]), 1, &[key.to_str().unwrap(), "open to others (mode 644)", "chmod 600"]);
        fs::set_permissions(&key, Permissions::from_mode(0o600)).unwrap();
    }
    let data = database.directory().join("keys/data.key");
    fs::write(&data, format!("{}=\n", "A".repeat(43))).unwrap();
    refused(&mut serve(&database, &[]), 1, &["data.key holds no key"]);
    fs::remove_file(&data).unwrap();
    refused(&mut serve(&database, &[]), 1, &["data.key is missing"]);
}

#[test]
fn settings_are_refused_by_their_key() {
    let database = Database::sqlite();
    make_keys(&database);
    refused(&mut serve(&database, &[("server.prot", "8080")]), 2, &["server.prot", "no such setting"]);
    refused(&mut serve(&database, &[("database.url", "mysql://secret@host/x")]), 2, &["database.url"]);
    refused(&mut serve(&database, &[("audit.seal_every_ms", "0")]), 2, &["audit.seal_every_ms"]);
    let said = refused(&mut serve(&database, &[("server.workers", "hunter2")]), 2, &["server.workers"]);
    assert!(!said.contains("hunter2"), "no value is repeated: {said}");
    fs::write(database.directory().join("own.toml"), "[server]\nbind = \"127.0.0.1:0\"\ntimeout = 3\n").unwrap();
    let with_file = &mut tandem(&database, &[], &["serve", "--config", "own.toml"]);
    refused(with_file, 2, &["server.timeout", "own.toml"]);
    refused(&mut tandem(&database, &[], &["serve", "--config", "none.toml"]), 2, &["none.toml"]);
    refused(&mut tandem(&database, &[], &["serve", "--prot", "8080"]), 2, &["--prot"]);
}

#[test]
fn one_program_serves_a_database_file_and_a_port() {
    let database = Database::sqlite();
    let first = Program::serve(&database, &[]);
    refused(&mut serve(&database, &[]), 1, &["another tandem is serving this database", "database.url"]);
    let other = Database::sqlite();
    make_keys(&other);
    refused(&mut serve(&other, &[("server.bind", &first.address)]), 1, &[&first.address, "is taken", "server.bind"]);
    let (_, said) = ended(&tandem(&database, &[], &["audit", "verify"]).output().unwrap());
    assert!(said.contains("verified"), "verifying beside it is possible: {said}");
    first.stops();
    Program::start(&mut serve(&database, &[]), Keys::load(&database.directory().join("keys")).unwrap()).stops();
}

#[test]
fn a_wrong_path_begins_no_empty_record() {
    let database = Database::empty_sqlite();
    make_keys(&database);
    refused(&mut serve(&database, &[]), 1, &["there is no database at", "tandem setup"]);
    assert!(!database.directory().join("tandem.db").exists());
}

#[test]
fn setup_takes_no_password_on_the_command_line() {
    let database = Database::empty_sqlite();
    refused(&mut setup(&database, &["--password", PASSWORD]), 2, &["--password"]);
    refused(&mut setup(&database, &[PASSWORD]), 2, &["unexpected argument"]);
    // Without a terminal it can be asked for nowhere; `setsid` takes the terminal away where there is one.
    let mut alone = Command::new("setsid");
    let command = setup(&database, &[]);
    alone.arg("--wait").arg(command.get_program()).args(command.get_args()).stdin(Stdio::null());
    alone.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
    refused(alone.current_dir(database.directory()), 1, &["no terminal", "--password-stdin"]);
    let (exit, said) = told(&mut setup(&database, &["--password-stdin"]), "too short");
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("12") && !said.contains("too short"), "{said}");
}

#[test]
fn a_practice_is_founded_once_and_served() {
    let database = Database::empty_sqlite();
    let (exit, said) = told(&mut setup(&database, &["--password-stdin"]), PASSWORD);
    assert_eq!(exit, Some(0), "{said}");
    assert!(said.contains("mara@lakeside.example") && !said.contains(PASSWORD), "{said}");
    for file in ["keys/jwt.key", "keys/audit.key", "keys/data.key", "tandem.db"] {
        let mode = fs::metadata(database.directory().join(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    let (exit, said) = told(&mut setup(&database, &["--password-stdin"]), PASSWORD);
    assert_eq!(exit, Some(1), "{said}");
    assert!(said.contains("founded in this database already") && said.contains("--another-practice"), "{said}");
    assert_eq!(database.count("SELECT COUNT(*) FROM practice"), 1);

    let keys = Keys::load(&database.directory().join("keys")).unwrap();
    let program = Program::start(&mut serve(&database, &[]), keys);
    let sign_in = serde_json::json!({"email": "mara@lakeside.example", "password": PASSWORD});
    program.call(None, "POST", "/auth/login", &[], sign_in).is(200);
    program.stops();
}
