//! When the days are over for which a race says that its runners' data are kept, they are
//! deleted, and nothing brings them back.

use futures::StreamExt as _;
use jiff::Timestamp;
use kanso_pipeline::expiry::{Deleted, Standing};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::store::{Bucket, StoreConfig, Write};
use kanso_race::Bib;
use serde_json::{Value, json};

use super::moto::Moto;
use super::pieces::follow;
use super::venue::{BUCKET, RESULTS, RULES, Venue, small_photo};

/// Of everything that a race's folder holds.
const FULL: [(&str, &str); 9] = [
    ("results/1.csv", "ナンバー,氏名,種目,グロスタイム\n9,韮山 駿,half,1:50:00\n"),
    ("decisions/0123456789abcdef.json", "{\"bibs\": [\"1\"]}"),
    ("erased/8.json", "{\"erased\": true}"),
    ("requests/1-0123456789abcdef.json", "{\"format\": 1}"),
    ("guesses/ab12.json", "{\"format\": 1}"),
    ("audit/0123456789abcdef/1.json", "{\"format\": 1}"),
    ("startlist backup.csv", "1,髙橋 健吾\n"),
    ("template/notes.txt", "of the designer"),
    ("logo.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
];

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

fn rules(retention: &str) -> String {
    format!("{RULES}\n[privacy]\n{retention}\n")
}

/// 1000 days after the race.
fn later() -> Timestamp {
    "2029-08-19T12:00:00+09:00".parse().unwrap()
}

/// Two photos of a race that is kept for 30 days, and one of a race beside it that says nothing.
async fn venue() -> Venue {
    let venue = Venue::start().await;
    for (race, rules) in [("race", rules("retention_days = 30")), ("race-2", RULES.to_owned())] {
        venue.put(&format!("{race}/race.toml"), rules).await;
        venue.put(&format!("{race}/results.csv"), RESULTS).await;
    }
    for (shade, key) in [
        (90, "race/photos/a/1_bib1.jpg"),
        (91, "race/photos/a/2.jpg"),
        (92, "race-2/photos/a/1_bib1.jpg"),
    ] {
        venue.handle(&venue.put(key, small_photo(shade)).await).await;
    }
    for (key, body) in FULL {
        venue.put(&format!("race/{key}"), body).await;
    }
    assert!(!venue.keys("race/certificates/1/").await.is_empty());
    venue
}

/// What `kanso reconcile` and the schedule do about the races that are over.
async fn expired(handler: &Handler, now: Timestamp, goes_on: impl Fn() -> bool) -> Deleted {
    let mut all = Deleted { objects: 0, whole: true };
    for (race, standing) in handler.standings(None, now).await.unwrap() {
        let deleted = handler.expire(&race, &standing, now, &goes_on).await.unwrap();
        all.objects += deleted.objects;
        all.whole &= deleted.whole || !standing.is_over();
    }
    all
}

const LEFT: [&str; 3] = ["race/expired.json", "race/race.toml", "race/template/notes.txt"];

#[tokio::test(flavor = "multi_thread")]
async fn when_its_days_are_over_nothing_that_shows_or_names_a_runner_is_left_of_a_race() {
    let venue = venue().await;
    let (all, others) = (venue.keys("race/").await, venue.keys("race-2/").await);
    let deleted = expired(&venue.handler, later(), || true).await;
    assert_eq!((deleted.objects, deleted.whole), (all.len() - 2, true));
    assert_eq!(venue.keys("race/").await, LEFT);
    assert_eq!(venue.keys("race-2/").await, others, "no other race is touched");
    let tombstone = venue.json(LEFT[0]).await;
    assert_eq!(
        (&tombstone["date"], &tombstone["retention_days"]),
        (&json!("2026-11-23"), &json!(30))
    );
    assert_eq!(tombstone["done"], json!(later()), "it says when");

    let again = expired(&venue.handler, later(), || true).await;
    assert_eq!(again, Deleted { objects: 0, whole: true });
    assert_eq!(venue.json(LEFT[0]).await, tombstone);
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
    assert_eq!(venue.keys("race/").await, LEFT);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_is_kept_for_as_long_as_it_says_and_for_good_where_it_does_not_say() {
    let venue = venue().await;
    let before = venue.keys("").await;
    let last: Timestamp = "2026-12-23T23:59:59+09:00".parse().unwrap();
    // Rules that were put there within the week before delete nothing, which these were.
    let soon = Timestamp::now();
    for now in [soon, last.min(soon)] {
        assert_eq!(expired(&venue.handler, now, || true).await.objects, 0, "{now}");
    }
    venue.put("race/race.toml", "name = {").await;
    let standings = venue.handler.standings(None, later()).await.unwrap();
    assert!(
        matches!(&standings[&race()], Standing::Unknown(why) if why.contains("race.toml line 1"))
    );
    assert_eq!(standings[&RaceId::new("race-2").unwrap()], Standing::ForGood);
    venue.put("race/race.toml", rules("")).await;
    assert_eq!(expired(&venue.handler, later(), || true).await.objects, 0);
    assert_eq!(venue.keys("").await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_cut_off_is_taken_up_and_nothing_is_made_meanwhile() {
    let venue = venue().await;
    let event = venue.put("race/photos/a/3_bib2.jpg", small_photo(93)).await;
    let cut = expired(&venue.handler, later(), || false).await;
    assert_eq!(cut, Deleted { objects: 0, whole: false });
    assert!(venue.keys("race/photos/").await.len() == 3, "it has only begun");

    // Another process, which sees the tombstone and all that is left.
    let other = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    assert!(other.handle(&event).await.unwrap().is_empty());
    follow(&other, Handler::reconciliation([&race()]), 2).await.unwrap();
    assert!(venue.keys("race/certificates/2/").await.is_empty());

    // It is cut off once more, in the middle.
    for key in venue.keys("race/certificates/").await {
        venue.bucket.delete(&key).await.unwrap();
    }
    assert!(expired(&other, later(), || true).await.whole);
    let left = venue.keys("race/").await;
    assert!(left.iter().all(|key| LEFT.contains(&key.as_str()) || is_late(key)), "{left:?}");
}

fn is_late(key: &str) -> bool {
    key.starts_with("race/rejected/late-")
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_later_is_rejected_with_the_reason_and_without_a_name() {
    let venue = venue().await;
    expired(&venue.handler, later(), || true).await;
    let other = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    let mut seen = 0;
    for (key, body) in [
        ("race/photos/髙橋健吾/1_bib1.jpg", small_photo(94)),
        ("race/results.csv", RESULTS.into()),
        ("race/erased/1.json", b"{}".to_vec()),
        ("race/decisions/0123456789abcdef.json", b"{\"bibs\": [\"1\"]}".to_vec()),
    ] {
        let upload = venue.put(key, body).await;
        for _ in 0..2 {
            assert!(other.handle(&upload).await.unwrap().is_empty(), "{key}");
            let step = other.first_step(&upload).await.unwrap();
            assert!(step.handled.is_empty() && step.queued.is_empty(), "{key}");
        }
        seen += 1;
        let rejected = venue.keys("race/rejected/").await;
        assert_eq!(rejected.len(), seen, "{key} once, however often it comes: {rejected:?}");
    }
    for key in venue.keys("race/rejected/").await {
        let record = venue.json(&key).await;
        let reason = record["reason"].as_str().unwrap();
        assert!(
            reason.contains("30 days after 2026-11-23") && reason.contains("folder of its own")
        );
        assert!(!record.to_string().contains("健吾"), "{record}");
    }
    let known = ["race/results.csv", "race/erased/1.json", "race/decisions/0123456789abcdef.json"];
    for key in venue.keys("race/").await {
        let theirs = known.contains(&key.as_str()) || key.starts_with("race/photos/");
        assert!(theirs || LEFT.contains(&key.as_str()) || is_late(&key), "{key} was made");
    }
    // They go, and that they came is still told.
    let deleted = expired(&venue.handler, later(), || true).await;
    assert_eq!(deleted, Deleted { objects: 4, whole: true });
    assert_eq!(venue.keys("race/rejected/").await.len(), 4);

    let gone = venue.put("race/photos/a/5.jpg", small_photo(95)).await;
    venue.bucket.delete(&gone.key).await.unwrap();
    other.handle(&gone).await.unwrap();
    assert_eq!(
        venue.keys("race/rejected/").await.len(),
        4,
        "an event of what is gone says nothing"
    );
    let fault = other.erase(&race(), &Bib::parse("1").unwrap()).await.unwrap_err();
    assert!(fault.message.contains("nothing of its runners is kept"), "{fault}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_process_wrote_that_did_not_know_yet_goes_with_the_next_reconciliation() {
    let venue = venue().await;
    // It read the race a moment ago.
    venue.handler.races().race_data(&race()).await.unwrap();
    let other = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    expired(&other, later(), || true).await;
    let photo = venue.put("race/photos/a/9_bib2.jpg", small_photo(96)).await;
    venue.handle(&photo).await;
    expired(&other, later(), || true).await;
    let left = venue.keys("race/").await;
    assert!(left.iter().all(|key| LEFT.contains(&key.as_str()) || is_late(key)), "{left:?}");
}

/// The bucket of another maker's S3, since ours keeps no versions.
#[tokio::test(flavor = "multi_thread")]
async fn the_versions_that_a_bucket_kept_go_too_however_many_there_are() {
    let moto = Moto::start();
    let client = StoreConfig::local(&moto.address, "key", "secret").client();
    let bucket = Bucket::new(client.clone(), BUCKET);
    bucket.create().await.unwrap();
    use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let versioned = client.put_bucket_versioning().bucket(BUCKET);
    versioned.versioning_configuration(on).send().await.unwrap();
    let rules = rules("retention_days = 30");
    bucket.put("race/race.toml", rules.into(), "", Write::Always).await.unwrap();
    futures::stream::iter(0..345)
        .for_each_concurrent(16, |n| {
            let (bucket, key) = (bucket.clone(), format!("race/photos/a/{n} +%41.jpg"));
            async move {
                bucket.put(&key, "first".into(), "", Write::Always).await.unwrap();
                bucket.delete(&key).await.unwrap();
                bucket.put(&key, "second".into(), "", Write::Always).await.unwrap();
            }
        })
        .await;
    let handler = Handler::new(bucket.clone(), bucket.clone());
    // As often as it takes, a page of a thousand versions each time.
    let mut rounds = 0;
    loop {
        let pages = std::cell::Cell::new(0);
        let one = || pages.replace(1) == 0;
        rounds += 1;
        if expired(&handler, later(), one).await.whole {
            break;
        }
        assert!(rounds < 10);
    }
    assert!(rounds > 1, "1035 versions are more than one page");
    let listed = client.list_object_versions().bucket(BUCKET).send().await.unwrap();
    let keys: Vec<&str> = listed.versions().iter().filter_map(|version| version.key()).collect();
    assert!(keys.iter().all(|key| LEFT.contains(key)), "{keys:?}");
    assert_eq!(listed.delete_markers().len(), 0);
    let done: Value = {
        let read = bucket.get(LEFT[0], kanso_pipeline::store::If::Any, 1 << 20).await.unwrap();
        serde_json::from_slice(&read.bytes).unwrap()
    };
    assert!(done["done"].is_string(), "{done}");
}
