//! The embedded endpoint with the sample race, behind a proxy that counts requests.

use std::ops::Sub;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_s3::primitives::ByteStream;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kanso_endpoint::event::{self, EventReceiver};
use kanso_endpoint::{Config, Credentials, Endpoint};
use kanso_pipeline::store::{Bucket, StoreConfig};

use super::photos::race_file;

pub const KEY: &str = "AKIDLAMBDABENCH";
pub const SECRET: &str = "lambda-bench-secret";
pub const PHOTOS: &str = "kanso-photos";
pub const OUTPUT: &str = "kanso-output";

/// Requests as S3 bills them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Requests {
    /// PUT, COPY, POST and LIST.
    pub writes: usize,
    /// GET, HEAD and all others.
    pub reads: usize,
}

impl Sub for Requests {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { writes: self.writes - before.writes, reads: self.reads - before.reads }
    }
}

pub struct Store {
    /// The proxy's.
    pub endpoint: String,
    /// Past the proxy: what this asks is not counted.
    client: aws_sdk_s3::Client,
    counts: Arc<Counts>,
    _data: tempfile::TempDir,
    /// Kept so that the endpoint finds its queue open.
    _events: EventReceiver,
}

#[derive(Debug, Default)]
struct Counts {
    writes: AtomicUsize,
    reads: AtomicUsize,
}

impl Store {
    pub async fn start() -> Self {
        let data = tempfile::tempdir().expect("a folder");
        let (sender, events) = event::channel(10_000);
        let credentials = Credentials::single(KEY, SECRET).expect("a key");
        let config = Config { data: data.path().to_owned(), credentials };
        let endpoint = Endpoint::open(config, sender).expect("an empty store");
        let (listener, address) = listener().await;
        tokio::spawn(async move { endpoint.serve(listener, std::future::pending()).await });
        let counts = Arc::<Counts>::default();
        let client = StoreConfig::local(&format!("http://{address}"), KEY, SECRET).client();
        for bucket in [PHOTOS, OUTPUT] {
            Bucket::new(client.clone(), bucket).create().await.expect("a bucket");
        }
        let proxy = counted(address.to_string(), counts.clone()).await;
        let store = Self { endpoint: proxy, client, counts, _data: data, _events: events };
        for name in ["race.toml", "results.csv"] {
            store.put(&format!("minato-half/{name}"), race_file(name)).await;
        }
        store
    }

    pub fn requests(&self) -> Requests {
        let now = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        Requests { writes: now(&self.counts.writes), reads: now(&self.counts.reads) }
    }

    /// An upload; its ETag as events have it.
    pub async fn put(&self, key: &str, body: Vec<u8>) -> String {
        let put = self.client.put_object().bucket(PHOTOS).key(key).body(ByteStream::from(body));
        let answer = put.send().await.expect("the store takes it");
        answer.e_tag().unwrap_or_default().trim_matches('"').to_owned()
    }

    pub async fn certificates(&self) -> usize {
        let output = Bucket::new(self.client.clone(), OUTPUT);
        let keys = output.list("minato-half/certificates/").await.expect("the store lists");
        keys.iter().filter(|object| object.key.ends_with("/current.json")).count()
    }

    /// Of all that the functions wrote.
    pub async fn output_bytes(&self) -> usize {
        let request = self.client.list_objects_v2().bucket(OUTPUT);
        let mut pages = request.into_paginator().send();
        let mut bytes = 0;
        while let Some(page) = pages.next().await {
            let page = page.expect("the store lists");
            let sizes = page.contents().iter().filter_map(|object| object.size());
            bytes += sizes.filter_map(|size| usize::try_from(size).ok()).sum::<usize>();
        }
        bytes
    }
}

async fn listener() -> (tokio::net::TcpListener, std::net::SocketAddr) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

#[derive(Clone)]
struct Proxy {
    to: String,
    client: Client<HttpConnector, Body>,
    counts: Arc<Counts>,
}

/// Passes every request on as it is, the signed host too, and counts it.
async fn counted(to: String, counts: Arc<Counts>) -> String {
    let client = Client::builder(TokioExecutor::new()).build_http();
    let router = Router::new().fallback(pass).with_state(Proxy { to, client, counts });
    let (listener, address) = listener().await;
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

async fn pass(State(proxy): State<Proxy>, mut request: Request) -> Response {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let is_list = request.method() == Method::GET && path.contains("list-type=");
    let writes = is_list || [Method::PUT, Method::POST].contains(request.method());
    let count = if writes { &proxy.counts.writes } else { &proxy.counts.reads };
    count.fetch_add(1, Ordering::SeqCst);
    match format!("http://{}{path}", proxy.to).parse::<Uri>() {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    }
    match proxy.client.request(request).await {
        Ok(answer) => answer.map(Body::new),
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}
