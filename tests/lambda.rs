//! The promise: the function answers what S3, SQS and EventBridge send it on AWS, with the
//! same outcome as everywhere. Lambda's runtime API is cargo-lambda's; the function is the
//! binary that is deployed, built for this machine; the store is the embedded endpoint.

#[path = "lambda/counted.rs"]
mod counted;
#[path = "lambda/deployed.rs"]
mod deployed;
#[path = "lambda/erased.rs"]
mod erased;
#[path = "lambda/fonts.rs"]
mod fonts;
#[path = "lambda/function.rs"]
mod function;
#[path = "lambda/host.rs"]
mod host;
#[path = "pipeline/moto.rs"]
mod moto;
mod ports;
#[path = "lambda/queued.rs"]
mod queued;
#[path = "lambda/recorded.rs"]
mod recorded;
mod repository;
#[path = "lambda/rights.rs"]
mod rights;
#[path = "lambda/roles.rs"]
mod roles;
#[path = "lambda/stack.rs"]
mod stack;
mod tools;

use std::time::Duration;

use function::{Function, event, fixture, versioned};
use host::said;
use kanso_lambda::deadline::Deadline;
use kanso_lambda::function::answer;
use kanso_pipeline::store::If;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_bootstrap");
/// Where the event files say that the photo is.
const PHOTO: &str = "minato-half/photos/finish-a/KAN_0001.jpg";
const CERTIFICATES: &str = "minato-half/certificates/";

