//! The Lambda: cold start, then one event after another to the same handler as everywhere.
//!
//! One instance is given one event at a time; within it, messages and uploads run side by
//! side, so that while some photos are rendered others are fetched and written. The handler
//! itself bounds rendering by cores.

use std::sync::Arc;
use std::time::SystemTime;

use kanso_lambda::deadline::Deadline;
use kanso_lambda::function::{self, Answer};
use kanso_pipeline::handler::Handler;
use kanso_pipeline::memory;
use kanso_pipeline::metrics;
use kanso_pipeline::store::{Bucket, StoreConfig};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::Value;

fn main() -> Result<(), Error> {
    memory::keep_little();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<(), Error> {
    // CloudWatch stamps each line with the time itself.
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_span_list(false)
        .without_time()
        .with_max_level(tracing::Level::INFO)
        .init();
    let handler = Arc::new(handler().inspect_err(|error| tracing::error!("{error}"))?);
    let stage: Arc<str> = std::env::var("KANSO_STAGE").unwrap_or_else(|_| "none".into()).into();
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let (handler, stage) = (handler.clone(), stage.clone());
        async move {
            let deadline = Deadline::at(event.context.deadline(), SystemTime::now());
            let Answer { response, handled } =
                function::answer(&handler, &event.payload, deadline).await;
            let now = jiff::Timestamp::now();
            for line in metrics::embedded(&stage, &event.context.request_id, now, &handled) {
                println!("{line}");
            }
            response.map_err(|again| Diagnostic {
                error_type: again.kind().to_owned(),
                error_message: again.to_string(),
            })
        }
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
