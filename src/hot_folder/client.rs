//! The S3 client of somebody who sits at the far end of a venue's network.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use kanso_pipeline::store::StoreConfig;

/// A server's client gives an answer up after 30 seconds, in which a thin line has not sent
/// one photo. Here each upload has a limit of its own ([`super::patience`]), and trying again
/// is the watcher's, who tells of it; once more is for a connection that the store has closed.
pub fn patient(config: &StoreConfig) -> Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .disable_read_timeout()
        .build();
    let client = config.client();
    let patient = client.config().to_builder();
    let patient = patient.timeout_config(timeouts);
    Client::from_conf(patient.retry_config(RetryConfig::standard().with_max_attempts(2)).build())
}
