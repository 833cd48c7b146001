//! Events come twice, at once, late or out of date.

use kanso_matching::Outcome;
use kanso_pipeline::events::Upload;
use kanso_pipeline::reconcile::{Scope, reconcile};

use super::venue::{Venue, photo};

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_becomes_one_pdf_one_preview_one_record_and_one_outcome() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(10)).await;
    let handled = venue.handle(&upload).await;
    assert_eq!(handled[0].decision.outcome, Outcome::Issue, "{:?}", handled[0].decision);

    let keys = venue.keys("race/certificates/1/").await;
    assert_eq!(keys.len(), 4, "{keys:?}");
    let folder = format!("race/certificates/1/{}/", handled[0].photo_id);
    let current = venue.json(&format!("{folder}current.json")).await;
    assert_eq!(current["revision"], 1);
    let record =
        venue.json(&format!("{folder}{}.json", current["fingerprint"].as_str().unwrap())).await;
    assert_eq!(record["bib"], "1");
    assert_eq!(record["evidence"][0]["source"], "key");
    let outcome = venue.only("race/outcomes/").await;
    assert_eq!(outcome["outcome"], "issue");
    for tray in ["pending", "review", "rejected"] {
        assert!(venue.keys(&format!("race/{tray}/")).await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_events_at_once_and_a_third_later_give_one_certificate() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(11)).await;
    let (first, second) =
        tokio::join!(venue.handler.handle(&upload), venue.handler.handle(&upload));
    first.unwrap();
    second.unwrap();
    let before = venue.bucket.list("race/").await.unwrap();
    venue.handle(&upload).await;
    assert_eq!(venue.bucket.list("race/").await.unwrap(), before, "nothing is written again");
    assert_eq!(venue.keys("race/certificates/").await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_replaced_photo_is_left_to_the_newer_one() {
    let venue = Venue::with_race().await;
    let old = venue.put("race/photos/a/x_bib1.jpg", photo(12)).await;
    let new = venue.put("race/photos/a/x_bib1.jpg", photo(13)).await;
    assert!(venue.handle(&old).await.is_empty());
    assert!(venue.keys("race/certificates/").await.is_empty());
    assert_eq!(venue.handle(&new).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_of_a_deleted_photo_is_acknowledged() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(14)).await;
    venue.bucket.delete(&upload.key).await.unwrap();
    assert!(venue.handle(&upload).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_without_an_etag_takes_the_version_that_is_there() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(15)).await;
    let bare = Upload { etag: None, size: None, ..upload };
    assert_eq!(venue.handle(&bare).await[0].issued.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_output_starts_no_work() {
    let venue = Venue::with_race().await;
    let upload = venue.put("race/photos/a/x_bib1.jpg", photo(16)).await;
    venue.handle(&upload).await;
    for key in venue.keys("race/").await {
        if key.contains("/photos/") || key.ends_with("race.toml") || key.ends_with("results.csv") {
            continue;
        }
        let echo = Upload { key, etag: None, ..upload.clone() };
        assert!(venue.handle(&echo).await.is_empty(), "{}", echo.key);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_events_are_found_by_the_reconciler_and_finished_ones_are_not() {
    let venue = Venue::with_race().await;
    let done = venue.put("race/photos/a/x_bib1.jpg", photo(17)).await;
    venue.handle(&done).await;
    let lost = venue.put("race/photos/a/y_bib2.jpg", photo(18)).await;
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert_eq!((report.races, report.photos, report.unfinished), (1, 2, 1));
    assert_eq!(work.iter().map(|u| &u.key).collect::<Vec<_>>(), [&lost.key]);
    venue.handle(&work[0]).await;
    let (report, _) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert_eq!(report.unfinished, 0);
}
