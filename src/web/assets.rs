//! Style sheets and scripts, in the binary. Their addresses carry a hash of what is in
//! them, so that browsers keep them for ever and still see a new version at once.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};

struct Asset {
    name: &'static str,
    kind: &'static str,
    body: &'static str,
}

macro_rules! assets {
    ($($name:literal $kind:literal),* $(,)?) => {
        &[$(Asset { name: $name, kind: $kind, body: include_str!(concat!("pages/", $name)) }),*]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const SVG: &str = "image/svg+xml";
const JS: &str = "text/javascript; charset=utf-8";

static ASSETS: &[Asset] = assets! {
    "kanso.css" "css",
    "kiosk.css" "css",
    "runner.css" "css",
    "upload.css" "css",
    "clock.css" "css",
    "console.css" "css",
    "now.css" "css",
    "printers.css" "css",
    "console_runner.css" "css",
    "live.js" "js",
    "kiosk.js" "js",
    "find.js" "js",
    "runner.js" "js",
    "upload.js" "js",
    "reduce.js" "js",
    "clock.js" "js",
    "review.js" "js",
    "requests.js" "js",
    "renew.js" "js",
    "printers.js" "js",
    "console_search.js" "js",
    "console_crop.js" "js",
    "console_runner.js" "js",
    "spark-md5.min.js" "js",
    "icon.svg" "svg",
};

/// One hash over all assets: they change together, with the binary.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in ASSETS {
        hash.update(asset.body.as_bytes());
    }
    hex::encode(&hash.finalize()[..6])
});

/// The folder of this version's assets: `/assets/<version>`.
pub fn folder() -> String {
    format!("/assets/{}", *VERSION)
}

/// `GET /assets/<version>/<name>`. Another version's address answers with what is there
/// now, to be kept by nobody: a page that was open during an update still works.
pub async fn get(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-store" };
    let kind = match asset.kind {
        "css" => CSS,
        "svg" => SVG,
        _ => JS,
    };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep)], asset.body).into_response()
}
