//! The pages and the JSON API, as one router over the store.
//!
//! | part | what it is | who may open it |
//! |---|---|---|
//! | `home` | which races are here, and a way for everybody | everybody |
//! | `runner` | the certificate as it appears, its PDF, the result | who gives the race's second factor, or has the runner's link |
//! | `upload` | photographers send photos, and see what became of them | who has a photographer's code |
//! | [`kiosk`] | bib, photo, print; the clock that cameras are set by | browsers that staff opened with the kiosk code |
//! | `console` | how the race is, photos that a person must settle, every runner, printers, what runners ask for | staff, each with a name and a password ([`staff`]) |
//! | `desk` | what staff do from the command line | staff, with the console's token |
//! | [`batch`] | many certificates at once | the same |
//! | [`jobs`] | the print queue: what became of every job, and settling it | the same |
//! | [`printers`] | how every printer is, and letting one go on | the same |
//! | [`site`] | what every page needs: races, certificates, keys, changes | |
//! | [`host`] | the machine that pages and pipeline run on | |
//! | `condition` | how a printer is, in words | |
//! | `file_fault` | what is wrong with a file that is no photo | |
//! | [`session`] | signed cookies | |
//! | [`headers`] | what every answer says to the browser | |
//! | `guesses` | how often may be guessed at what opens a page | |
//! | [`qr`] | QR codes | |
//! | [`photo_store`] | where photographers' browsers send photos to | |
//! | [`live`] | events to open pages | |
//!
//! Templates, style sheets and scripts lie in `pages/` and travel in the binary. Every text
//! stands in a page in Japanese and English; the style sheet shows one. No page needs a
//! secure context, since a venue's network has no certificates.
//!
//! [`threat_model`] says who may do what with which key, what stands against whom, and which
//! test keeps it.

pub mod assets;
pub mod batch;
mod condition;
mod console;
mod desk;
mod file_fault;
mod guesses;
pub mod headers;
mod home;
pub mod host;
pub mod jobs;
pub mod kiosk;
pub mod language;
pub mod limit;
pub mod live;
pub mod page;
pub mod photo_store;
pub mod printers;
pub mod qr;
mod runner;
pub mod secrets;
pub mod session;
pub mod site;
pub mod staff;
#[doc = include_str!("threat_model.md")]
pub mod threat_model {}
mod upload;

use std::sync::Arc;

use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use axum::{Router, middleware};

use page::Refusal;
use site::Site;

/// Pages that are told at once of what changes; the others ask every few seconds. Kiosks must
/// find room among the venue's connections.
const LINES: usize = 384;

/// All pages, as a venue serves them.
pub fn router(site: Arc<Site>) -> Router {
    whole(
        Router::new()
            .merge(home::router(site.clone(), home::Staff::Here))
            .merge(runner::router(site.clone(), LINES))
            .merge(upload::router(site.clone()))
            .merge(kiosk::router(site.clone()))
            .merge(console::router(site.clone()))
            .merge(desk::router(site)),
    )
}

/// The pages for runners and photographers, without open lines: as a function serves them,
/// which gives whole answers and has no printers.
pub fn away_from_the_venue(site: Arc<Site>) -> Router {
    whole(
        Router::new()
            .merge(home::router(site.clone(), home::Staff::Elsewhere))
            .merge(runner::router(site.clone(), 0))
            .merge(upload::router(site)),
    )
}

/// With what every page needs.
fn whole(pages: Router) -> Router {
    pages
        .route("/assets/{version}/{name}", get(assets::get))
        .fallback(nothing_here)
        .layer(middleware::from_fn(headers::secure))
}

async fn nothing_here(headers: HeaderMap) -> Response {
    Refusal::NotFound.page(language::of(&headers))
}
