//! A runner's page in the console.
//!
//! | part | what it is |
//! |---|---|
//! | [`page`] | who it is, and all that follows below |
//! | [`who`] | their name and result, renewed with the photos |
//! | [`photos`] | every photo of theirs with its certificate, and why |
//! | [`words`] | states and reasons in both languages; pure |
//! | [`files`] | previews, photos and PDFs |
//! | [`answer`] | what staff say of a photo: choose, crop, block, void, make again |
//! | [`prints`] | what was printed, and printing it again |
//! | [`erase`] | forgetting a runner |

mod answer;
mod erase;
mod files;
mod page;
mod photos;
mod prints;
mod who;
pub(super) mod words;

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::routing::{get, post};
use kanso_photo::PhotoId;
use kanso_pipeline::runner_photos::RunnerPhoto;
use kanso_race::Bib;

use super::{Console, refused};
use crate::page::Refusal;
use crate::site::OpenRace;
use crate::staff::{Person, StaffRole};

pub(super) fn routes() -> Router<Arc<Console>> {
    Router::new()
        .route("/console/{race}/runner/{bib}", get(page::page))
        .route("/console/{race}/runner/{bib}/photos", get(photos::list))
        .route("/console/{race}/runner/{bib}/photos/{photo}", post(answer::act))
        .route("/console/{race}/runner/{bib}/photos/{photo}/preview", get(files::preview))
        .route("/console/{race}/runner/{bib}/photos/{photo}/picture", get(files::picture))
        .route("/console/{race}/runner/{bib}/photos/{photo}/pdf", get(files::pdf))
        .route("/console/{race}/runner/{bib}/prints", post(prints::order))
        .route("/console/{race}/runner/{bib}/erase", post(erase::erase))
}

/// A request's race and runner, as its address has them.
type OfRunner = Path<(String, String)>;
/// And one of the runner's photos.
type OfPhoto = Path<(String, String, String)>;

/// Who asks, and about whom: somebody of the start list who did not ask to be erased.
struct Asked {
    person: Person,
    race: OpenRace,
    bib: Bib,
}

impl Asked {
    fn is_operator(&self) -> bool {
        self.person.role == StaffRole::Operator
    }

    /// Whether they may say that a photo shows the runner: what an operator has voided, only
    /// operators take back.
    fn may_choose(&self, photo: &RunnerPhoto) -> bool {
        let finisher = self.race.finisher(&self.bib);
        let is_void = photo.said.why.contains_key(&self.bib);
        finisher.is_some_and(|finisher| finisher.status.may_be_certified())
            && photo.decision.is_some()
            && (self.is_operator() || !is_void)
    }

    fn operator(self) -> Result<Self, Refusal> {
        if self.is_operator() { Ok(self) } else { Err(Refusal::NotAllowed) }
    }
}

impl Console {
    /// Somebody looks at a runner.
    async fn looked_at(&self, headers: &HeaderMap, of: (&str, &str)) -> Result<Asked, Refusal> {
        self.about(self.person(headers)?, of).await
    }

    /// Somebody does something about a runner.
    async fn acted_on(&self, headers: &HeaderMap, of: (&str, &str)) -> Result<Asked, Refusal> {
        self.about(self.acting(headers)?, of).await
    }

    async fn about(&self, person: Person, (folder, bib): (&str, &str)) -> Result<Asked, Refusal> {
        let race = self.race(folder).await?;
        let bib = Bib::parse(bib).map_err(|_| Refusal::NotFound)?;
        race.finisher(&bib).ok_or(Refusal::NotFound)?;
        Ok(Asked { person, race, bib })
    }
}

fn photo_id(text: &str) -> Result<PhotoId, Refusal> {
    text.parse().map_err(|_| Refusal::NotFound)
}
