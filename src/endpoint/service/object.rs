//! PUT, GET, HEAD and DELETE of objects.

use std::ops::Range;

use s3s::dto::{self, *};
use s3s::{S3Request, S3Result, s3_error};

use super::condition::{ReadCondition, WriteCondition, timestamp};
use super::headers::{
    checksum_type, checksum_values, content_headers, expires_out, metadata, metadata_out,
    refuse_unsupported, set_checksum,
};
use super::receive::{Incoming, announced, receive};
use super::{Service, origin, send};
use crate::event::{self, Created, Origin, Subject};
use crate::store::{Change, ObjectRecord, Pin, StoreError, now_ms};

/// What AWS says of an object whose type nobody named.
const DEFAULT_CONTENT_TYPE: &str = "binary/octet-stream";

/// DeleteObjects takes at most this many keys.
const DELETE_LIMIT: usize = 1000;

/// Stores a record as the newest of the store and queues its event. Inside the transaction.
pub(super) fn commit_object(
    change: &mut Change<'_>,
    (bucket, key): (&str, &str),
    mut record: ObjectRecord,
    (kind, origin): (Created, &Origin),
) -> Result<ObjectRecord, StoreError> {
    record.sequence = change.next_sequence()?;
    record.modified_ms = now_ms();
    change.put_object(bucket, key, &record)?;
    change.emit(event::created(
        kind,
        origin,
        Subject {
            bucket,
            key,
            size: record.size,
            etag: &record.etag,
            sequence: record.sequence,
            time: jiff::Timestamp::from_millisecond(record.modified_ms).unwrap_or_default(),
        },
    ));
    Ok(record)
}

/// Only the one version that there is may be named.
pub(super) fn require_null_version(version: Option<&str>) -> S3Result<()> {
    match version {
        None | Some("null") => Ok(()),
        Some(_) => Err(s3_error!(
            NoSuchVersion,
            "buckets here keep one version of each object; leave the version out"
        )),
    }
}

/// The ETag as the protocol layer takes it.
pub(super) fn etag(record: &ObjectRecord) -> Option<ETag> {
    Some(ETag::Strong(record.etag.clone()))
}

/// A length as the protocol layer takes it.
pub(super) fn length(bytes: u64) -> Option<i64> {
    i64::try_from(bytes).ok()
}

impl Service {
    pub(super) async fn put_object(
        &self,
        mut req: S3Request<PutObjectInput>,
    ) -> S3Result<PutObjectOutput> {
        refuse_unsupported(&req.headers)?;
        let origin = origin(&req);
        let input = &mut req.input;
        require_key(&input.key)?;
        let values = checksum_values!(input);
        let expected = announced(&req.headers, input.content_md5.as_deref(), values)?;
        let headers = content_headers!(input);
        let metadata = metadata(input.metadata.take())?;
        let condition = WriteCondition {
            if_match: input.if_match.take(),
            if_none_match: input.if_none_match.take(),
        };
        let written = receive(
            &self.store,
            Incoming {
                body: input.body.take(),
                length: input.content_length,
                expected,
                trailers: req.trailing_headers.take(),
            },
        )
        .await?;
        let (bucket, key) = (req.input.bucket, req.input.key);
        let stored = self.store.change(move |c| {
            c.require_bucket(&bucket)?;
            condition.check(c.object(&bucket, &key)?.as_ref())?;
            let record = ObjectRecord {
                etag: hex::encode(written.digest.md5),
                size: written.size,
                modified_ms: 0,
                sequence: 0,
                bodies: written.body.iter().map(|b| b.body()).collect(),
                headers,
                metadata,
                checksum: written.digest.checksums.into_iter().next(),
            };
            c.adopt(written.body);
            commit_object(c, (&bucket, &key), record, (Created::Put, &origin))
        });
        let record = stored.await?;
        let mut output = PutObjectOutput { e_tag: etag(&record), ..Default::default() };
        set_checksum!(output, &record.checksum);
        output.checksum_type = record.checksum.as_ref().map(|c| checksum_type(c.composite));
        Ok(output)
    }

