//! Whom a bib belongs to, as far as a kiosk may say it.

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use kanso_matching::claim;
use kanso_photo::PhotoId;
use kanso_pipeline::store::If;
use kanso_print::job::Order;
use kanso_race::{Bib, Finisher, Status};
use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation as _;

use super::Shared;
use crate::language::Both;
use crate::page::Refusal;
use crate::qr;
use crate::site::OpenRace;

/// A preview larger than this is not one of ours.
const PREVIEW_LIMIT: u64 = 16 << 20;
/// Long side of the picture that runners know themselves by.
const PORTRAIT_PX: u32 = 900;

#[derive(Deserialize)]
pub(super) struct Asked {
    /// As it was typed or scanned.
    bib: String,
}

/// What a kiosk shows of a runner: never the name.
#[derive(Serialize)]
struct Shown {
    bib: Bib,
    /// The first character of the name.
    initial: String,
    course: Option<Both>,
    state: RunnerStatus,
    photos: Vec<Picture>,
    copies: usize,
    /// Copies that need nobody's leave.
    limit: usize,
    /// A QR code of the runner's link; absent where no phone could open it.
    link: Option<String>,
}

/// Whether there is something to print.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum RunnerStatus {
    /// With a photo.
    Ready,
    /// Finished; no photo yet. The certificate without photo can be printed.
    NoPhoto,
    /// On the start list, without a result.
    NoResult,
    /// Did not start, did not finish, or was disqualified.
    NoFinish,
}

#[derive(Serialize)]
struct Picture {
    id: PhotoId,
    /// The preview of the certificate.
    address: String,
    /// The runner alone, without a word: shown before they say that it is theirs.
    portrait: String,
    /// A sharper one is to come.
    preliminary: bool,
}

/// `GET /kiosk/<race>/runner?bib=...`
pub(super) async fn find(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Query(Asked { bib }): Query<Asked>,
) -> Result<Response, Refusal> {
    kiosk.device(&headers)?;
    let race = kiosk.race(&folder).await?;
    let finisher = typed(&bib, &race).ok_or(Refusal::NotFound)?;
    let held = kiosk.site.handler.issued(&race.id, &finisher.bib).await?;
    let base = super::race_address(&folder);
    let photos: Vec<Picture> = held
        .iter()
        .map(|held| Picture {
            id: held.photo,
            address: format!(
                "{base}/picture/{}/{}?v={}",
                finisher.bib, held.photo, held.fingerprint
            ),
            portrait: format!(
                "{base}/portrait/{}/{}?v={}",
                finisher.bib, held.photo, held.fingerprint
            ),
            preliminary: held.preliminary,
        })
        .collect();
    let state = match finisher.status {
        Status::Finished | Status::Open if photos.is_empty() => RunnerStatus::NoPhoto,
        Status::Finished | Status::Open => RunnerStatus::Ready,
        Status::Registered => RunnerStatus::NoResult,
        Status::Dnf | Status::Dns | Status::Dq => RunnerStatus::NoFinish,
    };
    if let (RunnerStatus::NoPhoto, Some(finish)) =
        (&state, race.race_data.race.finish_clock(finisher))
    {
        kiosk.site.handler.ask_for(&race.id, finish);
    }
    let (copies, limit) = match &kiosk.site.printing {
        None => (0, 0),
        Some(printing) => {
            let order = Order {
                race: race.id.as_str().to_owned(),
                bib: finisher.bib.clone(),
                photo: None,
                by: String::new(),
            };
            (printing.queue.copies(&order), printing.config.copies_per_runner)
        }
    };
    let shown = Shown {
        bib: finisher.bib.clone(),
        initial: initial(&finisher.name),
        course: course(&race, finisher),
        state,
        photos,
        copies,
        limit,
        link: kiosk
            .site
            .link(&race, &finisher.bib)
            .await?
            .map(|_| format!("{base}/link/{}", finisher.bib)),
    };
    Ok(Json(shown).into_response())
}

/// A bib as people type it, else as a code on a bib says it.
fn typed<'r>(text: &str, race: &'r OpenRace) -> Option<&'r Finisher> {
    let by_bib = Bib::parse(text).ok().and_then(|bib| race.finisher(&bib));
    by_bib.or_else(|| {
        let claim = claim::from_code(text, None, &race.race_data.roster)?;
        race.finisher(&claim.bib)
    })
}

fn initial(name: &str) -> String {
    name.graphemes(true).next().unwrap_or_default().to_owned()
}

fn course(race: &OpenRace, finisher: &Finisher) -> Option<Both> {
    race.course_name(finisher)
}

/// `GET /kiosk/<race>/picture/<bib>/<photo>`: the preview of a certificate that holds now.
pub(super) async fn picture(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path((folder, bib, photo)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    kiosk.device(&headers)?;
    let race = kiosk.race(&folder).await?;
    let bib = Bib::parse(&bib).map_err(|_| Refusal::NotFound)?;
    let photo: PhotoId = photo.parse().map_err(|_| Refusal::NotFound)?;
    let handler = &kiosk.site.handler;
    let held = handler.up_to_date(&race.id, &bib, photo).await?;
    let key = held.ok_or(Refusal::NotFound)?.keys(&race.id, &bib).preview();
    let fetched = handler.outputs().get(&key, If::Any, PREVIEW_LIMIT).await;
    let fetched = fetched.map_err(|error| Refusal::Unavailable(error.into()))?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], fetched.bytes).into_response())
}

/// `GET /kiosk/<race>/portrait/<bib>/<photo>`: the printed part of the photo.
pub(super) async fn portrait(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path((folder, bib, photo)): Path<(String, String, String)>,
) -> Result<Response, Refusal> {
    kiosk.device(&headers)?;
    let race = kiosk.race(&folder).await?;
    let bib = Bib::parse(&bib).map_err(|_| Refusal::NotFound)?;
    let photo: PhotoId = photo.parse().map_err(|_| Refusal::NotFound)?;
    let handler = &kiosk.site.handler;
    let held = handler.issued_with(&race.id, &bib, photo).await?.ok_or(Refusal::NotFound)?;
    let found = handler.photo_of(&race.id, &held).await?;
    let bytes = found.ok_or(Refusal::NotFound)?.bytes;
    let work = move || kanso_certificate::portrait(bytes, held.part, PORTRAIT_PX);
    let jpeg = handler.on_cpu(work).await?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg).into_response())
}

/// `GET /kiosk/<race>/link/<bib>`: the runner's link as a QR code, to be taken along by phone.
pub(super) async fn link(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path((folder, bib)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    kiosk.device(&headers)?;
    let race = kiosk.race(&folder).await?;
    let bib = Bib::parse(&bib).map_err(|_| Refusal::NotFound)?;
    let finisher = race.finisher(&bib).ok_or(Refusal::NotFound)?;
    let link = kiosk.site.link(&race, &finisher.bib).await?;
    let code = link.as_deref().and_then(qr::svg).ok_or(Refusal::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], code).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_initial_is_a_whole_character() {
        assert_eq!(initial("葛󠄀城 誠一"), "葛󠄀");
        assert_eq!(initial("𠮷田"), "𠮷");
        assert_eq!(initial(""), "");
    }
}
