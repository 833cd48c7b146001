//! The kiosk: a runner types or scans a bib, confirms, chooses a photo, and prints.
//!
//! A browser becomes a kiosk by the code that staff open it with once. The page holds no
//! bib in its address, keeps nothing, and wipes itself when nobody touches it.

mod orders;
mod runner;

use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;

use super::language::{self, Both};
use super::limit::Limit;
use super::page::{Frame, Refusal, html};
use super::secrets::{READABLE, random_text};
use super::session::{Role, same};
use super::site::{OpenRace, Site};

/// How long a browser stays a kiosk: a race's weekend.
const KIOSK_HOURS: i64 = 72;
/// Seconds without a touch until the page asks whether anybody is there, unless its address
/// says otherwise (`?idle_s=20`).
const IDLE_S: u32 = 45;
const IDLE_RANGE_S: std::ops::RangeInclusive<u32> = 3..=600;

/// What the kiosk's routes share.
pub struct Kiosk {
    site: Arc<Site>,
    /// Guesses at the kiosk code, of all together.
    codes: Limit,
    /// Guesses at the staff PIN, by device.
    pins: Limit,
}

/// Shared state of a request.
type Shared = State<Arc<Kiosk>>;

pub fn router(site: Arc<Site>) -> Router {
    let guesses = || Limit::new(10, Duration::from_secs(300));
    let kiosk = Kiosk { site, codes: guesses(), pins: guesses() };
    Router::new()
        .route("/kiosk", get(entrance))
        .route("/kiosk/{race}", get(screen))
        .route("/kiosk/{race}/runner", get(runner::find))
        .route("/kiosk/{race}/picture/{bib}/{photo}", get(runner::picture))
        .route("/kiosk/{race}/portrait/{bib}/{photo}", get(runner::portrait))
        .route("/kiosk/{race}/jobs", post(orders::order))
        .route("/kiosk/{race}/jobs/{job}", get(orders::job))
        .route("/kiosk/{race}/jobs/{job}/resolve", post(orders::resolve))
        .route("/kiosk/{race}/events", get(orders::events))
        .with_state(Arc::new(kiosk))
}

impl Kiosk {
    /// The device's name, where staff made this browser a kiosk.
    fn device(&self, headers: &HeaderMap) -> Result<String, Refusal> {
        let device = self.site.signer.subject(Role::Kiosk, headers, Timestamp::now());
        device.ok_or(Refusal::NotAllowed)
    }

    async fn race(&self, folder: &str) -> Result<OpenRace, Refusal> {
        self.site.race(folder).await?.ok_or(Refusal::NotFound)
    }
}

#[derive(Deserialize)]
struct Entrance {
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "kiosk_entrance.html")]
struct EntrancePage {
    frame: Frame,
    wrong: bool,
    races: Vec<(String, Both)>,
}

/// `GET /kiosk?code=...` makes a browser a kiosk; without a code it shows the races.
async fn entrance(
    State(kiosk): Shared,
    headers: HeaderMap,
    Query(Entrance { code }): Query<Entrance>,
) -> Response {
    let language = language::of(&headers);
    if let Some(code) = code {
        if kiosk.codes.allow("code") && same(&code, &kiosk.site.secrets.kiosk_code) {
            kiosk.codes.forgive("code");
            let device = random_text(6, READABLE);
            let cookie =
                kiosk.site.signer.open(Role::Kiosk, &device, Timestamp::now(), KIOSK_HOURS);
            // The code leaves the address, where anybody could read it.
            return ([(header::SET_COOKIE, cookie)], Redirect::to("/kiosk")).into_response();
        }
        let page = EntrancePage { frame: Frame::new(language), wrong: true, races: Vec::new() };
        return html(StatusCode::FORBIDDEN, &page);
    }
    if kiosk.device(&headers).is_err() {
        let page = EntrancePage { frame: Frame::new(language), wrong: false, races: Vec::new() };
        return html(StatusCode::FORBIDDEN, &page);
    }
    match open_races(&kiosk.site).await {
        Err(refusal) => refusal.page(language),
        Ok(races) => match &races[..] {
            [(only, _)] => Redirect::to(&race_address(only)).into_response(),
            _ => {
                let races = races.into_iter().map(|(id, name)| (race_address(&id), name));
                let frame = Frame::new(language);
                let page = EntrancePage { frame, wrong: false, races: races.collect() };
                html(StatusCode::OK, &page)
            }
        },
    }
}

fn race_address(folder: &str) -> String {
    let folder = percent_encoding::utf8_percent_encode(folder, percent_encoding::NON_ALPHANUMERIC);
    format!("/kiosk/{folder}")
}

async fn open_races(site: &Site) -> Result<Vec<(String, Both)>, Refusal> {
    let mut open = Vec::new();
    for id in site.races().await? {
        if let Some(race) = site.race(id.as_str()).await? {
            open.push((id.as_str().to_owned(), race.name()));
        }
    }
    Ok(open)
}

#[derive(Deserialize)]
struct ScreenQuery {
    idle_s: Option<u32>,
}

#[derive(Template)]
#[template(path = "kiosk.html")]
struct Screen {
    frame: Frame,
    race: Both,
    address: String,
    idle_s: u32,
    /// Letters that bibs of this race have, for the keys on the screen.
    letters: Vec<char>,
    prints: bool,
}

async fn screen(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Query(query): Query<ScreenQuery>,
) -> Response {
    let language = language::of(&headers);
    let race = match kiosk.device(&headers) {
        Ok(_) => kiosk.race(&folder).await,
        Err(refusal) => Err(refusal),
    };
    let race = match race {
        Ok(race) => race,
        Err(refusal) => return refusal.page(language),
    };
    let idle_s = query.idle_s.filter(|s| IDLE_RANGE_S.contains(s)).unwrap_or(IDLE_S);
    let page = Screen {
        frame: Frame::new(language),
        race: race.name(),
        address: race_address(&folder),
        idle_s,
        letters: letters(&race),
        prints: kiosk.site.printing.is_some(),
    };
    html(StatusCode::OK, &page)
}

fn letters(race: &OpenRace) -> Vec<char> {
    let mut letters: Vec<char> = race
        .race_data
        .roster
        .iter()
        .flat_map(|finisher| finisher.bib.as_str().chars())
        .filter(|letter| !letter.is_ascii_digit())
        .collect();
    letters.sort_unstable();
    letters.dedup();
    letters
}
