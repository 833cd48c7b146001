//! A runner who asked to be forgotten is forgotten wherever kanso wrote of them.

use kanso_pipeline::events::Upload;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_pipeline::reconcile::{Scope, reconcile};
use kanso_pipeline::store::{Bucket, StoreConfig, Write};
use kanso_race::Bib;
use serde_json::json;

use super::moto::Moto;
use super::venue::{BUCKET, RULES, Venue, photo, tagged};

/// 5001 finished at 10:00, 5002 at 10:15.
const RESULTS: &str = "ナンバー,氏名,種目,グロスタイム,状態\n\
    5001,髙橋 健吾,half,1:30:00,\n5002,渡邉 さくら,half,1:45:00,\n5003,齋藤 大地,half,,途中棄権\n";

fn race() -> RaceId {
    RaceId::new("race").unwrap()
}

fn bib(text: &str) -> Bib {
    Bib::parse(text).unwrap()
}

async fn venue() -> Venue {
    let venue = Venue::start().await;
    venue.put("race/race.toml", RULES).await;
    venue.put("race/results.csv", RESULTS).await;
    venue
}

/// Everything that is kept of the race as text, but for what is the organiser's.
async fn written(venue: &Venue) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for key in venue.keys("race/").await {
        let ours = !["race/race.toml", "race/results", "race/photos/", "race/erased/"]
            .iter()
            .any(|theirs| key.starts_with(theirs));
        if ours && key.ends_with(".json") {
            let text = venue.json(&key).await.to_string();
            all.push((key, text));
        } else if ours {
            all.push((key, String::new()));
        }
    }
    all
}

/// As a word: a hash may hold the digits too.
fn says(text: &str, bib: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == bib)
}

async fn assert_nothing_says(venue: &Venue, bib: &str, when: &str) {
    for (key, text) in written(venue).await {
        assert!(!says(&key, bib) && !says(&text, bib), "{when}: {key} says {text}");
    }
}

async fn reconciled(venue: &Venue) {
    let (_, work) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    for upload in work {
        venue.handle(&upload).await;
    }
}

