//! What staff say of a runner's photo. It is written over exactly what they saw, under the name
//! of their session, and followed at once.

use std::time::Instant;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kanso_matching::person::Answer;
use kanso_photo::{Crop, Photo, PixelRect};
use kanso_pipeline::runner_photos::RunnerPhoto;
use kanso_pipeline::store::ETag;
use kanso_race::{Bib, Finisher, folded};
use serde::Deserialize;
use serde_json::json;

use super::{Asked, OfPhoto, photo_id, refused};
use crate::console::{Console, Shared};
use crate::page::Refusal;

/// Characters of a reason.
const LONGEST_REASON: usize = 200;
/// Pixels of a crop's sides, at least: less is a slip of the hand.
const LEAST_PX: u32 = 16;

#[derive(Deserialize)]
pub(super) struct Said {
    /// As the page got it.
    answer: Option<ETag>,
    #[serde(flatten)]
    act: Act,
}

#[derive(Deserialize)]
#[serde(tag = "act", rename_all = "lowercase")]
enum Act {
    /// It shows this runner, and those whom it is issued for.
    Choose,
    /// What the certificate is to show: left, top, width and height as shares of the photo.
    Crop { area: [f64; 4] },
    /// It is not to be used for this runner.
    Block,
    /// The same for a reason, by an operator, whom alone it is taken back by.
    Void { why: String },
    /// The certificate is made again now.
    Reissue,
}

/// `POST /console/<race>/runner/<bib>/photos/<photo>`: 409 where somebody else was first.
pub(super) async fn act(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib, photo)): OfPhoto,
    Json(Said { answer: seen, act }): Json<Said>,
) -> Result<Response, Refusal> {
    let asked = console.acted_on(&headers, (&folder, &bib)).await?;
    let photo = console.photo_of(&asked, &photo).await?;
    let change = match act {
        Act::Reissue => return console.follow(&asked, &photo).await,
        act => match console.change(&asked, &photo, act).await? {
            Ok(change) => change,
            Err(word) => return Ok(refused(StatusCode::BAD_REQUEST, word)),
        },
    };
    let by = asked.person.name.clone();
    let change = |answer: &mut Answer| {
        change(answer);
        (answer.by, answer.at) = (Some(by), None);
    };
    let (race, handler) = (&asked.race.id, &console.site.handler);
    let answered = handler.answer_once(race, &photo.photo, seen.as_ref(), change).await?;
    if answered.is_none() {
        return Ok(refused(StatusCode::CONFLICT, "settled"));
    }
    console.reviews.claims().settled(race, photo.photo, Instant::now());
    console.follow(&asked, &photo).await
}

/// What an act makes of the answer.
type Change = Box<dyn FnOnce(&mut Answer) + Send>;

impl Console {
    /// One of the photos of the runner who was asked about.
    pub(super) async fn photo_of(&self, asked: &Asked, id: &str) -> Result<RunnerPhoto, Refusal> {
        let (race, handler) = (&asked.race, &self.site.handler);
        let id = photo_id(id)?;
        let photo = handler.photo_of_runner(&race.id, &race.race_data, &asked.bib, id).await?;
        photo.ok_or(Refusal::NotFound)
    }

    /// Does a photo again by what is answered now, and tells open pages.
    async fn follow(&self, asked: &Asked, photo: &RunnerPhoto) -> Result<Response, Refusal> {
        let handler = &self.site.handler;
        let handled = handler.handle(&handler.once_more(photo)).await?;
        if handled.is_empty() {
            return Ok(refused(StatusCode::GONE, "photo_gone"));
        }
        handled.iter().for_each(|handled| self.site.tell(handled));
        tracing::info!(
            race = %asked.race.id, photo = %photo.photo, person = asked.person.id,
            "a photo was done again from the console"
        );
        Ok(Json(json!({"done": photo.photo})).into_response())
    }

