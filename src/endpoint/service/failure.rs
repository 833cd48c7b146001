//! What a client is told when something was refused or failed.

use axum::http::StatusCode;
use s3s::{S3Error, S3ErrorCode};

use crate::digest::DigestError;
use crate::store::StoreError;

impl From<StoreError> for S3Error {
    fn from(error: StoreError) -> Self {
        use StoreError as E;
        let code = match &error {
            E::NoSuchBucket => S3ErrorCode::NoSuchBucket,
            E::BucketExists => S3ErrorCode::BucketAlreadyOwnedByYou,
            E::BucketNotEmpty => S3ErrorCode::BucketNotEmpty,
            E::NoSuchKey => S3ErrorCode::NoSuchKey,
            E::NoSuchUpload => S3ErrorCode::NoSuchUpload,
            E::PreconditionFailed => S3ErrorCode::PreconditionFailed,
            E::InvalidPart(_) => S3ErrorCode::InvalidPart,
            E::InvalidPartOrder => S3ErrorCode::InvalidPartOrder,
            E::PartTooSmall(_) => S3ErrorCode::EntityTooSmall,
            E::WholeChecksum => S3ErrorCode::BadDigest,
            E::DiskFull => return disk_full(&error),
            E::Closed => S3ErrorCode::ServiceUnavailable,
            E::Io(_) | E::Index(_) | E::Record { .. } | E::Format { .. } => {
                // The details name files of this machine: they are for its log.
                tracing::error!(%error, "a request failed in the store");
                return Self::with_message(
                    S3ErrorCode::InternalError,
                    "the store failed; nothing was changed or acknowledged, see the server's log",
                );
            }
        };
        Self::with_message(code, error.to_string())
    }
}

/// 507: SDKs do not hammer a full disk with retries, and the uploader reads why.
fn disk_full(error: &StoreError) -> S3Error {
    let code = S3ErrorCode::Custom("InsufficientStorage".into());
    let mut answer = S3Error::with_message(code, error.to_string());
    answer.set_status_code(StatusCode::INSUFFICIENT_STORAGE);
    answer
}

impl From<DigestError> for S3Error {
    fn from(error: DigestError) -> Self {
        let code = match error {
            DigestError::InvalidMd5 => S3ErrorCode::InvalidDigest,
            DigestError::Md5Mismatch | DigestError::ChecksumMismatch(_) => S3ErrorCode::BadDigest,
            DigestError::InvalidChecksum(_) | DigestError::TrailerMissing(_) => {
                S3ErrorCode::InvalidRequest
            }
        };
        Self::with_message(code, error.to_string())
    }
}
