//! What is deployed, from the bucket to the bucket: an upload, its event in the queue, and the
//! function with the rights of its role and no others.

use std::process::Command;

use kanso_pipeline::store::{Bucket, If};
use serde_json::{Value, json};

use super::function::fixture;
use super::stack::{REGION, Stack};
use super::tools;

#[test]
fn the_template_is_what_cloudformation_takes() {
    let template = super::repository::root().join("deploy/template.yaml");
    let linted = Command::new("cfn-lint").arg(template).output();
    let linted = linted.expect("cfn-lint is not installed: tests/run installs it from PyPI");
    assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stdout));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_put_into_the_bucket_comes_out_as_a_certificate_by_way_of_the_queue() {
    let Some(stack) = Stack::start("deployed").await else { return };
    stack.upload_race().await;
    let photo = std::fs::read(fixture("races/minato-half/photos/finish-a/KNS_0412.jpg")).unwrap();
    stack.upload("minato-half/photos/finish-a/ゴール 1+2.jpg", photo).await;
    stack.drain().await;
    let keys = stack.keys("minato-half/certificates/M1/").await;
    let pdfs: Vec<&String> = keys.iter().filter(|key| key.ends_with(".pdf")).collect();
    assert_eq!(pdfs.len(), 1, "{keys:?}");
    let output = Bucket::new(stack.client.clone(), stack.name("output"));
    let pdf = output.get(pdfs[0], If::Any, 64 << 20).await.unwrap();
    let path = tools::folder("deployed").join("certificate.pdf");
    std::fs::write(&path, &pdf.bytes).unwrap();
    tools::judge("qpdf", &["--check", path.to_str().unwrap()]);

    let before = stack.keys("").await;
    let again = json!({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3",
        "awsRegion": REGION, "eventName": "ObjectCreated:Put", "s3": {
            "bucket": {"name": stack.name("photos")},
            "object": {"key": "minato-half/photos/finish-a/%E3%82%B4%E3%83%BC%E3%83%AB+1%2B2.jpg"}}}]});
    stack.send(&again.to_string());
    stack.send(&again.to_string());
    stack.drain().await;
    assert_eq!(stack.keys("").await, before, "an event that comes twice more changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_understands_ends_among_the_dead_letters_and_the_rest_is_done() {
    let Some(stack) = Stack::start("poison").await else { return };
    stack.upload_race().await;
    stack.send("{\"not\": \"an event\"}");
    let photo = std::fs::read(fixture("races/minato-half/photos/finish-a/KNS_0412.jpg")).unwrap();
    stack.upload("minato-half/photos/finish-a/1.jpg", photo).await;
    stack.drain().await;
    let certificates = stack.keys("minato-half/certificates/M1/").await;
    assert!(!certificates.is_empty());
    let dead = stack.received("dead_letters");
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0]["Body"], "{\"not\": \"an event\"}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_functions_role_may_do_what_uploads_of_every_kind_call_for() {
    let Some(stack) = Stack::start("rights").await else { return };
    stack.upload_race().await;
    let photo = std::fs::read(fixture("races/minato-half/photos/finish-a/KNS_0851.jpg")).unwrap();
    stack.upload("minato-half/photos/finish-a/pair.jpg", photo).await;
    stack.drain().await;
    assert!(!stack.keys("minato-half/certificates/2001/").await.is_empty());

    // A broken results.csv, an answer, and a runner who is forgotten, named in the answer too.
    let issued = stack.keys("minato-half/certificates/2001/").await;
    let id = issued[0].split('/').nth(3).unwrap();
    stack.upload("minato-half/results.csv", b"<html>504</html>".to_vec()).await;
    let answer = format!("minato-half/decisions/{id}.json");
    stack.upload(&answer, br#"{"bibs": ["2001", "2002"]}"#.to_vec()).await;
    stack.drain().await;
    assert_eq!(stack.inputs("minato-half/accepted/results.csv").await.len(), 1);
    assert_eq!(stack.inputs("minato-half/unreadable/").await.len(), 1);
    let results = fixture("races/minato-half/results.csv");
    stack.upload("minato-half/results.csv", std::fs::read(results).unwrap()).await;
    stack.upload("minato-half/erased/2001.json", br#"{"erased": true}"#.to_vec()).await;
    stack.drain().await;
    assert_eq!(stack.inputs("minato-half/unreadable/").await, [""; 0]);
    assert_eq!(stack.keys("minato-half/certificates/2001/").await, [""; 0]);
    assert!(!stack.keys("minato-half/certificates/2002/").await.is_empty());

    // What events lost, too.
    let outcomes = stack.keys("minato-half/outcomes/").await;
    let output = Bucket::new(stack.client.clone(), stack.name("output"));
    output.delete(&outcomes[0]).await.unwrap();
    let schedule = super::function::event("schedule.json");
    stack.host.invoke(&schedule).await.unwrap();
    assert_ne!(stack.keys("minato-half/outcomes/").await, outcomes, "it is only queued");
    stack.drain().await;
    assert_eq!(stack.keys("minato-half/outcomes/").await, outcomes);
    let log = format!("{:?}", stack.host.log());
    assert!(!log.contains("AccessDenied") && !log.contains("Forbidden"), "{log}");
    assert_eq!(stack.received("dead_letters"), [Value::Null; 0]);
}
