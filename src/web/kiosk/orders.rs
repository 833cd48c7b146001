//! A press of the print button, and what becomes of it.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Json;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::Event;
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use kanso_certificate::Fault;
use kanso_photo::PhotoId;
use kanso_pipeline::keys::RaceId;
use kanso_print::Printing;
use kanso_print::job::{Decision, Job, Order, State as JobState};
use kanso_print::queue::QueueError;
use kanso_race::Bib;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Kiosk, Shared};
use crate::limit::{Key, Try};
use crate::live;
use crate::page::{Refusal, blocking};
use crate::session::{from_own_page, same};
use crate::site::Change;

/// The longest key that a press may carry.
const KEY_LENGTH: usize = 64;
/// For how long a printed job's number is shown to be fetched.
const READY_FOR: SignedDuration = SignedDuration::from_secs(600);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Press {
    bib: String,
    /// `null`: without photo.
    photo: Option<String>,
    /// Made by the page when the button appears: the same press sent twice is one job.
    key: String,
    /// Staff's, to print beyond the limit.
    pin: Option<String>,
}

/// `POST /kiosk/<race>/jobs`
pub(super) async fn order(
    State(kiosk): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Json(press): Json<Press>,
) -> Result<Response, Refusal> {
    let device = kiosk.device(&headers)?;
    if !from_own_page(&headers) {
        return Err(Refusal::NotAllowed);
    }
    let printing = kiosk.site.printing.clone().ok_or(Refusal::NotFound)?;
    let race = kiosk.race(&folder).await?;
    let bib = Bib::parse(&press.bib).map_err(|_| Refusal::NotFound)?;
    let finisher = race.finisher(&bib).ok_or(Refusal::NotFound)?;
    if !finisher.status.may_be_certified() || press.key.is_empty() || press.key.len() > KEY_LENGTH {
        return Ok(refused(StatusCode::BAD_REQUEST, "no_certificate"));
    }
    let photo = match press.photo {
        None => None,
        Some(text) => {
            let photo: PhotoId = text.parse().map_err(|_| Refusal::NotFound)?;
            let held = kiosk.site.handler.issued_with(&race.id, &bib, photo).await?;
            Some(held.ok_or(Refusal::NotFound)?.photo)
        }
    };
    let limit = match press.pin.as_deref() {
        None => Some(printing.config.copies_per_runner),
        Some(pin) if kiosk.pin_is_right(peer, &device, pin)? => None,
        Some(_) => return Ok(refused(StatusCode::FORBIDDEN, "wrong_pin")),
    };
    let order = Order { race: race.id.as_str().to_owned(), bib, photo, by: device.clone() };
    let key = format!("{device}-{}", press.key);
    let queue = printing.clone();
    let submitted =
        blocking(move || queue.queue.submit(&key, order, limit, Timestamp::now())).await?;
    Ok(match submitted {
        Ok(job) => {
            printing.wake();
            Json(shown(&printing, &job)).into_response()
        }
        Err(QueueError::Limit(_)) => refused(StatusCode::CONFLICT, "limit"),
        Err(error) => return Err(Refusal::Unavailable(Fault::retry(error.to_string()))),
    })
}

