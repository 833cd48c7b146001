//! Work in pieces, as a queue hands them out: it ends where the work of one process ends,
//! whoever does a piece, and however often.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use kanso_certificate::Fault;
use kanso_photo::PhotoId;
use kanso_pipeline::handler::{Handled, Handler};
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::tasks::Task;
use kanso_race::Bib;
use serde_json::json;

use super::venue::{RESULTS, Venue, small_photo};

/// Does pieces and what they call for, each as often as a queue may deliver it.
pub async fn follow(
    handler: &Handler,
    tasks: Vec<Task>,
    deliveries: usize,
) -> Result<Vec<Handled>, Fault> {
    let (mut queue, mut handled) = (VecDeque::from(tasks), Vec::new());
    while let Some(task) = queue.pop_front() {
        for _ in 0..deliveries {
            let step = handler.step(&task).await?;
            handled.extend(step.handled);
            queue.extend(step.queued);
            step.failed.map_or(Ok(()), Err)?;
        }
    }
    Ok(handled)
}

fn keys(handled: &[Handled]) -> Vec<&str> {
    let mut keys: Vec<&str> = handled.iter().map(|handled| handled.key.as_str()).collect();
    keys.sort_unstable();
    keys
}

const RENAMED: [&str; 2] = ["race/photos/a/1_bib1.jpg", "race/photos/a/2_bib1.jpg"];

/// A venue with two photos of bib 1 and one of bib 2.
async fn issued() -> Venue {
    let venue = Venue::with_race().await;
    for (n, key) in (80..).zip([RENAMED[0], RENAMED[1], "race/photos/a/3_bib2.jpg"]) {
        let upload = venue.put(key, small_photo(n)).await;
        assert_eq!(venue.handle(&upload).await[0].issued.len(), 1);
    }
    venue
}

fn renamed(name: &str) -> String {
    RESULTS.replace("髙橋 健吾", name)
}

