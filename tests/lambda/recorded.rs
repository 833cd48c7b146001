//! Between a function and its store: every call that passes, as IAM sees it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

/// One call of a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The right that it takes: `s3:GetObject`.
    pub action: &'static str,
    /// The ARN without account and region: `arn:aws:s3:::bucket/key`.
    pub resource: String,
}

/// A store's address that remembers who asked what.
pub struct Recorder {
    pub address: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Recorder {
    /// Passes everything on to a store as it is: it is signed.
    pub async fn before(store: &str) -> Self {
        let store: Arc<str> = store.trim_start_matches("http://").into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::<Mutex<Vec<Call>>>::default();
        let recorded = calls.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (store, calls) = (store.clone(), recorded.clone());
                let pass = service_fn(move |request| {
                    let (store, calls) = (store.clone(), calls.clone());
                    async move { Ok::<_, Infallible>(passed(&store, &calls, request).await) }
                });
                let serving = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), pass);
                tokio::spawn(serving);
            }
        });
        Self { address, calls }
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

async fn passed(
    store: &str,
    calls: &Mutex<Vec<Call>>,
    request: Request<Incoming>,
) -> Response<Incoming> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    calls.lock().unwrap().push(call(&parts, &body));
    let stream = TcpStream::connect(store).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender.send_request(Request::from_parts(parts, Full::new(body))).await.unwrap()
}

fn call(parts: &hyper::http::request::Parts, body: &Bytes) -> Call {
    if let Some(target) = parts.headers.get("x-amz-target") {
        // One right for a message and for a batch of them.
        assert_eq!(target, "AmazonSQS.SendMessageBatch");
        let input: Value = serde_json::from_slice(body).unwrap();
        let queue = input["QueueUrl"].as_str().unwrap().rsplit('/').next().unwrap();
        let resource = format!("arn:aws:sqs:::{queue}");
        return Call { action: "sqs:SendMessage", resource };
    }
    let path = percent_encoding::percent_decode_str(parts.uri.path()).decode_utf8().unwrap();
    let path = path.trim_start_matches('/').to_owned();
    let on_an_object = path.split_once('/').is_some_and(|(_, key)| !key.is_empty());
    let query = parts.uri.query().unwrap_or_default();
    let asks = |name: &str| query.split('&').any(|one| one.split('=').next() == Some(name));
    let action = match (&parts.method, on_an_object) {
        (&Method::GET, false) if asks("versions") => "s3:ListBucketVersions",
        (&Method::GET, false) => "s3:ListBucket",
        (&Method::GET | &Method::HEAD, true) => "s3:GetObject",
        (&Method::PUT, true) => "s3:PutObject",
        (&Method::DELETE, true) if asks("versionId") => "s3:DeleteObjectVersion",
        (&Method::DELETE, true) => "s3:DeleteObject",
        (method, _) => panic!("{method} {path} is a call that no right is known for"),
    };
    let resource = format!("arn:aws:s3:::{}", path.trim_end_matches('/'));
    Call { action, resource }
}