/// `GET /kiosk/<race>/jobs/<job>`
pub(super) async fn job(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path((folder, id)): Path<(String, u64)>,
) -> Result<Json<Value>, Refusal> {
    let device = kiosk.device(&headers)?;
    let (printing, job) = kiosk.own_job(&folder, id, &device)?;
    Ok(Json(shown(&printing, &job)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Resolution {
    pin: String,
    /// Whether staff found it on paper; if not, it is printed again.
    printed: bool,
}

/// `POST /kiosk/<race>/jobs/<job>/resolve`: staff looked at the paper.
pub(super) async fn resolve(
    State(kiosk): Shared,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path((folder, id)): Path<(String, u64)>,
    Json(resolution): Json<Resolution>,
) -> Result<Response, Refusal> {
    let device = kiosk.device(&headers)?;
    if !from_own_page(&headers) {
        return Err(Refusal::NotAllowed);
    }
    let (printing, _) = kiosk.own_job(&folder, id, &device)?;
    if !kiosk.pin_is_right(peer, &device, &resolution.pin)? {
        return Ok(refused(StatusCode::FORBIDDEN, "wrong_pin"));
    }
    let queue = printing.clone();
    let decision = if resolution.printed { Decision::CameOut } else { Decision::PrintAgain };
    let by = format!("kiosk {device}");
    match blocking(move || queue.queue.decide(id, decision, &by, Timestamp::now())).await? {
        Ok(job) => {
            printing.wake();
            Ok(Json(shown(&printing, &job)).into_response())
        }
        Err(QueueError::WrongState { .. }) => Ok(refused(StatusCode::CONFLICT, "wrong_state")),
        Err(error) => Err(Refusal::Unavailable(Fault::retry(error.to_string()))),
    }
}

#[derive(Deserialize)]
pub(super) struct Watch {
    /// Whose new photos the page is to be told of.
    bib: Option<String>,
}

/// `GET /kiosk/<race>/events`: `photos` when the runner has a new one, `ping` with the
/// printers' states, the numbers that are ready, and the race's files that cannot be read.
pub(super) async fn events(
    State(kiosk): Shared,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Query(watch): Query<Watch>,
) -> Result<impl IntoResponse, Refusal> {
    let device = kiosk.device(&headers)?;
    let race = kiosk.race(&folder).await?.id;
    let bib = watch.bib.and_then(|bib| Bib::parse(&bib).ok());
    let changes = kiosk.site.changes();
    Ok(live::events(changes, move |change| match change {
        None => {
            let venue = kiosk.venue(&race, &device);
            Some(Event::default().event("ping").data(venue.to_string()))
        }
        Some(Change::Photo { race: changed, bibs }) if *changed == race => {
            let mine = bib.as_ref().is_some_and(|bib| bibs.contains(bib));
            mine.then(|| Event::default().event("photos").data("{}"))
        }
        Some(_) => None,
    }))
}

impl Kiosk {
    /// What every kiosk shows: printers, how many wait, what this one has ready; for staff the
    /// jobs that need a person, and the files of the race whose last good version is in force.
    fn venue(&self, race: &RaceId, device: &str) -> Value {
        let printing = self.site.printing.as_deref();
        let unreadable = self.site.handler.races().unreadable().remove(race).unwrap_or_default();
        json!({
            "printers": printing.map(printers).unwrap_or_default(),
            "open": printing.map_or(0, |p| p.queue.open_jobs()),
            "ready": printing.map(|p| ready(p, device)).unwrap_or_default(),
            "staff": printing.map(|p| p.queue.left_to_staff()).unwrap_or_default(),
            // Not why: it may quote a runner's row.
            "unreadable": unreadable.into_iter().map(|one| one.file).collect::<Vec<_>>(),
        })
    }

    fn pin_is_right(&self, peer: SocketAddr, device: &str, pin: &str) -> Result<bool, Refusal> {
        let by = [Key::Device(device.to_owned()), Key::address(peer.ip())];
        match self.pins.answer(&by, same(pin, &self.site.secrets.staff_pin)) {
            Try::Right => Ok(true),
            Try::Wrong => Ok(false),
            Try::Wait(wait) => Err(Refusal::Wait(wait)),
        }
    }

    /// A job that this kiosk ordered.
    fn own_job(
        &self,
        folder: &str,
        id: u64,
        device: &str,
    ) -> Result<(Arc<Printing>, Job), Refusal> {
        let printing = self.site.printing.clone().ok_or(Refusal::NotFound)?;
        let job = printing.queue.get(id).ok_or(Refusal::NotFound)?;
        if job.order.race != folder || job.order.by != device {
            return Err(Refusal::NotFound);
        }
        Ok((printing, job))
    }
}

/// What a kiosk is told of its job.
fn shown(printing: &Printing, job: &Job) -> Value {
    json!({
        "job": job.id,
        "state": job.state.standing(),
        "printer": job.state.printer(),
        "ahead": printing.queue.ahead_of(job.id),
    })
}

/// The latest jobs of this kiosk whose paper is there to be fetched.
fn ready(printing: &Printing, device: &str) -> Vec<u64> {
    let since = Timestamp::now() - READY_FOR;
    let jobs = printing.queue.all();
    jobs.iter()
        .rev()
        .take_while(|job| job.asked_at > since)
        .filter(|job| job.order.by == device && matches!(job.state, JobState::Printed { .. }))
        .take(4)
        .map(|job| job.id)
        .collect()
}

fn printers(printing: &Printing) -> Vec<Value> {
    let seen = printing.printers();
    let told = seen.iter().map(|p| {
        let says = [&p.reasons[..], &p.not_kept[..]].concat();
        json!({"name": p.name, "condition": p.condition, "ready": p.condition.goes_on(), "says": says})
    });
    told.collect()
}

fn refused(status: StatusCode, word: &str) -> Response {
    (status, Json(json!({"error": word}))).into_response()
}
