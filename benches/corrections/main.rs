//! What following new results costs a race that is nearly over:
//! `cargo bench --bench corrections` (`-- 5000` for another number of photos than 50,000).
//!
//! The photos' outcomes are written to an embedded endpoint, one for each runner; then
//! results and an answer arrive. Nothing is rendered: what must be is only counted.

use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::document::json;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_certificate::{Facts, PhotoSource, plan};
use kanso_endpoint::{Config, Credentials, Endpoint, event};
use kanso_photo::PhotoId;
use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::{Handler, Numbers};
use kanso_pipeline::keys::{self, Input};
use kanso_pipeline::outcome::{Issued, OutcomeRecord};
use kanso_pipeline::store::{Bucket, ETag, StoreConfig, Write};

const RULES: &str = "name = { ja = \"試験マラソン\" }\ndate = \"2026-11-23\"\n\
    [[courses]]\nid = \"full\"\nname = { ja = \"フルマラソン\" }\ndistance_m = 42195\n\
    gun = \"08:30\"\n";
const PHOTOS: usize = 50_000;

#[tokio::main]
async fn main() {
    let asked = std::env::args().skip(1).find_map(|arg| arg.parse().ok());
    let photos = asked.unwrap_or(PHOTOS);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bucket = venue(folder.path()).await;
    put(&bucket, "race/race.toml", RULES.into()).await;
    let results = put(&bucket, "race/results.csv", results(photos, 0)).await;
    let began = Instant::now();
    fill(&bucket, photos).await;
    println!("{photos} outcomes written in {:.1} s", began.elapsed().as_secs_f64());

    let handler = Handler::new(bucket.clone(), bucket.clone());
    told("the first results event of a process", follow(&handler, &results).await);
    let changed = put(&bucket, "race/results.csv", self::results(photos, 10)).await;
    told("new results, 10 names corrected", follow(&handler, &changed).await);
    let answer = format!("race/decisions/{}.json", id(photos / 2));
    let answer = put(&bucket, &answer, "{\"reject\": \"a spectator\"}".into()).await;
    told("an answer about an issued photo", follow(&handler, &answer).await);
    let cold = Handler::new(bucket.clone(), bucket);
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

async fn venue(folder: &std::path::Path) -> Bucket {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let (credentials, _) = Credentials::load_or_create(folder).expect("keys");
    let (id, secret) = credentials.primary();
    let client = StoreConfig::local(&format!("http://{address}"), id, secret).client();
    let config = Config { data: folder.to_owned(), credentials };
    let endpoint = Endpoint::open(config, event::channel(1).0).expect("an empty store");
    tokio::spawn(async move { endpoint.serve(listener, std::future::pending()).await });
    let bucket = Bucket::new(client, "kanso");
    bucket.create().await.expect("a bucket");
    bucket
}

async fn put(bucket: &Bucket, key: &str, body: String) -> Upload {
    let put = bucket.put(key, body.into(), "text/plain", Write::Always).await;
    Upload {
        bucket: "kanso".into(),
        key: key.into(),
        etag: Some(put.expect("it is stored").as_str().into()),
        size: None,
        sequencer: None,
    }
}

/// One runner for each photo; the first `corrected` have another name.
fn results(photos: usize, corrected: usize) -> String {
    let row = |n: usize| {
        let name = if n < corrected { "髙橋 謙吾" } else { "髙橋 健吾" };
        let (minutes, seconds) = (n / 600 % 60, n / 10 % 60);
        format!("{},{name},full,3:{minutes:02}:{seconds:02},{}\n", 1000 + n, n + 1)
    };
    let rows: String = (0..photos).map(row).collect();
    format!("ナンバー,氏名,種目,グロスタイム,総合順位\n{rows}")
}

fn id(n: usize) -> PhotoId {
    PhotoId::of(&n.to_be_bytes())
}

/// Writes the outcomes as the pipeline would have.
async fn fill(bucket: &Bucket, photos: usize) {
    let files = RaceFiles {
        rules: RULES.into(),
        results: Some(results(photos, 0).into()),
        ..RaceFiles::default()
    };
    let race_data = RaceData::set_up(&files).expect("the race can be read");
    let race_data = &race_data;
    futures::stream::iter(0..photos)
        .map(|n| async move {
            let photo = format!("race/photos/finish-a/DSC_{n:05}.JPG");
            let Some(Input::Photo(key)) = keys::classify(&photo) else { unreachable!() };
            let etag = ETag::new(&format!("{n:032x}"));
            let facts = Facts { captions: vec![format!("bib:{}", 1000 + n)], ..Facts::default() };
            let source = PhotoSource { key: photo.clone(), ..PhotoSource::default() };
            let plan = plan(race_data, id(n), &facts, &source);
            let issued = plan.prints.iter().map(|print| Issued {
                bib: print.bib.clone(),
                fingerprint: format!("{n:016x}"),
                content_hash: print.content_hash.clone(),
                ranks: print.ranks.clone(),
            });
            let record = OutcomeRecord {
                photo,
                photo_id: id(n),
                etag: etag.clone(),
                outcome: plan.decision.outcome,
                reason: plan.decision.reason.clone(),
                certificates: issued.collect(),
                trays: Vec::new(),
                answer: None,
                upload_bib: None,
                decision_hash: plan.decision_hash(),
                facts: Some(facts),
                sighting: None,
            };
            let body = json(&record);
            bucket.put(&key.outcome(&etag), body, "application/json", Write::Create).await
        })
        .buffer_unordered(32)
        .try_for_each(|_| async { Ok(()) })
        .await
        .expect("they are stored");
}
