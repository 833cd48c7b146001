//! The Lambda: cold start, then one event after another to the same handler as everywhere.

use std::sync::Arc;

use aws_lambda_events::event::sqs::SqsBatchResponse;
use futures::future::BoxFuture;
use kanso::events::{self, Delivery, Upload, sqs};
use kanso::pipeline::handler::Handler;
use kanso::store::{Bucket, StoreConfig};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().without_time().with_max_level(tracing::Level::INFO).init();
    let handler = Arc::new(handler()?);
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

/// Only what may succeed later is an error here; everything else is recorded in S3.
async fn answer(handler: &Handler, event: &Value) -> Result<SqsBatchResponse, Error> {
    match events::read(event)? {
        Delivery::Direct(uploads) => {
            all(handler, &uploads).await?;
            Ok(sqs::response(Vec::new()))
        }
        Delivery::Sqs(messages) => {
            let mut failed = Vec::new();
            for message in messages {
                let done = match message.uploads {
                    Ok(uploads) => all(handler, &uploads).await,
                    Err(error) => Err(error.into()),
                };
                if let Err(error) = done {
                    tracing::error!(message = message.id, "{error}");
                    failed.push(message.id);
                }
            }
            Ok(sqs::response(failed))
        }
    }
}

async fn all(handler: &Handler, uploads: &[Upload]) -> Result<(), Error> {
    for upload in uploads {
        // Boxed: the SDK's futures are nested deeper than the compiler follows.
        let handled: BoxFuture<'_, _> = Box::pin(handler.handle(upload));
        handled.await?;
    }
    Ok(())
}
