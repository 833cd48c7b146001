//! The kiosk: a runner types or scans a bib, confirms, chooses a photo, and prints.
//!
//! A browser becomes a kiosk by the code that staff open it with once. The page holds no
//! bib in its address, keeps nothing, and wipes itself when nobody touches it.

mod clock;
mod orders;
mod runner;

use std::net::SocketAddr;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use kanso_page::Language;
use kanso_pipeline::photographers::READABLE;
use serde::Deserialize;

use super::condition;
use super::language::{self, Both};
use super::limit::{Key, Limit, Try};
use super::page::{Frame, Refusal, html, retry_after, wait_words};
use super::secrets::random_text;
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
    /// Guesses at the kiosk code, by address.
    codes: Limit,
    /// Guesses at the staff PIN, by device and by address.
    pins: Limit,
}

/// Shared state of a request.
type Shared = State<Arc<Kiosk>>;

pub fn router(site: Arc<Site>) -> Router {
    let kiosk = Kiosk { site, codes: Limit::default(), pins: Limit::default() };
    Router::new()
        .route("/kiosk", get(entrance))
        .route("/clock", get(clock::way))
        .route("/kiosk/{race}", get(screen))
        .route("/kiosk/{race}/clock", get(clock::page))
        .route("/kiosk/{race}/clock/code", get(clock::code))
        .route("/kiosk/{race}/runner", get(runner::find))
        .route("/kiosk/{race}/picture/{bib}/{photo}", get(runner::picture))
        .route("/kiosk/{race}/portrait/{bib}/{photo}", get(runner::portrait))
        .route("/kiosk/{race}/link/{bib}", get(runner::link))
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

    /// A race, where staff made this browser a kiosk.
    async fn opened(&self, headers: &HeaderMap, folder: &str) -> Result<OpenRace, Refusal> {
        self.device(headers)?;
        self.race(folder).await
    }

    async fn race(&self, folder: &str) -> Result<OpenRace, Refusal> {
        self.site.race(folder).await?.ok_or(Refusal::NotFound)
    }
}

#[derive(Deserialize)]
struct Entrance {
    code: Option<String>,
    #[serde(default)]
    next: Next,
}

/// What the browser is to show once it is a kiosk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Next {
    #[default]
    Kiosk,
    Clock,
}

impl Next {
    fn address(self, folder: &str) -> String {
        let race = race_address(folder);
        match self {
            Self::Kiosk => race,
            Self::Clock => format!("{race}/clock"),
        }
    }

    /// Where it is chosen.
    fn entrance(self) -> &'static str {
        match self {
            Self::Kiosk => "/kiosk",
            Self::Clock => "/kiosk?next=clock",
        }
    }
}

#[derive(Template)]
#[template(path = "kiosk_entrance.html")]
struct EntrancePage {
    frame: Frame,
    /// Why the code did not open it.
    alarm: Option<Both>,
    races: Vec<(String, Both)>,
    next: Next,
}

impl EntrancePage {
    /// The form for the code.
    fn closed(language: Language, next: Next, status: StatusCode, alarm: Option<Both>) -> Response {
        html(status, &Self { frame: Frame::new(language), alarm, races: Vec::new(), next })
    }
}

/// `GET /kiosk?code=...` makes a browser a kiosk; without a code it shows the races.
async fn entrance(
    State(kiosk): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(Entrance { code, next }): Query<Entrance>,
) -> Response {
    let language = language::of(&headers);
    if let Some(code) = code {
        return enter(&kiosk, peer, &headers, &code, next);
    }
    if kiosk.device(&headers).is_err() {
        return EntrancePage::closed(language, next, StatusCode::FORBIDDEN, None);
    }
    match open_races(&kiosk.site).await {
        Err(refusal) => refusal.page(language),
        Ok(races) => match &races[..] {
            [(only, _)] => Redirect::to(&next.address(only)).into_response(),
            _ => {
                let races = races.into_iter().map(|(id, name)| (next.address(&id), name));
                let (frame, races) = (Frame::new(language), races.collect());
                let page = EntrancePage { frame, alarm: None, races, next };
                html(StatusCode::OK, &page)
            }
        },
    }
}

/// Makes the browser a kiosk, where the code is right.
fn enter(kiosk: &Kiosk, peer: SocketAddr, headers: &HeaderMap, code: &str, next: Next) -> Response {
    let language = language::of(headers);
    let right = same(code, &kiosk.site.secrets.kiosk_code);
    match kiosk.codes.answer(&[Key::address(peer.ip())], right) {
        Try::Right => {
            let device = random_text(6, READABLE);
            let cookie =
                kiosk.site.signer.open(Role::Kiosk, &device, Timestamp::now(), KIOSK_HOURS);
            // The code leaves the address, where anybody could read it.
            ([(header::SET_COOKIE, cookie)], Redirect::to(next.entrance())).into_response()
        }
        Try::Wrong => {
            let (ja, en) = (
                "コードがちがいます。もう一度入力してください。",
                "That code is not right. Please try again.",
            );
            let alarm = Both { ja: ja.to_owned(), en: en.to_owned() };
            EntrancePage::closed(language, next, StatusCode::FORBIDDEN, Some(alarm))
        }
        // It is a kiosk already.
        Try::Wait(_) if kiosk.device(headers).is_ok() => {
            Redirect::to(next.entrance()).into_response()
        }
        Try::Wait(wait) => {
            let status = StatusCode::TOO_MANY_REQUESTS;
            let page = EntrancePage::closed(language, next, status, Some(wait_words(wait)));
            (retry_after(wait), page).into_response()
        }
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
    /// What staff are told of a printer, by the name of its condition.
    conditions: Vec<(&'static str, Both)>,
}

async fn screen(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Query(query): Query<ScreenQuery>,
) -> Response {
    let language = language::of(&headers);
    let race = match kiosk.opened(&headers, &folder).await {
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
        conditions: condition::told(),
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
