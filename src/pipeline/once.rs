//! Writes that happen once, however often they are asked for.

use bytes::Bytes;
use kanso_certificate::Fault;

use crate::store::{Bucket, ETag, Failure, If, StoreError, Write, found};

/// How often a write is tried again that met another writer (409, or a lost race for
/// `current.json`). Each round means that somebody else got further.
const ROUNDS: usize = 5;
/// Our own JSON documents are small.
const DOCUMENT_LIMIT: u64 = 4 << 20;

/// Creates an object whose key says what is in it: one that is there already is the
/// same, so 412 is success.
pub async fn create(
    bucket: &Bucket,
    key: &str,
    body: Bytes,
    content_type: &str,
) -> Result<(), StoreError> {
    let mut last = None;
    for _ in 0..ROUNDS {
        match bucket.put(key, body.clone(), content_type, Write::Create).await {
            Ok(_) => return Ok(()),
            Err(error) if error.failure == Failure::Precondition => return Ok(()),
            Err(error) if error.failure == Failure::Conflict => last = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(last.expect("every round that goes on has failed"))
}

/// What a document is to become, seeing what it is now.
pub enum Step {
    /// It is right as it is.
    Keep,
    Write(Bytes),
}

/// Changes a JSON document by reading it, deciding, and writing exactly over what was
/// read; decides anew whenever somebody else was faster. Gives back the version that holds
/// now; `None` where there is none. An error of the step ends it, with nothing written.
///
/// For documents that are mostly new: the first try is made without reading.
pub async fn change(
    bucket: &Bucket,
    key: &str,
    step: impl FnMut(Option<&[u8]>) -> Result<Step, Fault>,
) -> Result<Option<ETag>, Fault> {
    change_from(bucket, key, None, step).await
}

/// The same for documents that are mostly there.
pub async fn amend(
    bucket: &Bucket,
    key: &str,
    step: impl FnMut(Option<&[u8]>) -> Result<Step, Fault>,
) -> Result<Option<ETag>, Fault> {
    let now = version(bucket, key).await?;
    change_from(bucket, key, now, step).await
}

async fn change_from(
    bucket: &Bucket,
    key: &str,
    mut now: Option<(Bytes, ETag)>,
    mut step: impl FnMut(Option<&[u8]>) -> Result<Step, Fault>,
) -> Result<Option<ETag>, Fault> {
    let mut last = None;
    for _ in 0..ROUNDS {
        let body = match step(now.as_ref().map(|(bytes, _)| bytes.as_ref()))? {
            Step::Keep => return Ok(now.map(|(_, etag)| etag)),
            Step::Write(body) => body,
        };
        let when = now.as_ref().map_or(Write::Create, |(_, etag)| Write::Replace(etag));
        match bucket.put(key, body, "application/json", when).await {
            Ok(etag) => return Ok(Some(etag)),
            Err(error)
                if matches!(
                    error.failure,
                    Failure::Precondition | Failure::Conflict | Failure::NotFound
                ) =>
            {
                last = Some(error);
            }
            Err(error) => return Err(error.into()),
        }
        now = version(bucket, key).await?;
    }
    Err(last.expect("every round that goes on has failed").into())
}

async fn version(bucket: &Bucket, key: &str) -> Result<Option<(Bytes, ETag)>, StoreError> {
    let fetched = found(bucket.get(key, If::Any, DOCUMENT_LIMIT).await)?;
    Ok(fetched.map(|fetched| (fetched.bytes, fetched.etag)))
}

/// Reads one of our JSON documents, if it is there.
pub async fn document(bucket: &Bucket, key: &str) -> Result<Option<Bytes>, StoreError> {
    Ok(found(bucket.get(key, If::Any, DOCUMENT_LIMIT).await)?.map(|fetched| fetched.bytes))
}
