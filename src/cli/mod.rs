//! The command line. Each command reads the settings, does one thing, and says what to do next when it cannot.

mod audit;
mod demo;
mod failure;
mod import;
mod migrate;
mod panic;
mod place;
mod recover;
mod serve;
mod setup;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Parser, Subcommand};

use crate::actor::{Party, Request};
use crate::app::App;
use crate::config::{Config, Log, LogFormat};
use crate::db::{Call, Open};
use crate::error::Result;
use crate::policy::Action;
pub use demo::furnish as furnish_demo;
use failure::Failure;

/// What a command ends with.
type Done = Result<(), Failure>;

/// The shared clinical record of practices where physiotherapists and massage therapists treat the same people.
#[derive(Debug, Parser)]
#[command(name = "tandem", version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Tandem {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Begin with:
  tandem demo                       a practice to try, with people and patients, on http://127.0.0.1:8080
  tandem setup --help               a practice of your own
  tandem serve                      the program itself

Settings come from their defaults, then from the file given with --config, then from the environment:
TANDEM__SERVER__BIND=127.0.0.1:9000 sets `bind` of `[server]`.

Exit codes:
  0  done
  1  it could not be done; the message says why, and what to do
  2  the command line or the settings are not right
  3  `audit verify` found that the log is not whole";

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Setup(setup::Setup),
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Import(import::Import),
    Audit(audit::Audit),
    Recover(recover::Recover),
}

/// Where the settings are.
#[derive(Args, Clone, Debug)]
struct Settings {
    /// A file of settings (TOML); what it leaves out stays at its default
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Settings {
    fn load(&self) -> Result<Config, Failure> {
        Config::load(self.config.as_deref(), std::env::vars()).map_err(Failure::of_settings)
    }
}

/// Runs the command that `arguments` name, the program's own name first, and says how it ended.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    panic::tells_its_place_alone();
    let tandem = match Tandem::try_parse_from(arguments) {
        Ok(tandem) => tandem,
        Err(wrong) => {
            // It writes help to standard output and mistakes to standard error; when even that fails nobody reads it.
            let _ = wrong.print();
            return ExitCode::from(if wrong.use_stderr() { failure::WRONG_SETTINGS } else { 0 });
        }
    };
    let done = match &tandem.command {
        Command::Demo(demo) => demo.run(),
        Command::Setup(setup) => setup.run(),
        Command::Serve(serve) => serve.run(),
        Command::Migrate(migrate) => migrate.run(),
        Command::Import(import) => import.run(),
        Command::Audit(audit) => audit.run(),
        Command::Recover(recover) => recover.run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("{failure}");
            ExitCode::from(failure.exit)
        }
    }
}

/// Starts logging to standard error, as the settings say.
fn log(settings: &Log) {
    let filter = tracing_subscriber::EnvFilter::try_new(&settings.filter).unwrap_or_default();
    let logging = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(false);
    // A second logger in one process is refused; the first one then goes on.
    let _ = match settings.format {
        LogFormat::Text => logging.try_init(),
        LogFormat::Json => logging.json().flatten_event(true).try_init(),
    };
}

/// Says something on standard output, whether or not anybody still reads it.
fn say(text: impl std::fmt::Display) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// A call of the program itself, behind which nobody stands.
fn own_call(app: &App, action: Action) -> Call {
    let request = Request { id: String::new(), address: None, at: app.clock.now(), seed: app.random() };
    Call::new(request, action, Arc::new(Open(Party::System)))
}

/// The directory that `path` lies in.
fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
