//! The queue that events come from, as the place for work that one invocation has no time for.

use std::time::Duration;

use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::config::{BehaviorVersion, Builder, Credentials, Region};
use aws_sdk_sqs::error::DisplayErrorContext;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use futures::future::BoxFuture;
use futures::{StreamExt, TryStreamExt};
use kanso_certificate::Fault;
use kanso_pipeline::store::StoreConfig;
use kanso_pipeline::tasks::Task;

/// As many messages as SQS takes in one call.
const BATCH: usize = 10;
/// Calls in flight at once, of each of the pieces that a batch holds.
const IN_FLIGHT: usize = 2;

/// A queue of SQS.
#[derive(Debug, Clone)]
pub struct TaskQueue {
    client: aws_sdk_sqs::Client,
    url: String,
}

impl TaskQueue {
    /// With the store's credentials and region; `endpoint` is absent on AWS.
    pub fn new(store: &StoreConfig, endpoint: Option<String>, url: String) -> Self {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
            ))
            .build_https();
        let (id, secret) = (&store.access_key_id, &store.secret_access_key);
        let credentials = Credentials::new(id, secret, store.session_token.clone(), None, "kanso");
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(30))
            .build();
        let config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(store.region.clone()))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .timeout_config(timeouts);
        let config = match endpoint {
            Some(endpoint) => config.endpoint_url(endpoint),
            None => config,
        };
        Self { client: aws_sdk_sqs::Client::from_conf(config.build()), url }
    }

    /// Sends all of them, or says that some may have to be sent again.
    /// Boxed: the SDK's futures are nested deeper than the compiler follows.
    pub fn send<'a>(&'a self, tasks: &'a [Task]) -> BoxFuture<'a, Result<(), Fault>> {
        let batch = |batch| -> BoxFuture<'_, _> { Box::pin(self.send_batch(batch)) };
        let batches: Vec<_> = tasks.chunks(BATCH).map(batch).collect();
        Box::pin(futures::stream::iter(batches).buffer_unordered(IN_FLIGHT).try_collect())
    }

    async fn send_batch(&self, tasks: &[Task]) -> Result<(), Fault> {
        let mut request = self.client.send_message_batch().queue_url(&self.url);
        for (n, task) in tasks.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(n.to_string())
                .message_body(task.message())
                .build();
            let entry = entry.map_err(|error| Fault::retry(format!("a message: {error}")))?;
            request = request.entries(entry);
        }
        let answer = request.send().await.map_err(|error| {
            Fault::retry(format!("the queue takes no messages: {}", DisplayErrorContext(error)))
        })?;
        match answer.failed().first() {
            None => Ok(()),
            Some(failed) => Err(Fault::retry(format!(
                "the queue refused {} of {} messages ({}); they are sent again",
                answer.failed().len(),
                tasks.len(),
                failed.code()
            ))),
        }
    }
}
