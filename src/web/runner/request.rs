//! `POST …/requests`: what a runner says of a photo on their page.

use axum::Form;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};
use kanso_pipeline::requests::{RequestId, Wish};
use serde::Deserialize;

use super::Shared;
use crate::language;
use crate::page::Refusal;
use crate::session::from_own_page;

#[derive(Deserialize)]
pub(super) struct Said {
    photo: String,
    wish: Wish,
}

pub(super) async fn ask(
    State(runners): Shared,
    headers: HeaderMap,
    Path((folder, bib, token)): Path<(String, String, String)>,
    Form(said): Form<Said>,
) -> Response {
    let asked = async {
        let runner = runners.runner(&folder, &bib, &token).await?;
        if !from_own_page(&headers) {
            return Err(Refusal::NotAllowed);
        }
        let handler = &runners.site.handler;
        let photo = said.photo.parse().map_err(|_| Refusal::NotFound)?;
        let (race, bib) = (&runner.race.id, runner.finisher.bib.clone());
        let held = handler.issued_with(race, &bib, photo).await?;
        let photo = held.ok_or(Refusal::NotFound)?.photo;
        let hide = runner.race.race_data.race.privacy.hide_on_request;
        handler.request(race, &RequestId { bib, photo }, said.wish, hide).await?;
        Ok(Redirect::to(&format!("{}?asked=1", runner.path)).into_response())
    };
    asked.await.unwrap_or_else(|refusal| refusal.page(language::of(&headers)))
}
