//! `tandem recover`.

use clap::Args;

use super::failure::{Failure, OrSay};
use super::{Done, Settings, own_call, place, say, serve};
use crate::auth::keys::Keys;
use crate::auth::ops::forget_factors;
use crate::policy::Action;

/// Let somebody in who has lost their second factor, or go on after keys were lost
///
/// Whoever may run this already holds the database and the keys, so it asks for nothing. It ends the sessions of those
/// concerned, tells them by mail, and stands in the audit log. Their passwords stay as they are; at their next sign-in
/// managers and privacy officers set up a new second factor.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem recover --email mara@lakeside.example
  tandem recover --lost-keys")]
pub struct Recover {
    #[command(flatten)]
    settings: Settings,
    /// Whose authenticator and recovery codes are lost
    #[arg(long, value_name = "ADDRESS", required_unless_present = "lost_keys", conflicts_with = "lost_keys")]
    email: Option<String>,
    /// Make new ones for jwt.key and data.key where they are missing; without the old data.key no second factor can be read
    #[arg(long)]
    lost_keys: bool,
}

impl Recover {
    /// Lets them in.
    pub fn run(&self) -> Done {
        let config = self.settings.load()?;
        let (application, owner) = place::database(&config)?;
        place::find(&application)?;
        let directory = &config.keys.directory;
        let made = if self.lost_keys { place::missing_keys(directory)? } else { Vec::new() };
        let next =
            "A lost jwt.key or data.key is made anew by `tandem recover --lost-keys`; audit.key only the backup has.";
        let keys = Keys::load(directory).or_say("the keys cannot be read", next)?;
        for name in &made {
            say(format_args!("{name} was made anew; back it up, apart from the database."));
        }
        if self.lost_keys && !made.contains(&"data.key") {
            let next = "To remove one person's second factor: tandem recover --email ADDRESS";
            return if made.is_empty() { Err(Failure::new("no key is missing", next)) } else { Ok(()) };
        }
        place::migrate(&application, &owner)?;
        let forgotten = place::block_on(async {
            let app = serve::open(&config, keys)?;
            let (call, email) = (own_call(&app, Action::RecoverAccess), self.email.clone());
            let forgotten = app.db.write(&call, move |tx| forget_factors(tx, email.as_deref())).await;
            forgotten.or_say("nothing was changed", "See that the database may be written, and try again.")
        })?;
        if forgotten == 0 && self.email.is_some() {
            return Err(Failure::new("nobody with that address has a second factor", "Check how it is spelt."));
        }
        say(format_args!(
            "{forgotten} second factors were removed; a password alone signs in until a new one is set up."
        ));
        Ok(())
    }
}
