//! One file: read whole, put once, never over another object. Where its proxy goes first, the
//! file then takes the place of that.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use kanso_photo::{Format, Photo, PhotoError, Proxy, UPLOAD_BYTES_LIMIT, has_its_end};
use kanso_pipeline::place::Place;
use kanso_pipeline::proxy::Part;
use kanso_pipeline::store::{Bucket, Failure, NewPhoto, StoreError};
use md5::{Digest as _, Md5};

use super::watched::Stamp;

/// How often a place is looked for that others take meanwhile.
const TRIES: usize = 3;

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    Uploaded {
        key: String,
        bytes: u64,
    },
    AlreadyThere {
        key: String,
    },
    /// Its proxy is there; of no bytes where it was before.
    Reduced {
        key: String,
        bytes: u64,
    },
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

/// Which of a photo's files goes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A reduced copy, where it saves much; else the file.
    Proxy,
    File,
}

/// Puts a file under `key`, or under a name with its MD5 where another photo has that name.
pub async fn upload(
    bucket: &Bucket,
    key: &str,
    path: &Path,
    stamp: Stamp,
    wanted: Wanted,
) -> Result<Sent, NotSent> {
    let own = path.to_owned();
    let read = tokio::task::spawn_blocking(move || whole(&own, stamp));
    let file = read.await.map_err(std::io::Error::other)??;
    let mut proxy = None;
    let mut last = None;
    for _ in 0..TRIES {
        let (key, full) = match bucket.place(key, &file.md5).await? {
            Place::There { key } => return Ok(Sent::AlreadyThere { key }),
            Place::Taken => return Err(NotSent::NameTaken),
            Place::Proxied { key, .. } if wanted == Wanted::Proxy => {
                return Ok(Sent::Reduced { key, bytes: 0 });
            }
            Place::Proxied { key, full } => (key, Some(full)),
            Place::Free { key } => (key, None),
        };
        if wanted == Wanted::Proxy && proxy.is_none() {
            proxy = file.proxy().await?;
        }
        let put = match &proxy {
            Some(proxy) => proxy.put(bucket, &key).await,
            None => file.put(bucket, &key, full.as_ref()).await,
        };
        match put {
            Ok(bytes) if proxy.is_some() => return Ok(Sent::Reduced { key, bytes }),
            Ok(bytes) => return Ok(Sent::Uploaded { key, bytes }),
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

impl File {
    async fn put(
        &self,
        bucket: &Bucket,
        key: &str,
        part: Option<&Part>,
    ) -> Result<u64, StoreError> {
        let new = NewPhoto { key, content_type: self.kind, md5: &self.md5, part };
        bucket.put_new(new, self.bytes.clone()).await?;
        Ok(self.bytes.len() as u64)
    }

    /// The file's proxy, where it is worth sending. What cannot be decoded goes up as it is:
    /// the pipeline says what is wrong with it.
    async fn proxy(&self) -> Result<Option<Reduced>, NotSent> {
        let bytes = self.bytes.clone();
        let made = tokio::task::spawn_blocking(move || Photo::open(bytes)?.proxy());
        let made = made.await.map_err(std::io::Error::other)?;
        Ok(made.ok().flatten().map(|proxy| Reduced::new(proxy, self.md5)))
    }
}

/// A proxy, as it goes up.
struct Reduced {
    file: File,
    part: Part,
}

impl Reduced {
    fn new(proxy: Proxy, of: [u8; 16]) -> Self {
        let part = Part::proxy(of, &proxy);
        let md5 = Md5::digest(&proxy.jpeg).into();
        Self { file: File { bytes: proxy.jpeg.into(), md5, kind: "image/jpeg" }, part }
    }

    async fn put(&self, bucket: &Bucket, key: &str) -> Result<u64, StoreError> {
        self.file.put(bucket, key, Some(&self.part)).await
    }
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
