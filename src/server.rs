//! actix wiring: what surrounds the route table.

use std::net::TcpListener;
use std::sync::OnceLock;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::LOCATION;
use actix_web::middleware::{Compress, DefaultHeaders, from_fn};
use actix_web::{App as Web, HttpResponse, HttpServer, web};
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa_swagger_ui::SwaggerUi;

use crate::app::App;
use crate::config;
use crate::error::{Code, Error, Result};
use crate::http::record_every_call;
use crate::routes::{self, BASE, openapi};
use crate::web::{assets, record_every_visit};

/// Serves on `listener` until it is told to stop; what is in flight is finished.
///
/// # Errors
/// The certificate cannot be read, or the listener not be used.
pub fn serve(app: web::Data<App>, settings: &config::Server, listener: TcpListener) -> Result<Server> {
    let (actions, pages) = (web::Data::new(routes::actions()), web::Data::new(routes::pages::around()));
    let max_body = settings.max_body_bytes;
    let workers = match settings.workers {
        0 => std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        workers => workers,
    };
    let limit = Duration::from_secs(settings.request_timeout_seconds);
    let server = HttpServer::new(move || {
        Web::new()
            .app_data(app.clone())
            .app_data(actions.clone())
            .app_data(pages.clone())
            .app_data(web::PayloadConfig::new(max_body))
            .wrap(security_headers())
            .wrap(Compress::default())
            .configure(doors)
    })
    .workers(workers)
    // A packed answer is written in parts; none of them waits until the part before it is acknowledged.
    .tcp_nodelay(true)
    .disable_signals()
    .client_request_timeout(limit)
    .shutdown_timeout(settings.shutdown_seconds);
    let server = match &settings.tls {
        Some(tls) => server.listen_rustls_0_23(listener, crate::tls::config(tls)?),
        None => server.listen(listener),
    };
    Ok(server.map_err(Error::internal)?.run())
}

/// Every path that is served: the route table under its base, its document and the pages that show it, and the probes.
pub fn doors(config: &mut web::ServiceConfig) {
    config
        .route("/healthz", web::get().to(alive))
        .route("/readyz", web::get().to(ready))
        .route("/api/openapi.json", web::get().to(openapi_json))
        .route("/api/docs", web::get().to(to_docs))
        .service(SwaggerUi::new("/api/docs/{_:.*}").config(docs()))
        .service(
            web::scope(BASE)
                .wrap(from_fn(record_every_call))
                .configure(routes::configure)
                .default_service(web::to(routes::not_found)),
        )
        .service(web::scope("/api").default_service(web::to(routes::not_found)))
        .configure(assets::configure)
        .service(
            web::scope("")
                .wrap(from_fn(record_every_visit))
                .configure(routes::pages::configure)
                .default_service(web::to(routes::pages::not_found)),
        );
}

/// Serves the figures for monitoring on `listener`, and nothing else.
///
/// # Errors
/// The listener cannot be used.
pub fn serve_figures(gathered: PrometheusHandle, listener: TcpListener) -> Result<Server> {
    let gathered = web::Data::new(gathered);
    let figures = |gathered: web::Data<PrometheusHandle>| async move { gathered.render() };
    let server =
        HttpServer::new(move || Web::new().app_data(gathered.clone()).route("/metrics", web::get().to(figures)));
    Ok(server.workers(1).disable_signals().listen(listener).map_err(Error::internal)?.run())
}

fn security_headers() -> DefaultHeaders {
    DefaultHeaders::new()
        .add(("Cache-Control", "no-store"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("X-Frame-Options", "DENY"))
}

/// How the pages show the document. Left to themselves they would send its address to a validator on the internet.
fn docs() -> utoipa_swagger_ui::Config<'static> {
    utoipa_swagger_ui::Config::from("/api/openapi.json").validator_url("none")
}

/// The pages name their parts relative to a path that ends in a slash.
async fn to_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((LOCATION, "/api/docs/")).finish()
}

async fn alive() -> HttpResponse {
    HttpResponse::Ok().body("alive\n")
}

/// Seconds that sealing may take before it shows.
const SEALED_WITHIN: i64 = 60;

async fn ready(app: web::Data<App>) -> Result<HttpResponse> {
    let troubles = app.db.troubles();
    if !troubles.is_empty() {
        return Err(Error::new(Code::Unavailable, troubles.join("; ")));
    }
    if app.db.look(crate::db::is_current).await? {
        let behind = app.sealer.behind(app.clock.now());
        let late = (behind > SEALED_WITHIN).then(|| format!("audit log: not sealed for {behind} seconds"));
        // A log that is not kept as it should be is somebody's work today, but no reason to turn therapists away.
        let troubles = app.sealer.troubles().into_iter().map(|trouble| format!("audit log: {trouble}"));
        let mails = app.outbox.troubles().into_iter().map(|trouble| format!("outbox: {trouble}"));
        let lines: Vec<_> = std::iter::once("ready".to_owned()).chain(late).chain(troubles).chain(mails).collect();
        Ok(HttpResponse::Ok().body(lines.join("\n") + "\n"))
    } else {
        Err(Error::new(Code::Unavailable, "Migrations are missing"))
    }
}

async fn openapi_json() -> HttpResponse {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    let document = DOCUMENT.get_or_init(|| openapi::document().to_json().unwrap_or_default());
    HttpResponse::Ok().content_type("application/json").body(document.as_str())
}
