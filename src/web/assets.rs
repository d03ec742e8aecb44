//! Style sheet, icons and scripts, built into the program. All of them lie below one hash of their content: a browser keeps
//! them for good, and a script finds its neighbours.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Name, media type and content of every asset.
const ASSETS: &[(&str, &str, &[u8])] = &[
    ("tandem.css", "text/css; charset=utf-8", include_bytes!("../../assets/tandem.css")),
    ("tandem.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/tandem.js")),
    ("alerts.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/alerts.js")),
    ("keys.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/keys.js")),
    ("lock.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/lock.js")),
    ("way_in.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/way_in.js")),
    ("editor.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/editor.js")),
    ("autosave.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/autosave.js")),
    ("bring_back.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/bring_back.js")),
    ("kept.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/kept.js")),
    ("rows.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/rows.js")),
    ("phrases.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/phrases.js")),
    ("body_chart.js", "text/javascript; charset=utf-8", include_bytes!("../../assets/body_chart.js")),
    ("icon.svg", "image/svg+xml", include_bytes!("../../assets/icon.svg")),
];

/// Where they lie: `/assets/` and the first nine bytes of a SHA-256 over them, in base64url.
static BELOW: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (name, _, content) in ASSETS {
        hash.update(name);
        hash.update(content);
    }
    format!("/assets/{}", URL_SAFE_NO_PAD.encode(&hash.finalize()[..9]))
});

/// Where an asset is found.
#[must_use]
pub fn path(name: &str) -> String {
    format!("{}/{name}", *BELOW)
}

/// Where all of them are found.
pub fn paths() -> impl Iterator<Item = String> {
    ASSETS.iter().map(|(name, ..)| path(name))
}

/// Serves the assets, which are the same for everyone.
pub fn configure(config: &mut web::ServiceConfig) {
    for (path, (_, kind, content)) in paths().zip(ASSETS) {
        config.route(
            &path,
            web::get().to(move || async move {
                HttpResponse::Ok()
                    .insert_header((CONTENT_TYPE, *kind))
                    .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
                    .body(*content)
            }),
        );
    }
}
