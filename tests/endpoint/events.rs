//! What the pipeline hears.

use kanso_endpoint::Notice;
use kanso_endpoint::event::{self, Lane};
use serde_json::Value;

use crate::server::{credentials, put, start, start_on, start_with};

fn record(notice: Option<Notice>) -> Value {
    match notice {
        Some(Notice::Event(event)) => event["Records"][0].clone(),
        other => panic!("no event but {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_put_and_a_copy_send_what_aws_would_send() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = start(dir.path()).await;
    s.client.create_bucket().bucket("photos").send().await.unwrap();
    let etag = put(&s.client, "photos", "race/写 +1.jpg", b"photo").await;
    let first = record(s.events.next().await);
    assert_eq!(first["eventVersion"], "2.1");
    assert_eq!(first["eventSource"], "aws:s3");
    assert_eq!(first["eventName"], "ObjectCreated:Put");
    assert_eq!(first["requestParameters"]["sourceIPAddress"], "127.0.0.1");
    assert!(first["responseElements"]["x-amz-request-id"].as_str().unwrap().len() == 16);
    assert_eq!(first["s3"]["s3SchemaVersion"], "1.0");
    assert_eq!(first["s3"]["bucket"]["name"], "photos");
    assert_eq!(first["s3"]["object"]["key"], "race/%E5%86%99+%2B1.jpg");
    assert_eq!(first["s3"]["object"]["size"], 5);
    assert_eq!(first["s3"]["object"]["eTag"], etag.trim_matches('"'));
    let copy = s
        .client
        .copy_object()
        .bucket("photos")
        .key("b")
        .copy_source("photos/race/%E5%86%99%20%2B1.jpg");
    copy.send().await.unwrap();
    let second = record(s.events.next().await);
    assert_eq!(second["eventName"], "ObjectCreated:Copy");
    let sequencer = |r: &Value| r["s3"]["object"]["sequencer"].as_str().unwrap().to_owned();
    assert!(sequencer(&first) < sequencer(&second));
    // The record parses as the crate of the Lambda side reads it.
    let event = serde_json::json!({"Records": [first]});
    let parsed: aws_lambda_events::event::s3::S3Event = serde_json::from_value(event).unwrap();
    assert_eq!(parsed.records[0].s3.object.size, Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pipeline_that_does_not_listen_delays_no_upload_and_learns_that_it_missed_some() {
    let dir = tempfile::tempdir().unwrap();
    let mut s = start_with(dir.path(), credentials(), 2).await;
    s.client.create_bucket().bucket("photos").send().await.unwrap();
    for i in 0..5 {
        put(&s.client, "photos", &format!("{i}"), b"x").await;
    }
    record(s.events.next().await);
    record(s.events.next().await);
    assert_eq!(s.events.next().await, Some(Notice::Missed(Lane::InTurn)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_object_that_goes_ahead_is_told_once_and_never_dropped_and_others_are_not_told() {
    let dir = tempfile::tempdir().unwrap();
    let channel = event::sorted(2, |_, key| match key {
        "results.csv" => Some(Lane::Ahead),
        key => key.starts_with("photos/").then_some(Lane::InTurn),
    });
    let mut s = start_on(dir.path(), credentials(), channel).await;
    s.client.create_bucket().bucket("race").send().await.unwrap();
    for n in 0..5 {
        put(&s.client, "race", &format!("certificates/{n}"), b"x").await;
        put(&s.client, "race", &format!("photos/{n}"), b"x").await;
    }
    let mut last = String::new();
    for n in 0..100 {
        last = put(&s.client, "race", "results.csv", format!("{n}").as_bytes()).await;
    }
    assert_eq!(s.endpoint.backlog().events, 3);
    let first = record(s.events.next().await);
    assert_eq!(first["s3"]["object"]["key"], "results.csv");
    assert_eq!(first["s3"]["object"]["eTag"], last.trim_matches('"'), "the newest");
    for n in 0..2 {
        let photo = record(s.events.next().await);
        assert_eq!(photo["s3"]["object"]["key"], format!("photos/{n}"));
    }
    assert_eq!(s.events.next().await, Some(Notice::Missed(Lane::InTurn)));
}
