//! What a runner takes away: the certificate as a PDF without bleed, and as a picture.

use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Redirect, Response};
use kanso_certificate::Fault;
use kanso_pipeline::keys::CertificateKeys;
use kanso_pipeline::once;
use kanso_pipeline::store::{If, found};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::{Runner, Runners, Shared};
use crate::language::{self, Both};
use crate::page::Refusal;

const PDF: &str = "application/pdf";
/// For how long an address of the store opens a file: it is followed at once.
const LIFE: Duration = Duration::from_secs(60);
/// Nor is a preview larger than this.
const PREVIEW_LIMIT: u64 = 16 << 20;
/// The bundled template of 1080 x 1920 pixels.
const STORY: &str = "story";
const STORY_QUALITY: u8 = 90;
/// In the place of a photo: the certificate without one.
pub(super) const NO_PHOTO: &str = "no-photo";

/// Race, bib, token and photo, as an address has them.
type Address = Path<(String, String, String, String)>;

#[derive(Deserialize)]
pub(super) struct Saving {
    /// The browser keeps it as a file instead of showing it.
    save: Option<String>,
}

/// `GET …/picture/<photo>`: the preview of a certificate that holds now.
pub(super) async fn picture(
    State(runners): Shared,
    headers: HeaderMap,
    Path((folder, bib, token, photo)): Address,
    Query(Saving { save }): Query<Saving>,
) -> Result<Response, Refusal> {
    let runner = runners.runner(&folder, &bib, &token).await?;
    let key = runners.certificate(&runner, &photo).await?.preview();
    let jpeg = runners.site.handler.outputs().get(&key, If::Any, PREVIEW_LIMIT).await;
    let jpeg = jpeg.map_err(Fault::from)?.bytes;
    let mut answer = ([(CONTENT_TYPE, "image/jpeg")], jpeg).into_response();
    if save.is_some() {
        answer.headers_mut().insert(CONTENT_DISPOSITION, runner.file(&headers, "jpg"));
    }
    Ok(answer)
}

/// `GET …/pdf/<photo>`: the certificate without bleed, as a file.
pub(super) async fn pdf(
    State(runners): Shared,
    headers: HeaderMap,
    Path((folder, bib, token, photo)): Address,
) -> Result<Response, Refusal> {
    let runner = runners.runner(&folder, &bib, &token).await?;
    let keys = runners.certificate(&runner, &photo).await?;
    let name = runner.file(&headers, "pdf");
    if let Some(direct) = &runners.site.direct {
        let key = keys.desk();
        if found(direct.head(&key).await).map_err(Fault::from)?.is_none() {
            let pdf = runners.site.desk_copy(&keys).await?;
            once::create(runners.site.handler.outputs(), &key, pdf, PDF)
                .await
                .map_err(Fault::from)?;
        }
        let name = name.to_str().unwrap_or("attachment");
        let address = direct.presigned(&key, LIFE, name).await?;
        return Ok(Redirect::to(&address).into_response());
    }
    let pdf = runners.site.desk_copy(&keys).await?;
    let kind = (CONTENT_TYPE, HeaderValue::from_static(PDF));
    Ok(([kind, (CONTENT_DISPOSITION, name)], pdf).into_response())
}

/// `GET …/story/<photo>`: the certificate as a picture for a phone's stories, as a file.
pub(super) async fn story(
    State(runners): Shared,
    headers: HeaderMap,
    Path((folder, bib, token, photo)): Address,
) -> Result<Response, Refusal> {
    let runner = runners.runner(&folder, &bib, &token).await?;
    let handler = &runners.site.handler;
    let (race, bib) = (&runner.race.id, &runner.finisher.bib);
    let held = if photo == NO_PHOTO {
        if !handler.may_be_certified(race, bib).await? {
            return Err(Refusal::NotFound);
        }
        None
    } else {
        let photo = photo.parse().map_err(|_| Refusal::NotFound)?;
        Some(handler.up_to_date(race, bib, photo).await?.ok_or(Refusal::NotFound)?)
    };
    let of = runner.race.race_data.clone();
    let race_data = handler.on_cpu(move || of.with_bundled(STORY)).await?;
    let story = handler.edition(race, race_data.into(), bib, held.as_ref(), Some(STORY_QUALITY));
    let jpeg = story.await?.jpeg.ok_or(Refusal::NotFound)?;
    let kind = (CONTENT_TYPE, HeaderValue::from_static("image/jpeg"));
    Ok(([kind, (CONTENT_DISPOSITION, runner.file(&headers, "story.jpg"))], jpeg).into_response())
}

impl Runners {
    /// The newest certificate with a photo, or without one; ranks are set anew first.
    async fn certificate(&self, runner: &Runner, photo: &str) -> Result<CertificateKeys, Refusal> {
        let (handler, bib) = (&self.site.handler, &runner.finisher.bib);
        let (race, race_data) = (&runner.race.id, &runner.race.race_data);
        let keys = if photo == NO_PHOTO {
            handler.without_photo(race, race_data.clone(), bib).await?
        } else {
            let photo = photo.parse().map_err(|_| Refusal::NotFound)?;
            handler.up_to_date(race, bib, photo).await?.map(|held| held.keys(race, bib))
        };
        keys.ok_or(Refusal::NotFound)
    }
}

impl Runner {
    /// A file's name, after race and bib, and that it is to be kept.
    fn file(&self, headers: &HeaderMap, ending: &str) -> HeaderValue {
        let Both { ja, en } = self.race.name();
        let race = if language::tag(language::of(headers)) == "ja" { ja } else { en };
        disposition(self.race.id.as_str(), &race, self.finisher.bib.as_str(), ending)
    }
}

/// The race's name for browsers of today, its folder in ASCII for others (RFC 6266).
pub(crate) fn disposition(folder: &str, race: &str, bib: &str, ending: &str) -> HeaderValue {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' };
    let folder: String = folder.chars().map(plain).collect();
    let full = format!("{race}-{bib}.{ending}");
    let full = utf8_percent_encode(&full, NON_ALPHANUMERIC);
    let text = format!("attachment; filename=\"{folder}-{bib}.{ending}\"; filename*=UTF-8''{full}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_race_and_bib_in_any_script() {
        let named = disposition("港/\"half", "汐凪みなと", "W1", "pdf");
        assert_eq!(
            named.to_str().unwrap(),
            "attachment; filename=\"---half-W1.pdf\"; filename*=UTF-8''\
             %E6%B1%90%E5%87%AA%E3%81%BF%E3%81%AA%E3%81%A8%2DW1%2Epdf"
        );
    }
}
