//! Every stored document says its format, and one of a newer kanso is never passed over.

use kanso_matching::person::Answer;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_race::Bib;
use serde_json::json;

use super::venue::{RESULTS, RULES, Venue, photo};

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_document_that_is_stored_says_its_format() {
    let venue = Venue::with_race().await;
    // Issued, blocked by a person, waiting, asked about, refused; then corrected and erased.
    for (shade, name) in [(60, "_bib1"), (61, "_bib2"), (62, "_bib9"), (63, ""), (64, "_bib3")] {
        let upload = venue.put(&format!("race/photos/a/{shade}{name}.jpg"), photo(shade)).await;
        venue.handle(&upload).await;
    }
    let issued = venue.handler.issued(&race(), &Bib::parse("2").unwrap()).await.unwrap();
    let answer = Answer { reject: Some("a spectator".into()), ..Answer::default() };
    let upload = venue.handler.answer_photo(&race(), &issued[0].photo, &answer).await.unwrap();
    venue.handle(&upload).await;
    venue.handle(&venue.put("race/results.csv", RESULTS.replace("1:30", "1:31")).await).await;
    venue.handler.erase(&race(), &Bib::parse("2").unwrap()).await.unwrap();

    let mut kinds = std::collections::BTreeSet::new();
    for key in venue.keys("race/").await.into_iter().filter(|key| key.ends_with(".json")) {
        assert_eq!(venue.json(&key).await["format"], json!(1), "{key}");
        kinds.insert(key.split('/').nth(1).unwrap().to_owned());
    }
    let all = "audit certificates corrections decisions erased outcomes pending rejected review";
    assert_eq!(kinds.into_iter().collect::<Vec<_>>().join(" "), all);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_of_a_newer_kanso_is_named_and_holds_up_nothing_else() {
    for folder in ["race/outcomes/", "race/certificates/1/"] {
        let venue = Venue::with_race().await;
        for (shade, bib) in [(60, "1"), (61, "2")] {
            let key = format!("race/photos/a/{shade}_bib{bib}.jpg");
            venue.handle(&venue.put(&key, photo(shade)).await).await;
        }
        let keys = venue.keys(folder).await;
        let newer = |key: &&String| key.ends_with("/current.json") || key.contains("/outcomes/");
        let key = keys.iter().find(newer).unwrap();
        let mut document = venue.json(key).await;
        document["format"] = json!(2);
        venue.put(key, document.to_string()).await;

        let disqualified = RESULTS.replace("1:30:00,", "1:30:00,失格").replace("さくら", "桜");
        let results = venue.put("race/results.csv", disqualified).await;
        let fault = venue.handler.handle(&results).await.unwrap_err();
        let (folder, name) = key.rsplit_once('/').unwrap();
        assert!(fault.message.contains(name), "{fault}");
        assert!(!fault.message.contains("60_bib1"), "a file's name may be a runner's: {folder}");
        assert!(fault.message.contains("format 2"), "{fault}");
        assert!(fault.message.contains("use the newer kanso"), "{fault}");
        assert_eq!(venue.json(key).await, document, "it is left as it is");
        let other = venue.kept("2").await;
        assert_eq!(other[0].current.revision, 2, "the other runner's name is followed");

        for race in ["another", "zzz"] {
            venue.put(&format!("{race}/race.toml"), RULES).await;
            venue.put(&format!("{race}/results.csv"), RESULTS).await;
            venue.put(&format!("{race}/photos/a/x_bib1.jpg"), photo(70)).await;
        }
        let (report, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
        assert_eq!(work.len(), 2, "the other races' photos: {report:?}");
        assert_eq!(report.unreadable.len(), 1, "{report:?}");
        assert!(report.unreadable[0].contains(name) && report.failed.is_empty(), "{report:?}");
        assert!(!report.is_clean());
        assert_eq!(venue.json(key).await, document, "it is left as it is");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_document_is_made_again_by_reconciling() {
    let venue = Venue::with_race().await;
    venue.handle(&venue.put("race/photos/a/60_bib1.jpg", photo(60)).await).await;
    let keys = venue.keys("race/").await;
    let ours = |key: &&String| key.ends_with("/current.json") || key.contains("/outcomes/");
    for key in keys.iter().filter(ours) {
        let whole = venue.json(key).await;
        venue.put(key, &b"{\"format\": 1, \"finge"[..]).await;
        let (_, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
        for upload in work {
            venue.handle(&upload).await;
        }
        assert_eq!(venue.json(key).await, whole, "{key}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_not_written_over() {
    let venue = Venue::with_race().await;
    venue.handle(&venue.put("race/photos/a/60_bib1.jpg", photo(60)).await).await;
    let bib = Bib::parse("1").unwrap();
    let issued = venue.handler.issued(&race(), &bib).await.unwrap();
    let key = format!("race/decisions/{}.json", issued[0].photo);
    for answer in [r#"{"format": 2, "people": []}"#, r#"{"bibs": ["1"], "reject": "no"}"#] {
        venue.put(&key, answer).await;
        let blocked = venue.handler.block(&race(), &issued[0].photo, &bib, None).await;
        let fault = blocked.unwrap_err();
        assert!(fault.message.starts_with(&key) && fault.message.contains("correct it"), "{fault}");
        assert_eq!(
            venue.json(&key).await,
            serde_json::from_str::<serde_json::Value>(answer).unwrap()
        );
    }
}
