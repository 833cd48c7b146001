//! The photographer's page: takes a card full of photos over a bad network, says when it may
//! be closed, and what became of the photos.
//!
//! A code of `kanso photographer add` opens it. The browser hashes each file, asks where it
//! goes ([`place`]), and puts it straight into the store; what is there already is known by
//! its content, so that the same folder may be picked again and again.

mod entrance;
mod place;
mod progress;
mod session;
mod words;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::CONTENT_SECURITY_POLICY;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use jiff::Timestamp;
use kanso_certificate::link::upload_path;
use kanso_page::Language;
use kanso_photo::Companion;
use kanso_pipeline::camera_photos::SeenOutcomes;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::photographers::Photographer;
use kanso_pipeline::store::Bucket;

use super::headers::policy_with_store;
use super::language::{self, Both};
use super::page::{Frame, Refusal, html};
use super::site::Site;

/// What the photographers' routes share.
pub(super) struct Uploads {
    site: Arc<Site>,
    seen: SeenOutcomes,
}

/// Shared state of a request.
type Shared = State<Arc<Uploads>>;

pub(super) fn router(site: Arc<Site>) -> Router {
    if site.photo_store.is_none() {
        return Router::new();
    }
    let uploads = Uploads { site, seen: SeenOutcomes::default() };
    Router::new()
        .route("/upload", get(entrance::races))
        .route("/upload/{race}", get(entrance::open).post(entrance::enter))
        .route("/upload/{race}/places", post(place::place))
        .route("/upload/{race}/progress", get(progress::progress))
        .with_state(Arc::new(uploads))
}

/// Who uploads, to which race.
struct Uploader {
    race: RaceId,
    photographer: Photographer,
}

impl Uploads {
    /// A race that is there. Its data need not be: photos may come first.
    async fn race(&self, folder: &str) -> Result<RaceId, Refusal> {
        let races = self.site.races().await?;
        races.into_iter().find(|race| race.as_str() == folder).ok_or(Refusal::NotFound)
    }

    async fn race_name(&self, race: &RaceId) -> Result<Both, Refusal> {
        let open = self.site.race(race.as_str()).await?;
        let folder = || Both { ja: race.as_str().to_owned(), en: race.as_str().to_owned() };
        Ok(open.map_or_else(folder, |open| open.name()))
    }

    /// Whose session a request shows, as they are now.
    async fn uploader(&self, folder: &str, headers: &HeaderMap) -> Result<Uploader, Refusal> {
        let race = self.race(folder).await?;
        let shown = session::shown(headers).ok_or(Refusal::NotAllowed)?;
        let photographer = self.site.handler.photographer(&race, &shown.id).await?;
        let photographer = photographer.ok_or(Refusal::NotAllowed)?;
        let links = self.site.handler.links(&race).await?;
        if !shown.is_of(&photographer, &links, Timestamp::now()) {
            return Err(Refusal::NotAllowed);
        }
        Ok(Uploader { race, photographer })
    }

    fn store(&self, headers: &HeaderMap) -> Result<Bucket, Refusal> {
        let store = self.site.photo_store.as_ref().ok_or(Refusal::NotFound)?;
        store.reached_by(headers).ok_or(Refusal::NotFound)
    }
}

#[derive(Template)]
#[template(path = "upload.html")]
struct Page {
    frame: Frame,
    race: Both,
    photographer: String,
    cameras: Vec<String>,
    path: String,
    /// Endings of file names, each list with spaces in between.
    photos: String,
    raws: String,
    videos: String,
    side_files: String,
}

/// The page itself, for who may upload.
async fn page(
    uploads: &Uploads,
    uploader: Uploader,
    headers: &HeaderMap,
    language: Language,
) -> Result<Response, Refusal> {
    let store = uploads.store(headers)?.origin().await?;
    let endings = |companion: Companion| companion.endings().join(" ");
    let page = Page {
        frame: Frame::new(language),
        race: uploads.race_name(&uploader.race).await?,
        path: upload_path(uploader.race.as_str()),
        photographer: uploader.photographer.name,
        cameras: uploader.photographer.cameras,
        photos: place::ENDINGS.map(|(ending, _)| ending).join(" "),
        raws: endings(Companion::Raw),
        videos: endings(Companion::Video),
        side_files: endings(Companion::SideFile),
    };
    let mut response = html(StatusCode::OK, &page);
    if let Ok(policy) = HeaderValue::from_str(&policy_with_store(&store)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(response.into_response())
}

/// A request's race, by its folder.
type Folder = Path<String>;

/// The page or a refusal, as a page.
fn shown(page: Result<Response, Refusal>, headers: &HeaderMap) -> Response {
    page.unwrap_or_else(|refusal| refusal.page(language::of(headers)))
}
