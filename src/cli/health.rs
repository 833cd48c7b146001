//! `/healthz` of `kanso serve`: whether it works, and what a person should look at.
//!
//! ```json
//! {"status": "ok", "version": "0.1.0", "uptime_s": 3600,
//!  "store": {"buckets": 1, "free_bytes": 250000000000, "full": false},
//!  "worker": {"running": true, "stuck": false, "waiting": 12, "given_up": 0},
//!  "oldest_unfinished_s": 7,
//!  "reading": {"waiting": 40, "oldest_s": 95},
//!  "printers": {"count": 2, "not_ready": [{"name": "Kiosk 1", "condition": "out_of_paper"}]},
//!  "unreadable": [{"race": "spring-half", "file": "results.csv"}]}
//! ```
//!
//! `status` is `failing`, and the answer 503, where the store does not answer
//! (`store.error`), its disk is `full`, the pipeline's task is gone (`worker.running`), or
//! work waits and for two minutes nothing was finished (`worker.stuck`).
//!
//! `status` is `attention`, and the answer 200, where a race's file cannot be read and its
//! last good version is in force (`unreadable`). Why it cannot may quote a runner's row, so that
//! the console says it, to staff, and the log.
//!
//! `reading` are photos that only their printed numbers can settle; they count as `waiting` as
//! well, and are read while nothing else is to be done.
//!
//! `worker.given_up` are uploads that were tried and left to the reconciler, which looks for
//! them every two minutes. `oldest_unfinished_s` is the age of the oldest upload that is
//! known and not finished, those that were given up included; null where there is none. An
//! upload that an earlier process left counts from when this one found it. A printer that is
//! not ready is told and fails nothing: paper is staff's business. `condition` is null until
//! it was asked; `printers` is null without `printers.toml`.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use kanso_certificate::accepted::UnreadableFile;
use kanso_endpoint::Endpoint;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::progress::{Progress, Standing};
use kanso_print::Printing;
use serde_json::{Value, json};
use tokio::task::AbortHandle;

/// For how long nothing may be finished while work waits.
const STUCK_AFTER: Duration = Duration::from_secs(120);

/// What is asked.
#[derive(Clone)]
pub struct Health {
    endpoint: Endpoint,
    progress: Arc<Progress>,
    pipeline: AbortHandle,
    handler: Arc<Handler>,
    printing: Option<Arc<Printing>>,
    started: Instant,
}

impl Health {
    pub fn new(
        endpoint: Endpoint,
        progress: Arc<Progress>,
        pipeline: AbortHandle,
        handler: Arc<Handler>,
        printing: Option<Arc<Printing>>,
    ) -> Self {
        Self { endpoint, progress, pipeline, handler, printing, started: Instant::now() }
    }
}

pub fn router(health: Health) -> Router {
    Router::new().route("/healthz", get(healthz)).with_state(health)
}

async fn healthz(State(health): State<Health>) -> (StatusCode, Json<Value>) {
    let (store_ok, store) = store(&health.endpoint).await;
    let standing = health.progress.standing();
    let running = !health.pipeline.is_finished();
    let ok = store_ok && running && !is_stuck(&standing);
    // What the events' queue holds is not known to the worker yet.
    let queued = health.endpoint.backlog();
    let oldest = standing.oldest.max(queued.oldest);
    let unreadable = unreadable(&health.handler);
    let body = json!({
        "status": match (ok, unreadable.is_empty()) {
            (false, _) => "failing",
            (true, false) => "attention",
            (true, true) => "ok",
        },
        "version": env!("CARGO_PKG_VERSION"),
        "uptime_s": health.started.elapsed().as_secs(),
        "store": store,
        "worker": {
            "running": running,
            "stuck": is_stuck(&standing),
            "waiting": standing.waiting + queued.events,
            "given_up": standing.given_up,
        },
        "oldest_unfinished_s": oldest.map(|age| age.as_secs()),
        "reading": {
            "waiting": standing.unread,
            "oldest_s": standing.oldest_unread.map(|age| age.as_secs()),
        },
        "printers": health.printing.as_deref().map(printers),
        "unreadable": unreadable,
    });
    let status = if ok { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(body))
}

fn is_stuck(standing: &Standing) -> bool {
    standing.still.is_some_and(|still| still > STUCK_AFTER)
}

/// Whether the store answers and has room, and what it says.
async fn store(endpoint: &Endpoint) -> (bool, Value) {
    match endpoint.health().await {
        Ok(health) => (!health.full, json!(health)),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (false, json!({"error": "the store does not answer"}))
        }
    }
}

fn unreadable(handler: &Handler) -> Vec<Value> {
    let told = |race: &RaceId, one: &UnreadableFile| json!({"race": race, "file": one.file});
    let races = handler.races().unreadable();
    races.iter().flat_map(|(race, files)| files.iter().map(|one| told(race, one))).collect()
}

fn printers(printing: &Printing) -> Value {
    let seen = printing.printers();
    let names = printing.config.printers.iter().map(|printer| &printer.name);
    let not_ready: Vec<Value> = names
        .clone()
        .filter_map(|name| {
            let condition = seen.iter().find(|view| view.name == *name).map(|view| view.condition);
            let ready = condition.is_some_and(|condition| condition.takes_jobs());
            (!ready).then(|| json!({"name": name, "condition": condition}))
        })
        .collect();
    json!({"count": names.count(), "not_ready": not_ready})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_waits_for_two_minutes_without_any_being_finished_is_stuck() {
        let still = |seconds| Standing {
            waiting: 1,
            still: Some(Duration::from_secs(seconds)),
            ..Standing::default()
        };
        assert!(!is_stuck(&Standing::default()));
        assert!(!is_stuck(&still(119)));
        assert!(is_stuck(&still(121)));
    }
}
