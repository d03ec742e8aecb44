//! Settings that are each valid but do not go together, and those whose form a type does not say.

use secrecy::{ExposeSecret, SecretString};

use super::{Argon2, Config, Database, Server, field};
use crate::error::FieldError;

/// Everything that does not go together, at once.
pub(super) fn contradictions(config: &Config) -> Vec<FieldError> {
    let mut faults = Vec::new();
    server(&config.server, &mut faults);
    if config.metrics.bind.is_some_and(|bind| !bind.ip().is_loopback()) {
        faults
            .push(field("metrics.bind", "the figures are served in plain on loopback only; let a proxy carry them on"));
    }
    database(&config.database, &mut faults);
    super::mail::contradictions(&config.mail, &mut faults);
    let argon2 = config.auth.argon2;
    if argon2.memory_kib < argon2.parallelism.saturating_mul(8) {
        faults.push(field("auth.argon2.memory_kib", "at least 8 for each lane of parallelism is needed"));
    }
    let reachable = !config.server.bind.ip().is_loopback() || config.server.proxy.ends_tls;
    if reachable && !is_strong(argon2) {
        let least =
            "on anything but loopback at least 7168 KiB are needed, and memory_kib times iterations at least 35840";
        faults.push(field("auth.argon2", least));
    }
    if tracing_subscriber::EnvFilter::try_new(&config.log.filter).is_err() {
        faults.push(field("log.filter", "levels such as info,tandem=debug are expected"));
    }
    faults
}

/// The weakest of the equivalent costs in OWASP's Password Storage Cheat Sheet is 7 MiB in five passes; those of fewer
/// passes and more memory come to as much together.
const fn is_strong(costs: Argon2) -> bool {
    costs.memory_kib >= 7_168 && costs.memory_kib.saturating_mul(costs.iterations) >= 35_840
}

fn server(server: &Server, faults: &mut Vec<FieldError>) {
    let encrypted = server.tls.is_some() || server.proxy.ends_tls;
    if !server.bind.ip().is_loopback() && !encrypted {
        faults.push(field(
            "server.bind",
            "plain HTTP is served on loopback only; set server.tls, or server.proxy.ends_tls if a proxy ends TLS",
        ));
    }
    if server.proxy.ends_tls && server.proxy.trusted.is_empty() {
        faults.push(field("server.proxy.trusted", "list the proxy's address, since server.proxy.ends_tls is true"));
    }
    let host = server.public_url.strip_prefix("https://");
    if encrypted && host.is_none() {
        faults.push(field("server.public_url", "must begin with https://, since TLS is on"));
    }
    let host = host.or_else(|| server.public_url.strip_prefix("http://"));
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:[]".contains(c);
    if !host.is_some_and(|host| !host.is_empty() && host.chars().all(plain)) {
        faults
            .push(field("server.public_url", "an address such as https://tandem.example is expected, without a path"));
    }
}

fn database(database: &Database, faults: &mut Vec<FieldError>) {
    let postgres = is_postgres(&database.url);
    if !postgres && database.url.expose_secret().strip_prefix("sqlite:").is_none_or(str::is_empty) {
        faults.push(field("database.url", "sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME is expected"));
        return;
    }
    if database.owner_url.as_ref().is_some_and(|owner| !postgres || !is_postgres(owner)) {
        faults.push(field("database.owner_url", "is for PostgreSQL: both it and database.url must be postgres://..."));
    }
    if database.require_tls && !postgres {
        faults
            .push(field("database.require_tls", "SQLite is a file on this machine: there is no connection to encrypt"));
    }
    let asks_for_tls = |url: &SecretString| {
        ["sslmode=require", "sslmode=verify"].iter().any(|mode| url.expose_secret().contains(mode))
    };
    let tls_demanded =
        database.require_tls || asks_for_tls(&database.url) || database.owner_url.as_ref().is_some_and(asks_for_tls);
    if postgres && tls_demanded && cfg!(feature = "bundled-libpq") {
        faults.push(field(
            "database.require_tls",
            "TLS to PostgreSQL is demanded, but the bundled libpq has none; build with --no-default-features to use \
             the system's libpq",
        ));
    }
}

fn is_postgres(url: &SecretString) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| url.expose_secret().starts_with(scheme))
}
