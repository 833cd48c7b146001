//! A running function: the embedded endpoint in this process, cargo-lambda's runtime API
//! and the deployed binary beside it. Dropping it ends them, also when a test fails.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use aws_sdk_s3::primitives::ByteStream;
use image::{ImageFormat, Rgb, RgbImage};
use kanso_endpoint::event::{self, EventReceiver};
use kanso_endpoint::{Config, Credentials, Endpoint};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::store::{Bucket, StoreConfig};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

const KEY: &str = "AKIDLAMBDATEST";
const SECRET: &str = "lambda-test-secret";
const PHOTOS: &str = "kanso-photos";
const OUTPUT: &str = "kanso-output";
/// The name that `cargo lambda watch --only-lambda-apis` gives to its only function.
const NAME: &str = "_";
/// Whatever takes longer has gone wrong.
const PATIENCE: Duration = Duration::from_secs(180);

pub struct Function {
    pub output: Bucket,
    client: aws_sdk_s3::Client,
    pub port: u16,
    store: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    /// Kept so that the endpoint finds its queue open.
    _events: EventReceiver,
    _runtime_api: Child,
    _bootstrap: Child,
    folder: tempfile::TempDir,
}

impl Function {
    /// With the sample race in its bucket. `None` where cargo-lambda is not installed,
    /// which on CI is a failure.
    pub async fn start(test: &str) -> Option<Self> {
        cargo_lambda_is_there().await.then_some(())?;
        let folder = tempfile::Builder::new().prefix(test).tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (sender, events) = event::channel(1000);
        let credentials = Credentials::single(KEY, SECRET).unwrap();
        let config = Config { data: folder.path().join("s3"), credentials };
        let endpoint = Endpoint::open(config, sender).unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(async move {
            endpoint.serve(listener, async { drop(stopped.await) }).await.unwrap();
        });

        let client = StoreConfig::local(&address, KEY, SECRET).client();
        for bucket in [PHOTOS, OUTPUT] {
            Bucket::new(client.clone(), bucket).create().await.unwrap();
        }
        let (runtime_api, port) = runtime_api(folder.path()).await;
        let bootstrap = bootstrap(&format!("http://127.0.0.1:{port}/.rt"), &address)
            .stdout(File::create(folder.path().join("log")).unwrap())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let function = Self {
            output: Bucket::new(client.clone(), OUTPUT),
            client,
            port,
            store: Some((stop, serving)),
            _events: events,
            _runtime_api: runtime_api,
            _bootstrap: bootstrap,
            folder,
        };
        for file in ["race.toml", "results.csv"] {
            let path = fixture("races/minato-half").join(file);
            function.put(&format!("minato-half/{file}"), std::fs::read(path).unwrap(), None).await;
        }
        Some(function)
    }

    /// Uploads as a photographer would; the answer is the ETag as events have it.
    pub async fn put(&self, key: &str, body: Vec<u8>, bib: Option<&str>) -> String {
        let mut put = self.client.put_object().bucket(PHOTOS).key(key);
        if let Some(bib) = bib {
            put = put.metadata("bib", bib);
        }
        let answer = put.body(ByteStream::from(body)).send().await.unwrap();
        answer.e_tag().unwrap().trim_matches('"').to_owned()
    }

    pub async fn put_photo(&self, key: &str, bib: &str, seed: u32) -> String {
        self.put(key, photo(seed), Some(bib)).await
    }

    /// Runs the function with an event; the error is what `cargo lambda invoke` says.
    pub async fn invoke(&self, event: &Value) -> Result<Value, String> {
        let file = self.folder.path().join("event.json");
        std::fs::write(&file, event.to_string()).unwrap();
        let output = Command::new("cargo-lambda")
            .args(["lambda", "invoke", NAME, "--invoke-address", "127.0.0.1"])
            .args(["--color", "never", "--invoke-port", &self.port.to_string(), "--data-file"])
            .arg(&file)
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(PATIENCE, output).await.expect("an answer").unwrap();
        if !output.status.success() {
            // Wrapped to the width of a terminal.
            return Err(said(&output).split_whitespace().collect::<Vec<_>>().join(" "));
        }
        Ok(serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output))))
    }

    pub async fn keys(&self, prefix: &str) -> Vec<String> {
        let listed = self.output.list(prefix).await.unwrap();
        listed.into_iter().map(|object| object.key).collect()
    }

    /// How many photos of a runner have a certificate.
    pub async fn certificates_of(&self, bib: &str) -> usize {
        let keys = self.keys(&format!("minato-half/certificates/{bib}/")).await;
        let pdfs = keys.iter().filter(|key| key.ends_with(".pdf")).count();
        let current = keys.iter().filter(|key| key.ends_with("/current.json")).count();
        assert_eq!(pdfs, current, "{keys:?}");
        current
    }

    /// The handler that the function drives, in this process.
    pub fn handler(&self) -> Handler {
        Handler::new(Bucket::new(self.client.clone(), PHOTOS), self.output.clone())
    }

    pub async fn stop_store(&mut self) {
        let (stop, serving) = self.store.take().expect("stopped once");
        stop.send(()).unwrap();
        serving.await.unwrap();
    }

    /// What the function has logged; every line is JSON.
    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not JSON: {line}")))
            .collect()
    }
}

