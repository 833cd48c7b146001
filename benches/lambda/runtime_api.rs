//! Lambda's runtime API for one instance of one function: it asks for work, and answers it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use serde_json::Value;
use tokio::sync::{Mutex, mpsc};

/// What an invocation may take.
const TIMEOUT: Duration = Duration::from_secs(120);

pub struct RuntimeApi {
    pub address: SocketAddr,
    work: mpsc::Sender<Value>,
    asked: mpsc::Receiver<Instant>,
    answers: mpsc::Receiver<Result<Bytes, Bytes>>,
}

struct Shared {
    work: Mutex<mpsc::Receiver<Value>>,
    asked: mpsc::Sender<Instant>,
    answers: mpsc::Sender<Result<Bytes, Bytes>>,
}

impl RuntimeApi {
    pub async fn start() -> Self {
        let (work, next) = mpsc::channel(1);
        let (told, asked) = mpsc::channel(16);
        let (answer, answers) = mpsc::channel(16);
        let shared = Shared { work: Mutex::new(next), asked: told, answers: answer };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next_invocation))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(error))
            .route("/2018-06-01/runtime/init/error", post(error))
            .with_state(Arc::new(shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, work, asked, answers }
    }

    /// When the function asks for work; an error is what it says instead.
    pub async fn asks(&mut self) -> Result<Instant, String> {
        tokio::select! {
            asked = self.asked.recv() => asked.ok_or_else(|| "it has ended".to_owned()),
            Some(answer) = self.answers.recv() => Err(format!("{answer:?}")),
            () = tokio::time::sleep(TIMEOUT) => Err("it never asks for work".to_owned()),
        }
    }

    /// One invocation, from giving the work to the answer.
    pub async fn invoke(&mut self, event: &Value) -> (Duration, Result<Bytes, Bytes>) {
        let since = Instant::now();
        self.work.send(event.clone()).await.expect("the runtime API runs");
        let answer = tokio::time::timeout(TIMEOUT, self.answers.recv()).await;
        (since.elapsed(), answer.expect("an answer in time").expect("the runtime API runs"))
    }
}

async fn next_invocation(State(shared): State<Arc<Shared>>) -> impl IntoResponse {
    let mut work = shared.work.lock().await;
    // Nobody counts them all.
    let _ = shared.asked.try_send(Instant::now());
    let event = work.recv().await.unwrap_or_default();
    let deadline = (SystemTime::now() + TIMEOUT).duration_since(UNIX_EPOCH).unwrap_or_default();
    let headers = [
        ("lambda-runtime-aws-request-id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd".to_owned()),
        ("lambda-runtime-deadline-ms", deadline.as_millis().to_string()),
        (
            "lambda-runtime-invoked-function-arn",
            "arn:aws:lambda:ap-northeast-1:123456789012:function:kanso".to_owned(),
        ),
    ];
    (headers, event.to_string())
}

async fn response(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let _ = shared.answers.send(Ok(body)).await;
    StatusCode::ACCEPTED
}

async fn error(State(shared): State<Arc<Shared>>, body: Bytes) -> StatusCode {
    let _ = shared.answers.send(Err(body)).await;
    StatusCode::ACCEPTED
}
