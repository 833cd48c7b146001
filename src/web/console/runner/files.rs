//! What a runner's page shows and gives: previews, photos and PDFs.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use kanso_certificate::Fault;
use kanso_pipeline::store::If;

use super::{OfPhoto, photo_id};
use crate::console::Shared;
use crate::page::Refusal;
use crate::runner::files::disposition;

/// A preview larger than this is not one of ours.
const PREVIEW_LIMIT: u64 = 16 << 20;

/// `GET …/photos/<photo>/preview`: the certificate as it was last made, whether it holds or not.
pub(super) async fn preview(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib, photo)): OfPhoto,
) -> Result<Response, Refusal> {
    let asked = console.looked_at(&headers, (&folder, &bib)).await?;
    let (race, handler) = (&asked.race.id, &console.site.handler);
    let kept = handler.kept_certificate(race, &asked.bib, photo_id(&photo)?).await?;
    let key = kept.ok_or(Refusal::NotFound)?.issued.keys(race, &asked.bib).preview();
    let fetched = handler.outputs().get(&key, If::Any, PREVIEW_LIMIT).await.map_err(Fault::from)?;
    Ok(([(CONTENT_TYPE, "image/jpeg")], fetched.bytes).into_response())
}

/// `GET …/photos/<photo>/picture`: the photo itself.
pub(super) async fn picture(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib, photo)): OfPhoto,
) -> Result<Response, Refusal> {
    let asked = console.looked_at(&headers, (&folder, &bib)).await?;
    let photo = console.photo_of(&asked, &photo).await?;
    let picture = console.pictures.of_runner(&console.site.handler, &asked.race.id, &photo).await?;
    let jpeg = picture.ok_or(Refusal::NotFound)?.jpeg.clone();
    Ok(([(CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

/// `GET …/photos/<photo>/pdf`: the certificate without bleed, as a file.
pub(super) async fn pdf(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib, photo)): OfPhoto,
) -> Result<Response, Refusal> {
    let asked = console.looked_at(&headers, (&folder, &bib)).await?;
    let (race, bib) = (&asked.race, &asked.bib);
    let handler = &console.site.handler;
    let held = handler.up_to_date(&race.id, bib, photo_id(&photo)?).await?;
    let keys = held.ok_or(Refusal::NotFound)?.keys(&race.id, bib);
    let pdf = console.site.desk_copy(&keys).await?;
    let name = disposition(race.id.as_str(), &race.name().ja, bib.as_str(), "pdf");
    let kind = (CONTENT_TYPE, HeaderValue::from_static("application/pdf"));
    Ok(([kind, (CONTENT_DISPOSITION, name)], pdf).into_response())
}
