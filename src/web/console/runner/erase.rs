//! Forgetting a runner, as `kanso erase` does it.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kanso_race::Bib;
use serde::Deserialize;
use serde_json::json;

use super::{OfRunner, refused};
use crate::console::Shared;
use crate::page::Refusal;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Confirmed {
    /// Typed once more.
    bib: String,
}

/// `POST /console/<race>/runner/<bib>/erase`
pub(super) async fn erase(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib)): OfRunner,
    Json(Confirmed { bib: typed }): Json<Confirmed>,
) -> Result<Response, Refusal> {
    let asked = console.acted_on(&headers, (&folder, &bib)).await?.operator()?;
    if Bib::parse(&typed).ok().as_ref() != Some(&asked.bib) {
        return Ok(refused(StatusCode::BAD_REQUEST, "another_bib"));
    }
    let race = &asked.race.id;
    let erased = console.site.handler.erase_by(race, &asked.bib, &asked.person.name).await?;
    // Not whom: a log is kept longer than what it tells of.
    tracing::info!(%race, person = asked.person.id, "a runner was erased from the console");
    Ok(Json(json!({
        "objects": erased.objects,
        "photos": erased.photo_keys.len(),
        "unreadable": erased.unreadable.len(),
    }))
    .into_response())
}
