//! The runner's page as it is now.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use kanso_certificate::link::race_path;
use kanso_page::Language;
use kanso_pipeline::certificates::IssuedCertificate;
use kanso_pipeline::requests::RequestId;
use serde::Deserialize;

use super::Runner;
use super::files::NO_PHOTO;
use super::result::ResultView;
use crate::language::Both;
use crate::page::{Frame, Refusal, html};
use crate::site::Site;

/// What the address asks for.
#[derive(Deserialize)]
pub(super) struct Wish {
    /// A photo to be shown in the place of the best one.
    photo: Option<String>,
    /// A request was just taken.
    asked: Option<String>,
}

#[derive(Template)]
#[template(path = "runner.html")]
struct RunnerPage {
    frame: Frame,
    race: Both,
    /// Where others find theirs.
    find: String,
    path: String,
    name: String,
    bib: String,
    course: Option<Both>,
    state: State,
    confirmed: bool,
    /// The certificate that is shown large.
    shown: Option<Shown>,
    /// All certificates with a photo, the best first.
    choices: Vec<Choice>,
    result: Option<ResultView>,
    /// Whether the photo that is shown is a reduced copy so far.
    preliminary: bool,
    /// The photo that is shown, about which something may be said.
    photo: Option<String>,
    /// Whether a request about it is open, or was just taken.
    asked: bool,
}

/// What there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Ready,
    /// The page waits for a photo, and shows the certificate without one.
    NoPhoto,
    /// It waits for the result.
    NoResult,
}

/// A certificate; width and height are its proportions.
struct Shown {
    picture: String,
    save: String,
    story: String,
    pdf: String,
    width: u32,
    height: u32,
}

struct Choice {
    address: String,
    picture: String,
    chosen: bool,
}

impl RunnerPage {
    fn waits(&self) -> bool {
        self.state != State::Ready || self.preliminary
    }
}

/// The page; the photo that was asked for large, else the best.
pub(super) async fn page(
    site: &Site,
    runner: &Runner,
    wish: &Wish,
    language: Language,
) -> Result<Response, Refusal> {
    let Runner { race, finisher, path } = runner;
    let rules = &race.race_data.race;
    let result = ResultView::of(rules, finisher);
    let held = site.handler.issued(&race.id, &finisher.bib).await?;
    let state = match (&result, held.is_empty()) {
        (None, _) => State::NoResult,
        (Some(_), true) => State::NoPhoto,
        (Some(_), false) => State::Ready,
    };
    if let (State::NoPhoto, Some(finish)) = (state, rules.finish_clock(finisher)) {
        site.handler.ask_for(&race.id, finish);
    }
    let wished = |held: &&IssuedCertificate| wish.photo == Some(held.photo.to_string());
    let chosen = held.iter().find(wished).or(held.first());
    let shown = match (state, chosen) {
        (State::NoResult, _) => None,
        (_, Some(held)) => Some(runner.shown(&held.photo.to_string(), &held.fingerprint)),
        (_, None) => Some(runner.shown(NO_PHOTO, "")),
    };
    let choice = |held: &IssuedCertificate| Choice {
        address: format!("{path}?photo={}", held.photo),
        picture: format!("{path}/picture/{}?v={}", held.photo, held.fingerprint),
        chosen: chosen.is_some_and(|chosen| chosen.photo == held.photo),
    };
    let asked = match chosen {
        Some(held) => {
            let id = RequestId { bib: finisher.bib.clone(), photo: held.photo };
            site.handler.is_asked_about(&race.id, &id).await?
        }
        None => false,
    };
    let page = RunnerPage {
        frame: Frame::new(language),
        race: race.name(),
        find: race_path(race.id.as_str()),
        path: path.clone(),
        name: finisher.name.clone(),
        bib: finisher.bib.to_string(),
        course: race.course_name(finisher),
        state,
        confirmed: rules.confirmed,
        shown,
        choices: held.iter().map(choice).collect(),
        result,
        preliminary: chosen.is_some_and(|held| held.preliminary),
        photo: chosen.map(|held| held.photo.to_string()),
        asked: asked || wish.asked.is_some(),
    };
    Ok(html(StatusCode::OK, &page))
}

impl Runner {
    /// A certificate by its photo. The version keeps a page from showing one that was
    /// superseded: it changes nothing at this end, where the newest is always given.
    fn shown(&self, photo: &str, version: &str) -> Shown {
        let trim = self.race.race_data.template.trim();
        let tenths = |side: kanso_page::geometry::Pt| (side.0 * 10.0).round().max(1.0) as u32;
        let picture = format!("{}/picture/{photo}", self.path);
        Shown {
            save: format!("{picture}?save=1"),
            story: format!("{}/story/{photo}", self.path),
            picture: format!("{picture}?v={version}"),
            pdf: format!("{}/pdf/{photo}", self.path),
            width: tenths(trim.width),
            height: tenths(trim.height),
        }
    }
}
