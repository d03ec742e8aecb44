//! A mail server of one's own, and the mails that came to it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::Value;
use tandem::delivery::Worker;
use tokio::runtime::Runtime;

use super::House;

/// A mail as it arrived.
#[derive(Clone, Debug)]
pub struct Mail {
    /// Whom it came to.
    pub to: String,
    /// Head and body, transfer encodings undone.
    pub text: String,
    /// Whether it came encrypted, from somebody who had signed in.
    pub safely: bool,
}

impl Mail {
    /// One line of its head.
    pub fn header(&self, name: &str) -> String {
        let lines = self.text.lines().take_while(|line| !line.is_empty());
        let found = lines.into_iter().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        found.unwrap_or_else(|| panic!("no {name} in {}", self.text)).to_owned()
    }
}

/// A mail server in a process of its own.
pub struct Post {
    folder: PathBuf,
    process: Child,
    orders: Option<ChildStdin>,
    behaves: Receiver<()>,
    arrived: Arc<(Mutex<Vec<Mail>>, Condvar)>,
    /// Where it listens, also after it was down.
    port: u16,
    /// What the worker's rounds run on: connections are kept from one to the next.
    runtime: Runtime,
}

const WITHOUT: &str = "TANDEM_TEST_WITHOUT_SMTP";

/// How many were opened in this process.
static OPENED: AtomicU32 = AtomicU32::new(0);

