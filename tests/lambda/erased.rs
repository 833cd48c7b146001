//! A runner is forgotten on AWS: all versions go, and the tombstone wins over whatever comes
//! later.

use kanso_pipeline::handler::Handler;
use kanso_pipeline::keys::RaceId;
use kanso_race::Bib;
use serde_json::json;

use super::function::fixture;
use super::stack::{PHOTO_FUNCTION, REGION, Stack};

const PHOTO: &str = "minato-half/photos/finish-a/pair.jpg";

fn sample(file: &str) -> Vec<u8> {
    std::fs::read(fixture("races/minato-half").join(file)).unwrap()
}

/// The bodies of all versions of the JSON documents that kanso wrote, by key.
async fn documents(stack: &Stack) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for bucket in ["photos", "output"] {
        let name = stack.name(bucket);
        let listed = stack.client.list_object_versions().bucket(name).send().await.unwrap();
        assert_ne!(listed.is_truncated(), Some(true));
        for version in listed.versions() {
            let key = version.key().unwrap();
            if !key.ends_with(".json") || key.contains("/erased/") {
                continue;
            }
            let get = stack.client.get_object().bucket(name).key(key);
            let get = get.version_id(version.version_id().unwrap()).send().await.unwrap();
            let body = get.body.collect().await.unwrap().into_bytes();
            all.push((key.to_owned(), String::from_utf8_lossy(&body).into_owned()));
        }
    }
    all
}

/// As a word: a hash may hold the digits too.
fn says(text: &str, bib: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric()).any(|word| word == bib)
}

async fn assert_nothing_says_2001(stack: &Stack, when: &str) {
    let certificates = stack.versions("output", "minato-half/certificates/2001/").await;
    assert_eq!(certificates, [""; 0], "{when}");
    for (key, text) in documents(stack).await {
        assert!(!says(&key, "2001") && !says(&text, "2001"), "{when}: {key} says {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_runner_is_in_no_version_of_the_buckets_and_nothing_brings_them_back() {
    let Some(stack) = Stack::start("erased", PHOTO_FUNCTION).await else { return };
    stack.upload_race().await;
    stack.upload(PHOTO, sample("photos/finish-a/KNS_0851.jpg")).await;
    stack.drain().await;
    // Corrected once, so that there are versions of everything.
    let results = String::from_utf8(sample("results.csv")).unwrap();
    let corrected = results.replace("韮山 駿", "韮山 俊");
    assert_ne!(corrected, results);
    stack.upload("minato-half/results.csv", corrected.into()).await;
    stack.drain().await;
    let documents = documents(&stack).await;
    assert!(documents.iter().any(|(key, text)| says(key, "2001") || says(text, "2001")));

    // As `kanso erase` does, with the operator's rights.
    let [photos, output] = stack.buckets();
    let race = RaceId::new("minato-half").unwrap();
    let operator = Handler::new(photos, output);
    let erased = operator.erase(&race, &Bib::parse("2001").unwrap()).await.unwrap();
    assert!(erased.versions > 0, "{erased:?}");
    assert_nothing_says_2001(&stack, "at once").await;
    stack.drain().await;
    assert_nothing_says_2001(&stack, "after the tombstone's own event").await;

    stack.upload("minato-half/results.csv", results.into()).await;
    stack.drain().await;
    assert_nothing_says_2001(&stack, "after new results").await;

    let event = json!({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3",
        "awsRegion": REGION, "eventName": "ObjectCreated:Put", "s3": {
            "bucket": {"name": stack.name("photos")}, "object": {"key": PHOTO}}}]});
    for _ in 0..2 {
        stack.send(&event.to_string());
    }
    stack.drain().await;
    assert_nothing_says_2001(&stack, "after a message that came twice more").await;

    stack.upload("minato-half/photos/finish-a/2.jpg", sample("photos/finish-a/KNS_0851.jpg")).await;
    stack.drain().await;
    assert_nothing_says_2001(&stack, "after the photo under another name").await;
    let outcomes = stack.keys("minato-half/outcomes/").await;
    assert_eq!(outcomes.len(), 2, "both were looked at: {outcomes:?}");
    let others = stack.keys("minato-half/certificates/2002/").await;
    assert!(others.iter().any(|key| key.ends_with(".pdf")), "the other one keeps theirs");
    assert_eq!(stack.received("dead_letters"), [serde_json::Value::Null; 0]);
}
