//! Photos taken about the same moment are decided beside one another, in whatever order they come.

use kanso_matching::Outcome;
use kanso_photo::PhotoId;
use kanso_pipeline::handler::Handled;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_race::Bib;
use serde_json::Value;

use super::venue::{RULES, Venue, numbered, tagged};

/// 1001 finishes at 10:11:08; 1017 an hour before, so that a person is asked about it.
const RESULTS: &str = "ナンバー,氏名,種目,グロスタイム\n\
    1001,髙橋 健吾,half,1:41:08\n1017,渡邉 さくら,half,0:41:08\n1003,渡邉 葵,half,1:41:09\n";

async fn venue() -> Venue {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    venue.put("race/results.csv", RESULTS).await;
    venue
}

async fn come(venue: &Venue, file: &str, bytes: Vec<u8>) -> Vec<Handled> {
    venue.handle(&venue.put(&format!("race/photos/{file}.jpg"), bytes).await).await
}

/// A photo in which nothing is read.
fn unread(seed: u8, second: u8) -> Vec<u8> {
    tagged(seed, None, &format!("2026-11-23T10:11:{second:02}"))
}

fn of_1001(second: u8) -> Vec<u8> {
    tagged(70, Some("bib:1001"), &format!("2026-11-23T10:11:{second:02}"))
}

/// A photo in which 1017 is read.
fn reads_1017(second: u8) -> Vec<u8> {
    numbered(Some(&format!("2026-11-23T10:11:{second:02}+09:00")))
}

/// The outcome of a photo as it lies in the store.
async fn outcome(venue: &Venue, file: &str) -> Value {
    let keys = venue.keys(&format!("race/outcomes/{file}.jpg/")).await;
    assert_eq!(keys.len(), 1, "{file}: {keys:?}");
    venue.json(&keys[0]).await
}

async fn assert_outcome(venue: &Venue, file: &str, expected: &str, why: &str) {
    let outcome = outcome(venue, file).await;
    assert_eq!(outcome["outcome"], expected, "{file}: {outcome}");
    assert!(outcome["reason"].as_str().unwrap().contains(why), "{file}: {outcome}");
}

async fn answer(venue: &Venue, photo: PhotoId, answer: &str) {
    let key = format!("race/decisions/{photo}.json");
    venue.handle(&venue.put(&key, answer.to_owned()).await).await;
}

async fn assert_nothing_is_left(venue: &Venue) {
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
    let mut photos = std::collections::BTreeSet::new();
    for key in venue.keys("race/sightings/").await {
        assert!(photos.insert(key.split('-').nth(1).unwrap().to_owned()), "{key} is one too many");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_without_a_number_asks_nobody_once_its_neighbour_shows_whom_it_shows() {
    for unread_first in [true, false] {
        let venue = venue().await;
        if !unread_first {
            come(&venue, "b/2", of_1001(9)).await;
        }
        let alone = come(&venue, "b/1", unread(61, 8)).await.remove(0);
        if unread_first {
            assert_ne!(alone.decision.outcome, Outcome::Reject, "{:?}", alone.decision);
            come(&venue, "b/2", of_1001(9)).await;
        }
        // Another camera's, and one that was taken later, are no part of the burst.
        come(&venue, "c/1", unread(62, 8)).await;
        come(&venue, "b/3", unread(63, 20)).await;
        assert_outcome(&venue, "b/1", "reject", "within 2 s show 1001").await;
        for other in ["c/1", "b/3"] {
            assert_ne!(outcome(&venue, other).await["outcome"], "reject", "{other}");
        }
        assert_nothing_is_left(&venue).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_neighbour_showed_counts_no_longer_when_a_person_says_otherwise() {
    let venue = venue().await;
    let sure = come(&venue, "b/2", of_1001(9)).await.remove(0);
    come(&venue, "b/1", unread(61, 8)).await;
    assert_outcome(&venue, "b/1", "reject", "show 1001").await;
    answer(&venue, sure.photo_id, "{\"bibs\": [\"1003\"]}").await;
    assert_outcome(&venue, "b/1", "reject", "show 1003").await;
    answer(&venue, sure.photo_id, "{\"reject\": \"a spectator\"}").await;
    assert_ne!(outcome(&venue, "b/1").await["outcome"], "reject");
    assert_nothing_is_left(&venue).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_asked_once_about_a_burst_and_the_answer_holds_for_all_of_it() {
    let venue = venue().await;
    // The later one comes first, so that it is asked about until the earlier one is there.
    for (file, second) in [("b/3", 13), ("b/2", 11), ("b/1", 9)] {
        come(&venue, file, reads_1017(second)).await;
    }
    assert_outcome(&venue, "b/1", "review", "1017").await;
    assert_outcome(&venue, "b/2", "pending", "waits for the answer").await;
    assert_outcome(&venue, "b/3", "pending", "waits for the answer").await;
    assert_eq!(venue.keys("race/review/").await.len(), 1);

    let first = PhotoId::of(&reads_1017(9));
    answer(&venue, first, "{\"bibs\": []}").await;
    assert_outcome(&venue, "b/2", "reject", "a person said").await;
    assert_outcome(&venue, "b/3", "reject", "a person said").await;
    answer(&venue, first, "{\"bibs\": [\"1017\"]}").await;
    for file in ["b/1", "b/2", "b/3"] {
        assert_outcome(&venue, file, "issue", "").await;
    }
    // Whoever was issued because of the answer is taken back with it.
    answer(&venue, first, "{\"reject\": \"a spectator\"}").await;
    for file in ["b/2", "b/3"] {
        assert_outcome(&venue, file, "reject", "a person said").await;
    }
    assert_nothing_is_left(&venue).await;
    // She goes, and with her whatever was said of her.
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1017").unwrap());
    venue.handler.erase(&race, &bib).await.unwrap();
    let left = venue.keys("race/sightings/").await;
    assert!(left.iter().all(|key| !key.contains("1017")), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_neighbours_were_not_told_of_the_reconciler_finds() {
    let venue = venue().await;
    come(&venue, "b/1", unread(61, 8)).await;
    come(&venue, "b/2", of_1001(9)).await;
    assert_outcome(&venue, "b/1", "reject", "show 1001").await;
    // It is lost, and another is left behind by a worker that ended.
    for key in venue.keys("race/sightings/b/").await.iter().filter(|key| key.contains("1001")) {
        venue.bucket.delete(key).await.unwrap();
    }
    let (report, _) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert_eq!(report.half_written, 1, "{report:?}");
    assert_outcome(&venue, "b/1", "reject", "show 1001").await;
    assert_nothing_is_left(&venue).await;
}
