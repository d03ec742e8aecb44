//! `tandem serve`.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::web;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::failure::{Failure, OrSay};
use super::{Done, Settings, log, place};
use crate::app::App;
use crate::auth::keys::Keys;
use crate::clock::Clock;
use crate::config::Config;
use crate::{figures, server};

/// Serve the record until told to stop
///
/// Brings the database's layout up to date first. SIGTERM or Ctrl-C ends it: what is being answered is finished, and
/// the audit log sealed. Logs to standard error, without anything about a patient.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  tandem serve
  tandem serve --config /etc/tandem.toml
  TANDEM__SERVER__BIND=127.0.0.1:9000 TANDEM__LOG__FORMAT=json tandem serve")]
pub struct Serve {
    #[command(flatten)]
    settings: Settings,
}

impl Serve {
    /// Serves.
    pub fn run(&self) -> Done {
        let config = self.settings.load()?;
        log(&config.log);
        let keys = Keys::load(&config.keys.directory).or_say(
            "the keys cannot be read",
            "`tandem setup` makes keys with a new practice; for one that exists, restore them from the backup.",
        )?;
        let (application, owner) = place::database(&config)?;
        place::find(&application)?;
        let _lock = place::lock(&application, "database.url in the settings")?;
        let change = "server.bind in the settings, or TANDEM__SERVER__BIND=127.0.0.1:8081";
        let listener = place::listen(config.server.bind, change)?;
        for migration in place::migrate(&application, &owner)? {
            tracing::info!(migration, "migrated");
        }
        let monitor =
            config.metrics.bind.map(|bind| place::listen(bind, "metrics.bind in the settings")).transpose()?;
        place::block_on(async {
            if let Some(listener) = monitor {
                let next = "Leave metrics.bind out to do without them.";
                let gathered = figures::install().or_say("the figures cannot be gathered", next)?;
                let figures = server::serve_figures(gathered, listener).or_say("the figures cannot be served", next)?;
                actix_web::rt::spawn(figures);
            }
            let app = open(&config, keys)?;
            until_told_to_stop(app, &config, listener, || {}).await
        })
    }
}

/// Opens the database and starts the program behind the server.
///
/// # Errors
/// The database or the catalogue cannot be opened.
pub fn open(config: &Config, keys: Keys) -> Result<web::Data<App>, Failure> {
    let next = "See that the database is there and may be written, and that catalogue.techniques, if set, is a list of \
                techniques.";
    App::build(config, keys, Clock::System).map(web::Data::new).or_say("the program cannot be started", next)
}

/// Serves on `listener`, calls `ready` once it does, and ends after SIGTERM or SIGINT, when what was being answered is
/// answered and everything is sealed.
///
/// # Errors
/// The server cannot be started, or fails.
pub async fn until_told_to_stop(
    app: web::Data<App>,
    config: &Config,
    listener: TcpListener,
    ready: impl FnOnce(),
) -> Done {
    let failed = "the server cannot be started";
    let next = "The line above says what it needs; settings under server.* change it.";
    let mut terminate = signal(SignalKind::terminate()).map_err(place::of_system).or_say(failed, next)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(place::of_system).or_say(failed, next)?;
    let address = listener.local_addr().map_err(place::of_system).or_say(failed, next)?;
    // Whatever an earlier process left behind is sealed before anything is added.
    seal(&app).await;
    let server = server::serve(app.clone(), &config.server, listener).or_say(failed, next)?;
    let handle = server.handle();
    let mut serving = actix_web::rt::spawn(server);
    let (stop, stopped) = watch::channel(());
    let sealing = actix_web::rt::spawn(keep_sealing(app, Duration::from_millis(config.audit.seal_every_ms), stopped));
    tracing::info!(%address, "listening");
    ready();
    let ended = tokio::select! {
        ended = &mut serving => ended.map_err(std::io::Error::other).flatten(),
        _ = terminate.recv() => Ok(tracing::info!("stopping: SIGTERM")),
        _ = interrupt.recv() => Ok(tracing::info!("stopping: SIGINT")),
    };
    handle.stop(true).await;
    drop(stop);
    // It seals once more before it ends; should it have panicked, the next start seals what is left.
    drop(sealing.await);
    tracing::info!("stopped");
    ended
        .map_err(place::of_system)
        .or_say("the server ended by itself", "Start it again; if it ends again, the log says more.")
}

/// Seals every so often, and once more when `stopped` is closed.
async fn keep_sealing(app: web::Data<App>, every: Duration, mut stopped: watch::Receiver<()>) {
    let mut every = tokio::time::interval(every);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let over = tokio::select! {
            _ = stopped.changed() => true,
            _ = every.tick() => false,
        };
        seal(&app).await;
        if over {
            return;
        }
    }
}

async fn seal(app: &App) {
    if let Err(error) = app.sealer.seal_all(&app.db, app.clock.now()).await {
        tracing::warn!(cause = error.cause.as_deref().map(tracing::field::display), "not sealed, to be tried again");
    }
}
