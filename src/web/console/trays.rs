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

use super::{Bar, Console, Shared, reason, shown};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};

/// On one page.
const MOST: usize = 60;

/// The whole page.
#[derive(Template)]
#[template(path = "tray.html")]
struct TrayPage {
    frame: Frame,
    bar: Bar,
    list: List,
}

/// The part of it that changes.
#[derive(Template)]
#[template(path = "tray_now.html")]
struct TrayNow {
    bar: Bar,
    list: List,
}

/// A part of a tray.
struct List {
    /// `pending` or `rejected`.
    name: &'static str,
    photos: Vec<Listed>,
    /// The last photo before these; `None` for the first part.
    after: Option<PhotoId>,
    /// The last of these, where more follow.
    next: Option<PhotoId>,
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

/// A race's folder and a tray, as an address has them.
type OfTray = Path<(String, String)>;

/// `GET /console/<race>/trays/pending`, and `…/rejected`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, name)): OfTray,
    Query(From { after }): Query<From>,
) -> Response {
    let page = async {
        let (bar, list) = console.tray(&headers, (&folder, &name), after).await?;
        let frame = Frame::new(language::of(&headers));
        Ok(html(StatusCode::OK, &TrayPage { frame, bar, list }))
    };
    shown(page.await, &headers)
}

/// `GET /console/<race>/trays/<tray>/now`: the part of the page that changes.
pub(super) async fn now(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, name)): OfTray,
    Query(From { after }): Query<From>,
) -> Result<Response, Refusal> {
    let (bar, list) = console.tray(&headers, (&folder, &name), after).await?;
    Ok(html(StatusCode::OK, &TrayNow { bar, list }))
}

impl Console {
    async fn tray(
        &self,
        headers: &HeaderMap,
        (folder, name): (&str, &str),
        after: Option<PhotoId>,
    ) -> Result<(Bar, List), Refusal> {
        let person = self.person(headers)?;
        let race = self.race(folder).await?;
        let (tray, name) = match name {
            "pending" => (Tray::Pending, "pending"),
            "rejected" => (Tray::Rejected, "rejected"),
            _ => return Err(Refusal::NotFound),
        };
        let part = self.site.handler.tray(&race.id, tray, after.as_ref(), MOST).await?;
        let photos = part.photos.into_iter().map(listed).collect();
        Ok((Bar::new(&race, &person, name), List { name, photos, after, next: part.next }))
    }
}

impl List {
    fn is_pending(&self) -> bool {
        self.name == "pending"
    }
}

fn listed(photo: InTray) -> Listed {
    let InTray { photo_id, photo, reason, bibs } = photo;
    let otherwise = "理由は英語の説明をごらんください。";
    Listed { id: photo_id, file: photo, bibs, why: reason::words(&reason, otherwise) }
}