/// The function's binary with the environment that Lambda gives it, and nothing else.
pub fn bootstrap(runtime_api: &str, s3: &str) -> Command {
    let mut command = Command::new(crate::BINARY);
    command
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", runtime_api)
        .env("AWS_LAMBDA_FUNCTION_NAME", NAME)
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048")
        .env("AWS_REGION", "ap-northeast-1")
        .env("AWS_ACCESS_KEY_ID", KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET)
        .env("AWS_ENDPOINT_URL", s3)
        .env("KANSO_STAGE", "test")
        .env("KANSO_PHOTOS_BUCKET", PHOTOS)
        .env("KANSO_OUTPUT_BUCKET", OUTPUT)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

/// Lambda's runtime API on a free port. It does not build or start the function: cargo
/// would wait for the lock that `cargo test` holds.
async fn runtime_api(folder: &Path) -> (Child, u16) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let port = free_port().await;
        let log = File::create(folder.join("runtime-api.log")).unwrap();
        let mut child = Command::new("cargo-lambda")
            .args(["lambda", "watch", "--only-lambda-apis", "--invoke-address", "127.0.0.1"])
            .args(["--invoke-port", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        // An exit means that somebody took the port in between: take another one.
        while child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return (child, port);
            }
            let told = || std::fs::read_to_string(folder.join("runtime-api.log")).unwrap();
            assert!(Instant::now() < deadline, "no runtime API: {}", told());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(Instant::now() < deadline, "cargo lambda watch keeps ending");
    }
}

async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

async fn cargo_lambda_is_there() -> bool {
    match Command::new("cargo-lambda").args(["lambda", "--version"]).output().await {
        Ok(output) => output.status.success(),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let loud = std::env::var("CI").is_ok_and(|ci| ci == "true");
            assert!(!loud, "cargo-lambda is not installed: pip install cargo-lambda");
            eprintln!("NOT RUN: cargo-lambda is not installed (pip install cargo-lambda)");
            false
        }
        Err(error) => panic!("cargo-lambda: {error}"),
    }
}

/// A file of `fixtures/events/`.
pub fn event(file: &str) -> Value {
    let text = std::fs::read(fixture("events").join(file)).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// An event about the version that is there: the files hold an ETag of no photo of ours.
pub fn versioned(mut event: Value, etag: &str) -> Value {
    match &mut event {
        Value::Object(fields) => {
            for (name, value) in fields.iter_mut() {
                let inner = value.as_str().and_then(|text| serde_json::from_str(text).ok());
                *value = match (name.as_str(), inner) {
                    ("eTag" | "etag", _) => etag.into(),
                    // A message's body is JSON within JSON.
                    ("body", Some(inner)) => versioned(inner, etag).to_string().into(),
                    _ => versioned(value.take(), etag),
                };
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = versioned(item.take(), etag);
            }
        }
        _ => {}
    }
    event
}

/// A small picture, another one for each seed.
fn photo(seed: u32) -> Vec<u8> {
    let shade = |n: u32| u8::try_from(n % 256).unwrap();
    let picture = RgbImage::from_fn(1200, 800, |x, y| {
        Rgb([shade(x / 5 + seed * 40), shade(y / 4), shade((x + y) / 9 + seed * 17)])
    });
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut jpeg, ImageFormat::Jpeg).unwrap();
    jpeg.into_inner()
}

pub fn fixture(path: &str) -> PathBuf {
    crate::repository::root().join("fixtures").join(path)
}

pub fn said(output: &Output) -> String {
    [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat()
}
