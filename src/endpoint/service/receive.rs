//! Takes a body in: streamed to its file, digested on the way, refused as a whole.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderMap;
use futures::StreamExt;
use s3s::dto::StreamingBlob;
use s3s::{S3Error, S3ErrorCode, S3Result, TrailingHeaders, s3_error};

use crate::digest::{Algorithm, Announced, Expected};
use crate::store::{BodyWriter, Store, Written, blocking};

/// Bytes gathered before they are written. Every upload under way holds at most this.
const CHUNK_BYTES: usize = 128 << 10;

/// A client that sends nothing for so long has gone.
const STALL: Duration = Duration::from_secs(60);

/// The largest object or part, as on AWS.
const LARGEST_BYTES: u64 = 5 << 30;

/// A body on its way in and what the client said about it.
pub struct Incoming {
    pub body: Option<StreamingBlob>,
    /// Bytes.
    pub length: Option<i64>,
    pub expected: Expected,
    pub trailers: Option<TrailingHeaders>,
}

/// Gathers what a call announced: Content-MD5, checksum headers, checksum trailers.
pub fn announced(
    headers: &HeaderMap,
    content_md5: Option<&str>,
    values: [(Algorithm, Option<String>); 5],
) -> S3Result<Expected> {
    let mut expected = Expected::default().with_content_md5(content_md5)?;
    for (algorithm, value) in values {
        if let Some(value) = value {
            expected.announce(algorithm, Announced::Value(value))?;
        }
    }
    let trailers = headers.get("x-amz-trailer").and_then(|v| v.to_str().ok()).unwrap_or("");
    for name in trailers.split(',').map(str::trim) {
        let algorithm = Algorithm::ALL.into_iter().find(|a| name.eq_ignore_ascii_case(a.header()));
        if let Some(algorithm) = algorithm {
            expected.announce(algorithm, Announced::Trailer)?;
        }
    }
    Ok(expected)
}

/// Writes the body to a synced file. On any refusal the file is gone again.
pub async fn receive(store: &Arc<Store>, incoming: Incoming) -> S3Result<Written> {
    let Incoming { body, length, expected, trailers } = incoming;
    let length = length.and_then(|l| u64::try_from(l).ok());
    if length.is_some_and(|l| l > LARGEST_BYTES) {
        return Err(s3_error!(EntityTooLarge, "one upload holds at most 5 GiB; upload in parts"));
    }
    let room = Arc::clone(store.bodies());
    blocking(move || room.require_room(length.unwrap_or(0))).await?;
    let algorithms: Vec<Algorithm> = expected.checksums.iter().map(|(a, _)| *a).collect();
    let mut writer = BodyWriter::new(store.bodies(), algorithms);
    let mut chunk = Vec::new();
    let mut received = 0_u64;
    if let Some(mut body) = body {
        while let Some(bytes) = next(&mut body).await? {
            received += bytes.len() as u64;
            if received > LARGEST_BYTES {
                return Err(s3_error!(
                    EntityTooLarge,
                    "one upload holds at most 5 GiB; upload in parts"
                ));
            }
            chunk.extend_from_slice(&bytes);
            if chunk.len() >= CHUNK_BYTES {
                (writer, chunk) = blocking(move || {
                    writer.write(&chunk)?;
                    chunk.clear();
                    Ok((writer, chunk))
                })
                .await?;
            }
        }
    }
    if length.is_some_and(|l| l != received) {
        return Err(s3_error!(
            IncompleteBody,
            "the body ended early; nothing was stored, send it again"
        ));
    }
    let written = blocking(move || {
        writer.write(&chunk)?;
        writer.finish()
    })
    .await?;
    written.digest.verify(&expected, |name| {
        let value = trailers.as_ref()?.read(|t| t.get(name).cloned())??;
        value.to_str().ok().map(str::to_owned)
    })?;
    Ok(written)
}

async fn next(body: &mut StreamingBlob) -> S3Result<Option<bytes::Bytes>> {
    match tokio::time::timeout(STALL, body.next()).await {
        Ok(None) => Ok(None),
        Ok(Some(Ok(bytes))) => Ok(Some(bytes)),
        Ok(Some(Err(error))) => Err(broken(&error.to_string())),
        Err(_) => Err(s3_error!(RequestTimeout, "no bytes came for a minute; send it again")),
    }
}

/// s3s keeps the types of its stream errors to itself; their text tells them apart.
fn broken(text: &str) -> S3Error {
    if text.contains("Sha256Mismatch") {
        let code = S3ErrorCode::Custom("XAmzContentSHA256Mismatch".into());
        let message = "x-amz-content-sha256 does not match the body; nothing was stored";
        let mut error = S3Error::with_message(code, message);
        error.set_status_code(axum::http::StatusCode::BAD_REQUEST);
        error
    } else if text.contains("SignatureMismatch") {
        s3_error!(
            SignatureDoesNotMatch,
            "a chunk of the body has a wrong signature; check the secret key and send it again"
        )
    } else {
        s3_error!(
            IncompleteBody,
            "the body ended early or is malformed; nothing was stored, send it again"
        )
    }
}
