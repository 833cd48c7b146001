//! The runner's page: the certificate as it appears, its PDF, and the result.
//!
//! A runner finds it by bib and the race's second factor, or comes by their link, which is
//! also the page's address: a phone that keeps it needs no session, and a link that was
//! opened in another application works at once. Whoever gives a wrong bib, a wrong factor or
//! a wrong link, or asks for somebody who was erased or has no finish, is told the same.

pub(crate) mod files;
mod find;
mod request;
mod result;
mod view;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::sse::Event;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use kanso_race::{Bib, Finisher, Status};
use tokio::sync::Semaphore;

use super::language::{self, Both};
use super::live;
use super::page::Refusal;
use super::site::{Change, OpenRace, Site};

/// What the runners' routes share.
pub(super) struct Runners {
    site: Arc<Site>,
    lines: Arc<Semaphore>,
}

/// Shared state of a request.
type Shared = State<Arc<Runners>>;
/// Race, bib and token, as an address has them.
type Address = axum::extract::Path<(String, String, String)>;

/// With so many open lines.
pub(super) fn router(site: Arc<Site>, lines: usize) -> Router {
    let runners = Runners { site, lines: Arc::new(Semaphore::new(lines)) };
    Router::new()
        .route("/r", get(async || Redirect::to("/")))
        .route("/r/{race}", get(find::form).post(find::find))
        .route("/r/{race}/{bib}/{token}", get(page))
        .route("/r/{race}/{bib}/{token}/picture/{photo}", get(files::picture))
        .route("/r/{race}/{bib}/{token}/pdf/{photo}", get(files::pdf))
        .route("/r/{race}/{bib}/{token}/story/{photo}", get(files::story))
        .route("/r/{race}/{bib}/{token}/requests", post(request::ask))
        .route("/r/{race}/{bib}/{token}/events", get(events))
        .with_state(Arc::new(runners))
}

/// A runner whose page somebody may see.
struct Runner {
    race: OpenRace,
    finisher: Finisher,
    /// The page's path, which is the runner's link.
    path: String,
}

impl Runners {
    async fn race(&self, folder: &str) -> Result<OpenRace, Refusal> {
        self.site.race(folder).await?.ok_or(Refusal::NotFound)
    }

    /// Whose link it is; every wrong one is the same.
    async fn runner(&self, folder: &str, bib: &str, token: &str) -> Result<Runner, Refusal> {
        let race = self.race(folder).await?;
        let links = self.site.handler.links(&race.id).await?;
        let bib = Bib::parse(bib).map_err(|_| Refusal::NotFound)?;
        let right = links.is_of(&bib, token);
        let found = shown(&race, &bib).filter(|_| right).cloned();
        let finisher = found.ok_or(Refusal::NotFound)?;
        Ok(Runner { path: links.path(&bib), race, finisher })
    }
}

/// A runner who has a page: nobody who was erased, nor who has no finish.
fn shown<'r>(race: &'r OpenRace, bib: &Bib) -> Option<&'r Finisher> {
    let ended_early = |status| matches!(status, Status::Dnf | Status::Dns | Status::Dq);
    race.finisher(bib).filter(|finisher| !ended_early(finisher.status))
}

/// `GET /r/<race>/<bib>/<token>`
async fn page(
    State(runners): Shared,
    headers: HeaderMap,
    axum::extract::Path((folder, bib, token)): Address,
    axum::extract::Query(wish): axum::extract::Query<view::Wish>,
) -> Response {
    let language = language::of(&headers);
    let page = async {
        let runner = runners.runner(&folder, &bib, &token).await?;
        view::page(&runners.site, &runner, &wish, language).await
    };
    page.await.unwrap_or_else(|refusal: Refusal| refusal.page(language))
}

/// `GET /r/<race>/<bib>/<token>/events`: `photos` when the runner has a new certificate.
async fn events(
    State(runners): Shared,
    axum::extract::Path((folder, bib, token)): Address,
) -> Result<Response, Refusal> {
    let runner = runners.runner(&folder, &bib, &token).await?;
    let line = runners.lines.clone().try_acquire_owned().map_err(|_| Refusal::Busy)?;
    let (race, bib) = (runner.race.id, runner.finisher.bib);
    let events = live::events(runners.site.changes(), move |change| {
        // Held until the line ends.
        let _ = &line;
        match change {
            Some(Change::Photo { race: changed, bibs }) if *changed == race => {
                bibs.contains(&bib).then(|| Event::default().event("photos").data("{}"))
            }
            _ => None,
        }
    });
    Ok(events.into_response())
}

/// A day as people write it.
pub(super) fn day(date: Date) -> Both {
    Both {
        ja: date.strftime("%Y年%-m月%-d日").to_string(),
        en: date.strftime("%-d %B %Y").to_string(),
    }
}
