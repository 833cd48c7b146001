//! The Lambda: cold start, then one event after another to the same handler as everywhere.
//!
//! One instance is given one event at a time; within it, messages and uploads run side by
//! side, so that while some photos are rendered others are fetched and written. The handler
//! itself bounds rendering by cores.

use std::sync::Arc;
use std::time::SystemTime;

use kanso_lambda::deadline::Deadline;
use kanso_lambda::fonts;
use kanso_lambda::function::{self, Answer};
use kanso_lambda::log;
use kanso_lambda::queue::TaskQueue;
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
    log::start().inspect_err(|error| tracing::error!("{error}"))?;
    fonts::find().inspect_err(|error| tracing::error!("{error}"))?;
    let (handler, queue) = handler().inspect_err(|error| tracing::error!("{error}"))?;
    if queue.is_none() {
        tracing::warn!(
            "KANSO_QUEUE_URL is not set: what results, answers and the schedule call for is done \
             within one invocation, as far as its time goes"
        );
    }
    let (handler, queue) = (Arc::new(handler), Arc::new(queue));
    let stage: Arc<str> = std::env::var("KANSO_STAGE").unwrap_or_else(|_| "none".into()).into();
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Value>| {
        let (handler, queue, stage) = (handler.clone(), queue.clone(), stage.clone());
        async move {
            let deadline = Deadline::at(event.context.deadline(), SystemTime::now());
            let now = jiff::Timestamp::now();
            let Answer { response, handled } =
                function::answer(&handler, queue.as_ref().as_ref(), &event.payload, deadline, now)
                    .await;
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

fn handler() -> Result<(Handler, Option<TaskQueue>), Error> {
    let bucket = |name: &str| {
        std::env::var(name).map_err(|_| format!("{name} is not set; name the bucket there"))
    };
    let config = StoreConfig::from_env()?;
    let client = config.client();
    let photos = Bucket::new(client.clone(), bucket("KANSO_PHOTOS_BUCKET")?);
    let handler = Handler::new(photos, Bucket::new(client, bucket("KANSO_OUTPUT_BUCKET")?));
    // As the tools of AWS name it; nothing is set there.
    let endpoint = std::env::var("AWS_ENDPOINT_URL_SQS").or(std::env::var("AWS_ENDPOINT_URL"));
    let url = std::env::var("KANSO_QUEUE_URL").ok().filter(|url| !url.is_empty());
    Ok((handler, url.map(|url| TaskQueue::new(&config, endpoint.ok(), url))))
}