/// 5001 in a keyword, in an upload's metadata beside 5002, by a person's word, blocked, in
/// the words of a rejection, in a correction, and named by a certificate that is void.
async fn told_of_everywhere(venue: &Venue) {
    let keyword = tagged(60, Some("bib:5001"), "2026-11-23T10:00:01+09:00");
    venue.handle(&venue.put("race/photos/a/keyword.jpg", keyword).await).await;
    let put = venue.client.put_object().bucket(BUCKET).key("race/photos/a/two.jpg");
    put.metadata("bib", "bib 5001, 5002").body(photo(61).into()).send().await.unwrap();
    let two = Upload {
        bucket: BUCKET.into(),
        key: "race/photos/a/two.jpg".into(),
        etag: None,
        size: None,
        sequencer: None,
    };
    assert_eq!(venue.handle(&two).await[0].issued.len(), 2);
    for (shade, answer) in [
        (62, json!({"bibs": ["5001", "5002"], "by": "desk 2"})),
        (63, json!({"block": ["5001"], "by": "desk 2"})),
        (64, json!({"reject": "5001 said that it is not them", "by": "desk 2"})),
        (65, json!({"bibs": ["5001"]})),
    ] {
        let upload = venue.put(&format!("race/photos/a/{shade}.jpg"), photo(shade)).await;
        let id = venue.handle(&upload).await[0].photo_id;
        let answer = venue.put(&format!("race/decisions/{id}.json"), answer.to_string()).await;
        venue.handle(&answer).await;
    }
    for results in [RESULTS.replace("健吾", "謙吾"), RESULTS.replace("1:30:00,", "1:30:00,失格")]
    {
        venue.handle(&venue.put("race/results.csv", results).await).await;
    }
    venue.handle(&venue.put("race/results.csv", RESULTS).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_bib_stands_in_the_tombstone_and_the_results_and_nowhere_else() {
    let venue = venue().await;
    told_of_everywhere(&venue).await;
    let said = written(&venue).await;
    for folder in ["outcomes", "decisions", "corrections", "certificates/5001"] {
        let of = format!("race/{folder}");
        let mut those = said.iter().filter(|(key, _)| key.starts_with(&of));
        assert!(those.any(|(key, text)| format!("{key}{text}").contains("5001")), "{folder}");
    }
    let audit: Vec<_> = said.iter().filter(|(key, _)| key.starts_with("race/audit/")).collect();
    assert!(audit.iter().any(|(_, text)| text.contains("desk 2")));
    assert!(!audit.iter().any(|(_, text)| says(text, "5001") || says(text, "5002")), "{audit:?}");

    let erased = venue.handler.erase(&race(), &bib("5001")).await.unwrap();
    assert_eq!(erased.photo_keys.len(), 4, "{erased:?}");
    assert_eq!((erased.answers, erased.unreadable.len()), (4, 0));
    assert_nothing_says(&venue, "5001", "at once").await;

    let increment = "ナンバー,氏名,種目,グロスタイム\n5001,髙橋 健吾,half,1:31:00\n";
    venue.handle(&venue.put("race/results/1.csv", increment).await).await;
    assert_nothing_says(&venue, "5001", "after an increment").await;
    venue.handle(&venue.put("race/results.csv", RESULTS.replace("1:45", "1:46")).await).await;
    assert_nothing_says(&venue, "5001", "after new results").await;
    reconciled(&venue).await;
    assert_nothing_says(&venue, "5001", "after reconciling").await;
    let again = venue.put("race/photos/b/keyword.jpg", tagged(66, Some("bib:5001"), "")).await;
    assert_eq!(venue.handle(&again).await[0].issued.len(), 0);
    assert_nothing_says(&venue, "5001", "after another photo").await;

    let others: Vec<_> = venue.kept("5002").await.into_iter().collect();
    assert_eq!(others.len(), 2, "others keep theirs");
    assert!(others.iter().all(|kept| kept.servable().is_ok()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_gives_an_erased_runners_photo_to_nobody_else() {
    let venue = venue().await;
    let taken = "2026-11-23T10:15:01+09:00";
    let by_clock = venue.put("race/photos/a/plain.jpg", tagged(59, Some("finish"), taken)).await;
    assert_eq!(venue.handle(&by_clock).await[0].issued[0].bib, bib("5002"), "by the clock alone");
    let named = venue.put("race/photos/a/named.jpg", tagged(60, Some("bib:5001"), taken)).await;
    venue.handle(&named).await;
    venue.handler.erase(&race(), &bib("5001")).await.unwrap();
    for round in ["at once", "after new results", "when it is read again"] {
        match round {
            "after new results" => {
                let results = RESULTS.replace("さくら", "桜");
                drop(venue.handle(&venue.put("race/results.csv", results).await).await);
            }
            "when it is read again" => drop(venue.handle(&named).await),
            _ => {}
        }
        assert_eq!(venue.kept("5002").await.len(), 1, "{round}");
        let rejected = venue.only("race/rejected/").await;
        assert!(rejected["reason"].as_str().unwrap().contains("asked to be erased"), "{round}");
        assert!(venue.keys("race/review/").await.is_empty(), "{round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_is_followed_whoever_put_it_there_and_whatever_photos_are_gone() {
    let venue = venue().await;
    told_of_everywhere(&venue).await;
    for key in venue.keys("race/photos/").await {
        venue.bucket.delete(&key).await.unwrap();
    }
    venue.handle(&venue.put("race/erased/5001.json", "{}").await).await;
    assert_nothing_says(&venue, "5001", "after the event").await;

    let lost = self::venue().await;
    told_of_everywhere(&lost).await;
    lost.put("race/erased/5001.json", "{}").await;
    reconciled(&lost).await;
    assert_nothing_says(&lost, "5001", "found by reconciling").await;
    let (report, work) = reconcile(&lost.handler, None, Scope::Everything).await.unwrap();
    assert!(report.is_clean() && work.is_empty(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_read_is_named_to_whoever_erases() {
    let venue = venue().await;
    let key = "race/decisions/0123456789abcdef.json";
    venue.put(key, "{\"bibs\": [\"5001\"").await;
    let erased = venue.handler.erase(&race(), &bib("5001")).await.unwrap();
    assert_eq!(erased.unreadable, [key]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tombstone_is_followed_while_the_race_cannot_be_read() {
    let venue = venue().await;
    told_of_everywhere(&venue).await;
    venue.put("race/race.toml", "name = {").await;
    for key in venue.keys("race/accepted/").await {
        venue.bucket.delete(&key).await.unwrap();
    }
    let later = Handler::new(venue.bucket.clone(), venue.bucket.clone());
    later.handle(&venue.put("race/erased/5001.json", "{}").await).await.unwrap();
    assert!(venue.keys("race/certificates/5001/").await.is_empty());
    for folder in ["race/decisions/", "race/corrections/"] {
        for key in venue.keys(folder).await {
            assert!(!says(&venue.json(&key).await.to_string(), "5001"), "{key}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_cannot_be_read_holds_up_no_erasure_and_is_named() {
    let venue = venue().await;
    told_of_everywhere(&venue).await;
    let newer = venue.keys("race/corrections/").await.remove(0);
    venue.put(&newer, json!({"format": 2, "reissued": ["5001"]}).to_string()).await;
    let fault = venue.handler.erase(&race(), &bib("5001")).await.unwrap_err();
    assert!(fault.message.contains(&newer) && fault.message.contains("newer kanso"), "{fault}");
    for (key, text) in written(&venue).await.into_iter().filter(|(key, _)| *key != newer) {
        assert!(!says(&key, "5001") && !says(&text, "5001"), "{key} says {text}");
    }
    let (report, _) = reconcile(&venue.handler, None, Scope::Everything).await.unwrap();
    assert!(report.failed.is_empty() && report.unreadable[0].contains(&newer), "{report:?}");
}

/// The bucket of another maker's S3, since ours keeps no versions.
#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_deletes_the_versions_that_a_bucket_kept() {
    let moto = Moto::start();
    let client = StoreConfig::local(&moto.address, "key", "secret").client();
    let bucket = Bucket::new(client.clone(), BUCKET);
    bucket.create().await.unwrap();
    use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    let versioned = client.put_bucket_versioning().bucket(BUCKET);
    versioned.versioning_configuration(on).send().await.unwrap();
    let handler = Handler::new(bucket.clone(), bucket.clone());
    for (key, body) in [
        ("race/race.toml", RULES.as_bytes().to_vec()),
        ("race/results.csv", RESULTS.into()),
        ("race/photos/a/x.jpg", tagged(60, Some("bib:5001"), "2026-11-23T10:00:01+09:00")),
        ("race/photos/a/y.jpg", tagged(61, Some("bib:5002"), "2026-11-23T10:15:01+09:00")),
    ] {
        bucket.put(key, body.into(), "", Write::Always).await.unwrap();
    }
    let (_, work) = reconcile(&handler, None, Scope::Everything).await.unwrap();
    for upload in work {
        assert_eq!(handler.handle(&upload).await.unwrap()[0].issued.len(), 1);
    }
    let block = handler.issued(&race(), &bib("5001")).await.unwrap()[0].photo;
    handler.block(&race(), &block, &bib("5001"), None).await.unwrap();

    let erased = handler.erase(&race(), &bib("5001")).await.unwrap();
    assert!(erased.versions >= 6, "{erased:?}");
    let listed = client.list_object_versions().bucket(BUCKET).send().await.unwrap();
    for version in listed.versions() {
        let (key, id) = (version.key().unwrap(), version.version_id().unwrap());
        if key.ends_with(".json") && !key.contains("/erased/") {
            assert!(!key.contains("5001"), "{key}");
            let fetched = client.get_object().bucket(BUCKET).key(key).version_id(id);
            let body = fetched.send().await.unwrap().body.collect().await.unwrap().into_bytes();
            let text = String::from_utf8_lossy(&body).into_owned();
            assert!(!text.contains("5001"), "{key}: {text}");
        }
        assert!(!key.ends_with(".pdf") || key.contains("/5002/"), "{key}");
    }
    assert_eq!(handler.issued(&race(), &bib("5002")).await.unwrap().len(), 1);
}
