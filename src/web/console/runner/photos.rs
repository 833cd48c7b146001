//! Every photo of a runner with its certificate, and why.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use kanso_matching::Source;
use kanso_photo::{PhotoId, PixelRect};
use kanso_pipeline::runner_photos::{KeptCertificate, RunnerPhoto, Stands};
use kanso_pipeline::store::ETag;
use kanso_race::Bib;
use serde::Serialize;

use super::prints::Printed;
use super::who::Who;
use super::{Asked, OfRunner, words};
use crate::console::{Shared, candidate};
use crate::language::Both;
use crate::page::Refusal;

/// What a page gets.
#[derive(Serialize)]
struct Listed {
    /// Who it is, as HTML.
    who: String,
    /// Whether a certificate may exist.
    may_be_certified: bool,
    photos: Vec<Shown>,
    /// Records of photos that are still to be looked through for this runner.
    unread: usize,
    prints: Vec<Printed>,
}

#[derive(Serialize)]
struct Shown {
    photo: PhotoId,
    /// Its name below `photos/`.
    file: String,
    /// `issued`, `asked`, `waiting`, `barred`, `gone`, or `void`.
    stands: &'static str,
    /// Why it is not simply the runner's.
    why: Option<Both>,
    /// That it shows this runner; absent where a person said so, or nothing does.
    percent: Option<u32>,
    evidence: Vec<Both>,
    certificate: Option<Certificate>,
    /// Other runners who have a certificate with it.
    others: Vec<Bib>,
    /// Who answered about it last.
    by: Option<String>,
    /// Whether this person may say that it shows the runner.
    may_choose: bool,
    /// To be given back with what is said of it.
    answer: Option<ETag>,
}

#[derive(Serialize)]
struct Certificate {
    /// 1 for the first.
    revision: u32,
    /// Names what is printed, for the preview's address.
    version: String,
    /// Ranks have shifted since.
    stale: bool,
    /// Of a reduced copy, whose file is to come.
    preliminary: bool,
    /// What of the photo is printed: left, top, width and height as shares of it.
    part: Option<[f64; 4]>,
}

/// `GET /console/<race>/runner/<bib>/photos`
pub(super) async fn list(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib)): OfRunner,
) -> Result<Response, Refusal> {
    let asked = console.looked_at(&headers, (&folder, &bib)).await?;
    let (race, bib, handler) = (&asked.race, &asked.bib, &console.site.handler);
    let finisher = race.finisher(bib).ok_or(Refusal::NotFound)?;
    let who = Who::of(race, finisher);
    let (may_be_certified, who) = (who.may_be_certified, who.part()?);
    let offered = console.offered.of(handler, &race.id, bib).await?;
    let photos = handler.photos_of_runner(&race.id, &race.race_data, bib, &offered.photos).await?;
    let photos = photos.iter().map(|photo| Shown::of(photo, &asked)).collect();
    let prints = console.prints(&race.id, race, bib);
    Ok(Json(Listed { who, may_be_certified, photos, unread: offered.unread, prints })
        .into_response())
}

impl Shown {
    fn of(photo: &RunnerPhoto, asked: &Asked) -> Self {
        let bib = &asked.bib;
        let (stands, found) = photo.stands(bib);
        let is_void = photo.certificate.as_ref().is_some_and(|kept| kept.void.is_some());
        let stands = match stands {
            Stands::Issued | Stands::Gone | Stands::Barred if is_void => "void",
            Stands::Issued => "issued",
            Stands::Asked => "asked",
            Stands::Waiting => "waiting",
            Stands::Barred => "barred",
            Stands::Gone => "gone",
        };
        let evidence = found.map(|found| &found.evidence[..]).unwrap_or_default();
        let told = evidence.iter().any(|evidence| evidence.source == Source::Person);
        Self {
            photo: photo.photo,
            file: photo.key.path().to_owned(),
            stands,
            why: words::why(photo, bib),
            percent: found.filter(|_| !told).map(|found| candidate::percent(found.probability)),
            evidence: evidence.iter().map(candidate::words).collect(),
            certificate: photo.certificate.as_ref().map(Certificate::of),
            others: photo.others(bib).cloned().collect(),
            by: photo.said.by.clone(),
            may_choose: stands != "issued" && asked.may_choose(photo),
            answer: photo.answer.clone(),
        }
    }
}

impl Certificate {
    fn of(kept: &KeptCertificate) -> Self {
        let issued = &kept.issued;
        let part = issued.part.and_then(|part| Some(shares(part.crop, part.of?)));
        Self {
            revision: issued.revision,
            version: issued.fingerprint.clone(),
            stale: issued.stale,
            preliminary: issued.preliminary,
            part,
        }
    }
}

fn shares(part: PixelRect, (width, height): (u32, u32)) -> [f64; 4] {
    let share = |pixels: u32, of: u32| f64::from(pixels) / f64::from(of.max(1));
    let PixelRect { x, y, width: w, height: h } = part;
    [share(x, width), share(y, height), share(w, width), share(h, height)]
}
