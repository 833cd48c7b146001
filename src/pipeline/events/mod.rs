//! What S3, SQS, EventBridge and webhooks send → [`Upload`].
//!
//! `aws_lambda_events` types are strict where senders are not (`s3:TestEvent`, Ceph's
//! records), so the envelope is looked at as plain JSON first, and only what is proved
//! to be of a kind is read as that kind.

pub mod record;
pub mod sqs;

use serde_json::Value;

pub use record::{Upload, UploadError};

/// One delivery, understood.
#[derive(Debug, Clone, PartialEq)]
pub enum Delivery {
    /// Straight from S3 or a webhook, or through EventBridge: succeeds or fails whole.
    Direct(Vec<Upload>),
    /// Through SQS: each message succeeds or fails by itself.
    Sqs(Vec<sqs::Message>),
    /// A schedule of EventBridge says that it is time to reconcile.
    Schedule,
}

/// Reads whatever invoked us. Unknown shapes are errors, so that nothing is lost in
/// silence; `s3:TestEvent` and events that are no uploads give no uploads.
pub fn read(event: &Value) -> Result<Delivery, UploadError> {
    if sqs::is_batch(event) {
        return sqs::messages(event).map(Delivery::Sqs);
    }
    if is_schedule(event) {
        return Ok(Delivery::Schedule);
    }
    record::uploads(event).map(Delivery::Direct)
}

fn is_schedule(event: &Value) -> bool {
    let source = event.get("source").and_then(Value::as_str);
    matches!(source, Some("aws.events" | "aws.scheduler"))
        && event.get("detail-type").and_then(Value::as_str) == Some("Scheduled Event")
}

#[cfg(test)]
mod tests {
    use super::sqs::Asked;
    use super::*;
    use crate::keys::RaceId;
    use crate::tasks::Task;
    use kanso_photo::PhotoId;
    use serde_json::json;

    fn keys(event: &Value) -> Vec<String> {
        match read(event).unwrap() {
            Delivery::Direct(uploads) => uploads.into_iter().map(|u| u.key).collect(),
            Delivery::Sqs(messages) => messages
                .into_iter()
                .flat_map(|message| match message.asks.unwrap() {
                    Asked::Uploads(uploads) => uploads,
                    Asked::Task(task) => panic!("{task:?} is no upload"),
                })
                .map(|upload| upload.key)
                .collect(),
            Delivery::Schedule => panic!("a schedule holds no keys"),
        }
    }

    fn s3_event(source: &str, key: &str) -> Value {
        json!({"Records": [{
            "eventVersion": "2.1", "eventSource": source, "eventName": "ObjectCreated:Put",
            "eventTime": "2026-11-23T02:00:00.000Z", "awsRegion": "ap-northeast-1",
            "s3": {"bucket": {"name": "photos"},
                   "object": {"key": key, "size": 10, "eTag": "abc", "sequencer": "0A"}}}]})
    }

    #[test]
    fn keys_are_decoded_by_their_source() {
        assert_eq!(
            keys(&s3_event("aws:s3", "r/photos/a/x+y%2B%E5%86%99.jpg")),
            ["r/photos/a/x y+写.jpg"]
        );
        assert_eq!(keys(&s3_event("ceph:s3", "r/photos/a/x+y%41.jpg")), ["r/photos/a/x+y%41.jpg"]);
        let event_bridge = json!({"source": "aws.s3", "detail-type": "Object Created", "detail": {
            "bucket": {"name": "photos"},
            "object": {"key": "r/photos/a/x+y%41.jpg", "size": 1, "etag": "abc", "sequencer": "0A"}}});
        assert_eq!(keys(&event_bridge), ["r/photos/a/x+y%41.jpg"]);
    }

    #[test]
    fn the_test_event_is_acknowledged() {
        let test = json!({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "photos"});
        assert!(keys(&test).is_empty());
        let wrapped = json!({"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": test.to_string()}]});
        assert!(keys(&wrapped).is_empty());
    }

    #[test]
    fn a_bad_message_does_not_take_its_batch_with_it() {
        let good = s3_event("aws:s3", "r/photos/a/b.jpg").to_string();
        let batch = json!({"Records": [
            {"messageId": "1", "eventSource": "aws:sqs", "body": "not json"},
            {"messageId": "2", "eventSource": "aws:sqs", "body": good}]});
        let Delivery::Sqs(messages) = read(&batch).unwrap() else { panic!("a batch") };
        assert!(messages[0].asks.is_err());
        assert!(matches!(&messages[1].asks, Ok(Asked::Uploads(uploads)) if uploads.len() == 1));
    }

    #[test]
    fn a_message_of_our_own_is_a_task_and_one_of_a_newer_version_fails_alone() {
        let race = RaceId::new("race").unwrap();
        let task = Task::Locate { race, photo: PhotoId::of(b"x"), after: String::new() };
        let newer = task.message().replace("\"format\": 1", "\"format\": 2");
        let batch = json!({"Records": [
            {"messageId": "1", "eventSource": "aws:sqs", "body": newer},
            {"messageId": "2", "eventSource": "aws:sqs", "body": task.message()}]});
        let Delivery::Sqs(messages) = read(&batch).unwrap() else { panic!("a batch") };
        assert!(matches!(&messages[0].asks, Err(UploadError::Task(_))));
        assert_eq!(messages[1].asks, Ok(Asked::Task(task)));
    }

    #[test]
    fn deletions_are_not_uploads() {
        let mut event = s3_event("aws:s3", "r/photos/a/b.jpg");
        event["Records"][0]["eventName"] = json!("ObjectRemoved:Delete");
        assert!(keys(&event).is_empty());
    }

    #[test]
    fn a_schedule_is_no_upload() {
        let event = json!({"source": "aws.events", "detail-type": "Scheduled Event", "detail": {}});
        assert_eq!(read(&event), Ok(Delivery::Schedule));
    }

    #[test]
    fn an_unknown_shape_is_an_error() {
        assert!(read(&json!({"hello": "world"})).is_err());
        assert!(read(&json!(null)).is_err());
    }
}
