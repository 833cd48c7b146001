//! The stack of `deploy/template.yaml` in moto: its buckets, its queues, and the function at
//! the end of them, with the rights of its role and no others. The poller here does what Lambda's own does: batches of the template's
//! size, and of each batch only what succeeded is taken off the queue.

use std::process::Command;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use kanso_pipeline::store::{Bucket, If, StoreConfig};
use serde_json::{Value, json};

use super::function::fixture;
use super::host::{Host, Store};
use super::moto::Moto;
use super::tools;

/// moto takes any while it makes the stack.
const ANYBODY: &str = "testing";
const REGION: &str = "us-east-1";
const PATIENCE: Duration = Duration::from_secs(120);

struct Stack {
    moto: Moto,
    about: Value,
    host: Host,
    client: aws_sdk_s3::Client,
}

impl Stack {
    async fn start(test: &str) -> Option<Self> {
        let moto = Moto::start();
        let root = super::repository::root();
        let made = Command::new("python3")
            .envs([("AWS_ACCESS_KEY_ID", ANYBODY), ("AWS_SECRET_ACCESS_KEY", ANYBODY)])
            .env("AWS_DEFAULT_REGION", REGION)
            .arg(root.join("tests/lambda/stack.py"))
            .arg(root.join("deploy/template.yaml"))
            .arg(&moto.address)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let about: Value = serde_json::from_slice(&made.stdout).unwrap();
        let (function, ours) = (key(&about["function"]), key(&about["test"]));
        let store = Store {
            endpoint: &moto.address,
            region: REGION,
            key: function.0,
            secret: function.1,
            photos: about["photos"].as_str().unwrap(),
            output: about["output"].as_str().unwrap(),
        };
        let folder = tempfile::Builder::new().prefix(test).tempdir().unwrap();
        let host = Host::start(folder, &store).await?;
        let client = StoreConfig::local(&moto.address, ours.0, ours.1).client();
        Some(Self { moto, about, host, client })
    }

    fn name(&self, what: &str) -> &str {
        self.about[what].as_str().unwrap()
    }

    async fn upload(&self, key: &str, body: Vec<u8>) {
        let put = self.client.put_object().bucket(self.name("photos")).key(key);
        put.body(ByteStream::from(body)).send().await.unwrap();
    }

    async fn upload_race(&self) {
        for file in ["race.toml", "results.csv"] {
            let path = fixture("races/minato-half").join(file);
            self.upload(&format!("minato-half/{file}"), std::fs::read(path).unwrap()).await;
        }
    }

    async fn keys(&self, prefix: &str) -> Vec<String> {
        self.listed("output", prefix).await
    }

    async fn inputs(&self, prefix: &str) -> Vec<String> {
        self.listed("photos", prefix).await
    }

    async fn listed(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let bucket = Bucket::new(self.client.clone(), self.name(bucket));
        let listed = bucket.list(prefix).await.unwrap();
        listed.into_iter().map(|object| object.key).collect()
    }

    /// One call of SQS, signed by curl.
    fn sqs(&self, action: &str, queue: &str, mut input: Value) -> Value {
        let (id, secret) = key(&self.about["test"]);
        input["QueueUrl"] = self.about[queue].clone();
        let output = Command::new("curl")
            .args(["--silent", "--show-error", "--fail-with-body"])
            .args(["--aws-sigv4", &format!("aws:amz:{REGION}:sqs")])
            .args(["--user", &format!("{id}:{secret}")])
            .args(["--header", &format!("X-Amz-Target: AmazonSQS.{action}")])
            .args(["--header", "Content-Type: application/x-amz-json-1.0"])
            .args(["--data-binary", &input.to_string(), &self.moto.address])
            .output()
            .unwrap();
        assert!(output.status.success(), "{action}: {}", String::from_utf8_lossy(&output.stdout));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    fn send(&self, body: &str) {
        self.sqs("SendMessage", "upload_queue", json!({"MessageBody": body}));
    }

    /// Messages of a queue, at most a batch of them; whatever is received comes again at once
    /// unless it is taken off.
    fn received(&self, queue: &str) -> Vec<Value> {
        let size = &self.about["batch_size"];
        let input = json!({"VisibilityTimeout": 0, "MaxNumberOfMessages": size});
        let received = self.sqs("ReceiveMessage", queue, input);
        received["Messages"].as_array().cloned().unwrap_or_default()
    }

    /// One batch through the function; how many messages it had.
    async fn poll(&self) -> usize {
        let messages = self.received("upload_queue");
        if messages.is_empty() {
            return 0;
        }
        let record = |message: &Value| {
            json!({
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": {},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:uploads",
                "awsRegion": REGION,
            })
        };
        let records: Vec<Value> = messages.iter().map(record).collect();
        // A function that fails whole leaves the whole batch on the queue.
        let Ok(answer) = self.host.invoke(&json!({ "Records": records })).await else {
            return messages.len();
        };
        let failures = answer["batchItemFailures"].as_array().unwrap();
        let failed = |message: &Value| {
            failures.iter().any(|failure| failure["itemIdentifier"] == message["MessageId"])
        };
        let done: Vec<Value> = messages
            .iter()
            .filter(|message| !failed(message))
            .map(|m| json!({"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]}))
            .collect();
        if !done.is_empty() {
            self.sqs("DeleteMessageBatch", "upload_queue", json!({"Entries": done}));
        }
        messages.len()
    }

    /// Until the queue holds nothing more.
    async fn drain(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.poll().await > 0 {
            assert!(Instant::now() < deadline, "the queue is never empty");
        }
    }
}

fn key(pair: &Value) -> (&str, &str) {
    (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())
}

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
    let schedule = super::function::event("schedule.json");
    stack.host.invoke(&schedule).await.unwrap();
    let log = format!("{:?}", stack.host.log());
    assert!(!log.contains("AccessDenied") && !log.contains("Forbidden"), "{log}");
    assert_eq!(stack.received("dead_letters"), [Value::Null; 0]);
}
