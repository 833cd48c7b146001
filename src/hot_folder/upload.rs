//! One file: read whole, put once, never over another object.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use kanso_photo::{Format, PhotoError, UPLOAD_BYTES_LIMIT, has_its_end};
use kanso_pipeline::place::Place;
use kanso_pipeline::store::{Bucket, Failure, StoreError};
use md5::{Digest as _, Md5};

use super::watched::Stamp;

/// How often a place is looked for that others take meanwhile.
const TRIES: usize = 3;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    Uploaded { key: String, bytes: u64 },
    AlreadyThere { key: String },
}

/// Why a file did not go up.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// Somebody is still writing it, or stopped in the middle.
    #[error("it is not whole yet; it goes up when its last bytes are there")]
    Unfinished,
    #[error(transparent)]
    NoPhoto(#[from] PhotoError),
    #[error("it cannot be read: {0}; check its permissions and the disk")]
    File(#[from] std::io::Error),
    #[error("two other photos have its name; rename it")]
    NameTaken,
    /// The line is thin, or was lost.
    #[error("the store did not take it within {} s", .0.as_secs_f64().ceil())]
    TooSlow(Duration),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Puts a file under `key`, or under a name with its MD5 where another photo has that name.
pub async fn upload(
    bucket: &Bucket,
    key: &str,
    path: &Path,
    stamp: Stamp,
) -> Result<Sent, NotSent> {
    let own = path.to_owned();
    let read = tokio::task::spawn_blocking(move || whole(&own, stamp));
    let file = read.await.map_err(std::io::Error::other)??;
    let size = file.bytes.len() as u64;
    let mut last = None;
    for _ in 0..TRIES {
        let key = match bucket.place(key, &file.md5).await? {
            Place::There { key } => return Ok(Sent::AlreadyThere { key }),
            Place::Taken => return Err(NotSent::NameTaken),
            Place::Free { key } => key,
        };
        match bucket.put_new(&key, file.bytes.clone(), file.kind, &file.md5).await {
            Ok(_) => return Ok(Sent::Uploaded { key, bytes: size }),
            // Another uploader was first, or has not ended; the next look says with what.
            Err(error) if matches!(error.failure, Failure::Precondition | Failure::Conflict) => {
                last = Some(error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(last.expect("every try that goes on has failed").into())
}

struct File {
    bytes: Bytes,
    md5: [u8; 16],
    kind: &'static str,
}

/// The file, if it is the one that was looked at from its first byte to its last.
fn whole(path: &Path, stamp: Stamp) -> Result<File, NotSent> {
    if stamp.bytes > UPLOAD_BYTES_LIMIT as u64 {
        let bytes = usize::try_from(stamp.bytes).unwrap_or(usize::MAX);
        return Err(PhotoError::TooManyBytes { bytes, limit: UPLOAD_BYTES_LIMIT }.into());
    }
    let bytes = std::fs::read(path)?;
    let now = std::fs::metadata(path)?;
    if Stamp::of(&now)? != stamp || bytes.len() as u64 != stamp.bytes || bytes.is_empty() {
        return Err(NotSent::Unfinished);
    }
    let kind = match Format::of(&bytes)? {
        Format::Jpeg => "image/jpeg",
        Format::Png => "image/png",
        Format::Tiff => "image/tiff",
        Format::WebP => "image/webp",
    };
    if !has_its_end(&bytes) {
        return Err(NotSent::Unfinished);
    }
    Ok(File { md5: Md5::digest(&bytes).into(), bytes: bytes.into(), kind })
}

impl Stamp {
    pub fn of(metadata: &std::fs::Metadata) -> std::io::Result<Self> {
        Ok(Self { bytes: metadata.len(), modified: metadata.modified()? })
    }
}