impl Post {
    /// Starts one; none if the tests run without, which is then said.
    pub fn open() -> Option<Self> {
        if std::env::var_os(WITHOUT).is_some() {
            eprintln!("not tested: the mail server is left out by {WITHOUT}");
            return None;
        }
        let number = OPENED.fetch_add(1, Ordering::SeqCst);
        let folder = std::env::temp_dir().join(format!("tandem-post-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let own = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(folder.join("certificate.pem"), own.cert.pem()).unwrap();
        std::fs::write(folder.join("key.pem"), own.signing_key.serialize_pem()).unwrap();
        let arrived = Arc::default();
        let (process, orders, behaves, port) = start(&folder, 0, &arrived);
        let runtime = runtime();
        Some(Self { folder, process, orders: Some(orders), behaves, arrived, port, runtime })
    }

    /// The settings of a house that sends by it.
    pub fn settings(&self) -> super::Settings {
        let authority = self.folder.join("certificate.pem").display().to_string();
        let own = [
            ("mail.transport", "smtp".to_owned()),
            ("mail.from", "Tandem <tandem@lakeside.example>".to_owned()),
            ("mail.smtp.host", "localhost".to_owned()),
            ("mail.smtp.port", self.port.to_string()),
            ("mail.smtp.authority", authority),
            ("mail.smtp.username", "tandem".to_owned()),
            ("mail.smtp.password", "a mail for you".to_owned()),
            ("mail.smtp.timeout_seconds", "3".to_owned()),
        ];
        // A test's settings live as long as its process.
        let own: Vec<_> = own.into_iter().map(|(key, value)| (key, &*value.leak())).collect();
        own.leak()
    }

    /// From now on it behaves so; `tests/mail_server.py` says how it can.
    pub fn is(&mut self, manner: &str) {
        writeln!(self.orders.as_mut().unwrap(), "{manner}").unwrap();
        self.behaves.recv().unwrap();
    }

    /// It is down: nobody listens at its port.
    pub fn goes_down(&mut self) {
        self.orders = None;
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }

    /// It is there again, at the same port.
    pub fn comes_back(&mut self) {
        let (process, orders, behaves, _) = start(&self.folder, self.port, &self.arrived);
        (self.process, self.orders, self.behaves) = (process, Some(orders), behaves);
    }

    /// The mails that arrived so far, those too whose arrival it did not confirm.
    pub fn mails(&self) -> Vec<Mail> {
        // What it said before it answers this was heard before.
        if let Some(mut orders) = self.orders.as_ref()
            && writeln!(orders).is_ok()
        {
            self.behaves.recv().unwrap();
        }
        self.arrived.0.lock().unwrap().clone()
    }

    /// Waits until so many mails have arrived.
    pub fn has(&self, mails: usize) -> Vec<Mail> {
        let (arrived, news) = &*self.arrived;
        let missing = |arrived: &mut Vec<Mail>| arrived.len() < mails;
        let waited = news.wait_timeout_while(arrived.lock().unwrap(), Duration::from_secs(20), missing).unwrap();
        assert!(!waited.1.timed_out(), "{} mails instead of {mails}", waited.0.len());
        waited.0.clone()
    }

    /// One round of a worker over the house's outbox; how many mails it took up.
    pub fn round(&self, worker: &Worker, house: &House) -> usize {
        self.runtime.block_on(worker.round(&house.app))
    }

    /// A round whose process is killed as soon as the server has one more mail: nobody hears whether it took it.
    pub fn round_is_killed(&self, worker: &Worker, house: &House) {
        let before = self.mails().len();
        let arrived = self.arrived.clone();
        self.runtime.block_on(async {
            let one_more = tokio::task::spawn_blocking(move || {
                let (mails, news) = &*arrived;
                drop(news.wait_while(mails.lock().unwrap(), |mails| mails.len() == before).unwrap());
            });
            tokio::select! {
                _ = worker.round(&house.app) => panic!("the round ended by itself"),
                _ = one_more => {}
            }
        });
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What a worker's rounds run on.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

type Started = (Child, ChildStdin, Receiver<()>, u16);

fn start(folder: &std::path::Path, port: u16, arrived: &Arc<(Mutex<Vec<Mail>>, Condvar)>) -> Started {
    let port = if port == 0 { TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port() } else { port };
    let mut process = Command::new(python())
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/mail_server.py"))
        .args([folder.join("certificate.pem"), folder.join("key.pem")])
        .arg(port.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let orders = process.stdin.take().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.next().expect("the mail server starts").contains("port"));
    let (behaves, told) = channel();
    let arrived = arrived.clone();
    std::thread::spawn(move || {
        for line in lines {
            let said: Value = serde_json::from_str(&line).unwrap();
            if said["manner"].is_string() {
                let _ = behaves.send(());
                continue;
            }
            let mail = Mail {
                to: said["to"][0].as_str().unwrap().to_owned(),
                text: decoded(said["raw"].as_str().unwrap()),
                safely: said["encrypted"] == true && said["signed_in"] == true,
            };
            arrived.0.lock().unwrap().push(mail);
            arrived.1.notify_all();
        }
    });
    (process, orders, told, port)
}

/// The first Python that has aiosmtpd: Debian's package belongs to Debian's Python, which need not be the first on the path.
fn python() -> &'static str {
    let has = |python: &&str| {
        let asked = Command::new(python).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
        asked.is_ok_and(|status| status.success())
    };
    let found = ["python3", "/usr/bin/python3"].into_iter().find(|python| has(python));
    found.unwrap_or_else(|| panic!("aiosmtpd is missing: install python3-aiosmtpd, or set {WITHOUT}=1"))
}

/// Quoted-printable and folded lines undone, so that words can be looked for.
fn decoded(raw: &str) -> String {
    let raw = raw.replace("\r\n", "\n").replace("=\n", "").replace("\n ", " ");
    let mut text = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes().peekable();
    while let Some(byte) = bytes.next() {
        let mut ahead = bytes.clone();
        let pair = (byte == b'=').then(|| [ahead.next(), ahead.next()]);
        let hex = pair.and_then(|pair| Some([pair[0]?, pair[1]?]));
        match hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(&hex).ok()?, 16).ok()) {
            Some(decoded) => {
                text.push(decoded);
                bytes = ahead;
            }
            None => text.push(byte),
        }
    }
    String::from_utf8_lossy(&text).into_owned()
}
