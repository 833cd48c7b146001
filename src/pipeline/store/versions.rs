//! The versions that a bucket keeps of what was written over or deleted.

use aws_sdk_s3::error::ProvideErrorMetadata as _;
use aws_sdk_s3::types::EncodingType;

use super::{Bucket, StoreError};

impl Bucket {
    /// Deletes for good what a bucket that keeps versions kept under a prefix besides the
    /// objects that are there; the number of versions. A store without versions has none.
    pub async fn delete_versions(&self, prefix: &str) -> Result<usize, StoreError> {
        let (mut versions, mut marks) = (Vec::new(), Vec::new());
        let (mut key_marker, mut version_marker) = (None, None);
        loop {
            let request = self.client.list_object_versions().bucket(&self.name).prefix(prefix);
            let request = request.encoding_type(EncodingType::Url);
            let request = request.set_key_marker(key_marker).set_version_id_marker(version_marker);
            let page = match request.send().await {
                Ok(page) => page,
                Err(error) if error.code() == Some("NotImplemented") => return Ok(0),
                Err(error) => return Err(self.error("LIST", prefix, &error)),
            };
            let key_of = |key: &str| self.versioned_key(key, page.encoding_type());
            for old in page.versions().iter().filter(|version| version.is_latest() == Some(false)) {
                let Some((key, version)) = old.key().zip(old.version_id()) else { continue };
                versions.push((key_of(key)?, version.to_owned()));
            }
            for mark in page.delete_markers() {
                let Some((key, version)) = mark.key().zip(mark.version_id()) else { continue };
                marks.push((key_of(key)?, version.to_owned()));
            }
            if page.is_truncated() != Some(true) {
                break;
            }
            key_marker = page.next_key_marker().map(key_of).transpose()?;
            version_marker = page.next_version_id_marker().map(str::to_owned);
        }
        let deleted = versions.len();
        // The marks last: without its mark, a version that is left would be there again.
        for (key, version) in versions.into_iter().chain(marks) {
            let request = self.client.delete_object().bucket(&self.name).key(&key);
            let answer = request.version_id(version).send().await;
            answer.map_err(|error| self.error("DELETE", &key, &error))?;
        }
        Ok(deleted)
    }
}
