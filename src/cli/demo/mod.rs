//! `tandem demo`.

mod clinic;
mod diary;
mod moves;
mod patients;
mod people;
mod referrals;
mod story;
mod visit;
mod welcome;
mod words;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use clinic::Clinic;
use diary::{Calendars, Diary, Entry};
use patients::Telling;
use referrals::Row;
use words::Words;

use super::failure::OrSay;
use super::{Done, log, place, serve};
use crate::actor::{Actor, Party, Request};
use crate::app::App;
use crate::auth::keys::Keys;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::db::{Call, Open, Retry};
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
            let mut app = serve::open(&config, keys)?;
            let next = "Delete that directory, or choose another one: --directory.";
            if !app.db.look(staff::is_founded).await.or_say("the practice cannot be read", next)? {
                drop(app);
                eprintln!("Six months of the practice are being written; this takes some seconds.");
                let again = || place::keys(&config.keys.directory);
                furnish(&config, again()?, Clock::System.now()).await.or_say("the practice cannot be made", next)?;
                app = serve::open(&config, again()?)?;
            }
            let welcome = move || println!("{}", welcome::welcome(address, &place));
            serve::until_told_to_stop(app, &config, listener, welcome).await
        })
    }
}

/// Draws what happens in the demo; another number tells another story.
const SEED: u64 = 7;

/// Founds the practice in an empty database and lives through six months of it, up to `now`.
///
/// # Errors
/// The database's.
pub async fn furnish(config: &Config, keys: Keys, now: Timestamp) -> Result<()> {
    let mut entries = diary(now, SEED)?;
    let first = entries.first().map_or(now, |entry| entry.at).plus_seconds(-24 * 3600);
    let app = App::build(config, keys, Clock::fixed(first))?;
    let staff = people::found(&app, first).await?;
    let mut clinic = Clinic::new(&app, staff);
    let yesterday = now.plus_seconds(-24 * 3600);
    let last_day = entries.split_off(entries.partition_point(|entry| entry.at < yesterday));
    for entry in entries {
        clinic.live(entry).await?;
    }
    clinic.read_alerts(yesterday).await?;
    for entry in last_day {
        clinic.live(entry).await?;
    }
    Ok(())
}

/// All that happened until `now`, the first thing first.
fn diary(now: Timestamp, seed: u64) -> Result<Vec<Entry>> {
    let (words, patients, referrals) = (Words::read()?, patients::read()?, referrals::read()?);
    let mut diary = Diary::new(Calendars::until(now));
    let year = i64::from(chrono::Datelike::year(&diary.days.date(0)));
    let telling = |patient| Telling { words: &words, patient, voice: patient.voice(seed, year) };
    let mut tellings: Vec<_> = patients.iter().map(telling).collect();
    let mut sent = 0;
    for (number, telling) in tellings.iter_mut().enumerate() {
        telling.course(&mut diary, number);
        telling.assigned(&mut diary);
        let usual = Row::usual(telling.patient).filter(|_| telling.patient.referred);
        for row in usual.iter().chain(referrals.iter().filter(|row| row.is_about(telling.patient))) {
            row.tell(telling, &mut diary, sent);
            sent += 1;
        }
    }
    story::tell(&mut diary, &mut tellings, sent)?;
    Ok(diary.closed())
}

/// A call of somebody, or of the program itself, at a time of the demo's story.
fn call(app: &App, actor: Option<Actor>, action: Action, at: Timestamp) -> Call {
    let address = actor.as_ref().map(|_| Ipv4Addr::LOCALHOST.into());
    let request = Request { id: String::new(), address, at, seed: app.random() };
    Call::new(request, action, Arc::new(Open(actor.map_or(Party::System, Party::Staff))))
}

/// Nobody asks twice here.
fn once() -> Retry {
    Retry { key: None, route: String::new(), mac: [0; 32] }
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::notes::{NoteBody, NoteKind};
    use diary::Deed;

    /// A Sunday, a Monday just after midnight, and a Wednesday at noon.
    const DAYS: [&str; 3] = ["2026-11-22T09:30:00Z", "2026-11-22T23:10:00Z", "2027-02-10T11:00:00Z"];

    fn bodies(entries: &[Entry]) -> Vec<(NoteKind, NoteBody)> {
        let begun = entries.iter().filter_map(|entry| match &entry.deed {
            Deed::Begin(visit) => Some((visit.kind, visit.body.clone())),
            _ => None,
        });
        begun.collect()
    }

    #[test]
    fn the_same_seed_and_the_same_moment_tell_the_same_story() {
        for now in DAYS {
            let now = Timestamp::parse(now).unwrap();
            let told = diary(now, SEED).unwrap();
            assert!(told == diary(now, SEED).unwrap());
            assert!(bodies(&told) != bodies(&diary(now, SEED + 1).unwrap()));
            assert!(told.is_sorted_by_key(|entry| entry.at));
            assert!(told.iter().all(|entry| entry.at <= now));
            let days = now.seconds_since(told[0].at) / (24 * 3600);
            assert!((150..200).contains(&days), "{days} days");
        }
    }

    #[test]
    fn no_two_notes_read_alike_and_no_brace_is_left() {
        let entries = diary(Timestamp::parse(DAYS[0]).unwrap(), SEED).unwrap();
        let bodies = bodies(&entries);
        assert!(bodies.len() > 250, "{}", bodies.len());
        let mut said = HashSet::new();
        for (kind, body) in bodies {
            body.check().unwrap();
            let words = serde_json::to_value(&body).unwrap();
            let text = words.to_string();
            assert!(!has_placeholder(&text), "{text}");
            assert!(said.insert(text.clone()), "twice: {text}");
            if let Some(told) = words["subjective"]["text"].as_str() {
                assert!(said.insert(told.to_owned()), "twice: {told}");
            }
            if kind == NoteKind::InitialAssessment {
                assert!(text.len() > 1500, "a short evaluation: {text}");
            }
        }
    }

    /// Whether a word in braces was left as it stood: `{hobby}`.
    fn has_placeholder(text: &str) -> bool {
        text.split('{').skip(1).any(|rest| rest.starts_with(|char: char| char.is_ascii_alphabetic()))
    }
}
