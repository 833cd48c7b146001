//! Photos that a person must settle, one after another.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use askama::Template;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use kanso_certificate::Fate;
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::review::{Answered, ToReview};
use kanso_pipeline::store::ETag;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::candidate::{Candidate, why};
use super::claims::Claims;
use super::{Bar, Console, Folder, Shared, address, shown};
use crate::language::{self, Both};
use crate::page::{Frame, Refusal, html};
use crate::site::OpenRace;

/// The photo that is looked at, and the one that is loaded meanwhile.
const AT_ONCE: usize = 2;
/// Answers of one person that may be taken back.
const KEPT_ANSWERS: usize = 50;
/// Photos that a page may leave aside.
const SKIPPED: usize = 500;
/// Runners in one photo.
const MOST_BIBS: usize = 20;

/// Who looks at what, and what each has just answered. Kept by this process alone: the store
/// itself refuses a second answer.
#[derive(Debug, Default)]
pub(super) struct Reviews {
    claims: Mutex<Claims>,
    /// By person, the last first.
    answers: Mutex<HashMap<String, VecDeque<Given>>>,
}

/// An answer that somebody gave.
#[derive(Debug)]
struct Given {
    race: RaceId,
    photo: PhotoId,
    answered: Answered,
}

impl Reviews {
    pub(super) fn claims(&self) -> MutexGuard<'_, Claims> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, person: &str, answer: Given) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let own = answers.entry(person.to_owned()).or_default();
        own.truncate(KEPT_ANSWERS - 1);
        own.push_front(answer);
    }

    /// The last answer of a person about this race.
    fn last(&self, person: &str, race: &RaceId) -> Option<(PhotoId, Answered)> {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let own = answers.get_mut(person)?;
        let last = own.iter().position(|given| given.race == *race)?;
        own.remove(last).map(|given| (given.photo, given.answered))
    }

    fn may_undo(&self, person: &str, race: &RaceId) -> bool {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.get(person).is_some_and(|own| own.iter().any(|given| given.race == *race))
    }
}

#[derive(Template)]
#[template(path = "review.html")]
struct ReviewPage {
    frame: Frame,
    bar: Bar,
}

/// `GET /console/<race>/review`
pub(super) async fn page(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Response {
    let page = async {
        let person = console.person(&headers)?;
        let race = console.race(&folder).await?;
        let frame = Frame::new(language::of(&headers));
        let bar = Bar::new(&race, &person, "review");
        Ok(html(StatusCode::OK, &ReviewPage { frame, bar }))
    };
    shown(page.await, &headers)
}

#[derive(Deserialize)]
pub(super) struct Wish {
    /// Photos that this page leaves aside, with commas between.
    #[serde(default)]
    skip: String,
    /// The one that is to come first.
    first: Option<PhotoId>,
}

/// What a page gets.
#[derive(Serialize)]
struct Next {
    /// How many wait, with these and those that others look at.
    open: usize,
    photos: Vec<Shown>,
    /// Whether this person may take something back.
    undo: bool,
}

/// One photo, and whom it may show.
#[derive(Serialize)]
struct Shown {
    photo: PhotoId,
    /// Its name below `photos/`.
    file: String,
    /// Absent where it cannot be shown.
    picture: Option<String>,
    /// Of the photo, upright, in pixels.
    size: Option<(u32, u32)>,
    why: Both,
    candidates: Vec<Candidate>,
    /// To be given back with the answer.
    answer: Option<ETag>,
}

/// `GET /console/<race>/review/next`: the photos that this person looks at, and those to come.
pub(super) async fn next(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
    Query(wish): Query<Wish>,
) -> Result<Response, Refusal> {
    let person = console.person(&headers)?.id;
    let race = console.race(&folder).await?;
    let skip: Vec<PhotoId> =
        wish.skip.split(',').filter_map(|id| id.parse().ok()).take(SKIPPED).collect();
    let skipped: HashSet<PhotoId> = skip.iter().copied().collect();
    let mut open = console.site.handler.photos_to_review(&race.id).await?;
    let count = open.len();
    open.retain(|photo| !skipped.contains(photo));
    open.sort_by_key(|photo| Some(*photo) != wish.first);
    console.reviews.claims().release(&race.id, &person, &skip);
    let mut photos = Vec::new();
    // One that was settled by other means meanwhile is none.
    while photos.len() < AT_ONCE {
        let now = Instant::now();
        let given = console.reviews.claims().take(&race.id, &person, open.clone(), AT_ONCE, now);
        let Some(id) = given.into_iter().find(|id| photos.iter().all(|s: &Shown| s.photo != *id))
        else {
            break;
        };
        match console.site.handler.to_review(&race.id, &id).await {
            Ok(Some(photo)) => photos.push(console.shown(&race, id, photo).await?),
            Ok(None) => open.retain(|other| *other != id),
            Err(fault) if fault.fate == Fate::Retry => return Err(fault.into()),
            // One that cannot be shown holds up no other.
            Err(fault) => {
                tracing::error!(race = %race.id, photo = %id, "it cannot be put before a person: {fault}");
                open.retain(|other| *other != id);
            }
        }
    }
    let undo = console.reviews.may_undo(&person, &race.id);
    Ok(Json(Next { open: count, photos, undo }).into_response())
}

impl Console {
    async fn shown(&self, race: &OpenRace, id: PhotoId, photo: ToReview) -> Result<Shown, Refusal> {
        let picture = self.pictures.of(&self.site.handler, &race.id, &id).await?;
        let address = format!("{}/picture/{id}", address(race.id.as_str()));
        Ok(Shown {
            photo: id,
            file: photo.photo.path().to_owned(),
            picture: picture.as_ref().map(|_| address),
            size: picture.map(|picture| picture.size),
            why: why(&photo.decision),
            candidates: Candidate::of(&photo.decision, race),
            answer: photo.answer,
        })
    }
}

/// What somebody says of a photo.
#[derive(Deserialize)]
pub(super) struct Said {
    /// As the page got it.
    answer: Option<ETag>,
    #[serde(flatten)]
    verdict: Verdict,
}

#[derive(Deserialize)]
#[serde(tag = "verdict", rename_all = "lowercase")]
enum Verdict {
    /// It shows these, and nobody else.
    Bibs { bibs: Vec<String> },
    /// It shows nobody who can be told.
    Nobody,
    /// It must not be used, whomever it shows, and these candidates never get it.
    Block { bibs: Vec<String> },
}

/// `POST /console/<race>/review/<photo>`: 409 where somebody else was first.
pub(super) async fn settle(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, photo)): Path<(String, String)>,
    Json(said): Json<Said>,
) -> Result<Response, Refusal> {
    let person = console.acting(&headers)?;
    let race = console.race(&folder).await?;
    let id: PhotoId = photo.parse().map_err(|_| Refusal::NotFound)?;
    let change = match verdict(said.verdict, &race) {
        Ok(change) => change,
        Err(wrong) => {
            let said = Json(json!({"error": "unknown_bib", "bib": wrong}));
            return Ok((StatusCode::BAD_REQUEST, said).into_response());
        }
    };
    let now = Instant::now();
    let others = console.reviews.claims().is_anothers(&race.id, id, &person.id, now);
    let answered = match others {
        true => None,
        false => {
            let by = person.name.clone();
            let change = |answer: &mut Answer| {
                change(answer);
                (answer.by, answer.at) = (Some(by), None);
            };
            console.site.handler.answer_once(&race.id, &id, said.answer.as_ref(), change).await?
        }
    };
    let Some(answered) = answered else {
        let said = Json(json!({"error": "settled"}));
        return Ok((StatusCode::CONFLICT, said).into_response());
    };
    console.reviews.claims().settled(&race.id, id, now);
    let given = Given { race: race.id.clone(), photo: id, answered };
    console.reviews.remember(&person.id, given);
    Ok(Json(json!({"settled": id})).into_response())
}

