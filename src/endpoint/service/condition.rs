//! Conditions of reads, writes and copies.

use axum::http::HeaderMap;
use s3s::dto::{ETag, ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};

use crate::store::{ObjectRecord, StoreError};

/// When an object may be written or deleted. Decided inside the index transaction.
#[derive(Debug, Clone, Default)]
pub struct WriteCondition {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
}

impl WriteCondition {
    /// Reads the conditions of a call whose input does not carry them.
    pub fn from_headers(headers: &HeaderMap) -> S3Result<Self> {
        let read = |name: &str| -> S3Result<Option<ETagCondition>> {
            let parse = |v: &axum::http::HeaderValue| {
                ETagCondition::parse_http_header(v.as_bytes()).map_err(|_| {
                    s3_error!(InvalidArgument, "{name} is not an ETag or *; send one of them")
                })
            };
            headers.get(name).map(parse).transpose()
        };
        Ok(Self { if_match: read("if-match")?, if_none_match: read("if-none-match")? })
    }

    pub fn check(&self, current: Option<&ObjectRecord>) -> Result<(), StoreError> {
        if let Some(wanted) = &self.if_match {
            let current = current.ok_or(StoreError::NoSuchKey)?;
            if !matches(wanted, &current.etag) {
                return Err(StoreError::PreconditionFailed);
            }
        }
        match (&self.if_none_match, current) {
            (Some(unwanted), Some(current)) if matches(unwanted, &current.etag) => {
                Err(StoreError::PreconditionFailed)
            }
            _ => Ok(()),
        }
    }
}

/// When an object may be read.
#[derive(Debug, Clone, Default)]
pub struct ReadCondition {
    pub if_match: Option<ETagCondition>,
    pub if_none_match: Option<ETagCondition>,
    pub if_modified_since: Option<Timestamp>,
    pub if_unmodified_since: Option<Timestamp>,
}

/// How a read condition ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Read,
    NotModified,
    Failed,
}

impl ReadCondition {
    /// In the order of RFC 9110 13.2.2: an ETag outweighs a date.
    fn verdict(&self, object: &ObjectRecord) -> Verdict {
        // HTTP dates have whole seconds.
        let modified = object.modified_ms.div_euclid(1000);
        let seconds = |t: &Timestamp| time::OffsetDateTime::from(t.clone()).unix_timestamp();
        let held = match (&self.if_match, &self.if_unmodified_since) {
            (Some(wanted), _) => matches(wanted, &object.etag),
            (None, Some(since)) => modified <= seconds(since),
            (None, None) => true,
        };
        let fresh = match (&self.if_none_match, &self.if_modified_since) {
            (Some(unwanted), _) => !matches(unwanted, &object.etag),
            (None, Some(since)) => modified > seconds(since),
            (None, None) => true,
        };
        match (held, fresh) {
            (false, _) => Verdict::Failed,
            (true, false) => Verdict::NotModified,
            (true, true) => Verdict::Read,
        }
    }

    /// For GET and HEAD: 304 and 412.
    pub fn check_read(&self, object: &ObjectRecord) -> S3Result<()> {
        match self.verdict(object) {
            Verdict::Read => Ok(()),
            Verdict::NotModified => Err(not_modified(object)),
            Verdict::Failed => Err(StoreError::PreconditionFailed.into()),
        }
    }

    /// For the source of a copy: always 412.
    pub fn check_source(&self, object: &ObjectRecord) -> S3Result<()> {
        match self.verdict(object) {
            Verdict::Read => Ok(()),
            _ => Err(StoreError::PreconditionFailed.into()),
        }
    }
}

fn matches(condition: &ETagCondition, etag: &str) -> bool {
    match condition {
        ETagCondition::Any => true,
        ETagCondition::ETag(wanted) => wanted.value() == etag,
    }
}

fn not_modified(object: &ObjectRecord) -> S3Error {
    let mut error = S3Error::new(S3ErrorCode::NotModified);
    let mut headers = HeaderMap::new();
    if let Ok(etag) = ETag::Strong(object.etag.clone()).to_http_header() {
        headers.insert("etag", etag);
    }
    let mut date = Vec::new();
    if timestamp(object.modified_ms).format(TimestampFormat::HttpDate, &mut date).is_ok()
        && let Ok(value) = axum::http::HeaderValue::from_bytes(&date)
    {
        headers.insert("last-modified", value);
    }
    error.set_headers(headers);
    error
}

/// A time of the index as the protocol layer takes it.
pub fn timestamp(ms: i64) -> Timestamp {
    let nanos = i128::from(ms) * 1_000_000;
    time::OffsetDateTime::from_unix_timestamp_nanos(nanos)
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(etag: &str, modified_ms: i64) -> ObjectRecord {
        ObjectRecord {
            etag: etag.into(),
            size: 0,
            modified_ms,
            sequence: 1,
            bodies: Vec::new(),
            headers: Default::default(),
            metadata: Default::default(),
            checksum: None,
        }
    }

    fn etag(text: &str) -> Option<ETagCondition> {
        ETagCondition::parse_http_header(text.as_bytes()).ok()
    }

    #[test]
    fn a_write_under_if_match_needs_the_object() {
        let condition = WriteCondition { if_match: etag("\"a\""), ..Default::default() };
        assert!(matches!(condition.check(None), Err(StoreError::NoSuchKey)));
        assert!(condition.check(Some(&object("a", 0))).is_ok());
        assert!(matches!(
            condition.check(Some(&object("b", 0))),
            Err(StoreError::PreconditionFailed)
        ));
    }

    #[test]
    fn a_matching_etag_outweighs_the_date() {
        let condition = ReadCondition {
            if_match: etag("\"a\""),
            if_unmodified_since: Some(timestamp(0)),
            ..Default::default()
        };
        assert_eq!(condition.verdict(&object("a", 9_000)), Verdict::Read);
    }

    #[test]
    fn a_date_within_the_same_second_counts_as_unmodified() {
        let condition =
            ReadCondition { if_modified_since: Some(timestamp(1_000)), ..Default::default() };
        assert_eq!(condition.verdict(&object("a", 1_900)), Verdict::NotModified);
        assert_eq!(condition.verdict(&object("a", 2_000)), Verdict::Read);
    }
}
