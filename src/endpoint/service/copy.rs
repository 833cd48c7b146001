//! Copies: the bytes get a second name, nothing is read or written where the disk can link.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::condition::{ReadCondition, WriteCondition, timestamp};
use super::headers::{content_headers, metadata, refuse_unsupported, set_checksum};
use super::object::{commit_object, etag, require_key, require_null_version};
use super::{Service, origin};
use crate::event::Created;
use crate::store::{NewBody, ObjectRecord, Pin, blocking};

/// Gathers the conditions on the source of a copy, whatever the input's type.
macro_rules! source_condition {
    ($input:expr) => {
        ReadCondition {
            if_match: $input.copy_source_if_match.take(),
            if_none_match: $input.copy_source_if_none_match.take(),
            if_modified_since: $input.copy_source_if_modified_since.take(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.take(),
        }
    };
}
pub(super) use source_condition;

impl Service {
    pub(super) async fn copy_object(
        &self,
        mut req: S3Request<CopyObjectInput>,
    ) -> S3Result<CopyObjectOutput> {
        refuse_unsupported(&req.headers)?;
        let origin = origin(&req);
        let condition = WriteCondition::from_headers(&req.headers)?;
        let input = &mut req.input;
        require_key(&input.key)?;
        let replace = match input.metadata_directive.as_ref().map(MetadataDirective::as_str) {
            None | Some(MetadataDirective::COPY) => false,
            Some(MetadataDirective::REPLACE) => true,
            Some(_) => return Err(s3_error!(InvalidArgument, "copy or replace the metadata")),
        };
        let source_condition = source_condition!(input);
        let (source, pin) = self.find_source(&input.copy_source, &source_condition).await?;
        if !replace && names(&input.copy_source, &input.bucket, &input.key) {
            return Err(s3_error!(
                InvalidRequest,
                "an object is copied onto itself only with new metadata (REPLACE)"
            ));
        }
        let (headers, metadata) = if replace {
            (content_headers!(input), metadata(input.metadata.take())?)
        } else {
            (source.headers.clone(), source.metadata.clone())
        };
        let bodies = self.link(&source, pin).await?;
        let record = ObjectRecord {
            bodies: bodies.iter().map(NewBody::body).collect(),
            headers,
            metadata,
            ..source
        };
        let (bucket, key) = (req.input.bucket, req.input.key);
        let stored = self.store.change(move |c| {
            c.require_bucket(&bucket)?;
            condition.check(c.object(&bucket, &key)?.as_ref())?;
            bodies.into_iter().for_each(|body| c.adopt(Some(body)));
            commit_object(c, (&bucket, &key), record, (Created::Copy, &origin))
        });
        let record = stored.await?;
        let mut result = CopyObjectResult {
            e_tag: etag(&record),
            last_modified: Some(timestamp(record.modified_ms)),
            ..Default::default()
        };
        set_checksum!(result, &record.checksum);
        Ok(CopyObjectOutput { copy_object_result: Some(result), ..Default::default() })
    }

    /// The source of a copy, under its conditions.
    pub(super) async fn find_source(
        &self,
        source: &CopySource,
        condition: &ReadCondition,
    ) -> S3Result<(ObjectRecord, Pin)> {
        let CopySource::Bucket { bucket, key, version_id } = source else {
            return Err(s3_error!(NotImplemented, "a copy names its source as bucket/key"));
        };
        require_null_version(version_id.as_deref())?;
        let (record, pin) = self.find(bucket, key).await?;
        condition.check_source(&record)?;
        Ok((record, pin))
    }

    /// New names for the bodies of an object; the pin holds them until all are made.
    async fn link(&self, source: &ObjectRecord, pin: Pin) -> S3Result<Vec<NewBody>> {
        let store = Arc::clone(self.store.bodies());
        let bodies = source.bodies.clone();
        let linked = blocking(move || {
            store.require_room(0)?;
            let linked = bodies.iter().map(|body| store.link(*body)).collect::<Result<_, _>>()?;
            drop(pin);
            Ok(linked)
        });
        Ok(linked.await?)
    }
}

fn names(source: &CopySource, bucket: &str, key: &str) -> bool {
    matches!(source, CopySource::Bucket { bucket: b, key: k, .. } if **b == *bucket && **k == *key)
}