/// What it makes of the answer; the error is what is nobody's bib.
fn verdict(verdict: Verdict, race: &OpenRace) -> Result<impl FnOnce(&mut Answer), String> {
    let (bibs, reject, block) = match verdict {
        Verdict::Bibs { bibs: typed } => {
            let mut bibs: Vec<Bib> = Vec::new();
            for text in typed.into_iter().take(MOST_BIBS) {
                let bib = Bib::parse(&text).ok().and_then(|bib| race.finisher(&bib));
                bibs.push(bib.ok_or(text)?.bib.clone());
            }
            if bibs.is_empty() {
                return Err(String::new());
            }
            (Some(bibs), None, Vec::new())
        }
        Verdict::Nobody => (None, Some("nobody of the race can be told in it"), Vec::new()),
        Verdict::Block { bibs } => {
            let bibs = bibs.iter().filter_map(|bib| Bib::parse(bib).ok()).take(MOST_BIBS);
            (None, Some("it is not to be used"), bibs.collect())
        }
    };
    Ok(move |answer: &mut Answer| {
        answer.bibs = bibs;
        answer.reject = reject.map(str::to_owned);
        answer.block.extend(block);
    })
}

/// `POST /console/<race>/review/undo`: takes this person's last answer back; 409 where somebody
/// has answered since, or there is none.
pub(super) async fn undo(
    State(console): Shared,
    headers: HeaderMap,
    Path(folder): Folder,
) -> Result<Response, Refusal> {
    let person = console.acting(&headers)?.id;
    let race = console.race(&folder).await?.id;
    let handler = &console.site.handler;
    let refused = || {
        let said = Json(json!({"error": "nothing_to_undo"}));
        Ok((StatusCode::CONFLICT, said).into_response())
    };
    let Some((photo, answered)) = console.reviews.last(&person, &race) else { return refused() };
    let upload = match handler.take_answer_back(&race, &photo, &answered).await {
        Ok(Some(upload)) => upload,
        Ok(None) => return refused(),
        Err(fault) => {
            // The same key, pressed again, takes it back.
            console.reviews.remember(&person, Given { race, photo, answered });
            return Err(fault.into());
        }
    };
    // An answer that is deleted makes no event, and the page waits for the photo.
    handler.handle(&upload).await?;
    console.reviews.claims().reopened(&race, photo, &person, Instant::now());
    Ok(Json(json!({"reopened": photo})).into_response())
}
