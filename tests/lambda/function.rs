//! A running function: the embedded endpoint in this process, cargo-lambda's runtime API
//! and the deployed binary beside it. Dropping it ends them, also when a test fails.

use std::path::PathBuf;

use aws_sdk_s3::primitives::ByteStream;
use image::{ImageFormat, Rgb, RgbImage};
use kanso_endpoint::event::{self, EventReceiver};
use kanso_endpoint::{Config, Credentials, Endpoint};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::store::{Bucket, StoreConfig};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::host::{Host, Store};

const KEY: &str = "AKIDLAMBDATEST";
const SECRET: &str = "lambda-test-secret";
const PHOTOS: &str = "kanso-photos";
const OUTPUT: &str = "kanso-output";

pub struct Function {
    pub output: Bucket,
    client: aws_sdk_s3::Client,
    store: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    /// Kept so that the endpoint finds its queue open.
    _events: EventReceiver,
    pub host: Host,
}

impl Function {
    /// With the sample race in its bucket. `None` where cargo-lambda is not installed,
    /// which on CI is a failure.
    pub async fn start(test: &str) -> Option<Self> {
        Self::start_with(test, &[]).await
    }

    /// The same, with more variables.
    pub async fn start_with(test: &str, variables: &[(&str, &str)]) -> Option<Self> {
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
        let host = Host::start_with(folder, &store(&address), variables).await?;
        let function = Self {
            output: Bucket::new(client.clone(), OUTPUT),
            client,
            store: Some((stop, serving)),
            _events: events,
            host,
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

    pub async fn invoke(&self, event: &Value) -> Result<Value, String> {
        self.host.invoke(event).await
    }

    pub fn log(&self) -> Vec<Value> {
        self.host.log()
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

    pub fn client(&self) -> &aws_sdk_s3::Client {
        &self.client
    }

    pub async fn stop_store(&mut self) {
        let (stop, serving) = self.store.take().expect("stopped once");
        stop.send(()).unwrap();
        serving.await.unwrap();
    }
}

/// The embedded endpoint at an address, as the function is told of it.
pub fn store(endpoint: &str) -> Store<'_> {
    let (key, secret) = (KEY, SECRET);
    Store {
        endpoint,
        region: "ap-northeast-1",
        key,
        secret,
        photos: PHOTOS,
        output: OUTPUT,
        queue: None,
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
