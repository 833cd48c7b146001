//! Deleting for good: objects, and every version that a bucket kept of them.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::EncodingType;
use futures::future::BoxFuture;
use futures::{StreamExt as _, TryStreamExt as _};

use super::{Bucket, StoreError};

/// Store calls in flight at once.
const IN_FLIGHT: usize = 32;

/// How far a deletion got.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Purged {
    /// Objects and versions that are gone.
    pub deleted: usize,
    /// Whether nothing more is to go.
    pub whole: bool,
}

/// Where a listing of versions goes on.
type Marker = (Option<String>, Option<String>);
/// A key, and the version of it where the store knows versions.
type Version = (String, Option<String>);

impl Bucket {
    /// Deletes what lies under a prefix and `goes`, with all its versions, as long as
    /// `goes_on`: it is asked about every thousand of them. What is left is found again.
    pub async fn purge(
        &self,
        prefix: &str,
        goes: impl Fn(&str) -> bool,
        goes_on: impl Fn() -> bool,
    ) -> Result<Purged, StoreError> {
        let mut deleted = 0;
        let mut next = Some((None, None));
        while let Some(marker) = next {
            if !goes_on() {
                return Ok(Purged { deleted, whole: false });
            }
            let (listed, then) = match self.versions(prefix, marker).await? {
                Some(page) => page,
                None => {
                    // A store on one machine: its listing is short.
                    let listed = self.list(prefix).await?;
                    (listed.into_iter().map(|object| (object.key, None)).collect(), None)
                }
            };
            let going: Vec<Version> = listed.into_iter().filter(|(key, _)| goes(key)).collect();
            deleted += going.len();
            let calls: Vec<_> = going.into_iter().map(|one| self.delete_for_good(one)).collect();
            let calls = futures::stream::iter(calls).buffer_unordered(IN_FLIGHT);
            calls.try_collect::<()>().await?;
            next = then;
        }
        Ok(Purged { deleted, whole: true })
    }

    /// A page of the versions under a prefix, marks of deletion among them, and where the next
    /// page begins; `None` where the store knows no versions.
    async fn versions(
        &self,
        prefix: &str,
        (key, version): Marker,
    ) -> Result<Option<(Vec<Version>, Option<Marker>)>, StoreError> {
        let request = self.client.list_object_versions().bucket(&self.name).prefix(prefix);
        let request = request.encoding_type(EncodingType::Url);
        let request = request.set_key_marker(key).set_version_id_marker(version);
        let page = match request.send().await {
            Ok(page) => page,
            Err(error) if error.code() == Some("NotImplemented") => return Ok(None),
            Err(error) => return Err(self.error("LIST", prefix, &error)),
        };
        let versions = page.versions().iter().map(|one| (one.key(), one.version_id()));
        let marks = page.delete_markers().iter().map(|one| (one.key(), one.version_id()));
        let key_of = |key: &str| self.versioned_key(key, page.encoding_type());
        let mut listed = Vec::new();
        for (key, version) in versions.chain(marks) {
            let Some(key) = key else { continue };
            listed.push((key_of(key)?, version.map(str::to_owned)));
        }
        let next = match page.is_truncated() {
            Some(true) => {
                let key = page.next_key_marker().map(key_of).transpose()?;
                Some((key, page.next_version_id_marker().map(str::to_owned)))
            }
            _ => None,
        };
        Ok(Some((listed, next)))
    }

    /// Boxed: the SDK's futures are nested deeper than the compiler follows.
    fn delete_for_good(&self, (key, version): Version) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            let request = self.client.delete_object().bucket(&self.name).key(&key);
            let answer = request.set_version_id(version).send().await;
            answer.map(drop).map_err(|error| self.error("DELETE", &key, &error))
        })
    }
}
