//! Many certificates at once, for the desk: `POST /print/<race>`, with the console's token.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::routing::post;
use axum::{Json, Router};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_print::job::Order;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use super::limit::Limit;
use super::page::Refusal;
use super::session::same;
use super::site::{OpenRace, Site};

/// Bibs in one batch.
const MOST: usize = 5000;
const NAME_LENGTH: usize = 40;

struct Desk {
    site: Arc<Site>,
    guesses: Limit,
}

pub fn router(site: Arc<Site>) -> Router {
    let desk = Desk { site, guesses: Limit::new(10, Duration::from_secs(300)) };
    Router::new().route("/print/{race}", post(submit)).with_state(Arc::new(desk))
}

/// What is to be printed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// The same name and bib is the same job: a batch sent twice prints nothing twice.
    pub name: String,
    pub bibs: Vec<String>,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Submitted {
    pub jobs: Vec<u64>,
    pub refused: Vec<RefusedBib>,
}

/// A bib without a certificate.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefusedBib {
    pub bib: String,
    pub why: String,
}

async fn submit(
    State(desk): State<Arc<Desk>>,
    headers: HeaderMap,
    Path(folder): Path<String>,
    Json(batch): Json<Batch>,
) -> Result<Json<Submitted>, Refusal> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if !desk.guesses.allow("token") || !same(given, &desk.site.secrets.console_token) {
        return Err(Refusal::NotAllowed);
    }
    desk.guesses.forgive("token");
    let race = desk.site.race(&folder).await?.ok_or(Refusal::NotFound)?;
    let mut submitted = Submitted { jobs: Vec::new(), refused: Vec::new() };
    if batch.bibs.len() > MOST || batch.name.is_empty() || batch.name.len() > NAME_LENGTH {
        let why = format!("give the batch a name and at most {MOST} bibs");
        submitted.refused.push(RefusedBib { bib: String::new(), why });
        return Ok(Json(submitted));
    }
    for text in batch.bibs {
        match one(&desk.site, &race, &batch.name, &text).await? {
            Ok(job) => submitted.jobs.push(job),
            Err(why) => submitted.refused.push(RefusedBib { bib: text, why: why.to_owned() }),
        }
    }
    if let Some(printing) = &desk.site.printing {
        printing.wake();
    }
    Ok(Json(submitted))
}

/// One bib, with its best photo or without any.
async fn one(
    site: &Site,
    race: &OpenRace,
    batch: &str,
    text: &str,
) -> Result<Result<u64, &'static str>, Refusal> {
    let printing = site.printing.clone().ok_or(Refusal::NotFound)?;
    let finisher = Bib::parse(text).ok().and_then(|bib| race.finisher(&bib));
    let Some(finisher) = finisher else { return Ok(Err("is not in the results")) };
    if !finisher.status.may_be_certified() {
        return Ok(Err("has no finish"));
    }
    let bib = finisher.bib.clone();
    let held = site.handler.issued(&race.id, &bib).await?;
    let key = format!("batch-{}-{batch}-{bib}", race.id);
    let photo = held.first().map(|held| held.photo);
    let order = Order { race: race.id.as_str().to_owned(), bib, photo, by: "batch".to_owned() };
    let work = move || printing.queue.submit(&key, order, None, Timestamp::now());
    let done = tokio::task::spawn_blocking(work).await;
    let job = done.map_err(|panic| Fault::retry(format!("the queue failed: {panic}")))?;
    Ok(Ok(job.map_err(|error| Fault::retry(error.to_string()))?.id))
}