/// The names on the certificates of bib 1 that hold.
async fn names(venue: &Venue) -> Vec<String> {
    let mut names = Vec::new();
    for kept in venue.kept("1").await {
        let record = venue.json(&kept.servable().unwrap().record()).await;
        names.push(record["result"]["name"].as_str().unwrap().to_owned());
    }
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn new_results_have_each_changed_photo_done_once_though_every_message_comes_twice() {
    let venue = issued().await;
    let results = venue.put("race/results.csv", renamed("髙橋 謙吾")).await;
    let first = venue.handler.first_step(&results).await.unwrap();
    assert!(first.handled.is_empty() && first.failed.is_none(), "race data render nothing");
    let handled = follow(&venue.handler, first.queued, 2).await.unwrap();
    assert_eq!(keys(&handled), RENAMED);
    assert_eq!(names(&venue).await, ["髙橋 謙吾", "髙橋 謙吾"]);
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_with_older_data_learns_of_the_newer_from_the_message() {
    let venue = issued().await;
    let older = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    let race = RaceId::new("race").unwrap();
    older.races().race_data(&race).await.unwrap();
    let results = venue.put("race/results.csv", renamed("髙橋 謙吾")).await;
    let mut queued = venue.handler.first_step(&results).await.unwrap().queued;
    queued = venue.handler.step(&queued[0]).await.unwrap().queued;
    let handled = follow(&older, queued, 1).await.unwrap();
    assert_eq!(keys(&handled), RENAMED);
    assert_eq!(names(&venue).await, ["髙橋 謙吾", "髙橋 謙吾"]);
}

/// A venue where an instance that had not heard of the newest results has written a photo's
/// certificate after another one had followed them.
async fn written_from_older_data() -> Venue {
    for _ in 0..5 {
        let venue = issued().await;
        let older = Handler::new(venue.bucket.clone(), venue.bucket.clone());
        let photo = venue.put(RENAMED[0], small_photo(80)).await;
        let read = Instant::now();
        older.handle(&photo).await.unwrap();
        let results = venue.put("race/results.csv", renamed("髙橋 謙吾")).await;
        let queued = venue.handler.first_step(&results).await.unwrap().queued;
        follow(&venue.handler, queued, 1).await.unwrap();
        // For five seconds it does not ask; this machine may be slower.
        older.handle(&photo).await.unwrap();
        if read.elapsed() < Duration::from_secs(5) {
            let mut names = names(&venue).await;
            names.sort();
            assert_eq!(names, ["髙橋 健吾", "髙橋 謙吾"], "one is from the older data");
            return venue;
        }
    }
    panic!("this machine takes more than five seconds for three photos");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_from_older_data_is_mended_by_the_next_event() {
    let venue = written_from_older_data().await;
    let results = venue.put("race/results.csv", renamed("髙橋 謙吾")).await;
    let queued = venue.handler.first_step(&results).await.unwrap().queued;
    assert_eq!(keys(&follow(&venue.handler, queued, 1).await.unwrap()), [RENAMED[0]]);
    assert_eq!(names(&venue).await, ["髙橋 謙吾", "髙橋 謙吾"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_from_older_data_is_mended_by_the_next_reconciliation() {
    let venue = written_from_older_data().await;
    let queued = Handler::reconciliation([&RaceId::new("race").unwrap()]);
    assert_eq!(keys(&follow(&venue.handler, queued, 1).await.unwrap()), [RENAMED[0]]);
    assert_eq!(names(&venue).await, ["髙橋 謙吾", "髙橋 謙吾"]);
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_finds_its_photo_in_a_process_that_has_read_no_outcome() {
    let venue = issued().await;
    let cold = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    // One names the runner whose certificate it is; of the other only the id is known.
    for (shade, key, answer, void) in [
        (80, RENAMED[0], json!({"block": ["1"]}), "blocked"),
        (81, RENAMED[1], json!({"reject": "a spectator"}), "a spectator"),
    ] {
        let id = PhotoId::of(&small_photo(shade));
        let answer = venue.put(&format!("race/decisions/{id}.json"), answer.to_string()).await;
        let queued = cold.first_step(&answer).await.unwrap().queued;
        assert!(
            matches!(&queued[..], [Task::Photo { key: found, .. }] if found == key),
            "{queued:?}"
        );
        follow(&cold, queued, 2).await.unwrap();
        let kept = venue.kept("1").await;
        let kept = kept.iter().find(|kept| kept.photo == id).unwrap();
        assert!(kept.servable().unwrap_err().contains(void), "{kept:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reconciliation_in_pieces_finds_what_one_at_once_finds() {
    let venue = issued().await;
    let standing = venue.kept("2").await.remove(0);
    let id = standing.photo;
    let keys_of = standing.servable().unwrap().clone();
    venue.bucket.delete(&keys_of.pdf()).await.unwrap();
    let orphan = json!({"format": 1, "fingerprint": "f", "revision": 1, "superseded": [],
        "photo": standing.current.photo, "etag": standing.current.etag});
    venue.put(&format!("race/certificates/3/{id}/current.json"), orphan.to_string()).await;
    venue.put(&format!("race/review/{id}.json"), "{}").await;
    venue.put("race/photos/a/lost_bib2.jpg", small_photo(90)).await;
    let outcome = venue.keys("race/outcomes/a/1_bib1.jpg/").await.remove(0);
    venue.put(&outcome, "damaged").await;

    let queued = Handler::reconciliation([&RaceId::new("race").unwrap()]);
    let handled = follow(&venue.handler, queued, 1).await.unwrap();
    let expected = [RENAMED[0], "race/photos/a/3_bib2.jpg", "race/photos/a/lost_bib2.jpg"];
    assert_eq!(keys(&handled), expected);
    assert_eq!(venue.keys(&keys_of.pdf()).await.len(), 1);
    assert_eq!(venue.keys("race/review/").await, [""; 0]);
    let orphan = venue.json(&format!("race/certificates/3/{id}/current.json")).await;
    assert!(orphan["void"].is_string());
    let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
    let queued = Handler::reconciliation([&RaceId::new("race").unwrap()]);
    assert!(follow(&venue.handler, queued, 1).await.unwrap().is_empty(), "nothing is left");
}

#[tokio::test(flavor = "multi_thread")]
async fn pieces_forget_an_erased_runner_too() {
    let venue = issued().await;
    let erased = venue.put("race/erased/1.json", r#"{"erased": true}"#).await;
    let queued = venue.handler.first_step(&erased).await.unwrap().queued;
    follow(&venue.handler, queued, 2).await.unwrap();
    assert!(venue.keys("race/certificates/1/").await.is_empty());
    let (race, other) = (RaceId::new("race").unwrap(), Bib::parse("2").unwrap());
    assert_eq!(venue.handler.issued(&race, &other).await.unwrap().len(), 1);
}
