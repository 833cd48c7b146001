//! The console: what volunteers settle on race day, each under their own name.
//!
//! | part | what it is |
//! |---|---|
//! | [`entrance`] | name and password |
//! | [`now`] | how the race is: photos, waits, cameras ([`cameras`], [`camera_row`], [`clock_words`]), printers |
//! | [`attention`] | what needs a hand |
//! | [`chart`] | bars; pure |
//! | [`printers`] | printers, their jobs, and what staff decide about them |
//! | [`trays`] | photos that wait and photos of no use, each with its [`reason`] |
//! | [`review`] | photos that a person must settle, by keyboard |
//! | [`claims`] | who looks at which photo, so that two people do not settle the same; pure |
//! | [`candidate`] | whom a photo may show, and why, in words |
//! | [`picture`] | photos as they are looked at |
//! | [`requests`] | what runners ask for; for operators |
//! | [`search`] | runners by bib or name |
//! | [`runner`] | a runner: photos, certificates, prints, and what staff do about them |

mod attention;
mod camera_row;
mod cameras;
mod candidate;
mod chart;
mod claims;
mod clock_words;
mod entrance;
mod now;
mod picture;
mod printers;
mod reason;
mod requests;
mod review;
mod runner;
mod search;
mod trays;

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use kanso_pipeline::offered::OfferedPhotos;
use serde_json::json;

use self::cameras::Cameras;
use self::picture::Pictures;
use self::review::Reviews;
use super::language::{self, Both};
use super::limit::Limit;
use super::page::Refusal;
use super::session::{Role, from_own_page};
use super::site::{OpenRace, Site};
use super::staff::{Person, Staff, StaffRole};

/// What the console's routes share.
pub(super) struct Console {
    site: Arc<Site>,
    /// Guesses at passwords, by address and by name.
    guesses: Limit,
    reviews: Reviews,
    pictures: Pictures,
    cameras: Arc<Cameras>,
    offered: OfferedPhotos,
}

/// Shared state of a request.
type Shared = State<Arc<Console>>;
/// A request's race, by its folder.
type Folder = Path<String>;

/// Nothing where no console is served.
pub(super) fn router(site: Arc<Site>) -> Router {
    if site.staff.is_none() {
        return Router::new();
    }
    let console = Console {
        site,
        guesses: Limit::default(),
        reviews: Reviews::default(),
        pictures: Pictures::default(),
        cameras: Arc::default(),
        offered: OfferedPhotos::default(),
    };
    Router::new()
        .route("/console", get(entrance::open).post(entrance::sign_in))
        .route("/console/out", post(entrance::sign_out))
        .route("/console/{race}", get(now::page))
        .route("/console/{race}/now", get(now::figures))
        .route("/console/{race}/printers", get(printers::page))
        .route("/console/{race}/printers/now", get(printers::now))
        .route("/console/{race}/printers/jobs/{job}", post(printers::decide))
        .route("/console/{race}/printers/resume", post(printers::resume))
        .route("/console/{race}/printers/test", post(printers::test))
        .route("/console/{race}/trays/{tray}", get(trays::page))
        .route("/console/{race}/trays/{tray}/now", get(trays::now))
        .route("/console/{race}/review", get(review::page))
        .route("/console/{race}/review/next", get(review::next))
        .route("/console/{race}/review/undo", post(review::undo))
        .route("/console/{race}/review/{photo}", post(review::settle))
        .route("/console/{race}/picture/{photo}", get(picture::get))
        .route("/console/{race}/requests", get(requests::page))
        .route("/console/{race}/requests/now", get(requests::now))
        .route("/console/{race}/requests/{request}", post(requests::settle))
        .route("/console/{race}/search", get(search::page).post(search::find))
        .merge(runner::routes())
        .with_state(Arc::new(console))
}

impl Console {
    fn staff(&self) -> Result<&Staff, Refusal> {
        self.site.staff.as_ref().ok_or(Refusal::NotFound)
    }

    /// Whose session a request shows, as they are now.
    fn person(&self, headers: &HeaderMap) -> Result<Person, Refusal> {
        let id = self.site.signer.subject(Role::Console, headers, Timestamp::now());
        let person = id.and_then(|id| self.staff().ok()?.person(&id));
        person.ok_or(Refusal::NotAllowed)
    }

    /// The same for what changes something: sent by a page of ours.
    fn acting(&self, headers: &HeaderMap) -> Result<Person, Refusal> {
        if !from_own_page(headers) {
            return Err(Refusal::NotAllowed);
        }
        self.person(headers)
    }

    async fn race(&self, folder: &str) -> Result<OpenRace, Refusal> {
        self.site.race(folder).await?.ok_or(Refusal::NotFound)
    }
}

/// What stands above the console's pages.
struct Bar {
    race: Both,
    /// `/console/<race>`
    address: String,
    person: String,
    is_operator: bool,
    /// Which page this is.
    here: &'static str,
}

impl Bar {
    fn new(race: &OpenRace, person: &Person, here: &'static str) -> Self {
        Self {
            race: race.name(),
            address: address(race.id.as_str()),
            person: person.name.clone(),
            is_operator: person.role == StaffRole::Operator,
            here,
        }
    }
}

/// Where a race's console is.
fn address(folder: &str) -> String {
    let folder = percent_encoding::utf8_percent_encode(folder, percent_encoding::NON_ALPHANUMERIC);
    format!("/console/{folder}")
}

/// The page or a refusal, as a page.
fn shown(page: Result<Response, Refusal>, headers: &HeaderMap) -> Response {
    page.unwrap_or_else(|refusal| refusal.page(language::of(headers)))
}

/// What a script is told, in a word, where nothing was done.
fn refused(status: StatusCode, word: &str) -> Response {
    (status, Json(json!({"error": word}))).into_response()
}