fn succeeded() -> Value {
    json!({ "batchItemFailures": [] })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_becomes_a_certificate_however_often_its_event_comes() {
    let Some(function) = Function::start("upload").await else { return };
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    let direct = versioned(event("s3-put.json"), &etag);
    assert_eq!(function.invoke(&direct).await.unwrap(), succeeded());

    let keys = function.keys(CERTIFICATES).await;
    let parts = |end: &str| keys.iter().filter(|key| key.ends_with(end)).count();
    assert_eq!((parts(".pdf"), parts(".jpg"), parts("/current.json")), (1, 1, 1), "{keys:?}");
    assert!(keys.iter().all(|key| key.starts_with("minato-half/certificates/1070/")), "{keys:?}");
    let outcome = format!("minato-half/outcomes/finish-a/KAN_0001.jpg/{etag}.json");
    assert_eq!(function.keys("minato-half/outcomes/").await, [outcome.as_str()]);
    let outcome = function.output.get(&outcome, If::Any, 1 << 20).await.unwrap();
    let outcome: Value = serde_json::from_slice(&outcome.bytes).unwrap();
    assert_eq!((&outcome["outcome"], &outcome["trays"]), (&json!("issue"), &json!([])));

    let pdf = keys.iter().find(|key| key.ends_with(".pdf")).unwrap();
    let pdf = function.output.get(pdf, If::Any, 64 << 20).await.unwrap();
    let path = tools::folder("lambda").join("certificate.pdf");
    std::fs::write(&path, &pdf.bytes).unwrap();
    tools::judge("qpdf", &["--check", path.to_str().unwrap()]);
    if let Some(text) = tools::judge("pdftotext", &[path.to_str().unwrap(), "-"]) {
        let text: String = text.split_whitespace().collect();
        assert!(text.contains("伊藤康平") && text.contains("1:12:44"), "{text}");
    }

    let before = function.output.list("").await.unwrap();
    for again in ["s3-put.json", "eventbridge.json", "sqs-batch.json"] {
        function.invoke(&versioned(event(again), &etag)).await.unwrap();
        assert_eq!(function.output.list("").await.unwrap(), before, "after {again}");
    }

    let log = function.log();
    let photos: Vec<_> = log.iter().filter(|line| line["message"] == "photo").collect();
    assert_eq!(photos.len(), 4, "{log:?}");
    assert!(photos[0]["photo"].is_string() && photos[0]["key"].is_null(), "{:?}", photos[0]);
    assert_eq!(photos[0]["outcome"], "issue");
    assert!(photos[0]["span"]["requestId"].is_string());
    assert!(!format!("{log:?}").contains("伊藤"), "a log names no runner");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_sender_and_every_spelling_of_a_key_finds_its_photo() {
    let Some(function) = Function::start("senders").await else { return };
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    assert_eq!(
        function.invoke(&versioned(event("eventbridge.json"), &etag)).await.unwrap(),
        succeeded()
    );
    assert_eq!(function.certificates_of("1070").await, 1);

    let raw = "minato-half/photos/finish-a/写真 1+%41.jpg";
    let etag = function.put_photo(raw, "M1", 2).await;
    function.invoke(&versioned(event("ceph-webhook.json"), &etag)).await.unwrap();
    assert_eq!(function.certificates_of("M1").await, 1);

    let etag = function.put_photo(raw, "M2", 3).await;
    let mut encoded = versioned(event("s3-put.json"), &etag);
    encoded["Records"][0]["s3"]["object"]["key"] =
        json!("minato-half/photos/finish-a/%E5%86%99%E7%9C%9F+1%2B%2541.jpg");
    function.invoke(&encoded).await.unwrap();
    assert_eq!(function.certificates_of("M2").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_printed_number_that_the_clock_agrees_with_becomes_that_runners_certificate() {
    let Some(function) = Function::start("printed").await else { return };
    let photo = fixture("races/minato-half/photos/finish-a/KNS_0770.jpg");
    let etag = function.put(PHOTO, std::fs::read(photo).unwrap(), None).await;
    let event = versioned(event("s3-put.json"), &etag);
    assert_eq!(function.invoke(&event).await.unwrap(), succeeded());
    assert_eq!(function.certificates_of("A-102").await, 1);
    let others = function.keys(CERTIFICATES).await;
    assert!(others.iter().all(|key| key.contains("/certificates/A-102/")), "{others:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_messages_that_failed_come_again() {
    let Some(function) = Function::start("batch").await else { return };
    let mut batch = event("sqs-batch.json");
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    batch = versioned(batch, &etag);
    // More uploads than may be in flight at once, each in a message of its own.
    for (n, bib) in (2u32..).zip(["M1", "M2", "W1", "1070", "M1", "M2"]) {
        let name = format!("KAN_100{n}.jpg");
        let etag = function.put_photo(&PHOTO.replace("KAN_0001.jpg", &name), bib, n).await;
        let mut message = versioned(batch["Records"][0].clone(), &etag);
        let body = message["body"].as_str().unwrap().replace("KAN_0001.jpg", &name);
        message["body"] = json!(body);
        message["messageId"] = json!(format!("more-{n}"));
        batch["Records"].as_array_mut().unwrap().push(message);
    }
    assert_eq!(
        function.invoke(&batch).await.unwrap(),
        json!({"batchItemFailures": [
            {"itemIdentifier": "22222222-0000-0000-0000-000000000002"}]})
    );
    assert_eq!(function.keys("minato-half/outcomes/").await.len(), 7);
    let of = |bib| function.certificates_of(bib);
    assert_eq!((of("1070").await, of("M1").await, of("M2").await, of("W1").await), (2, 2, 2, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_event_and_a_version_that_was_replaced_are_acknowledged() {
    let Some(function) = Function::start("nothing-to-do").await else { return };
    assert_eq!(function.invoke(&event("s3-test-event.json")).await.unwrap(), succeeded());
    // The file's own ETag is not that of the photo that is there now.
    function.put_photo(PHOTO, "1070", 1).await;
    assert_eq!(function.invoke(&event("s3-put.json")).await.unwrap(), succeeded());
    assert_eq!(function.output.list("").await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_that_is_no_image_is_recorded_and_not_sent_again() {
    let Some(function) = Function::start("no-image").await else { return };
    let etag = function.put(PHOTO, b"not a picture".to_vec(), Some("1070")).await;
    assert_eq!(
        function.invoke(&versioned(event("s3-put.json"), &etag)).await.unwrap(),
        succeeded()
    );
    assert_eq!(function.keys("minato-half/rejected/").await.len(), 1);
    assert_eq!(function.certificates_of("1070").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_nobody_understands_is_an_error_and_the_next_one_is_answered() {
    let Some(function) = Function::start("unknown").await else { return };
    let error = function.invoke(&json!({"hello": "world"})).await.unwrap_err();
    assert!(error.contains("EventNotUnderstood") && error.contains("hello"), "{error}");
    assert_eq!(function.invoke(&event("s3-test-event.json")).await.unwrap(), succeeded());
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_every_upload_comes_again() {
    let Some(mut function) = Function::start("no-store").await else { return };
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    function.stop_store().await;
    let error = function.invoke(&versioned(event("s3-put.json"), &etag)).await.unwrap_err();
    assert!(error.contains("TryAgain") && error.contains("minato-half/photos/#"), "{error}");
    assert!(!error.contains("KAN_0001"), "a file's name may be a runner's: {error}");
    assert_eq!(
        function.invoke(&versioned(event("sqs-batch.json"), &etag)).await.unwrap(),
        json!({"batchItemFailures": [
            {"itemIdentifier": "11111111-0000-0000-0000-000000000001"},
            {"itemIdentifier": "22222222-0000-0000-0000-000000000002"}]})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_schedule_finds_photos_whose_events_were_lost() {
    let Some(function) = Function::start("schedule").await else { return };
    for (n, bib) in (1u32..).zip(["1070", "M1", "W1"]) {
        function.put_photo(&PHOTO.replace("0001", &n.to_string()), bib, n).await;
    }
    let schedule = event("schedule.json");
    assert_eq!(function.invoke(&schedule).await.unwrap(), succeeded());
    assert_eq!(function.keys("minato-half/outcomes/").await.len(), 3);
    let done = function.output.list("").await.unwrap();
    assert_eq!(function.invoke(&schedule).await.unwrap(), succeeded());
    assert_eq!(function.output.list("").await.unwrap(), done, "nothing was left to be done");
    let log = function.log();
    let found: Vec<_> = log.iter().filter(|line| line["message"] == "reconciled").collect();
    assert_eq!((&found[0]["unfinished"], &found[1]["unfinished"]), (&json!(3), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn cloudwatch_reads_the_photos_from_the_log() {
    let Some(function) = Function::start("metrics").await else { return };
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    function.invoke(&versioned(event("s3-put.json"), &etag)).await.unwrap();
    let log = function.log();
    let line = log.iter().find(|line| line["_aws"].is_object()).expect("a line of metrics");
    assert_eq!((&line["photos_issue"], &line["certificates"]), (&json!(1), &json!(1)));
    assert_eq!(line["stage"], "test");
    assert!(line["total_ms"][0].as_f64().unwrap() > 0.0);
    let request = log.iter().find(|line| line["message"] == "photo").unwrap();
    assert_eq!(line["request_id"], request["span"]["requestId"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_functions_time_does_not_suffice_for_is_not_begun_and_comes_again() {
    let Some(function) = Function::start("deadline").await else { return };
    let etag = function.put_photo(PHOTO, "1070", 1).await;
    let batch = versioned(event("sqs-batch.json"), &etag);
    let handler = function.handler();
    let late = Deadline::after(Duration::from_secs(5));
    let answer = answer(&handler, None, &batch, late, jiff::Timestamp::now()).await;
    assert!(answer.handled.is_empty());
    assert_eq!(answer.response.unwrap().batch_item_failures.len(), 2);
    assert_eq!(function.output.list("").await.unwrap(), [], "nothing was begun");
    function.invoke(&batch).await.unwrap();
    assert_eq!(function.certificates_of("1070").await, 1);
}

#[tokio::test]
async fn a_function_that_is_not_told_its_bucket_says_which_variable_is_missing() {
    let mut function = host::bootstrap("127.0.0.1:9", &function::store("http://127.0.0.1:9"));
    let output = function.env_remove("KANSO_OUTPUT_BUCKET").output().await.unwrap();
    assert!(!output.status.success());
    assert!(said(&output).contains("KANSO_OUTPUT_BUCKET is not set"), "{}", said(&output));
}

#[tokio::test]
async fn a_level_of_the_log_that_there_is_not_ends_the_function_with_what_to_write() {
    let mut function = host::bootstrap("127.0.0.1:9", &function::store("http://127.0.0.1:9"));
    let output = function.env("KANSO_LOG", "loud").output().await.unwrap();
    assert!(!output.status.success());
    let said = said(&output);
    assert!(said.contains("KANSO_LOG is \\\"loud\\\"; write error, warn, info"), "{said}");
}
