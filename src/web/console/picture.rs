//! Photos as they are looked at: whole, upright, and small enough for a screen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_photo::{Needs, Photo, PhotoId};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::runner_photos::RunnerPhoto;

use super::Shared;
use crate::page::Refusal;

/// Long side, in pixels: a number fills the screen when it is drawn in.
const LONG_SIDE_PX: u32 = 2000;
/// Pictures that are kept: those of some people, each with the next one.
const KEPT: usize = 32;

/// A photo, ready to be looked at.
#[derive(Debug, Clone)]
pub(super) struct Picture {
    /// Of the photo itself, upright.
    pub size: (u32, u32),
    pub jpeg: Bytes,
}

/// The last pictures that were made.
#[derive(Debug, Default)]
pub(super) struct Pictures(Mutex<VecDeque<(RaceId, PhotoId, Arc<Picture>)>>);

impl Pictures {
    fn kept(&self, race: &RaceId, photo: &PhotoId) -> Option<Arc<Picture>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|(of, id, _)| of == race && id == photo);
        found.map(|(_, _, picture)| picture.clone())
    }

    /// The picture of a photo; `None` where it cannot be shown, whatever is wrong with it.
    pub async fn of(
        &self,
        handler: &Handler,
        race: &RaceId,
        id: &PhotoId,
    ) -> Result<Option<Arc<Picture>>, Fault> {
        if let Some(kept) = self.kept(race, id) {
            return Ok(Some(kept));
        }
        match handler.bytes_of(race, id).await? {
            Some(bytes) => self.draw(handler, race, id, bytes).await,
            None => Ok(None),
        }
    }

    /// The same of one whose place is known.
    pub async fn of_runner(
        &self,
        handler: &Handler,
        race: &RaceId,
        photo: &RunnerPhoto,
    ) -> Result<Option<Arc<Picture>>, Fault> {
        if let Some(kept) = self.kept(race, &photo.photo) {
            return Ok(Some(kept));
        }
        match handler.bytes_of_runner(photo).await? {
            Some(bytes) => self.draw(handler, race, &photo.photo, bytes).await,
            None => Ok(None),
        }
    }

    async fn draw(
        &self,
        handler: &Handler,
        race: &RaceId,
        id: &PhotoId,
        bytes: Bytes,
    ) -> Result<Option<Arc<Picture>>, Fault> {
        let made = handler.on_cpu(move || Ok(drawn(bytes).ok())).await?;
        let Some(picture) = made.map(Arc::new) else { return Ok(None) };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front((race.clone(), *id, picture.clone()));
        Ok(Some(picture))
    }
}

fn drawn(bytes: Bytes) -> Result<Picture, Fault> {
    let photo = Photo::open(bytes)?;
    let needs = Needs { thumbnail_px: Some(LONG_SIDE_PX), ..Needs::default() };
    let jpeg = photo.decode(&needs)?.thumbnail(LONG_SIDE_PX)?.into();
    Ok(Picture { size: photo.upright_size(), jpeg })
}

/// `GET /console/<race>/picture/<photo>`
pub(super) async fn get(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, photo)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    console.person(&headers)?;
    let race = console.race(&folder).await?.id;
    let id: PhotoId = photo.parse().map_err(|_| Refusal::NotFound)?;
    let picture = console.pictures.of(&console.site.handler, &race, &id).await?;
    let jpeg = picture.ok_or(Refusal::NotFound)?.jpeg.clone();
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}
