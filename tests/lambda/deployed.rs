//! The stack of `deploy/template.yaml` in moto: its buckets, its queues, and the function at
//! the end of them. The poller here does what Lambda's own does: batches of the template's
//! size, and of each batch only what succeeded is taken off the queue.

use std::process::Command;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use kanso_pipeline::store::{If, StoreConfig};
use serde_json::{Value, json};

use super::function::fixture;
use super::host::{Host, Store};
use super::moto::Moto;
use super::tools;

/// moto takes any.
const KEY: (&str, &str) = ("testing", "testing");
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
        let made = command("python3", &moto)
            .arg(root.join("tests/lambda/stack.py"))
            .arg(root.join("deploy/template.yaml"))
            .arg(&moto.address)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let about: Value = serde_json::from_slice(&made.stdout).unwrap();
        let store = Store {
            endpoint: &moto.address,
            region: REGION,
            key: KEY.0,
            secret: KEY.1,
            photos: about["photos"].as_str().unwrap(),
            output: about["output"].as_str().unwrap(),
        };
        let folder = tempfile::Builder::new().prefix(test).tempdir().unwrap();
        let host = Host::start(folder, &store).await?;
        let client = StoreConfig::local(&moto.address, KEY.0, KEY.1).client();
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
        let output = kanso_pipeline::store::Bucket::new(self.client.clone(), self.name("output"));
        let listed = output.list(prefix).await.unwrap();
        listed.into_iter().map(|object| object.key).collect()
    }

    fn sqs(&self, args: &[&str]) -> Value {
        let output = command("aws", &self.moto)
            .args(["--endpoint-url", &self.moto.address, "sqs"])
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// Messages of a queue, at most a batch of them; whatever is received comes again at once
    /// unless it is taken off.
    fn received(&self, queue: &str) -> Vec<Value> {
        let size = self.about["batch_size"].to_string();
        let received = self.sqs(&[
            "receive-message",
            "--queue-url",
            self.name(queue),
            "--visibility-timeout",
            "0",
            "--max-number-of-messages",
            &size,
        ]);
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
        for message in messages.iter().filter(|message| !failed(message)) {
            let handle = message["ReceiptHandle"].as_str().unwrap();
            let queue = self.name("upload_queue");
            self.sqs(&["delete-message", "--queue-url", queue, "--receipt-handle", handle]);
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

fn command(name: &str, moto: &Moto) -> Command {
    let mut command = Command::new(name);
    command
        .env("AWS_ENDPOINT_URL", &moto.address)
        .env("AWS_ACCESS_KEY_ID", KEY.0)
        .env("AWS_SECRET_ACCESS_KEY", KEY.1)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_REGION", REGION);
    command
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
    let output = kanso_pipeline::store::Bucket::new(stack.client.clone(), stack.name("output"));
    let pdf = output.get(pdfs[0], If::Any, 64 << 20).await.unwrap();
    let path = tools::folder("deployed").join("certificate.pdf");
    std::fs::write(&path, &pdf.bytes).unwrap();
    tools::judge("qpdf", &["--check", path.to_str().unwrap()]);

    let before = stack.keys("").await;
    let again = json!({"Records": [{"eventVersion": "2.1", "eventSource": "aws:s3",
        "awsRegion": REGION, "eventName": "ObjectCreated:Put", "s3": {
            "bucket": {"name": stack.name("photos")},
            "object": {"key": "minato-half/photos/finish-a/%E3%82%B4%E3%83%BC%E3%83%AB+1%2B2.jpg"}}}]});
    let (queue, body) = (stack.name("upload_queue"), again.to_string());
    stack.sqs(&["send-message", "--queue-url", queue, "--message-body", &body]);
    stack.sqs(&["send-message", "--queue-url", queue, "--message-body", &body]);
    stack.drain().await;
    assert_eq!(stack.keys("").await, before, "an event that comes twice more changes nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_understands_ends_among_the_dead_letters_and_the_rest_is_done() {
    let Some(stack) = Stack::start("poison").await else { return };
    stack.upload_race().await;
    let queue = stack.name("upload_queue");
    stack.sqs(&["send-message", "--queue-url", queue, "--message-body", "{\"not\": \"an event\"}"]);
    let photo = std::fs::read(fixture("races/minato-half/photos/finish-a/KNS_0412.jpg")).unwrap();
    stack.upload("minato-half/photos/finish-a/1.jpg", photo).await;
    stack.drain().await;
    let certificates = stack.keys("minato-half/certificates/M1/").await;
    assert!(!certificates.is_empty());
    let dead = stack.received("dead_letters");
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0]["Body"], "{\"not\": \"an event\"}");
}
