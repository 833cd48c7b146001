//! One file: read whole, put once, never over another object.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use kanso_photo::{Format, PhotoError, UPLOAD_BYTES_LIMIT, has_its_end};
use kanso_pipeline::store::{Bucket, ETag, Failure, StoreError, found};
use md5::{Digest as _, Md5};

use super::watched::Stamp;

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
    for key in [key.to_owned(), beside(key, &file.md5)] {
        match there(bucket, &key, &file.md5).await? {
            Some(true) => return Ok(Sent::AlreadyThere { key }),
            Some(false) => continue,
            None => {}
        }
        match bucket.put_new(&key, file.bytes.clone(), file.kind, &file.md5).await {
            Ok(_) => return Ok(Sent::Uploaded { key, bytes: size }),
            // Another watcher was first; the next look says with what.
            Err(error) if matches!(error.failure, Failure::Precondition | Failure::Conflict) => {
                match there(bucket, &key, &file.md5).await? {
                    Some(true) => return Ok(Sent::AlreadyThere { key }),
                    Some(false) => {}
                    // The other one has not ended: it may be this very photo.
                    None => return Err(error.into()),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(NotSent::NameTaken)
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

/// `None`: the key is free. `Some(true)`: this very photo has it.
async fn there(bucket: &Bucket, key: &str, md5: &[u8; 16]) -> Result<Option<bool>, StoreError> {
    let held = found(bucket.md5(key).await)?;
    Ok(held.map(|held| held == ETag::new(&hex::encode(md5))))
}

/// `IMG_0001.JPG` -> `IMG_0001.5d41402a.JPG`
fn beside(key: &str, md5: &[u8; 16]) -> String {
    let mark = hex::encode(&md5[..4]);
    let name = key.rfind('/').map_or(0, |slash| slash + 1);
    match key[name..].rfind('.') {
        Some(dot) if dot > 0 => {
            let (stem, extension) = key.split_at(name + dot);
            format!("{stem}.{mark}{extension}")
        }
        _ => format!("{key}.{mark}"),
    }
}

impl Stamp {
    pub fn of(metadata: &std::fs::Metadata) -> std::io::Result<Self> {
        Ok(Self { bytes: metadata.len(), modified: metadata.modified()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_keeps_its_ending() {
        let md5 = [0xAB; 16];
        assert_eq!(beside("r/photos/a.b/IMG.JPG", &md5), "r/photos/a.b/IMG.abababab.JPG");
        assert_eq!(beside("r/photos/a.b/IMG", &md5), "r/photos/a.b/IMG.abababab");
    }
}
