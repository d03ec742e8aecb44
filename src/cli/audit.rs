//! `tandem audit`.

use std::fs::OpenOptions;
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use ed25519_dalek::VerifyingKey;

use super::failure::{Failure, OrSay};
use super::{Done, Settings, own_call, place, say, serve};
use crate::app::App;
use crate::audit::Log;
use crate::audit::checkpoint::read_verifier_key;
use crate::auth::keys::Keys;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Conn;
use crate::error::{Error, Result};
use crate::policy::Action;
use crate::sealing::{self, CheckpointFile};

/// Verify the audit log, take it out, or print the keys it is verified with
#[derive(Args, Debug)]
pub struct Audit {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
    Export(Export),
    PublicKey(PublicKey),
}

/// Verify every log against its signed checkpoints, those outside the database included
///
/// May run while the program serves. Ends with 3 if a log is not as it was sealed.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem audit verify
  tandem audit verify --checkpoints /media/usb/audit-checkpoints.txt --public-key /media/usb/audit-key.txt")]
struct Verify {
    #[command(flatten)]
    settings: Settings,
    /// A copy of the file of checkpoints, kept where nobody who can write to the database can; `audit.checkpoint_file`
    /// unless given
    #[arg(long, value_name = "FILE")]
    checkpoints: Option<PathBuf>,
    /// Public keys as `audit public-key` once printed them; those of the key files unless given
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
}

/// Take a log out, as JSON Lines that `docs/verify_audit.py` verifies without Tandem
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  cp var/audit-checkpoints.txt checkpoints.txt
  tandem audit public-key > key.txt
  tandem audit export --output export.jsonl
  python3 docs/verify_audit.py export.jsonl key.txt checkpoints.txt")]
struct Export {
    #[command(flatten)]
    settings: Settings,
    /// The log: tandem/installation, or tandem/ and a practice's id; may be left out where there is one practice
    #[arg(long, value_name = "LOG")]
    log: Option<String>,
    /// A new file to write to, instead of standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Print the public keys, a line for each log; keep them where the log cannot be changed
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem audit public-key > key.txt")]
struct PublicKey {
    #[command(flatten)]
    settings: Settings,
}

const SEE_THE_DATABASE: &str = "See that the database is there and that its layout is up to date (tandem migrate).";

impl Audit {
    /// Does what was asked about the log.
    pub fn run(&self) -> Done {
        match &self.command {
            Command::Verify(verify) => verify.run(),
            Command::Export(export) => export.run(),
            Command::PublicKey(public_key) => public_key.run(),
        }
    }
}

impl Verify {
    fn run(&self) -> Done {
        let archive = Archive::open(&self.settings)?;
        let keys = match &self.public_key {
            Some(file) => keys_in(file)?,
            None => archive.public_keys.clone(),
        };
        let file = self.checkpoints.as_ref().unwrap_or(&archive.config.audit.checkpoint_file);
        if self.checkpoints.as_ref().is_some_and(|file| !file.exists()) {
            return Err(Failure::new(format!("there is no file {}", file.display()), "Correct --checkpoints."));
        }
        // Before the database: what the file holds by now, the database holds too.
        let outside =
            CheckpointFile::at(file).read().or_say("the checkpoints cannot be read", "Give a copy: --checkpoints.")?;
        let now = Clock::System.now();
        let verify = |conn: &mut Conn| -> Result<Vec<_>> {
            let mut reports = Vec::new();
            for log in sealing::logs(conn, &outside)? {
                let report = sealing::verify(conn, log, &outside, &keys)?;
                sealing::keep(conn, &report, now)?;
                reports.push(report);
            }
            Ok(reports)
        };
        let reports = archive.connect()?.with(verify)?;
        for report in &reports {
            say(report);
        }
        let logs: Vec<Log> = reports.iter().map(|report| report.log).collect();
        let sound = reports.iter().all(crate::audit::verify::Report::is_sound);
        archive.record(&logs, "verified")?;
        if sound {
            return Ok(());
        }
        let next = "Keep the database, its backups and every copy of the checkpoints as they are; docs/audit-log.md says \
                    what each finding proves.";
        Err(Failure::not_whole("the audit log is not as it was sealed", next))
    }
}

impl Export {
    fn run(&self) -> Done {
        let archive = Archive::open(&self.settings)?;
        let mut at = archive.connect()?;
        let log = self.log(&at.with(|conn| sealing::logs(conn, ""))?)?;
        archive.record(&[log], "exported")?;
        let unwritable = |cause: std::io::Error| {
            Failure::new(format!("the export cannot be written ({cause})"), "Name a new file: --output export.jsonl")
        };
        let mut out: Box<dyn Write> = match &self.output {
            Some(path) => {
                let file =
                    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)?;
                Box::new(BufWriter::new(file))
            }
            None => Box::new(BufWriter::new(std::io::stdout().lock())),
        };
        let events = at.with(|conn| sealing::export(conn, log, &archive.public_keys, &mut out))?;
        out.flush().map_err(unwritable)?;
        eprintln!("{}: {events} events; it holds free texts, so keep it like the record itself.", log.origin());
        Ok(())
    }

