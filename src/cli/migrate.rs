//! `tandem migrate`.

use clap::Args;

use super::{Done, Settings, place, say};

/// Bring the database's layout up to date, and end
///
/// `serve` does the same when it starts. With PostgreSQL it can be run beforehand as the owner of the schema
/// (`database.owner_url`); it also grants the application's role what it needs and no more.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem migrate
  tandem migrate --config /etc/tandem.toml
  TANDEM__DATABASE__URL=sqlite:practice.db tandem migrate")]
pub struct Migrate {
    #[command(flatten)]
    settings: Settings,
}

impl Migrate {
    /// Migrates, and says what was done.
    pub fn run(&self) -> Done {
        let config = self.settings.load()?;
        let (application, owner) = place::database(&config)?;
        place::make(&application)?;
        let done = place::migrate(&application, &owner)?;
        for migration in &done {
            say(migration);
        }
        say(format_args!("The database is up to date; {} migrations were run.", done.len()));
        Ok(())
    }
}
