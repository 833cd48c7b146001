//! The stack of `deploy/template.yaml` in moto, with the function at its end. The poller here
//! does what Lambda's own does: batches of the template's size, and of each batch only what
//! succeeded is taken off the queue.

use std::process::Command;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use kanso_pipeline::store::{Bucket, StoreConfig};
use serde_json::{Value, json};

use super::function::fixture;
use super::host::{Host, Store};
use super::moto::Moto;
use super::recorded::{Call, Recorder};

/// moto takes any while it makes the stack.
const ANYBODY: &str = "testing";
/// As the template names it.
pub const PHOTO_FUNCTION: &str = "PhotoFunction";
pub const REGION: &str = "us-east-1";
const PATIENCE: Duration = Duration::from_secs(120);

pub struct Stack {
    moto: Moto,
    about: Value,
    function: &'static str,
    recorder: Recorder,
    pub host: Host,
    pub client: aws_sdk_s3::Client,
    /// How long each invocation took whose event came from the queue.
    invocations: Mutex<Vec<Duration>>,
}

impl Stack {
    /// With the function that the template names so at the end of it, and its rights.
    pub async fn start(test: &str, function: &'static str) -> Option<Self> {
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
        let (theirs, ours) = (key(&about["functions"][function]), key(&about["test"]));
        let recorder = Recorder::before(&moto.address).await;
        let store = Store {
            endpoint: &recorder.address,
            region: REGION,
            key: theirs.0,
            secret: theirs.1,
            photos: about["photos"].as_str().unwrap(),
            output: about["output"].as_str().unwrap(),
            queue: about["upload_queue"].as_str(),
        };
        let folder = tempfile::Builder::new().prefix(test).tempdir().unwrap();
        let host = Host::start(folder, &store).await?;
        let client = StoreConfig::local(&moto.address, ours.0, ours.1).client();
        let invocations = Mutex::default();
        Some(Self { moto, about, function, recorder, host, client, invocations })
    }

    /// The buckets with all rights: of photos, and of what is written about them.
    pub fn buckets(&self) -> [Bucket; 2] {
        ["photos", "output"].map(|what| Bucket::new(self.client.clone(), self.name(what)))
    }

    /// What the function has asked of S3 and SQS.
    pub fn calls(&self) -> Vec<Call> {
        self.recorder.calls()
    }

    /// The statements of the function's role.
    pub fn allowed(&self) -> &Value {
        &self.about["allowed"][self.function]
    }

    pub fn name(&self, what: &str) -> &str {
        self.about[what].as_str().unwrap()
    }

    pub async fn upload(&self, key: &str, body: Vec<u8>) {
        let put = self.client.put_object().bucket(self.name("photos")).key(key);
        put.body(ByteStream::from(body)).send().await.unwrap();
    }

    pub async fn upload_race(&self) {
        for file in ["race.toml", "results.csv"] {
            let path = fixture("races/minato-half").join(file);
            self.upload(&format!("minato-half/{file}"), std::fs::read(path).unwrap()).await;
        }
    }

    pub async fn keys(&self, prefix: &str) -> Vec<String> {
        self.listed("output", prefix).await
    }

    pub async fn inputs(&self, prefix: &str) -> Vec<String> {
        self.listed("photos", prefix).await
    }

    /// The keys of which a bucket keeps any version, or a mark that it was deleted.
    pub async fn versions(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let list = self.client.list_object_versions().bucket(self.name(bucket)).prefix(prefix);
        let listed = list.send().await.unwrap();
        assert_ne!(listed.is_truncated(), Some(true));
        let versions = listed.versions().iter().filter_map(|version| version.key());
        let marks = listed.delete_markers().iter().filter_map(|mark| mark.key());
        let mut keys: Vec<String> = versions.chain(marks).map(str::to_owned).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    async fn listed(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let bucket = Bucket::new(self.client.clone(), self.name(bucket));
        let listed = bucket.list(prefix).await.unwrap();
        listed.into_iter().map(|object| object.key).collect()
    }

    /// One call of SQS, signed by curl.
    pub fn sqs(&self, action: &str, queue: &str, mut input: Value) -> Value {
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

    pub fn send(&self, body: &str) {
        self.sqs("SendMessage", "upload_queue", json!({"MessageBody": body}));
    }

    /// Messages of a queue, at most a batch of them; whatever is received comes again at once
    /// unless it is taken off.
    pub fn received(&self, queue: &str) -> Vec<Value> {
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
        let began = Instant::now();
        let answer = self.host.invoke(&json!({ "Records": records })).await;
        self.invocations.lock().unwrap().push(began.elapsed());
        let Ok(answer) = answer else { return messages.len() };
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

    pub fn invocations(&self) -> Vec<Duration> {
        self.invocations.lock().unwrap().clone()
    }

    /// Until the queue holds nothing more.
    pub async fn drain(&self) {
        self.drain_within(PATIENCE).await;
    }

    pub async fn drain_within(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.poll().await > 0 {
            assert!(Instant::now() < deadline, "the queue is never empty");
        }
    }
}

fn key(pair: &Value) -> (&str, &str) {
    (pair[0].as_str().unwrap(), pair[1].as_str().unwrap())
}
