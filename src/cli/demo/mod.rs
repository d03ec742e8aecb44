//! `tandem demo`.

mod people;
mod practice;
mod welcome;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::failure::OrSay;
use super::{Done, log, place, say, serve};
use crate::config::Config;
use crate::error::Result;
use crate::staff;

/// Serve a practice to try, with one person in each role
///
/// Everything lies in one directory, which is made if it is missing and kept if it is there; delete it to begin anew.
/// Never use it for real patients: its passwords are known to everyone.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem demo
  tandem demo --port 8081 --directory /tmp/tandem")]
pub struct Demo {
    /// The port on 127.0.0.1
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The practice is kept in `demo` below this directory
    #[arg(long, value_name = "DIR", default_value = "var")]
    directory: PathBuf,
}

impl Demo {
    /// Makes the practice if it is missing, says how to use it, and serves it.
    pub fn run(&self) -> Done {
        let address = SocketAddr::from(([127, 0, 0, 1], self.port));
        let config =
            self.config(address).or_say("the practice cannot be made like this", "Choose another --directory.")?;
        log(&config.log);
        let listener = place::listen(address, "tandem demo --port 8081")?;
        // Port 0 asks for any that is free.
        let address = listener.local_addr().unwrap_or(address);
        let (application, owner) = place::database(&config)?;
        place::make(&application)?;
        let _lock = place::lock(&application, "tandem demo --directory /tmp/tandem")?;
        place::migrate(&application, &owner)?;
        let keys = place::keys(&config.keys.directory)?;
        place::block_on(async {
            let app = serve::open(&config, keys)?;
            let next = "Delete that directory, or choose another one: --directory.";
            if !app.db.look(staff::is_founded).await.or_say("the practice cannot be read", next)? {
                practice::furnish(&app).await.or_say("the practice cannot be made", next)?;
            }
            let place = self.directory.join("demo");
            let welcome = move || say(welcome::welcome(address, &place));
            serve::until_told_to_stop(app, &config, listener, welcome).await
        })
    }

    /// The settings of every demo; those of the environment are for a practice of one's own.
    fn config(&self, address: SocketAddr) -> Result<Config> {
        let place = self.directory.join("demo");
        let within = |name: &str| place.join(name).display().to_string();
        let settings = [
            ("SERVER__BIND", address.to_string()),
            ("SERVER__PUBLIC_URL", format!("http://{address}")),
            ("DATABASE__URL", format!("sqlite:{}", within("tandem.db"))),
            ("KEYS__DIRECTORY", within("keys")),
            ("AUDIT__CHECKPOINT_FILE", within("audit-checkpoints.txt")),
            ("AUTH__MFA_REQUIRED", "false".to_owned()),
            ("LOG__FILTER", "warn".to_owned()),
        ];
        Config::load(None, settings.into_iter().map(|(key, value)| (format!("TANDEM__{key}"), value)))
    }
}
