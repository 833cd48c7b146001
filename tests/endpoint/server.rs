//! A running endpoint and an SDK client for it.

use std::path::Path;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Credentials as SdkCredentials, Region};
use aws_sdk_s3::primitives::ByteStream;
use kanso_endpoint::event::{self, EventReceiver};
use kanso_endpoint::{Config, Credentials, Endpoint, EventSender};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub const KEY: &str = "test-key";
pub const SECRET: &str = "test-secret";

/// An endpoint on a free loopback port.
pub struct Running {
    pub client: Client,
    pub address: String,
    pub endpoint: Endpoint,
    pub events: EventReceiver,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub fn credentials() -> Credentials {
    Credentials::single(KEY, SECRET).unwrap()
}

pub async fn start(data: &Path) -> Running {
    start_with(data, credentials(), 10_000).await
}

pub async fn start_with(data: &Path, credentials: Credentials, queue: usize) -> Running {
    start_on(data, credentials, event::channel(queue)).await
}

pub async fn start_on(
    data: &Path,
    credentials: Credentials,
    (sender, events): (EventSender, EventReceiver),
) -> Running {
    let endpoint = Endpoint::open(Config { data: data.into(), credentials }, sender).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (stop, stopped) = oneshot::channel::<()>();
    let server = endpoint.clone();
    let task = tokio::spawn(async move {
        server.serve(listener, async { stopped.await.unwrap_or(()) }).await.unwrap();
    });
    Running { client: client(&address, KEY, SECRET), address, endpoint, events, stop, task }
}

impl Running {
    /// Stops and frees the data folder.
    pub async fn stop(self) {
        let Self { client, endpoint, stop, task, .. } = self;
        drop(client);
        stop.send(()).unwrap();
        task.await.unwrap();
        drop(endpoint);
    }
}

pub fn client(address: &str, key: &str, secret: &str) -> Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .credentials_provider(SdkCredentials::new(key, secret, None, None, "test"))
        .region(Region::new("us-east-1"))
        .endpoint_url(address)
        .force_path_style(true)
        .retry_config(aws_sdk_s3::config::retry::RetryConfig::disabled())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

pub async fn get(client: &Client, bucket: &str, key: &str) -> Option<Vec<u8>> {
    match client.get_object().bucket(bucket).key(key).send().await {
        Ok(found) => Some(found.body.collect().await.unwrap().to_vec()),
        Err(error) => {
            assert_eq!(status(&error), 404, "{error:?}");
            None
        }
    }
}

pub async fn put(client: &Client, bucket: &str, key: &str, body: &[u8]) -> String {
    let sent = client
        .put_object()
        .bucket(bucket)
        .key(key)
        .body(ByteStream::from(body.to_vec()))
        .send()
        .await
        .unwrap();
    sent.e_tag.unwrap()
}

pub fn status<E>(error: &aws_sdk_s3::error::SdkError<E>) -> u16 {
    error.raw_response().map_or(0, |r| r.status().as_u16())
}

/// Body files in a data folder.
pub fn body_files(data: &Path) -> usize {
    let folders = std::fs::read_dir(data.join("bodies")).unwrap();
    folders.map(|f| std::fs::read_dir(f.unwrap().path()).unwrap().count()).sum()
}
