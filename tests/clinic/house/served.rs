//! The program itself, in a process of its own.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use super::Database;

/// A command line of the program over this database.
pub fn tandem(database: &Database, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tandem"));
    command.args(arguments).current_dir(database.directory());
    settle(&mut command, database);
    command
}

/// `tandem serve`, begun by a shell that first does what `before` says.
pub fn tandem_serve_after(database: &Database, before: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}; exec \"$0\" serve"), env!("CARGO_BIN_EXE_tandem")]);
    settle(&mut command, database);
    command
}

fn settle(command: &mut Command, database: &Database) {
    let own = [("server.bind", "127.0.0.1:0"), ("log.format", "json"), ("log.filter", "tandem=info")];
    let own = own.map(|(key, value)| (key, value.to_owned()));
    for (key, value) in database.settings().into_iter().chain(own) {
        command.env(format!("TANDEM__{}", key.to_uppercase().replace('.', "__")), value);
    }
    command.stdin(Stdio::null());
}

/// A program that serves; it is killed when this goes out of scope.
pub struct Served {
    /// The process.
    pub process: Child,
    /// Where it answers, such as `127.0.0.1:40123`.
    pub address: String,
    log: Option<JoinHandle<String>>,
}

impl Served {
    /// Serves a database, and returns once it listens.
    pub fn start(database: &Database) -> Self {
        Self::start_by(tandem(database, &["serve"]))
    }

    /// Starts it by a command of one's own, and returns once it listens.
    pub fn start_by(mut command: Command) -> Self {
        let mut process = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map(Result::unwrap);
        let mut said = String::new();
        let address = loop {
            let line = lines.next().unwrap_or_else(|| panic!("the program ended: {said}"));
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = event["address"].as_str() {
                break address.to_owned();
            }
            said += &line;
        };
        // Read to its end, so that the program never waits for somebody to read what it logs.
        let log = std::thread::spawn(move || lines.collect());
        Self { process, address, log: Some(log) }
    }

    /// Kills it as `kill -9` does, when so much time has gone by.
    pub fn is_killed_after(&mut self, moment: Duration) {
        let (_never, told) = mpsc::channel::<()>();
        // Nobody ever tells: this waits.
        let _ = told.recv_timeout(moment);
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// Tells it to stop, and waits until it has; fails unless it ends well. Gives what it logged.
    pub fn stops_in_order(mut self) -> String {
        let told = Command::new("kill").arg(self.process.id().to_string()).status().unwrap();
        assert!(told.success());
        let ended = self.process.wait().unwrap();
        let log = self.log.take().map(|log| log.join().unwrap()).unwrap_or_default();
        assert!(ended.success(), "{log}");
        log
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
