//! Addresses by which somebody without keys reads one object for a while.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use kanso_certificate::Fault;

use super::Bucket;

impl Bucket {
    /// The address of one object, for `life`, saved under the name that `disposition` says. It
    /// is signed for the host that this bucket's client talks to, which its reader must reach;
    /// it opens the object for whoever has it, so it is no log's.
    pub async fn presigned(
        &self,
        key: &str,
        life: Duration,
        disposition: &str,
    ) -> Result<String, Fault> {
        let cannot = |why: String| Fault::retry(format!("cannot sign an address: {why}"));
        let config = PresigningConfig::expires_in(life).map_err(|e| cannot(e.to_string()))?;
        let request = self.client.get_object().bucket(&self.name).key(key);
        let request = request.response_content_disposition(disposition);
        let signed = request.presigned(config).await;
        let signed = signed
            .map_err(|error| cannot(aws_sdk_s3::error::DisplayErrorContext(&error).to_string()))?;
        Ok(signed.uri().to_owned())
    }
}