    pub(super) async fn get_object(
        &self,
        req: S3Request<GetObjectInput>,
    ) -> S3Result<GetObjectOutput> {
        let input = req.input;
        require_null_version(input.version_id.as_deref())?;
        let condition = ReadCondition {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let (record, pin) = self.find(&input.bucket, &input.key).await?;
        condition.check_read(&record)?;
        let extent = Extent::of(&record, input.range, input.part_number)?;
        let body = send::stream(pin, &record.bodies, &extent.range);
        let headers = record.headers.clone();
        let mut output = GetObjectOutput {
            accept_ranges: Some("bytes".into()),
            body: Some(body),
            cache_control: headers.cache_control.clone(),
            content_disposition: headers.content_disposition.clone(),
            content_encoding: headers.content_encoding.clone(),
            content_language: headers.content_language.clone(),
            content_length: length(extent.range.end - extent.range.start),
            content_range: extent.content_range(&record),
            content_type: Some(content_type(&record)),
            e_tag: etag(&record),
            expires: expires_out(&headers),
            last_modified: Some(timestamp(record.modified_ms)),
            parts_count: input.part_number.and_then(|_| part_count(&record)),
            ..Default::default()
        };
        if wants_checksum(input.checksum_mode.as_ref()) && !extent.partial {
            set_checksum!(output, &record.checksum);
            output.checksum_type = record.checksum.as_ref().map(|c| checksum_type(c.composite));
        }
        output.metadata = metadata_out(record.metadata);
        Ok(output)
    }

    pub(super) async fn head_object(
        &self,
        req: S3Request<HeadObjectInput>,
    ) -> S3Result<HeadObjectOutput> {
        let input = req.input;
        require_null_version(input.version_id.as_deref())?;
        let condition = ReadCondition {
            if_match: input.if_match,
            if_none_match: input.if_none_match,
            if_modified_since: input.if_modified_since,
            if_unmodified_since: input.if_unmodified_since,
        };
        let (record, _) = self.find(&input.bucket, &input.key).await?;
        condition.check_read(&record)?;
        let extent = Extent::of(&record, input.range, input.part_number)?;
        let headers = record.headers.clone();
        let mut output = HeadObjectOutput {
            accept_ranges: Some("bytes".into()),
            cache_control: headers.cache_control.clone(),
            content_disposition: headers.content_disposition.clone(),
            content_encoding: headers.content_encoding.clone(),
            content_language: headers.content_language.clone(),
            content_length: length(extent.range.end - extent.range.start),
            content_range: extent.content_range(&record),
            content_type: Some(content_type(&record)),
            e_tag: etag(&record),
            expires: expires_out(&headers),
            last_modified: Some(timestamp(record.modified_ms)),
            parts_count: input.part_number.and_then(|_| part_count(&record)),
            ..Default::default()
        };
        if wants_checksum(input.checksum_mode.as_ref()) && !extent.partial {
            set_checksum!(output, &record.checksum);
            output.checksum_type = record.checksum.as_ref().map(|c| checksum_type(c.composite));
        }
        output.metadata = metadata_out(record.metadata);
        Ok(output)
    }

    pub(super) async fn delete_object(
        &self,
        req: S3Request<DeleteObjectInput>,
    ) -> S3Result<DeleteObjectOutput> {
        let input = req.input;
        require_null_version(input.version_id.as_deref())?;
        let deletion = Deletion {
            key: input.key,
            condition: WriteCondition { if_match: input.if_match, if_none_match: None },
            size: input.if_match_size,
            modified: input.if_match_last_modified_time,
        };
        let bucket = input.bucket;
        let deleted = self.store.release(move |c| {
            c.require_bucket(&bucket)?;
            deletion.apply(c, &bucket)
        });
        deleted.await?;
        Ok(DeleteObjectOutput::default())
    }

    pub(super) async fn delete_objects(
        &self,
        req: S3Request<DeleteObjectsInput>,
    ) -> S3Result<DeleteObjectsOutput> {
        let DeleteObjectsInput { bucket, delete, .. } = req.input;
        if delete.objects.is_empty() || delete.objects.len() > DELETE_LIMIT {
            return Err(s3_error!(MalformedXML, "name between 1 and 1000 keys"));
        }
        for object in &delete.objects {
            require_null_version(object.version_id.as_deref())?;
        }
        let quiet = delete.quiet == Some(true);
        let deletions: Vec<Deletion> = delete.objects.into_iter().map(Deletion::from).collect();
        let results = self.store.release(move |c| {
            c.require_bucket(&bucket)?;
            let mut results = Vec::new();
            for deletion in deletions {
                match deletion.apply(c, &bucket) {
                    Ok(()) => results.push((deletion.key, None)),
                    Err(e @ (StoreError::PreconditionFailed | StoreError::NoSuchKey)) => {
                        results.push((deletion.key, Some(e)));
                    }
                    Err(other) => return Err(other),
                }
            }
            Ok(results)
        });
        let (mut deleted, mut errors) = (Vec::new(), Vec::new());
        for (key, error) in results.await? {
            match error {
                None if quiet => {}
                None => deleted.push(DeletedObject { key: Some(key), ..Default::default() }),
                Some(error) => {
                    let error = s3s::S3Error::from(error);
                    errors.push(dto::Error {
                        key: Some(key),
                        code: Some(error.code().as_str().to_owned()),
                        message: error.message().map(str::to_owned),
                        version_id: None,
                    });
                }
            }
        }
        Ok(DeleteObjectsOutput {
            deleted: Some(deleted),
            errors: Some(errors),
            ..Default::default()
        })
    }

    pub(super) async fn find(&self, bucket: &str, key: &str) -> S3Result<(ObjectRecord, Pin)> {
        let found = self.store.object(bucket, key).await?;
        Ok(found.ok_or(StoreError::NoSuchKey)?)
    }
}

pub(super) fn require_key(key: &str) -> S3Result<()> {
    if key.is_empty() {
        return Err(s3_error!(
            InvalidArgument,
            "a key has at least one character; name the object"
        ));
    }
    Ok(())
}

fn content_type(record: &ObjectRecord) -> String {
    record.headers.content_type.clone().unwrap_or_else(|| DEFAULT_CONTENT_TYPE.into())
}

fn part_count(record: &ObjectRecord) -> Option<i32> {
    record.part_count().and_then(|n| i32::try_from(n).ok())
}

fn wants_checksum(mode: Option<&ChecksumMode>) -> bool {
    mode.is_some_and(|m| m.as_str() == ChecksumMode::ENABLED)
}

/// One key to delete and when.
struct Deletion {
    key: String,
    condition: WriteCondition,
    size: Option<i64>,
    modified: Option<Timestamp>,
}

impl From<ObjectIdentifier> for Deletion {
    fn from(object: ObjectIdentifier) -> Self {
        let if_match = object.e_tag.map(dto::ETagCondition::ETag);
        Self {
            key: object.key,
            condition: WriteCondition { if_match, if_none_match: None },
            size: object.size,
            modified: object.last_modified_time,
        }
    }
}

impl Deletion {
    /// A key that is not there counts as deleted, unless a condition names it.
    fn apply(&self, change: &mut Change<'_>, bucket: &str) -> Result<(), StoreError> {
        let current = change.object(bucket, &self.key)?;
        self.condition.check(current.as_ref())?;
        if let Some(object) = &current {
            let seconds = |t: Timestamp| time::OffsetDateTime::from(t).unix_timestamp();
            let size = self.size.is_none_or(|s| u64::try_from(s) == Ok(object.size));
            let wanted = self.modified.clone().map(seconds);
            let modified = wanted.is_none_or(|t| t == object.modified_ms.div_euclid(1000));
            if !size || !modified {
                return Err(StoreError::PreconditionFailed);
            }
            change.remove_object(bucket, &self.key)?;
        }
        Ok(())
    }
}

/// Which bytes of an object are asked for.
struct Extent {
    range: Range<u64>,
    partial: bool,
}

impl Extent {
    fn of(
        record: &ObjectRecord,
        range: Option<dto::Range>,
        part_number: Option<i32>,
    ) -> S3Result<Self> {
        match (range, part_number) {
            (Some(_), Some(_)) => {
                Err(s3_error!(InvalidRequest, "ask for a range or for a part, not for both"))
            }
            (Some(range), None) => {
                let range = range.check(record.size).map_err(|_| {
                    s3_error!(
                        InvalidRange,
                        "the object has {} bytes; ask for a range of them",
                        record.size
                    )
                })?;
                Ok(Self { range, partial: true })
            }
            (None, Some(number)) => Self::part(record, number),
            (None, None) => Ok(Self { range: 0..record.size, partial: false }),
        }
    }

    fn part(record: &ObjectRecord, number: i32) -> S3Result<Self> {
        let none =
            || s3_error!(InvalidRange, "the object has no part {number}; ask for a lower one");
        let index = usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).ok_or_else(none)?;
        if record.part_count().is_none() {
            let whole = Self { range: 0..record.size, partial: true };
            return if index == 0 { Ok(whole) } else { Err(none()) };
        }
        let part = record.bodies.get(index).ok_or_else(none)?;
        let start = record.bodies.iter().take(index).map(|b| b.size).sum();
        Ok(Self { range: start..start + part.size, partial: true })
    }

    fn content_range(&self, record: &ObjectRecord) -> Option<String> {
        let Range { start, end } = self.range;
        (self.partial && end > start).then(|| format!("bytes {start}-{}/{}", end - 1, record.size))
    }
}
