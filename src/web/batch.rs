//! Many certificates at once: `POST /print/<race>`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use jiff::Timestamp;
use kanso_certificate::Fault;
use kanso_pipeline::keys::RaceId;
use kanso_print::job::{BATCH, Order};
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::page::{Refusal, blocking};
use super::site::{OpenRace, Site};

/// Bibs in one batch.
const MOST: usize = 5000;
const NAME_LENGTH: usize = 40;

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
    /// Of the jobs' bibs: whose photo is a reduced copy so far, and prints soft unless the file
    /// comes before their turn.
    #[serde(default)]
    pub preliminary: Vec<String>,
}

/// A bib without a certificate.
#[derive(Debug, Serialize, Deserialize)]
pub struct RefusedBib {
    pub bib: String,
    pub why: String,
}

pub(super) async fn submit(
    State(desk): State<Arc<Desk>>,
    Path(folder): Path<String>,
    Json(batch): Json<Batch>,
) -> Result<Json<Submitted>, Refusal> {
    if let Some(id) = RaceId::new(&folder) {
        // Staff have just uploaded the results that they print from.
        desk.site.handler.races().expire(&id).await;
    }
    let race = desk.site.race(&folder).await?.ok_or(Refusal::NotFound)?;
    let mut submitted =
        Submitted { jobs: Vec::new(), refused: Vec::new(), preliminary: Vec::new() };
    if batch.bibs.len() > MOST || batch.name.is_empty() || batch.name.len() > NAME_LENGTH {
        let why = format!("give the batch a name and at most {MOST} bibs");
        submitted.refused.push(RefusedBib { bib: String::new(), why });
        return Ok(Json(submitted));
    }
    for text in batch.bibs {
        match one(&desk.site, &race, &batch.name, &text).await? {
            Ok((job, preliminary)) => {
                submitted.jobs.push(job);
                submitted.preliminary.extend(preliminary.then_some(text));
            }
            Err(why) => submitted.refused.push(RefusedBib { bib: text, why: why.to_owned() }),
        }
    }
    if let Some(printing) = &desk.site.printing {
        printing.wake();
    }
    Ok(Json(submitted))
}

/// One bib, with its best photo or without any: the job, and whether that photo is a reduced
/// copy so far.
async fn one(
    site: &Site,
    race: &OpenRace,
    batch: &str,
    text: &str,
) -> Result<Result<(u64, bool), &'static str>, Refusal> {
    let printing = site.printing.clone().ok_or(Refusal::NotFound)?;
    let finisher = Bib::parse(text).ok().and_then(|bib| race.finisher(&bib));
    let Some(finisher) = finisher else { return Ok(Err("is not in the results")) };
    if !finisher.status.may_be_certified() {
        return Ok(Err("has no finish"));
    }
    let bib = finisher.bib.clone();
    let held = site.handler.issued(&race.id, &bib).await?;
    // As queues of earlier days hold it. The queue compares race and bib besides, so that the
    // hyphens in them do not matter.
    let key = format!("batch-{}-{batch}-{bib}", race.id);
    let preliminary = held.first().is_some_and(|held| held.preliminary);
    let photo = held.first().map(|held| held.photo);
    let order = Order { race: race.id.as_str().to_owned(), bib, photo, by: BATCH.to_owned() };
    let work = move || printing.queue.submit(&key, order, None, Timestamp::now());
    let job = blocking(work).await?.map_err(|error| Fault::retry(error.to_string()))?;
    Ok(Ok((job.id, preliminary)))
}
