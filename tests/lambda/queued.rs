//! New results of a race that is nearly over go through the queue in pieces. The long run:
//! `KANSO_TEST_ROWS=40000 KANSO_TEST_CHANGED=2000 \
//!     tests/run --test lambda -- --ignored --nocapture big_race`

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use kanso_certificate::document::json;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_certificate::{Facts, PhotoSource, plan};
use kanso_matching::Outcome;
use kanso_photo::PhotoId;
use kanso_pipeline::keys::{self, Input};
use kanso_pipeline::outcome::{Issued, OutcomeRecord};
use kanso_pipeline::store::{Bucket, ETag, Write};
use serde_json::json as value;

use super::stack::{PHOTO_FUNCTION, Stack};

const RULES: &str = r#"
name = { ja = "試験マラソン" }
date = "2026-11-23"
bib_in_key = "_bib([0-9]+)"
[[courses]]
id = "full"
name = { ja = "フルマラソン" }
distance_m = 42195
gun = "08:30"
"#;
/// Half of what the function is given.
const LONGEST_INVOCATION: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn new_results_have_each_changed_photo_done_once_by_way_of_the_queue() {
    new_results(600, 24, Duration::from_secs(600)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes as long as KANSO_TEST_ROWS and KANSO_TEST_CHANGED say, half an hour by default"]
async fn new_results_of_a_big_race_are_followed_too() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse().ok());
    let rows = number("KANSO_TEST_ROWS").unwrap_or(40_000);
    let changed = number("KANSO_TEST_CHANGED").unwrap_or(2_000);
    new_results(rows, changed, Duration::from_secs(3 * 3600)).await;
}

async fn new_results(rows: usize, changed: usize, patience: Duration) {
    let Some(stack) = Stack::start("queued", PHOTO_FUNCTION).await else { return };
    stack.upload("race/race.toml", RULES.into()).await;
    stack.upload("race/results.csv", results(rows, 0).into()).await;
    let wanted = fill(&stack, rows, changed).await;
    stack.sqs("PurgeQueue", "upload_queue", value!({}));

    let began = Instant::now();
    stack.upload("race/results.csv", results(rows, changed).into()).await;
    stack.drain_within(patience).await;
    let took = began.elapsed();
    assert_eq!(stack.received("dead_letters"), [value!(null); 0], "{:#?}", errors(&stack));
    assert_eq!(done(&stack), wanted, "each photo that changed is done once, and no other");
    let current =
        |keys: Vec<String>| keys.iter().filter(|key| key.ends_with("/current.json")).count();
    assert_eq!(current(stack.keys("race/certificates/").await), changed);
    let invocations = stack.invocations();
    let longest = invocations.iter().max().unwrap();
    println!(
        "{rows} rows, {changed} changed: {} invocations in {:.0} s, the longest {:.1} s",
        invocations.len(),
        took.as_secs_f64(),
        longest.as_secs_f64()
    );
    assert!(*longest < LONGEST_INVOCATION, "{longest:?}");
    let fewest = rows.div_ceil(500) + changed.div_ceil(10);
    assert!(invocations.len() >= fewest / 2, "it goes in pieces: {}", invocations.len());

    // The event comes once more: everything is looked at, and nothing is to be done.
    stack.upload("race/results.csv", results(rows, changed).into()).await;
    stack.drain_within(patience).await;
    assert_eq!(done(&stack), wanted);
    assert_eq!(stack.received("dead_letters"), [value!(null); 0]);
}

/// How often the function has said which error.
fn errors(stack: &Stack) -> BTreeMap<String, usize> {
    let mut errors = BTreeMap::new();
    for line in stack.host.log().iter().filter(|line| line["level"] == "ERROR") {
        *errors.entry(line["message"].to_string()).or_default() += 1;
    }
    errors
}

