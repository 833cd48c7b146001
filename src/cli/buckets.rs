//! The buckets that a command works on, of whatever S3 the environment names.

use kanso_certificate::Fault;
use kanso_pipeline::handler::Handler;
use kanso_pipeline::store::{Bucket, StoreConfig};

#[derive(Debug, Clone, clap::Args)]
pub struct Buckets {
    /// Bucket with the races' data and photos
    #[arg(long, env = "KANSO_PHOTOS_BUCKET", default_value = "kanso")]
    photos_bucket: String,
    /// Bucket for certificates; the same one without it
    #[arg(long, env = "KANSO_OUTPUT_BUCKET")]
    output_bucket: Option<String>,
}

impl Buckets {
    pub fn handler(&self) -> Result<Handler, Fault> {
        let client = StoreConfig::from_env()?.client();
        let output = self.output_bucket.as_ref().unwrap_or(&self.photos_bucket);
        let photos = Bucket::new(client.clone(), &self.photos_bucket);
        Ok(Handler::new(photos, Bucket::new(client, output)))
    }
}