    /// The log that was asked for, or the one practice's.
    fn log(&self, logs: &[Log]) -> Result<Log, Failure> {
        let practices: Vec<Log> = logs.iter().copied().filter(|log| matches!(log, Log::Practice(_))).collect();
        match (&self.log, practices.as_slice()) {
            (Some(origin), _) => Log::of_origin(origin).filter(|log| logs.contains(log)),
            (None, [only]) => Some(*only),
            (None, _) => None,
        }
        .ok_or_else(|| {
            let there: Vec<String> = logs.iter().map(|log| log.origin()).collect();
            Failure::new("which log is not clear", format!("Choose one: --log {}", there.join(", --log ")))
        })
    }
}

impl PublicKey {
    fn run(&self) -> Done {
        let archive = Archive::open(&self.settings)?;
        let logs = archive.connect()?.with(|conn| sealing::logs(conn, ""))?;
        say(sealing::public_keys(&logs, &archive.public_keys).trim_end());
        Ok(())
    }
}

/// The settings, and the keys that verify.
struct Archive {
    config: Config,
    public_keys: Vec<VerifyingKey>,
}

/// A connection to the logs.
struct Connected(Conn);

impl Archive {
    fn open(settings: &Settings) -> Result<Self, Failure> {
        let config = settings.load()?;
        let keys = Self::keys(&config)?;
        Ok(Self { public_keys: keys.of_audit(), config })
    }

    fn keys(config: &Config) -> Result<Keys, Failure> {
        Keys::load(&config.keys.directory).or_say("the keys cannot be read", "Restore them from the backup.")
    }

    fn connect(&self) -> Result<Connected, Failure> {
        let (application, _) = place::database(&self.config)?;
        place::find(&application)?;
        application.connect().map(Connected).or_say("the database cannot be opened", SEE_THE_DATABASE)
    }

    /// Leaves an event in each log of what was done with it.
    fn record(&self, logs: &[Log], what: &'static str) -> Done {
        let logs = logs.to_vec();
        place::block_on(async {
            let app: &App = &*serve::open(&self.config, Self::keys(&self.config)?)?;
            let call = own_call(app, Action::ExportAudit);
            let recorded = move |tx: &mut crate::db::Tx| {
                for log in &logs {
                    tx.record_own(*log, what);
                }
                Ok(())
            };
            app.db.write(&call, recorded).await.or_say("this cannot be recorded", SEE_THE_DATABASE)
        })
    }
}

impl Connected {
    fn with<T>(&mut self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T, Failure> {
        work(&mut self.0).or_say("the audit log cannot be read", SEE_THE_DATABASE)
    }
}

/// The keys in a file that `audit public-key` wrote.
fn keys_in(file: &PathBuf) -> Result<Vec<VerifyingKey>, Failure> {
    let next = "Give the file that `tandem audit public-key` once wrote.";
    let text = std::fs::read_to_string(file)
        .map_err(|cause| Failure::new(format!("{} cannot be read ({cause})", file.display()), next))?;
    let keys: Result<Vec<_>, Error> = text.lines().map(|line| read_verifier_key(line).map(|(_, key)| key)).collect();
    let keys = keys.or_say(format!("{} holds no public keys", file.display()), next)?;
    if keys.is_empty() { Err(Failure::new(format!("{} is empty", file.display()), next)) } else { Ok(keys) }
}