/// How often each photo was rendered.
fn done(stack: &Stack) -> BTreeMap<String, usize> {
    let mut done = BTreeMap::new();
    for line in stack.host.log().iter().filter(|line| line["message"] == "photo") {
        *done.entry(line["photo"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    done
}

/// The first `corrected` runners have another name than before.
fn results(rows: usize, corrected: usize) -> String {
    let row = |n: usize| {
        let name = if n < corrected { "髙橋 謙吾" } else { "髙橋 健吾" };
        format!("{},{name},full,3:{:02}:{:02}\n", 1000 + n, n / 600 % 60, n / 10 % 60)
    };
    let rows: String = (0..rows).map(row).collect();
    format!("ナンバー,氏名,種目,グロスタイム\n{rows}")
}

/// Writes an outcome for each runner, as the pipeline would have, and photos for those whose
/// results change; gives back the photos that are to be done once.
async fn fill(stack: &Stack, rows: usize, changed: usize) -> BTreeMap<String, usize> {
    let files = RaceFiles {
        rules: RULES.into(),
        results: Some(results(rows, 0).into()),
        ..RaceFiles::default()
    };
    let race_data = &RaceData::set_up(&files).unwrap();
    let photos = &Bucket::new(stack.client.clone(), stack.name("photos"));
    let output = &Bucket::new(stack.client.clone(), stack.name("output"));
    let ids: Vec<(usize, PhotoId)> = futures::stream::iter(0..rows)
        .map(|n| async move {
            let key = format!("race/photos/finish-a/{n:05}_bib{}.jpg", 1000 + n);
            let bytes = photo(n as u32);
            let id = PhotoId::of(&bytes);
            // Of the others nobody reads the photo.
            let etag = match n < changed {
                true => photos.put(&key, bytes.into(), "image/jpeg", Write::Create).await?,
                false => ETag::new(&format!("{n:032x}")),
            };
            let record = outcome(race_data, &key, id, etag);
            let Some(Input::Photo(key)) = keys::classify(&key) else { unreachable!() };
            let key = key.outcome(&record.etag);
            output.put(&key, json(&record), "application/json", Write::Create).await?;
            Ok::<_, kanso_pipeline::store::StoreError>((n, id))
        })
        .buffer_unordered(8)
        .try_collect()
        .await
        .unwrap();
    ids.into_iter().filter(|(n, _)| *n < changed).map(|(_, id)| (id.to_string(), 1)).collect()
}

fn outcome(race_data: &RaceData, key: &str, id: PhotoId, etag: ETag) -> OutcomeRecord {
    let source = PhotoSource { key: key.to_owned(), ..PhotoSource::default() };
    let plan = plan(race_data, id, &Facts::default(), &source);
    assert_eq!(plan.decision.outcome, Outcome::Issue, "{}", plan.decision.reason);
    let issued = plan.prints.iter().map(|print| Issued {
        bib: print.bib.clone(),
        fingerprint: id.to_string(),
        content_hash: print.content_hash.clone(),
        ranks: print.ranks.clone(),
    });
    OutcomeRecord {
        photo: key.to_owned(),
        photo_id: id,
        etag,
        outcome: plan.decision.outcome,
        reason: plan.decision.reason.clone(),
        certificates: issued.collect(),
        trays: Vec::new(),
        answer: None,
        upload_bib: None,
        decision_hash: plan.decision_hash(),
        facts: Some(Facts::default()),
        sighting: None,
    }
}

/// A small picture; a comment in the file makes each another one.
fn photo(n: u32) -> Vec<u8> {
    static PICTURE: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
    let picture = PICTURE.get_or_init(|| {
        let picture = image::RgbImage::from_fn(240, 160, |x, y| image::Rgb([x as u8, y as u8, 90]));
        let mut jpeg = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut jpeg, image::ImageFormat::Jpeg).unwrap();
        jpeg.into_inner()
    });
    let (start, rest) = picture.split_at(2);
    [start, &[0xFF, 0xFE, 0, 6], &n.to_be_bytes(), rest].concat()
}
