//! Cameras' clocks that nobody has told of: solved from photos whose bibs are sure.

use jiff::civil::{DateTime, date};
use jiff::{SignedDuration, ToSpan};
use kanso_matching::Outcome;
use kanso_matching::camera::CameraId;
use kanso_matching::camera_clock::ClockSource;
use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::Handled;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};

use super::venue::{BUCKET, RULES, Venue, tagged};

const SOLVED: &str = "race/cameras/b.solved.json";

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

/// Bib 1000 + n finishes n minutes after ten.
fn finish(n: i64) -> DateTime {
    date(2026, 11, 23).at(10, 0, 0, 0) + n.minutes()
}

fn results() -> String {
    let row = |n: i64| {
        let time = (finish(n) - 8.hours() - 30.minutes()).time();
        format!("{},走者 {n},half,{time}\n", 1000 + n)
    };
    let rows: String = (0..30).map(row).collect();
    format!("ナンバー,氏名,種目,グロスタイム\n{rows}")
}

/// A photo of camera b, whose clock is `slow_s` behind, taken when somebody finishes.
fn taken(n: i64, slow_s: i64, keyword: Option<&str>) -> Vec<u8> {
    let shown = finish(n) - SignedDuration::from_secs(slow_s);
    tagged(60 + n as u8, keyword, &shown.to_string())
}

fn bibs(handled: &Handled) -> Vec<&str> {
    handled.issued.iter().map(|issued| issued.bib.as_str()).collect()
}

async fn one(venue: &Venue, n: i64, keyword: Option<&str>) -> Handled {
    let upload = venue.put(&format!("race/photos/b/{n}.jpg"), taken(n, 73, keyword)).await;
    venue.handle(&upload).await.remove(0)
}

/// Photos of the first runners, each with its bib as a keyword.
async fn sure(venue: &Venue, count: i64) {
    for n in 0..count {
        let handled = one(venue, n, Some(&format!("bib:{}", 1000 + n))).await;
        assert_ne!(handled.decision.outcome, Outcome::Review, "{:?}", handled.decision);
    }
}

async fn venue() -> Venue {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    venue.put("race/results.csv", results()).await;
    venue
}

/// The event of a race's file.
async fn told(venue: &Venue, key: &str) -> Vec<Handled> {
    let etag = venue.bucket.head(key).await.unwrap();
    let upload = Upload {
        bucket: BUCKET.into(),
        key: key.into(),
        etag: Some(etag.as_str().into()),
        size: None,
        sequencer: None,
    };
    venue.handle(&upload).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_waited_for_its_cameras_clock_is_decided_once_ten_others_solve_it() {
    let venue = venue().await;
    let waits = one(&venue, 20, None).await;
    assert_eq!(waits.decision.outcome, Outcome::Pending, "{:?}", waits.decision);
    sure(&venue, 9).await;
    assert!(venue.keys("race/cameras/").await.is_empty(), "nine are too few");
    sure(&venue, 10).await;
    assert_eq!(venue.keys("race/cameras/").await, [SOLVED]);
    let offset_s = venue.json(SOLVED).await["segments"][0]["offset_s"].as_f64().unwrap();
    assert!((offset_s - 73.0).abs() < 1.0, "{offset_s}");

    let handled = told(&venue, SOLVED).await;
    let waited = handled.iter().find(|one| one.photo_id == waits.photo_id).unwrap();
    assert_eq!(bibs(waited), ["1020"], "{:?}", waited.decision);
    assert!(venue.keys("race/pending/").await.is_empty());
    // The clock is known from now on, and is not written again for every photo.
    let etag = venue.bucket.head(SOLVED).await.unwrap();
    assert_eq!(bibs(&one(&venue, 21, None).await), ["1021"]);
    sure(&venue, 16).await;
    assert_eq!(venue.bucket.head(SOLVED).await.unwrap(), etag);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_knows_a_clock_better_than_photos_and_a_file_that_says_nothing_stops_nobody() {
    let venue = venue().await;
    sure(&venue, 12).await;
    venue.put("race/cameras/b.json", "{\"offset_s\": 133}").await;
    told(&venue, "race/cameras/b.json").await;
    // One minute on: by the person's clock the photo is of the next runner.
    assert_eq!(bibs(&one(&venue, 20, None).await), ["1021"]);
    let reports = venue.handler.camera_reports(&race()).await.unwrap();
    let report = reports.iter().find(|report| report.camera.as_str() == "b").unwrap();
    assert_eq!(report.in_force.as_ref().unwrap().source, ClockSource::Person);
    assert!(
        report.warnings.iter().any(|words| words.to_string().contains("a person says +133.0 s"))
    );

    venue.put("race/cameras/b.json", "a minute").await;
    told(&venue, "race/cameras/b.json").await;
    let unreadable = venue.json("race/unreadable/cameras/b.json.json").await;
    assert!(unreadable["why"].as_str().unwrap().contains("offset_s"), "{unreadable}");
    assert_eq!(bibs(&one(&venue, 22, None).await), ["1023"], "the last good word holds");
}

#[tokio::test(flavor = "multi_thread")]
async fn results_that_come_after_the_photos_solve_the_clock_and_settle_them() {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    let waits = one(&venue, 20, None).await;
    sure(&venue, 12).await;
    assert!(venue.keys("race/cameras/").await.is_empty());
    let results = venue.put("race/results.csv", results()).await;
    let handled = venue.handle(&results).await;
    assert_eq!(venue.keys("race/cameras/").await, [SOLVED]);
    let waited = handled.iter().find(|one| one.photo_id == waits.photo_id).unwrap();
    assert_eq!(bibs(waited), ["1020"], "{:?}", waited.decision);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solved_clock_that_is_lost_or_contradicted_is_mended_by_the_reconciler() {
    let venue = venue().await;
    sure(&venue, 12).await;
    venue.bucket.delete(SOLVED).await.unwrap();
    reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert_eq!(venue.keys("race/cameras/").await, [SOLVED]);
    // Another body in the same folder, a minute and a half off the first.
    for n in 12..24 {
        let bytes = taken(n, 163, Some(&format!("bib:{}", 1000 + n)));
        venue.handle(&venue.put(&format!("race/photos/b/{n}.jpg"), bytes).await).await;
    }
    reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    let camera = CameraId::new("b").unwrap();
    assert_eq!(venue.handler.sightings(&race(), &camera).await.unwrap().len(), 24);
    let known = venue.keys("race/cameras/").await;
    let segments = match known.is_empty() {
        true => Vec::new(),
        false => venue.json(SOLVED).await["segments"].as_array().unwrap().clone(),
    };
    // Set once at noon, as far as anybody can tell: never one clock for both.
    assert_ne!(segments.len(), 1, "{segments:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sighting_follows_what_a_person_says_and_goes_with_its_runner() {
    let venue = venue().await;
    let handled = one(&venue, 3, Some("bib:1003")).await;
    let says = |venue: &Venue| {
        let keys = venue.bucket.clone();
        async move { keys.list("race/sightings/").await.unwrap().remove(0).key }
    };
    assert!(says(&venue).await.ends_with("-1003.rsi"));
    let id = handled.photo_id;
    let answer = venue.put(&format!("race/decisions/{id}.json"), "{\"bibs\": [\"1004\"]}").await;
    venue.handle(&answer).await;
    assert!(says(&venue).await.ends_with("-1003.rn+1004.siy"), "and only that");
    let bib = kanso_race::Bib::parse("1004").unwrap();
    venue.handler.erase(&race(), &bib).await.unwrap();
    assert!(says(&venue).await.ends_with("-1003.rn"), "that it is not 1003 is no secret");
}
