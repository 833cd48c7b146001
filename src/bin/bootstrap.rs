//! The Lambda: cold start, then one event after another to the same handler as everywhere.
//!
//! One instance is given one event at a time; within it, messages and uploads run side by
//! side, so that while some photos are rendered others are fetched and written. The handler
//! itself bounds rendering by cores.

use std::sync::Arc;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use futures::StreamExt;
use futures::future::BoxFuture;
use kanso::error::Fault;
use kanso::events::{self, Delivery, Upload, sqs};
use kanso::pipeline::handler::Handler;
use kanso::store::{Bucket, StoreConfig};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

/// Uploads of one event that are in flight at once, for each core: the second one waits
/// for the network while the first one renders.
const IN_FLIGHT_PER_CORE: usize = 2;

#[tokio::main]
async fn main() -> Result<(), Error> {
    // CloudWatch stamps each line with the time itself.
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .without_time()
        .with_max_level(tracing::Level::INFO)
        .init();
    let handler = Arc::new(handler().inspect_err(|error| tracing::error!("{error}"))?);
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let handler = handler.clone();
        async move { answer(&handler, &event.payload).await }
    }))
    .await
}

fn handler() -> Result<Handler, Error> {
    let bucket = |name: &str| {
        std::env::var(name).map_err(|_| format!("{name} is not set; name the bucket there"))
    };
    let client = StoreConfig::from_env()?.client();
    let photos = Bucket::new(client.clone(), bucket("KANSO_PHOTOS_BUCKET")?);
    Ok(Handler::new(photos, Bucket::new(client, bucket("KANSO_OUTPUT_BUCKET")?)))
}

/// Only what may succeed later, or what nobody understands, is an error here; everything
/// else is recorded in S3. S3 and EventBridge ignore the answer, SQS reads it.
async fn answer(handler: &Handler, event: &Value) -> Result<SqsBatchResponse, Diagnostic> {
    let delivery = events::read(event).map_err(|error| failed("EventNotUnderstood", &error))?;
    match delivery {
        Delivery::Direct(uploads) => {
            // All are tried before the first failure is told: the sender repeats them all.
            let mut each = Vec::with_capacity(uploads.len());
            for upload in &uploads {
                each.push(handle(handler, upload));
            }
            let failures: Vec<Fault> = side_by_side(each, Result::err).await;
            match failures.first() {
                Some(fault) => Err(failed("TryAgain", fault)),
                None => Ok(sqs::response(Vec::new())),
            }
        }
        Delivery::Sqs(messages) => {
            let mut each = Vec::with_capacity(messages.len());
            for message in messages {
                each.push(deliver(handler, message));
            }
            Ok(sqs::response(side_by_side(each, |failed| failed).await))
        }
    }
}

/// One message; its id where it has to be delivered again.
fn deliver(handler: &Handler, message: sqs::Message) -> BoxFuture<'_, Option<String>> {
    Box::pin(async move {
        let uploads = match message.uploads {
            Ok(uploads) => uploads,
            Err(error) => {
                tracing::error!(message_id = message.id, "{error}");
                return Some(message.id);
            }
        };
        for upload in &uploads {
            if let Err(fault) = handle(handler, upload).await {
                tracing::error!(message_id = message.id, key = upload.key, "{fault}");
                return Some(message.id);
            }
        }
        None
    })
}

/// Boxed: the SDK's futures are nested deeper than the compiler follows.
fn handle<'a>(handler: &'a Handler, upload: &'a Upload) -> BoxFuture<'a, Result<(), Fault>> {
    Box::pin(async move { handler.handle(upload).await.map(drop) })
}

/// Runs work side by side, as much as the cores can use; keeps what `failure` picks, in
/// order of the work.
async fn side_by_side<T, F>(
    work: Vec<BoxFuture<'_, T>>,
    failure: impl Fn(T) -> Option<F>,
) -> Vec<F> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let done: Vec<T> =
        futures::stream::iter(work).buffered(IN_FLIGHT_PER_CORE * cores).collect().await;
    done.into_iter().filter_map(failure).collect()
}

/// What Lambda logs and gives back for an event that has to come again.
fn failed(kind: &str, error: &dyn std::error::Error) -> Diagnostic {
    Diagnostic { error_type: kind.to_owned(), error_message: error.to_string() }
}
