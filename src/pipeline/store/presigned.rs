//! Addresses by which somebody without keys reads or writes one object for a while.

use std::time::Duration;

use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::presigning::{PresignedRequest, PresigningConfig};
use kanso_certificate::Fault;

use super::{Bucket, NewPhoto};

/// A PUT that somebody without keys may make.
#[derive(Debug, Clone)]
pub struct PresignedPut {
    pub address: String,
    /// Headers that have to be sent with it as they are. A browser sets the length by itself.
    pub headers: Vec<(String, String)>,
}

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
        let request = self.client.get_object().bucket(&self.name).key(key);
        let request = request.response_content_disposition(disposition);
        let signed = request.presigned(lasting(life)?).await;
        Ok(signed.map_err(|error| cannot(DisplayErrorContext(&error)))?.uri().to_owned())
    }

    /// Scheme, host and port of the addresses that are signed here.
    pub async fn origin(&self) -> Result<String, Fault> {
        let request = self.client.get_object().bucket(&self.name).key("-");
        let signed = request.presigned(lasting(Duration::from_secs(60))?).await;
        let signed = signed.map_err(|error| cannot(DisplayErrorContext(&error)))?;
        let (scheme, rest) = signed.uri().split_once("://").unwrap_or(("", signed.uri()));
        Ok(format!("{scheme}://{}", rest.split(['/', '?']).next().unwrap_or_default()))
    }

    /// The PUT by which exactly these bytes come, as [`Bucket::put_new`] puts them, begun within
    /// `life`.
    pub async fn presigned_put(
        &self,
        photo: NewPhoto<'_>,
        bytes: u64,
        life: Duration,
    ) -> Result<PresignedPut, Fault> {
        let length = i64::try_from(bytes).map_err(cannot)?;
        let request = photo.request(self).content_length(length);
        let signed = request.presigned(lasting(life)?).await;
        let signed: PresignedRequest =
            signed.map_err(|error| cannot(DisplayErrorContext(&error)))?;
        let headers = signed.headers().filter(|(name, _)| {
            !name.eq_ignore_ascii_case("content-length") && !name.eq_ignore_ascii_case("host")
        });
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(PresignedPut { address: signed.uri().to_owned(), headers })
    }
}

fn lasting(life: Duration) -> Result<PresigningConfig, Fault> {
    PresigningConfig::expires_in(life).map_err(cannot)
}

fn cannot(why: impl std::fmt::Display) -> Fault {
    Fault::retry(format!("cannot sign an address: {why}"))
}
