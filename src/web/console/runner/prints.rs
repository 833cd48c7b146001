//! What was printed of a runner, and printing it again.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_photo::PhotoId;
use kanso_pipeline::keys::RaceId;
use kanso_print::job::{BATCH, Job, Order};
use kanso_race::Bib;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{OfRunner, refused, words};
use crate::console::{Console, Shared};
use crate::language::Both;
use crate::page::{Refusal, blocking};
use crate::site::OpenRace;

/// The longest key that a press may carry.
const KEY_LENGTH: usize = 64;

/// A job of the print queue.
#[derive(Serialize)]
pub(super) struct Printed {
    job: u64,
    /// In the race's zone.
    asked_at: String,
    by: Both,
    /// `None`: the certificate without photo.
    photo: Option<PhotoId>,
    printer: Option<String>,
    state: Both,
    /// Whether a person must look.
    unsure: bool,
    /// Why it did not print, or why that is not known: the printer's own words.
    why: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    /// `null`: without photo.
    photo: Option<PhotoId>,
    /// Made by the page for each press: the same press sent twice is one job.
    key: String,
}

/// `POST /console/<race>/runner/<bib>/prints`: also beyond the kiosk's copies.
pub(super) async fn order(
    State(console): Shared,
    headers: HeaderMap,
    Path((folder, bib)): OfRunner,
    Json(Press { photo, key }): Json<Press>,
) -> Result<Response, Refusal> {
    let asked = console.acted_on(&headers, (&folder, &bib)).await?;
    let printing = console.site.printing.clone().ok_or(Refusal::NotFound)?;
    let (race, bib, handler) = (&asked.race.id, &asked.bib, &console.site.handler);
    let is_there = match photo {
        None => handler.may_be_certified(race, bib).await?,
        Some(photo) => handler.issued_with(race, bib, photo).await?.is_some(),
    };
    if !is_there || key.is_empty() || key.len() > KEY_LENGTH {
        return Ok(refused(StatusCode::BAD_REQUEST, "no_certificate"));
    }
    let by = Order::person(&asked.person.name);
    let order = Order { race: race.as_str().to_owned(), bib: bib.clone(), photo, by };
    let key = format!("{}-{key}", asked.person.id);
    let queue = printing.clone();
    let submitted = blocking(move || queue.queue.submit(&key, order, None, Timestamp::now()));
    let job = submitted.await?.map_err(|error| Fault::retry(error.to_string()))?;
    printing.wake();
    Ok(Json(json!({"job": job.id})).into_response())
}

impl Console {
    /// The jobs of a runner, the last first.
    pub(super) fn prints(&self, id: &RaceId, race: &OpenRace, bib: &Bib) -> Vec<Printed> {
        let Some(printing) = &self.site.printing else { return Vec::new() };
        let jobs = printing.queue.of_runner(id.as_str(), bib);
        jobs.into_iter().rev().map(|job| Printed::of(&job, race)).collect()
    }
}

impl Printed {
    fn of(job: &Job, race: &OpenRace) -> Self {
        let asked_at = race.race_data.race.zone.to_datetime(job.asked_at);
        Self {
            job: job.id,
            asked_at: asked_at.strftime("%-H:%M").to_string(),
            by: by(&job.order),
            photo: job.order.photo,
            printer: job.state.printer().map(str::to_owned),
            state: words::standing(job.state.standing()),
            unsure: job.state.standing() == kanso_print::job::Standing::Unknown,
            why: job.why().map(str::to_owned),
        }
    }
}

fn by(order: &Order) -> Both {
    let (ja, en) = match (order.by_person(), order.by.as_str()) {
        (Some(name), _) => (name.to_owned(), name.to_owned()),
        (None, BATCH) => ("一括印刷".to_owned(), "Batch".to_owned()),
        (None, kiosk) => (format!("キオスク {kiosk}"), format!("Kiosk {kiosk}")),
    };
    Both { ja, en }
}