    /// The error is a word that says what is wrong with what was said.
    async fn change(
        &self,
        asked: &Asked,
        photo: &RunnerPhoto,
        act: Act,
    ) -> Result<Result<Change, &'static str>, Refusal> {
        let bib = asked.bib.clone();
        Ok(Ok(match act {
            Act::Choose => {
                if !asked.may_choose(photo) {
                    return Err(Refusal::NotAllowed);
                }
                let others: Vec<Bib> = photo.others(&bib).cloned().collect();
                Box::new(move |answer| choose(answer, bib, others))
            }
            Act::Crop { area } => {
                let Some(crop) = self.crop(photo, area).await? else {
                    return Ok(Err("no_crop"));
                };
                Box::new(move |answer| answer.crop = Some(crop))
            }
            Act::Block => Box::new(move |answer| answer.block.extend([bib])),
            Act::Void { why } => {
                if !asked.is_operator() {
                    return Err(Refusal::NotAllowed);
                }
                let finisher = asked.race.finisher(&bib).ok_or(Refusal::NotFound)?;
                let why = match reason(&why, finisher) {
                    Ok(why) => why,
                    Err(word) => return Ok(Err(word)),
                };
                Box::new(move |answer| {
                    answer.block.insert(bib.clone());
                    answer.why.insert(bib, why);
                })
            }
            Act::Reissue => Box::new(|_| {}),
        }))
    }

    /// In pixels of the upright photo as it lies there now, inside of it; `None` where that is
    /// nothing to print.
    async fn crop(
        &self,
        photo: &RunnerPhoto,
        area: [f64; 4],
    ) -> Result<Option<PixelRect>, Refusal> {
        let handler = &self.site.handler;
        let Some(bytes) = handler.bytes_of_runner(photo).await? else { return Ok(None) };
        let size = move || Ok(Photo::open(bytes)?.upright_size());
        Ok(in_pixels(area, handler.on_cpu(size).await?))
    }
}

/// Whoever has a certificate with it keeps it: an answer says all whom a photo shows.
fn choose(answer: &mut Answer, bib: Bib, others: Vec<Bib>) {
    answer.unblock(&bib);
    answer.reject = None;
    let mut bibs = answer.bibs.take().unwrap_or_default();
    for bib in others.into_iter().chain([bib]) {
        if !bibs.contains(&bib) {
            bibs.push(bib);
        }
    }
    answer.bibs = Some(bibs);
}

fn in_pixels([left, top, width, height]: [f64; 4], size: (u32, u32)) -> Option<PixelRect> {
    let pixels = |share: f64, of: u32| (share.clamp(0.0, 1.0) * f64::from(of)).round() as u32;
    let (x, y) = (pixels(left, size.0), pixels(top, size.1));
    let (width, height) = (pixels(width, size.0), pixels(height, size.1));
    let part = PixelRect::new(x, y, width, height).intersection(PixelRect::whole(size));
    let is_enough = part.width >= LEAST_PX && part.height >= LEAST_PX;
    Crop::new(part, size).filter(|_| is_enough).map(Crop::rect)
}

/// A reason as the audit keeps it, for good: so it must not name the runner.
fn reason(typed: &str, finisher: &Finisher) -> Result<String, &'static str> {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().any(char::is_control) {
        return Err("no_reason");
    }
    if typed.chars().count() > LONGEST_REASON {
        return Err("long_reason");
    }
    let said = folded(typed);
    let names = [Some(&finisher.name), finisher.kana.as_ref()].into_iter().flatten();
    let words = names.flat_map(|name| name.split_whitespace()).map(folded);
    let mut telling = words.filter(|word| word.chars().count() > 1);
    let mut parts = typed.split(|c: char| !c.is_alphanumeric() && c != '-');
    if telling.any(|word| said.contains(&word))
        || parts.any(|part| Bib::parse(part).is_ok_and(|bib| bib == finisher.bib))
    {
        return Err("names_runner");
    }
    Ok(typed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crop_lies_inside_the_photo_and_is_no_slip_of_the_hand() {
        let size = (900, 600);
        let part = in_pixels([0.1, 0.5, 0.2, 0.4], size);
        assert_eq!(part, Some(PixelRect::new(90, 300, 180, 240)));
        let over = in_pixels([0.9, 0.9, 0.5, 0.5], size);
        assert_eq!(over, Some(PixelRect::new(810, 540, 90, 60)));
        for none in [[0.5, 0.5, 0.001, 0.5], [1.0, 0.0, 0.5, 0.5], [f64::NAN; 4]] {
            assert_eq!(in_pixels(none, size), None);
        }
    }

    #[test]
    fn whom_a_photo_is_issued_for_already_keeps_it() {
        let bib = |text| Bib::parse(text).unwrap();
        let mut answer = Answer { reject: Some("nobody".into()), ..Answer::default() };
        answer.block.insert(bib("1"));
        choose(&mut answer, bib("1"), vec![bib("2")]);
        assert_eq!(answer.bibs, Some(vec![bib("2"), bib("1")]));
        assert!(answer.block.is_empty() && answer.reject.is_none());
    }
}
