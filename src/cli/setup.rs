//! `tandem setup`.

use std::io::Read;

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use garde::Validate;
use secrecy::{ExposeSecret, SecretString};
use strum::IntoEnumIterator;

use super::failure::{Failure, OrSay};
use super::{Done, Settings, own_call, place, say, serve};
use crate::actor::Role;
use crate::app::App;
use crate::auth::keys::Keys;
use crate::auth::password;
use crate::error::{Error, Result};
use crate::policy::Action;
use crate::staff::{self, Founding};

/// Longer than any password that is taken, in bytes.
const LONGEST_INPUT: u64 = 4096;

/// Found a practice: make its keys, its database and its first person, who can then let others in
///
/// The password is asked for on the terminal, or read from standard input; it never stands on the command line.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem setup --practice 'Lakeside Physio & Massage' --time-zone Europe/Zurich \\
      --name 'Mara Lang' --email mara@lakeside.example --role manager --role physiotherapist
  tandem setup --config /etc/tandem.toml --password-stdin < password.txt \\
      --practice Lakeside --time-zone Europe/Zurich --name 'Mara Lang' --email mara@lakeside.example --role manager

Afterwards: tandem serve. Back up the keys (keys.directory), apart from the database.")]
pub struct Setup {
    #[command(flatten)]
    settings: Settings,
    /// The practice's name
    #[arg(long, value_name = "NAME")]
    practice: String,
    /// The practice's time zone
    #[arg(long, value_name = "ZONE")]
    time_zone: String,
    /// The name of the practice's first site; the practice's own unless given
    #[arg(long, value_name = "NAME")]
    site: Option<String>,
    /// Your name
    #[arg(long)]
    name: String,
    /// The address you will sign in with
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// What you are, once for each role; manager must be among them
    #[arg(long = "role", value_name = "ROLE", required = true, value_parser = role_parser())]
    roles: Vec<Role>,
    /// Read the password from standard input instead of the terminal
    #[arg(long)]
    password_stdin: bool,
    /// Found a further practice in this installation
    #[arg(long)]
    another_practice: bool,
}

/// The roles by their words.
fn role_parser() -> impl TypedValueParser<Value = Role> {
    PossibleValuesParser::new(Role::iter().map(<&'static str>::from)).try_map(|word| word.parse::<Role>())
}

impl Setup {
    /// Founds the practice.
    pub fn run(&self) -> Done {
        let config = self.settings.load()?;
        let founding = self.founding();
        founding.validate().or_say("the practice cannot be founded like this", "Correct the arguments.")?;
        let (application, owner) = place::database(&config)?;
        place::make(&application)?;
        place::migrate(&application, &owner)?;
        let founded = application.connect().and_then(|mut conn| staff::is_founded(&mut conn));
        let founded = founded.or_say("the database cannot be read", "See that it is there, and try again.")?;
        let directory = &config.keys.directory;
        let keys = if !founded {
            place::keys(directory)?
        } else if self.another_practice {
            let next = "Restore the keys from the backup: what is recorded needs the ones it was recorded with.";
            Keys::load(directory).or_say("the keys cannot be read", next)?
        } else {
            let next = "`tandem serve` serves it. To found a further one beside it, add --another-practice.";
            return Err(Failure::new("a practice has been founded in this database already", next));
        };
        let password = self.password()?;
        place::block_on(async {
            let app = serve::open(&config, keys)?;
            let founded = found(&app, founding, password).await;
            founded.or_say("the practice was not founded", "Nothing was kept; try again.")
        })?;
        say(format_args!("{} is founded, and {} can sign in as {}.", self.practice, self.name, self.email));
        say(format_args!("Back up the keys in {}, apart from the database; then: tandem serve", directory.display()));
        Ok(())
    }

    fn founding(&self) -> Founding {
        Founding {
            practice_name: self.practice.clone(),
            time_zone: self.time_zone.clone(),
            site_name: self.site.clone().unwrap_or_else(|| self.practice.clone()),
            person_name: self.name.clone(),
            email: self.email.clone(),
            roles: self.roles.clone(),
            password_hash: String::new(),
        }
    }

    fn password(&self) -> Result<SecretString, Failure> {
        let password = if self.password_stdin { from_standard_input()? } else { from_terminal()? };
        let fits = password::check_new("password", &password, &self.email);
        fits.map_err(|fault| Error::invalid(vec![fault]))
            .or_say("that password cannot be taken", "Choose another; a few words in a row are good.")?;
        Ok(password)
    }
}

fn from_standard_input() -> Result<SecretString, Failure> {
    let mut text = String::new();
    std::io::stdin().take(LONGEST_INPUT).read_to_string(&mut text).map_err(|cause| {
        Failure::new(
            format!("the password cannot be read ({cause})"),
            "Give it as one line of UTF-8: tandem setup --password-stdin ... < password.txt",
        )
    })?;
    Ok(SecretString::from(text.lines().next().unwrap_or_default()))
}

fn from_terminal() -> Result<SecretString, Failure> {
    let ask = |prompt: &str| {
        rpassword::prompt_password(prompt).map(SecretString::from).map_err(|cause| {
            Failure::new(
                format!("there is no terminal to ask for the password ({cause})"),
                "Give it on standard input: --password-stdin",
            )
        })
    };
    let (first, second) = (ask("Password, at least 12 characters: ")?, ask("Once more: ")?);
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::new("the two passwords differ", "Try again."))
    }
}

async fn found(app: &App, founding: Founding, password: SecretString) -> Result<()> {
    let founding = Founding { password_hash: hash(app, password).await?, ..founding };
    let call = own_call(app, Action::SetUpPractice);
    app.db.write(&call, move |tx| staff::found_practice(tx, &founding)).await?;
    Ok(())
}

/// Hashes a password with a fresh salt.
///
/// # Errors
/// The hashing threads are gone.
pub async fn hash(app: &App, password: SecretString) -> Result<String> {
    let mut salt = [0; 16];
    salt.copy_from_slice(&app.random()[..16]);
    app.passwords.hash(password, salt).await
}
