//! Photos that wait and photos that are of no use, each with why and what to do.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use kanso_photo::PhotoId;
use kanso_pipeline::keys::Tray;
use kanso_pipeline::trays::InTray;
use kanso_race::Bib;
use serde::Deserialize;

use super::{Bar, Shared, reason, shown};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};

/// On one page.
const MOST: usize = 60;

#[derive(Template)]
#[template(path = "tray.html")]
struct TrayPage {
    frame: Frame,
    bar: Bar,
    is_pending: bool,
    photos: Vec<Listed>,
    /// Where the next page is.
    next: Option<PhotoId>,
    is_first: bool,
}

struct Listed {
    id: PhotoId,
    file: String,
    bibs: Vec<Bib>,
    why: Both,
}

#[derive(Deserialize)]
pub(super) struct From {
    after: Option<PhotoId>,
}

/// `GET /console/<race>/trays/pending`, and `…/rejected`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, name)): Path<(String, String)>,
    Query(From { after }): Query<From>,
) -> Response {
    let page = async {
        let person = console.person(&headers)?;
        let race = console.race(&folder).await?;
        let (tray, here) = match name.as_str() {
            "pending" => (Tray::Pending, "pending"),
            "rejected" => (Tray::Rejected, "rejected"),
            _ => return Err(Refusal::NotFound),
        };
        let part = console.site.handler.tray(&race.id, tray, after.as_ref(), MOST).await?;
        let page = TrayPage {
            frame: Frame::new(language::of(&headers)),
            bar: Bar::new(&race, &person, here),
            is_pending: tray == Tray::Pending,
            photos: part.photos.into_iter().map(listed).collect(),
            next: part.next,
            is_first: after.is_none(),
        };
        Ok(html(StatusCode::OK, &page))
    };
    shown(page.await, &headers)
}

fn listed(photo: InTray) -> Listed {
    let InTray { photo_id, photo, reason, bibs } = photo;
    let otherwise = "理由は英語の説明をごらんください。";
    Listed { id: photo_id, file: photo, bibs, why: reason::words(&reason, otherwise) }
}
