//! `/`: which races are here, and a way for everybody who comes.

use std::cmp::Reverse;
use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use kanso_certificate::link::race_path;

use super::language::{self, Both};
use super::page::{Frame, Refusal, html};
use super::runner::day;
use super::site::Site;

#[derive(Template)]
#[template(path = "home.html")]
struct Home {
    frame: Frame,
    races: Vec<Listed>,
    staff: Staff,
}

/// Whether the pages for staff are served here too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Staff {
    Here,
    Elsewhere,
}

struct Listed {
    path: String,
    name: Both,
    day: Both,
}

pub(super) fn router(site: Arc<Site>, staff: Staff) -> Router {
    Router::new().route("/", get(home)).with_state((site, staff))
}

async fn home(State((site, staff)): State<(Arc<Site>, Staff)>, headers: HeaderMap) -> Response {
    let language = language::of(&headers);
    match listed(&site).await {
        Ok(races) => html(StatusCode::OK, &Home { frame: Frame::new(language), races, staff }),
        Err(refusal) => refusal.page(language),
    }
}

/// The races whose data can be read, the newest first.
async fn listed(site: &Site) -> Result<Vec<Listed>, Refusal> {
    let mut open = Vec::new();
    for id in site.races().await? {
        open.extend(site.race(id.as_str()).await?);
    }
    open.sort_by_key(|race| Reverse(race.race_data.race.date));
    let listed = open.iter().map(|race| Listed {
        path: race_path(race.id.as_str()),
        name: race.name(),
        day: day(race.race_data.race.date),
    });
    Ok(listed.collect())
}
