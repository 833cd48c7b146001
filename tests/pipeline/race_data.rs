//! Race data comes late, changes, or says that there is no finish.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use aws_sdk_s3::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_s3::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_s3::error::BoxError;
use kanso_matching::Outcome;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::race_folder::{RaceFolders, Readiness};
use kanso_pipeline::store::Bucket;
use serde_json::json;

use super::venue::{BUCKET, RESULTS, RULES, Venue, photo};

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_before_its_race_waits_and_is_issued_when_the_results_arrive() {
    let venue = Venue::start().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(50)).await;
    assert_eq!(venue.handle(&upload).await[0].decision.outcome, Outcome::Pending);
    assert!(venue.only("race/pending/").await["reason"].as_str().unwrap().contains("race.toml"));

    let rules = venue.put("race/race.toml", RULES).await;
    let handled = venue.handle(&rules).await;
    assert_eq!(handled[0].decision.outcome, Outcome::Pending, "the results are not there yet");

    let results = venue.put("race/results.csv", RESULTS).await;
    let handled = venue.handle(&results).await;
    assert_eq!(handled[0].decision.outcome, Outcome::Issue, "{:?}", handled[0].decision);
    assert!(venue.keys("race/pending/").await.is_empty());
    assert_eq!(venue.keys("race/certificates/1/").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runner_who_did_not_finish_never_gets_a_certificate() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib3.jpg", photo(51)).await;
    assert_eq!(venue.handle(&upload).await[0].decision.outcome, Outcome::Reject);
    let reason = venue.only("race/rejected/").await["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("DNF"), "{reason}");
    assert!(venue.keys("race/certificates/").await.is_empty());

    // Not even by a person's word.
    let id = venue.only("race/rejected/").await["photo_id"].as_str().unwrap().to_owned();
    let decision = json!({"bibs": ["3"]}).to_string();
    let decided = venue.put(&format!("race/decisions/{id}.json"), decision).await;
    venue.handle(&decided).await;
    assert!(venue.keys("race/certificates/").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_settles_a_photo_that_nothing_identifies() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/nobody.jpg", photo(52)).await;
    let handled = venue.handle(&upload).await;
    assert_eq!(handled[0].decision.outcome, Outcome::Review);

    let decision = json!({"bibs": ["2"]}).to_string();
    let key = format!("race/decisions/{}.json", handled[0].photo_id);
    let decided = venue.put(&key, decision).await;
    let handled = venue.handle(&decided).await;
    assert_eq!(handled[0].issued[0].bib.as_str(), "2");
    assert!(venue.keys("race/review/").await.is_empty());
    assert_eq!(venue.keys("race/certificates/2/").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_file_that_cannot_be_read_keeps_photos_waiting_and_says_why() {
    let venue = Venue::start().await;
    venue.put("race/race.toml", "name = 3\n").await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(53)).await;
    assert_eq!(venue.handle(&upload).await[0].decision.outcome, Outcome::Pending);
    let reason = venue.only("race/pending/").await["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("line 1") && reason.contains("name"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrected_name_supersedes_the_certificate_by_name() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(54)).await;
    let first = venue.handle(&upload).await[0].issued[0].fingerprint.clone();
    let corrected = RESULTS.replace("髙橋 健吾", "髙橋 謙吾");
    let results = venue.put("race/results.csv", corrected).await;
    let handled = venue.handle(&results).await;
    let second = &handled[0].issued[0].fingerprint;
    assert_ne!(*second, first);
    let current =
        venue.json(&format!("race/certificates/1/{}/current.json", handled[0].photo_id)).await;
    assert_eq!(
        current,
        json!({
            "format": 1,
            "photo": "race/photos/a/x_bib1.jpg",
            "etag": upload.etag.unwrap(),
            "fingerprint": second,
            "revision": 2,
            "superseded": [first],
            "confirmed": false,
        })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logo_that_comes_last_opens_the_pending_tray() {
    let venue = Venue::start().await;
    venue.put("race/race.toml", format!("{RULES}\n[appearance]\nlogo = \"logo.svg\"\n")).await;
    venue.put("race/results.csv", RESULTS).await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(55)).await;
    assert_eq!(venue.handle(&upload).await[0].decision.outcome, Outcome::Pending);
    let logo = r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><rect width="9" height="9"/></svg>"#;
    let logo = venue.put("race/logo.svg", logo).await;
    assert_eq!(venue.handle(&logo).await[0].decision.outcome, Outcome::Issue);
}

/// Holds back every call about one race until it is let go.
#[derive(Debug, Clone, Default)]
struct Held(Arc<(Mutex<bool>, Condvar)>);

impl Held {
    fn let_go(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

impl Intercept for Held {
    fn name(&self) -> &'static str {
        "held"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.request().uri().contains("/slow/") {
            let gone = self.0.0.lock().unwrap();
            drop(self.0.1.wait_while(gone, |gone| !*gone).unwrap());
        }
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn staff_who_look_make_no_photo_under_way_begin_again() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/nobody.jpg", photo(55)).await;
    let photo = venue.handle(&upload).await[0].photo_id;
    let (race, races) = (RaceId::new("race").unwrap(), venue.handler.races());
    let read = async || match races.race_data(&race).await.unwrap() {
        (Readiness::Ready(race_data), generation) => (race_data, generation),
        _ => panic!("the race is not ready"),
    };
    let (before, generation) = read().await;
    assert!(venue.handler.to_review(&race, &photo).await.unwrap().is_some());
    assert!(Arc::ptr_eq(&before, &read().await.0), "40,000 rows are not read for each look");
    // Nor does who needs the very newest, where they are the same.
    venue.handler.camera_reports(&race).await.unwrap();
    races.newest(&race).await.unwrap();
    assert!(races.is_newest(&race, generation).await);
    venue.put("race/results.csv", RESULTS.replace("1:30:00", "1:30:01")).await;
    races.newest(&race).await.unwrap();
    assert!(!races.is_newest(&race, generation).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_race_that_takes_long_to_read_holds_up_no_other() {
    let venue = Venue::with_race().await;
    let held = Held::default();
    let config = venue.client.config().to_builder().interceptor(held.clone()).build();
    let bucket = Bucket::new(aws_sdk_s3::Client::from_conf(config), BUCKET);
    let races = Arc::new(RaceFolders::new(bucket));
    let (slow, other) = (RaceId::new("slow").unwrap(), RaceId::new("race").unwrap());
    let reading = tokio::spawn({
        let (races, slow) = (races.clone(), slow.clone());
        async move { races.race_data(&slow).await.map(drop) }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    // New results of the slow race arrive meanwhile.
    let told = tokio::spawn({
        let races = races.clone();
        async move { races.expire(&slow).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    let read = tokio::time::timeout(Duration::from_secs(20), races.race_data(&other)).await;
    held.let_go();
    let (readiness, _) = read.expect("another race is not held up").unwrap();
    assert!(matches!(readiness, Readiness::Ready(_)));
    reading.await.unwrap().unwrap();
    told.await.unwrap();
}
