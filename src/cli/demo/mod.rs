//! `tandem demo`.

mod people;
mod record;
mod welcome;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::failure::OrSay;
use super::{Done, log, place, serve};
use crate::actor::{Actor, Party, Request};
use crate::app::App;
use crate::clock::Timestamp;
use crate::config::Config;
use crate::db::{Call, Open};
use crate::error::Result;
use crate::policy::Action;
use crate::staff;

/// Serve a practice to try, with people in each role, patients and notes
///
/// Everything lies in one directory, which is made if it is missing and kept if it is there; delete it to begin anew.
/// Never use it for real patients: its passwords are known to everyone.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem demo
  tandem demo --port 8081 --directory /tmp/tandem
  tandem audit verify --config var/demo/tandem.toml")]
pub struct Demo {
    /// The port on 127.0.0.1; 0 takes any that is free
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The practice is kept in `demo` below this directory
    #[arg(long, value_name = "DIR", default_value = "var")]
    directory: PathBuf,
}

impl Demo {
    /// Makes the practice if it is missing, says how to use it, and serves it.
    pub fn run(&self) -> Done {
        let listener = place::listen(SocketAddr::from(([127, 0, 0, 1], self.port)), "tandem demo --port 8081")?;
        let unusable = "Choose another --directory.";
        let address = listener.local_addr().map_err(place::of_system).or_say("the port cannot be used", unusable)?;
        let place = self.directory.join("demo");
        let settings = settings(address, &place);
        let config = config(&settings).or_say("the practice cannot be made like this", unusable)?;
        log(&config.log);
        let (application, owner) = place::database(&config)?;
        place::make(&application)?;
        let _lock = place::lock(&application, "tandem demo --directory /tmp/tandem")?;
        place::migrate(&application, &owner)?;
        let keys = place::keys(&config.keys.directory)?;
        write_down(&settings, &place.join("tandem.toml"))
            .map_err(place::of_system)
            .or_say("the settings cannot be written", unusable)?;
        place::block_on(async {
            let app = serve::open(&config, keys)?;
            let next = "Delete that directory, or choose another one: --directory.";
            if !app.db.look(staff::is_founded).await.or_say("the practice cannot be read", next)? {
                furnish(&app).await.or_say("the practice cannot be made", next)?;
            }
            let welcome = move || println!("{}", welcome::welcome(address, &place));
            serve::until_told_to_stop(app, &config, listener, welcome).await
        })
    }
}

/// Founds the practice and writes its record, as if it had been open for some weeks.
async fn furnish(app: &App) -> Result<()> {
    let now = app.clock.now();
    let staff = people::found(app, now.plus_seconds(-record::first_day()? * 24 * 3600)).await?;
    record::write(app, &staff, now).await
}

/// A call of somebody, or of the program itself, at a time of the demo's story.
fn call(app: &App, actor: Option<Actor>, action: Action, at: Timestamp) -> Call {
    let request = Request { id: String::new(), address: None, at, seed: app.random() };
    Call::new(request, action, Arc::new(Open(actor.map_or(Party::System, Party::Staff))))
}

/// The settings of every demo, each value as TOML; those of the environment are for a practice of one's own.
fn settings(address: SocketAddr, place: &Path) -> [(&'static str, String); 8] {
    let text = |text: String| toml::Value::String(text).to_string();
    let within = |name: &str| place.join(name).display().to_string();
    [
        ("server.bind", text(address.to_string())),
        ("server.public_url", text(format!("http://{address}"))),
        ("database.url", text(format!("sqlite:{}", within("tandem.db")))),
        ("keys.directory", text(within("keys"))),
        ("audit.checkpoint_file", text(within("audit-checkpoints.txt"))),
        ("mail.directory", text(within("mail"))),
        ("auth.mfa_required", "false".to_owned()),
        ("log.filter", text("warn".to_owned())),
    ]
}

fn config(settings: &[(&'static str, String)]) -> Result<Config> {
    let variable = |key: &str| format!("TANDEM__{}", key.to_uppercase().replace('.', "__"));
    Config::load(None, settings.iter().map(|(key, value)| (variable(key), value.clone())))
}

/// Keeps the settings, so that other commands find the practice: `tandem audit verify --config var/demo/tandem.toml`.
fn write_down(settings: &[(&'static str, String)], file: &Path) -> std::io::Result<()> {
    let lines = settings.iter().map(|(key, value)| format!("{key} = {value}\n"));
    std::fs::write(file, lines.collect::<String>())
}
