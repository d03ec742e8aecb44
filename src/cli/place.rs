//! What a command finds or makes on this machine: the database's file, its lock, a port.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;

use super::directory_of;
use super::failure::{Failure, OrSay};
use crate::actor::{Party, Request};
use crate::app::addresses;
use crate::audit::Log;
use crate::auth::keys::Keys;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{self, Address, Call, Db, Limits, Open, Tx};
use crate::error::{Code, Error};
use crate::housekeeping;
use crate::policy::Action;

/// Held while one process serves a database file; others would see half of what its lane knows.
#[derive(Debug)]
pub struct Lock {
    _file: Option<File>,
}

/// Takes the lock beside an SQLite database, PostgreSQL needs none; `change` says how another database is chosen.
///
/// # Errors
/// Another process holds it, or the file cannot be written.
pub fn lock(application: &Address, change: &str) -> Result<Lock, Failure> {
    let Some(path) = application.sqlite_path() else { return Ok(Lock { _file: None }) };
    let path = format!("{path}.lock");
    let file =
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path).map_err(|cause| {
            let next = "Give the user that runs tandem the right to write in that directory, or set database.url.";
            Failure::new(format!("{path} cannot be written ({cause})"), next)
        })?;
    match file.try_lock() {
        Ok(()) => Ok(Lock { _file: Some(file) }),
        Err(TryLockError::WouldBlock) => Err(Failure::new(
            format!("another tandem is serving this database ({path} is locked)"),
            format!("Stop that one first, or give this one a database of its own: {change}."),
        )),
        Err(TryLockError::Error(cause)) => Err(Failure::new(
            format!("{path} cannot be locked ({cause})"),
            "Keep the database on a local disk: file systems of a network often know no locks.",
        )),
    }
}

/// Listens on `address`; `change` says how another one is chosen.
///
/// # Errors
/// The port is taken, or may not be used.
pub fn listen(address: SocketAddr, change: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|cause| match cause.kind() {
        ErrorKind::AddrInUse => Failure::new(
            format!("{address} is taken: another program, perhaps another tandem, listens there"),
            format!("Stop that program, or choose another port: {change}."),
        ),
        _ => Failure::new(
            format!("{address} cannot be listened on ({cause})"),
            format!("Choose an address of this machine, and a port above 1023: {change}."),
        ),
    })
}

/// Makes the file of an SQLite database and its directory, if missing, for their owner alone.
///
/// # Errors
/// They cannot be made.
pub fn make(application: &Address) -> Result<(), Failure> {
    let Some(path) = application.sqlite_path().map(Path::new) else { return Ok(()) };
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory_of(path)).and_then(|()| {
        // SQLite gives the files beside it the same rights.
        OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path)
    });
    made.map(drop).map_err(|cause| {
        let next = "Give the user that runs tandem the right to write there, or set database.url.";
        Failure::new(format!("{} cannot be made ({cause})", path.display()), next)
    })
}

/// Where the database is, as the application and as the owner of the schema reach it.
///
/// # Errors
/// A URL of neither database.
pub fn database(config: &Config) -> Result<(Address, Address), Failure> {
    addresses(config).map_err(Failure::of_settings)
}

/// Whether there is a database to serve: a wrong path must not begin an empty record.
///
/// # Errors
/// There is no such file.
pub fn find(application: &Address) -> Result<(), Failure> {
    match application.sqlite_path() {
        Some(path) if !Path::new(path).exists() => Err(Failure::new(
            format!("there is no database at {path}"),
            "`tandem setup` makes one with a new practice; for one that exists, correct database.url.",
        )),
        _ => Ok(()),
    }
}

/// Brings the database up to date: its layout, which is recorded, and the index over what was signed before there was one;
/// says what was done to the layout.
///
/// # Errors
/// The database cannot be reached, or a migration fails.
pub fn migrate(application: &Address, owner: &Address) -> Result<Vec<String>, Failure> {
    let next = match application.sqlite_path() {
        Some(path) => format!("See that {path} is a database of tandem's, on a disk that is not full, then try again."),
        None => "See that the server runs and that database.url and database.owner_url name the database and its two \
                 roles, then try again."
            .to_owned(),
    };
    let done = db::migrate(owner, application).and_then(|done| {
        block_on(settle(application, &done))?;
        Ok(done)
    });
    done.or_say("the database cannot be brought up to date", next)
}

/// What belongs to an up-to-date layout besides the layout.
async fn settle(application: &Address, done: &[String]) -> crate::error::Result<()> {
    let db = Db::open(application, &Clock::System, &Limits { readers: 1, writers: 1, waiting: 16 })?;
    if let (Some(newest), Ok(count)) = (done.last().cloned(), u32::try_from(done.len())) {
        let mut seed = [0; 32];
        random(&mut seed);
        let request = Request { id: String::new(), address: None, at: Clock::System.now(), seed };
        let call = Call::new(request, Action::Migrate, Arc::new(Open(Party::System)));
        let record = move |tx: &mut Tx| {
            tx.own_permit()?;
            tx.record_own(Log::Installation, newest.clone());
            tx.counts(count, None);
            Ok(())
        };
        db.write(&call, record).await?;
    }
    match housekeeping::index(&db).await? {
        0 => {}
        notes => tracing::info!(notes, "made searchable"),
    }
    Ok(())
}

/// Makes the keys in `directory`, or reads those that are there.
///
/// # Errors
/// They cannot be made, or read.
pub fn keys(directory: &Path) -> Result<Keys, Failure> {
    let keys = match Keys::create(directory, random) {
        Err(error) if error.code == Code::AlreadyExists => Keys::load(directory),
        made_or_not => made_or_not,
    };
    keys.or_say("there are no keys to work with", "See that keys.directory can be written, and try again.")
}

/// Makes those keys that can be replaced and are missing; their names.
///
/// # Errors
/// The directory cannot be written.
pub fn missing_keys(directory: &Path) -> Result<Vec<&'static str>, Failure> {
    Keys::create_missing(directory, random)
        .or_say("no keys were made", "See that keys.directory is right and can be written, and try again.")
}

/// Fills `bytes` from the operating system's source of randomness; without it with zeros, which no key is made of.
fn random(bytes: &mut [u8]) {
    if getrandom::fill(bytes).is_err() {
        bytes.fill(0);
    }
}

/// Runs `work` to its end on this thread.
pub fn block_on<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

/// An error of the operating system, as ours.
pub fn of_system(cause: std::io::Error) -> Error {
    Error::internal(cause)
}
