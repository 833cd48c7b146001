//! A photo that nothing speaks for but the number printed on the bib.

use kanso_matching::{Outcome, Source};
use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::Handled;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::{lanes, worker};
use kanso_race::Bib;

use super::venue::{RULES, Venue, numbered, photo};

/// 1017 finishes at 10:11:08, a second before the photo; others just beside.
const RESULTS: &str = "ナンバー,氏名,種目,グロスタイム,状態\n\
    1017,髙橋 健吾,half,1:41:08,\n1018,渡邉 さくら,half,1:41:08,\n1071,齋藤 大地,half,1:41:07,\n\
    2017,山﨑 遥,half,1:41:09,\n1,浜田 翔,half,1:30:00,\n";
const TAKEN: &str = "2026-11-23T10:11:09+09:00";

async fn venue(results: &str) -> Venue {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    venue.put("race/results.csv", results).await;
    venue
}

fn bibs(handled: &Handled) -> Vec<&str> {
    handled.issued.iter().map(|issued| issued.bib.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn number_and_clock_together_make_the_certificate_and_are_read_once() {
    let venue = venue(RESULTS).await;
    let upload = venue.put("race/photos/a/1.jpg", numbered(Some(TAKEN))).await;
    let handled = venue.handle(&upload).await.remove(0);
    assert_eq!(bibs(&handled), ["1017"], "{:?}", handled.decision);
    let found = &handled.decision.matches[0];
    assert!(found.evidence.iter().any(|one| one.source == Source::Reading), "{found:?}");
    assert_eq!(handled.decision.reason, "matched by the printed number and the clock");

    // What was read stands in the outcome, and counts in place of the picture.
    let key = venue.keys("race/outcomes/").await.remove(0);
    let mut outcome = venue.json(&key).await;
    assert!(!outcome["facts"]["readings"]["boxes"].as_array().unwrap().is_empty(), "{outcome}");
    outcome["facts"]["readings"]["boxes"] = serde_json::json!([]);
    venue.put(&key, outcome.to_string()).await;
    let again = venue.handle(&upload).await.remove(0);
    assert_eq!(bibs(&again), Vec::<&str>::new(), "{:?}", again.decision);

    // Another version's readings are worth nothing where a new reading is asked for.
    let mut outcome = venue.json(&key).await;
    outcome["facts"]["readings"]["reader"] = 0.into();
    venue.put(&key, outcome.to_string()).await;
    let (report, work) = reconcile(&venue.handler, None, Scope::Reread).await.unwrap();
    assert_eq!((report.reread, work.len()), (1, 1), "{report:?}");
    assert_eq!(bibs(&venue.handle(&work[0]).await[0]), ["1017"]);
    let (report, work) = reconcile(&venue.handler, None, Scope::Reread).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_no_clock_confirms_is_put_before_a_person() {
    let venue = venue(RESULTS).await;
    let an_hour_off = TAKEN.replace("10:11", "11:11");
    for (n, taken) in [None, Some(an_hour_off.as_str())].into_iter().enumerate() {
        let upload = venue.put(&format!("race/photos/a/{n}.jpg"), numbered(taken)).await;
        let decision = venue.handle(&upload).await.remove(0).decision;
        assert_eq!(decision.outcome, Outcome::Review, "{decision:?}");
        assert_eq!(decision.candidates[0].bib.as_str(), "1017", "{decision:?}");
        assert!(decision.reason.contains("look at the number"), "{}", decision.reason);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_not_listed_never_becomes_another_runner() {
    let venue = venue(&RESULTS.replace("1017,髙橋 健吾,half,1:41:08,\n", "")).await;
    let upload = venue.put("race/photos/a/1.jpg", numbered(Some(TAKEN))).await;
    let decision = venue.handle(&upload).await.remove(0).decision;
    assert!(decision.matches.is_empty(), "{decision:?}");
    // Nor does the clock make another of it where one runner alone finished about then.
    let alone = RESULTS.lines().filter(|row| !row.contains(":41:0") || row.contains("1071"));
    let alone = alone.collect::<Vec<_>>().join("\n");
    venue.handle(&venue.put("race/results.csv", alone).await).await;
    let upload = venue.put("race/photos/a/2.jpg", [numbered(Some(TAKEN)), vec![0]].concat()).await;
    let decision = venue.handle(&upload).await.remove(0).decision;
    assert!(decision.matches.is_empty(), "{decision:?}");
    // Of two photos of one moment a person is asked about one.
    assert_eq!(decision.outcome, Outcome::Review, "{decision:?}");
    assert!(decision.reason.starts_with("a bib reads 1017"), "{}", decision.reason);
    assert_eq!(venue.keys("race/review/").await.len(), 1);
    // 1017 comes later, as it does on a race's day.
    let queued = venue.put("race/results.csv", RESULTS).await;
    let handled = venue.handle(&queued).await;
    assert_eq!(handled.len(), 2);
    assert!(handled.iter().all(|one| bibs(one) == ["1017"]), "{handled:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_read_of_an_erased_runner_is_forgotten() {
    let venue = venue(RESULTS).await;
    let upload = venue.put("race/photos/a/1.jpg", numbered(Some(TAKEN))).await;
    venue.handle(&upload).await;
    let (race, bib) = (RaceId::new("race").unwrap(), Bib::parse("1017").unwrap());
    venue.handler.erase(&race, &bib).await.unwrap();
    venue.handle(&venue.put("race/results.csv", RESULTS.replace("1:30", "1:31")).await).await;
    let key = venue.keys("race/outcomes/").await.remove(0);
    let facts = venue.json(&key).await["facts"].clone();
    assert_eq!(facts["shows_erased"], true, "{facts}");
    assert!(!facts.to_string().contains("1017"), "{facts}");
    assert!(venue.keys("race/certificates/").await.is_empty(), "nor is it anybody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn sure_photos_are_done_before_numbers_are_read_and_nobody_doubts_what_waits() {
    let venue = venue(RESULTS).await;
    let mut uploads: Vec<Upload> = Vec::new();
    for n in 0..2 {
        let mut unread = numbered(Some(TAKEN));
        unread.extend([n]);
        uploads.push(venue.put(&format!("race/photos/a/{n}.jpg"), unread).await);
    }
    for n in 2..8 {
        uploads.push(venue.put(&format!("race/photos/a/{n}_bib1.jpg"), photo(60 + n)).await);
    }
    let progress = std::sync::Arc::<kanso_pipeline::progress::Progress>::default();
    let (submit, queue) = lanes::channel(8, progress.clone());
    let (done, mut handled) = tokio::sync::mpsc::channel(8);
    submit.hold_reading(true);
    for upload in uploads {
        submit.send(upload).await.unwrap();
    }
    let working = tokio::spawn(worker::work(venue.handler.clone(), queue, 2, done));
    for _ in 0..6 {
        let sure = handled.recv().await.unwrap();
        assert_eq!(bibs(&sure), ["1"], "{}", sure.key);
    }
    while progress.standing().unread < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(progress.is_idle() && progress.is_set_aside("race/photos/a/0.jpg"));
    let (_, found) = reconcile(&venue.handler, None, Scope::Unfinished).await.unwrap();
    assert_eq!(found.len(), 2, "they would be found again, were they lost");
    submit.hold_reading(false);
    for _ in 0..2 {
        assert_eq!(bibs(&handled.recv().await.unwrap()), ["1017"]);
    }
    drop(submit);
    working.await.unwrap();
    let standing = progress.standing();
    assert_eq!((standing.waiting, standing.unread, standing.oldest_unread), (0, 0, None));
}
