//! What following new results costs a race that is nearly over:
//! `cargo bench --bench corrections` (`-- 5000` for another number of photos than 50,000).
//!
//! The photos' outcomes are written to an embedded endpoint, one for each runner; then
//! results and an answer arrive. Nothing is rendered: what must be is only counted.

use std::time::{Duration, Instant};

use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::{Handler, Numbers};

mod late_race;

use late_race::{Files, LateRace};

const PHOTOS: usize = 50_000;

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let photos = asked.unwrap_or(PHOTOS);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let race = LateRace::start(folder.path(), photos, photos).await;
    let results = race.put("race/results.csv", race.results(0)).await;
    let began = Instant::now();
    race.fill(Files::Absent).await;
    println!("{photos} outcomes written in {:.1} s", began.elapsed().as_secs_f64());

    let handler = Handler::new(race.bucket.clone(), race.bucket.clone());
    told("the first results event of a process", follow(&handler, &results).await);
    let changed = race.put("race/results.csv", race.results(10)).await;
    told("new results, 10 names corrected", follow(&handler, &changed).await);
    let answer = format!("race/decisions/{}.json", late_race::id(photos / 2));
    let answer = race.put(&answer, "{\"reject\": \"a spectator\"}".into()).await;
    told("an answer about an issued photo", follow(&handler, &answer).await);
    let cold = Handler::new(race.bucket.clone(), race.bucket.clone());
    told("the same in a process that knows nothing", follow(&cold, &answer).await);
}

fn told(what: &str, (took, queued): (Duration, usize)) {
    println!("{:7.2} s  {what}: {queued} photos to be done", took.as_secs_f64());
}

async fn follow(handler: &Handler, upload: &Upload) -> (Duration, usize) {
    let began = Instant::now();
    let received = handler.receive(upload, Numbers::Now).await.expect("it can be followed");
    (began.elapsed(), received.queued.len())
}
