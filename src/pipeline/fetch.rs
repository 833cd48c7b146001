//! Reads exactly the version of a photo that an event is about.

use crate::store::{Bucket, ETag, Failure, Fetched, If, StoreError};

/// A photo larger than this is refused before it is transferred.
pub const PHOTO_LIMIT: u64 = 200 << 20;

/// What became of the version that an event names.
#[derive(Debug)]
pub enum Version {
    Here(Fetched),
    /// A newer version is there, and its own event owns it.
    Superseded,
    /// The photographer deleted it.
    Gone,
    TooLarge(StoreError),
}

/// GETs a photo on the event's ETag. A 412 may also come from a server that cannot
/// compare quoted ETags (Ceph), so the newest version's ETag settles it.
pub async fn photo(bucket: &Bucket, key: &str, etag: Option<&ETag>) -> Result<Version, StoreError> {
    let when = etag.map_or(If::Any, If::Match);
    let answer = match bucket.get(key, when, PHOTO_LIMIT).await {
        Err(error) if error.failure == Failure::Precondition => {
            match bucket.head(key).await {
                Ok(newest) if Some(&newest) == etag => {}
                Ok(_) => return Ok(Version::Superseded),
                Err(error) if error.failure == Failure::NotFound => return Ok(Version::Gone),
                Err(error) => return Err(error),
            }
            bucket.get(key, If::Any, PHOTO_LIMIT).await
        }
        answer => answer,
    };
    match answer {
        Ok(fetched) if etag.is_some_and(|etag| *etag != fetched.etag) => Ok(Version::Superseded),
        Ok(fetched) => Ok(Version::Here(fetched)),
        Err(error) if error.failure == Failure::NotFound => Ok(Version::Gone),
        Err(error) if error.failure == Failure::TooLarge => Ok(Version::TooLarge(error)),
        Err(error) => Err(error),
    }
}
