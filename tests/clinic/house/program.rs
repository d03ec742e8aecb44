//! The program itself, in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use tandem::auth::keys::Keys;
use tandem::clock::Clock;

use super::client::Answer;
use super::{Database, Who, people, seeds};

/// Settings of one start, beyond those of every start.
pub type Own<'s> = &'s [(&'s str, &'s str)];

/// A program that serves, until it is told to stop or dropped.
pub struct Program {
    process: Child,
    keys: Keys,
    /// Where it listens.
    pub address: String,
    /// What it logged before it listened.
    pub began_with: String,
    log: Option<JoinHandle<String>>,
    http: reqwest::blocking::Client,
}

/// A command of the program on `database`, with the environment as its only settings.
pub fn tandem(database: &Database, own: Own, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    command.args(arguments).stdin(Stdio::null()).current_dir(database.directory());
    let every = [("server.bind", "127.0.0.1:0"), ("auth.mfa_required", "false")];
    let settings = database.settings().into_iter();
    let settings = settings.chain(every.iter().chain(&people::HASHING).chain(own).map(|(k, v)| (*k, (*v).to_owned())));
    for (key, value) in settings {
        command.env(format!("TANDEM__{}", key.to_uppercase().replace('.', "__")), value);
    }
    command
}

/// What a command said, and how it ended.
pub fn ended(output: &Output) -> (Option<i32>, String) {
    let said = [&output.stdout[..], &output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

/// Lets real time pass: the program in its process has the machine's clock.
#[expect(clippy::disallowed_methods, reason = "there is nothing to wait for but time")]
pub fn passes(milliseconds: u64) {
    std::thread::sleep(std::time::Duration::from_millis(milliseconds));
}

/// The keys of every house, as files where the settings look for them.
pub fn make_keys(database: &Database) -> Keys {
    let mut seeds = seeds().into_iter();
    let directory = database.directory().join("keys");
    Keys::create(&directory, |key| key.copy_from_slice(&seeds.next().unwrap()[..])).unwrap()
}

impl Program {
    /// Serves a furnished database; everybody has just entered their password.
    pub fn serve(database: &Database, own: Own) -> Self {
        use strum::IntoEnumIterator;
        let keys = make_keys(database);
        for who in Who::iter() {
            people::renew_session(&mut database.owner(), who, Clock::System.now());
        }
        Self::start(&mut tandem(database, own, &["serve"]), keys)
    }

    /// Starts `command`, and waits until it listens.
    pub fn start(command: &mut Command, keys: Keys) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let (http, address, began_with) = (reqwest::blocking::Client::new(), String::new(), String::new());
        // Made before anything can fail, so that no process outlives a failed test.
        let mut program = Self { process, keys, address, began_with, log: None, http };
        while program.address.is_empty() {
            let line = lines.next().unwrap_or_else(|| panic!("the program ended: {}", program.began_with));
            program.began_with += &(line.clone() + "\n");
            if line.contains("listening") && line.contains("address") {
                program.address = address_in(&line);
            }
        }
        // Read to its end, so that the program never waits for somebody to read what it logs.
        program.log = Some(std::thread::spawn(move || lines.map(|line| line + "\n").collect()));
        program
    }

    /// The keys it signs with.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// A call below `/api/v1` with these headers.
    pub fn call(
        &self,
        who: Option<Who>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Option<Value>>,
    ) -> Answer {
        let url = format!("http://{}{}{path}", self.address, tandem::routes::BASE);
        let mut request = self.http.request(method.parse().unwrap(), url);
        if let Some(who) = who {
            request = request.bearer_auth(who.token(&self.keys, Clock::System.now()));
        }
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let request = match body.into() {
            Some(body) => request.json(&body),
            None => request,
        };
        Answer::read(request, String::new())
    }

    /// Tells it to stop, as an operating system does.
    pub fn is_told_to_stop(&self) {
        let told = Command::new("kill").arg(self.id().to_string()).status().unwrap();
        assert!(told.success());
    }

    /// Waits for its end: how it ended, and everything it logged.
    pub fn ends(mut self) -> (ExitStatus, String) {
        let ended = self.process.wait().unwrap();
        let log = self.log.take().map(|log| log.join().unwrap()).unwrap_or_default();
        (ended, std::mem::take(&mut self.began_with) + &log)
    }

    /// Stops it; fails unless it ends in order. What it logged.
    pub fn stops(self) -> String {
        self.is_told_to_stop();
        let (ended, log) = self.ends();
        assert!(ended.success(), "{log}");
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// The address that a line of the log names.
pub fn address_in(line: &str) -> String {
    let from = line.find("address").map(|at| &line[at + "address".len()..]).expect("an address");
    let from = from.trim_start_matches(['"', ':', '=']);
    from.chars().take_while(|c| c.is_ascii_digit() || ".:".contains(*c)).collect()
}
