//! `tandem serve`.

use std::net::TcpListener;

use actix_web::web;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::failure::{Failure, OrSay};
use super::{Done, Settings, log, place};
use crate::app::App;
use crate::auth::keys::Keys;
use crate::clock::Clock;
use crate::config::Config;
use crate::{delivery, figures, housekeeping, server};

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
            "`tandem setup` makes keys with a new practice. For one that exists do as the line above says, or restore them \
             from the backup; `tandem recover --lost-keys` replaces those that can be replaced.",
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
                if let Ok(address) = listener.local_addr() {
                    tracing::info!(%address, "figures for monitoring");
                }
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
    let next = "See that the database is there and may be written, and that catalogue.techniques and \
                catalogue.contraindications, if set, are such lists.";
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
    let unsealed = "The log above says more; `tandem audit verify` says whether the audit log is whole.";
    housekeeping::begin(&app).await.or_say("the audit log cannot be sealed", unsealed)?;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let server = server::serve(app.clone(), &config.server, listener).or_say(failed, next)?;
    let handle = server.handle();
    let mut serving = actix_web::rt::spawn(server);
    let (no_more_mails, mails_stopped) = tokio::sync::oneshot::channel::<()>();
    let delivering = actix_web::rt::spawn(delivery::run(app.clone().into_inner(), async move {
        let _ = mails_stopped.await;
    }));
    let keeping = actix_web::rt::spawn(housekeeping::run(app.into_inner(), async move {
        // A sender that is gone says the same.
        let _ = stopped.await;
    }));
    tracing::info!(%address, "listening");
    ready();
    let ended = tokio::select! {
        ended = &mut serving => {
            let ended = ended.map_err(std::io::Error::other).flatten().map_err(place::of_system);
            Some(ended.or_say("the server ended by itself", "Start it again; if it ends again, the log says more."))
        }
        _ = terminate.recv() => {
            tracing::info!("stopping: SIGTERM");
            None
        }
        _ = interrupt.recv() => {
            tracing::info!("stopping: SIGINT");
            None
        }
    };
    if ended.is_none() {
        handle.stop(true).await;
    }
    drop(no_more_mails);
    if delivering.await.is_err() {
        tracing::error!("the delivery of mails ended by itself; what is not sent is sent after the next start");
    }
    drop(stop);
    if keeping.await.is_err() {
        tracing::error!("housekeeping ended by itself; what is not sealed is sealed at the next start");
    }
    tracing::info!("stopped");
    ended.unwrap_or(Ok(()))
}
