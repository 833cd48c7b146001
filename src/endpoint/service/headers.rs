//! What a client stores beside an object, and the promises this endpoint cannot keep.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use s3s::dto::{Metadata, Timestamp, TimestampFormat};
use s3s::{S3Result, s3_error};

use crate::store::ContentHeaders;

/// AWS keeps 2 KiB of user metadata per object.
const METADATA_BYTES: usize = 2 << 10;

/// Gathers the content headers of an input, whatever its type.
macro_rules! content_headers {
    ($input:expr) => {
        $crate::store::ContentHeaders {
            content_type: $input.content_type.take(),
            content_encoding: $crate::service::headers::stored_encoding(
                $input.content_encoding.take(),
            ),
            content_language: $input.content_language.take(),
            content_disposition: $input.content_disposition.take(),
            cache_control: $input.cache_control.take(),
            expires: $input.expires.take().and_then(|t| $crate::service::headers::http_date(&t)),
        }
    };
}
pub(super) use content_headers;

/// The checksum values of an input, whatever its type.
macro_rules! checksum_values {
    ($input:expr) => {{
        use $crate::digest::Algorithm;
        [
            (Algorithm::Crc32, $input.checksum_crc32.take()),
            (Algorithm::Crc32c, $input.checksum_crc32c.take()),
            (Algorithm::Sha1, $input.checksum_sha1.take()),
            (Algorithm::Sha256, $input.checksum_sha256.take()),
            (Algorithm::Crc64Nvme, $input.checksum_crc64nvme.take()),
        ]
    }};
}
pub(super) use checksum_values;

/// Sets the checksum fields of an output, whatever its type.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {
        if let Some(checksum) = $checksum {
            use $crate::digest::Algorithm;
            let value = Some(checksum.value.clone());
            match checksum.algorithm {
                Algorithm::Crc32 => $output.checksum_crc32 = value,
                Algorithm::Crc32c => $output.checksum_crc32c = value,
                Algorithm::Sha1 => $output.checksum_sha1 = value,
                Algorithm::Sha256 => $output.checksum_sha256 = value,
                Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
            }
        }
    };
}
pub(super) use set_checksum;

/// How a checksum covers its object.
pub fn checksum_type(composite: bool) -> s3s::dto::ChecksumType {
    use s3s::dto::ChecksumType;
    let name = if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    ChecksumType::from_static(name)
}

/// `aws-chunked` describes the transfer and is not stored.
pub fn stored_encoding(value: Option<String>) -> Option<String> {
    let kept: Vec<&str> = value
        .as_deref()?
        .split(',')
        .map(str::trim)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case("aws-chunked"))
        .collect();
    (!kept.is_empty()).then(|| kept.join(","))
}

/// A time as an HTTP date.
pub fn http_date(time: &Timestamp) -> Option<String> {
    let mut text = Vec::new();
    time.format(TimestampFormat::HttpDate, &mut text).ok()?;
    String::from_utf8(text).ok()
}

/// User metadata in a fixed order, within what AWS takes.
pub fn metadata(input: Option<Metadata>) -> S3Result<BTreeMap<String, String>> {
    let map: BTreeMap<String, String> = input.unwrap_or_default().into_iter().collect();
    let size: usize = map.iter().map(|(k, v)| k.len() + v.len()).sum();
    if size > METADATA_BYTES {
        return Err(s3_error!(
            MetadataTooLarge,
            "user metadata holds at most 2 KiB in all; send less"
        ));
    }
    Ok(map)
}

/// User metadata as it is sent back.
pub fn metadata_out(map: BTreeMap<String, String>) -> Option<Metadata> {
    (!map.is_empty()).then(|| map.into_iter().collect())
}

/// The stored HTTP date as the protocol layer takes it.
pub fn expires_out(headers: &ContentHeaders) -> Option<Timestamp> {
    Timestamp::parse(TimestampFormat::HttpDate, headers.expires.as_deref()?).ok()
}

/// Refuses headers whose promise could not be kept, rather than ignoring them.
pub fn refuse_unsupported(headers: &HeaderMap) -> S3Result<()> {
    const PREFIXES: [&str; 6] = [
        "x-amz-server-side-encryption",
        "x-amz-copy-source-server-side-encryption",
        "x-amz-object-lock-",
        "x-amz-grant-",
        "x-amz-website-redirect-location",
        "x-amz-write-offset-bytes",
    ];
    for name in headers.keys().map(axum::http::HeaderName::as_str) {
        if PREFIXES.iter().any(|p| name.starts_with(p)) || name == "x-amz-tagging" {
            return Err(s3_error!(NotImplemented, "{name} is not offered; leave it out"));
        }
    }
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok());
    if let Some(acl) = text("x-amz-acl")
        && !["private", "bucket-owner-full-control"].contains(&acl)
    {
        return Err(s3_error!(NotImplemented, "every object is private; use presigned URLs"));
    }
    match text("x-amz-storage-class") {
        None | Some("STANDARD") => Ok(()),
        Some(_) => Err(s3_error!(
            InvalidStorageClass,
            "only STANDARD is offered; leave the storage class out"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transfer_coding_is_not_stored() {
        assert_eq!(stored_encoding(Some("aws-chunked".into())), None);
        assert_eq!(stored_encoding(Some("aws-chunked, gzip".into())), Some("gzip".into()));
    }

    #[test]
    fn a_promise_that_cannot_be_kept_is_refused() {
        let mut headers = HeaderMap::new();
        headers.insert("x-amz-acl", "private".parse().unwrap());
        assert!(refuse_unsupported(&headers).is_ok());
        headers.insert("x-amz-acl", "public-read".parse().unwrap());
        assert!(refuse_unsupported(&headers).is_err());
    }
}
