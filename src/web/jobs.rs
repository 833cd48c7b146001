//! The print queue: `GET /printer/jobs`, and `POST /printer/jobs/<job>/resolve` for a person
//! who looked at the paper, whoever asked for the job.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_print::Printing;
use kanso_print::job::{Decision, Job, Standing};
use kanso_print::queue::QueueError;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::page::{Refusal, blocking};

/// A job as staff see it: a bib, never a name.
#[derive(Debug, Serialize, Deserialize)]
pub struct ListedJob {
    pub job: u64,
    pub state: Standing,
    pub race: String,
    pub bib: String,
    /// The kiosk's number, or `batch`.
    pub by: String,
    pub asked_at: Timestamp,
    /// That has it, had it, or may have printed it.
    pub printer: Option<String>,
    /// Why it did not print, why that is not known, or why it waits.
    pub why: Option<String>,
}

impl From<Job> for ListedJob {
    fn from(job: Job) -> Self {
        Self {
            job: job.id,
            state: job.state.standing(),
            bib: job.order.bib.to_string(),
            asked_at: job.asked_at,
            printer: job.state.printer().map(str::to_owned),
            why: job.why().map(str::to_owned),
            race: job.order.race,
            by: job.order.by,
        }
    }
}

/// What a person found.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resolution {
    /// Whether it is on paper; if not, it is printed again.
    pub printed: bool,
}

impl From<&Resolution> for Decision {
    fn from(resolution: &Resolution) -> Self {
        if resolution.printed { Self::CameOut } else { Self::PrintAgain }
    }
}

/// Who decides by these routes.
const COMMAND_LINE: &str = "the command line";

/// All jobs, in order of asking.
pub(super) async fn list(State(desk): State<Arc<Desk>>) -> Result<Json<Vec<ListedJob>>, Refusal> {
    let jobs = printing(&desk)?.queue.all();
    Ok(Json(jobs.into_iter().map(ListedJob::from).collect()))
}

/// The job as it is now; 409 where it is not one to be settled so.
pub(super) async fn resolve(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<u64>,
    Json(resolution): Json<Resolution>,
) -> Result<Response, Refusal> {
    let printing = printing(&desk)?;
    let (queue, decision) = (printing.clone(), Decision::from(&resolution));
    let resolve = move || queue.queue.decide(id, decision, COMMAND_LINE, Timestamp::now());
    let (status, job) = match blocking(resolve).await? {
        Ok(job) => (StatusCode::OK, job),
        Err(QueueError::NoSuchJob(_)) => return Err(Refusal::NotFound),
        Err(QueueError::WrongState { .. }) => {
            (StatusCode::CONFLICT, printing.queue.get(id).ok_or(Refusal::NotFound)?)
        }
        Err(error) => return Err(Refusal::Unavailable(Fault::retry(error.to_string()))),
    };
    printing.wake();
    Ok((status, Json(ListedJob::from(job))).into_response())
}

pub(super) fn printing(desk: &Desk) -> Result<Arc<Printing>, Refusal> {
    desk.site.printing.clone().ok_or(Refusal::NotFound)
}
