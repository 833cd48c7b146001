//! Uploads in parts: begun, listed, aborted. Their parts are in [`super::part`], their end
//! in [`super::completion`].

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::condition::timestamp;
use super::headers::{checksum_type, content_headers, metadata, refuse_unsupported};
use super::list::{Naming, page_size};
use super::object::require_key;
use super::{Service, bucket};
use crate::digest::Algorithm;
use crate::store::{StoreError, UploadName, UploadRecord, now_ms};

impl Service {
    pub(super) async fn create_multipart_upload(
        &self,
        mut req: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<CreateMultipartUploadOutput> {
        refuse_unsupported(&req.headers)?;
        let input = &mut req.input;
        require_key(&input.key)?;
        let algorithm = input.checksum_algorithm.as_ref().map(known_algorithm).transpose()?;
        let composite = match (algorithm, input.checksum_type.as_ref().map(ChecksumType::as_str)) {
            (None, None) => false,
            (None, Some(_)) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "a checksum type needs its algorithm; name it"
                ));
            }
            (Some(Algorithm::Crc64Nvme), Some(ChecksumType::COMPOSITE)) => {
                return Err(s3_error!(
                    InvalidRequest,
                    "CRC64NVME covers the full object only; ask for FULL_OBJECT"
                ));
            }
            (Some(a), Some(ChecksumType::FULL_OBJECT)) if a.is_cryptographic() => {
                return Err(s3_error!(InvalidRequest, "{} of parts is COMPOSITE", a.name()));
            }
            (Some(a), None) => a != Algorithm::Crc64Nvme,
            (Some(_), Some(kind)) => kind == ChecksumType::COMPOSITE,
        };
        let record = UploadRecord {
            initiated_ms: now_ms(),
            headers: content_headers!(input),
            metadata: metadata(input.metadata.take())?,
            algorithm,
            composite,
        };
        let (bucket, key) = (req.input.bucket, req.input.key);
        let name = UploadName { bucket: bucket.clone(), key: key.clone(), id: upload_id() };
        let id = name.id.clone();
        let begun = self.store.change(move |c| {
            c.require_bucket(&name.bucket)?;
            c.put_upload(&name, &record)
        });
        begun.await?;
        Ok(CreateMultipartUploadOutput {
            bucket: Some(bucket),
            key: Some(key),
            upload_id: Some(id),
            checksum_algorithm: algorithm.map(|a| ChecksumAlgorithm::from_static(a.name())),
            checksum_type: algorithm.map(|_| checksum_type(composite)),
            ..Default::default()
        })
    }

    pub(super) async fn abort_multipart_upload(
        &self,
        req: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<AbortMultipartUploadOutput> {
        let AbortMultipartUploadInput { bucket, key, upload_id, .. } = req.input;
        let name = UploadName { bucket, key, id: upload_id };
        let aborted = self.store.release(move |c| {
            c.require_bucket(&name.bucket)?;
            let parts = c.remove_upload(&name)?;
            c.drop_parts(parts.into_values());
            Ok(())
        });
        aborted.await?;
        Ok(AbortMultipartUploadOutput::default())
    }

    pub(super) async fn list_multipart_uploads(
        &self,
        req: S3Request<ListMultipartUploadsInput>,
    ) -> S3Result<ListMultipartUploadsOutput> {
        let input = req.input;
        if input.delimiter.as_ref().is_some_and(|d| !d.is_empty()) {
            return Err(s3_error!(NotImplemented, "list uploads by prefix, without a delimiter"));
        }
        let naming = Naming::new(input.encoding_type.as_ref())?;
        let limit = page_size(input.max_uploads)?;
        let prefix = input.prefix.clone().unwrap_or_default();
        let after = (
            input.key_marker.clone().unwrap_or_default(),
            input.upload_id_marker.clone().unwrap_or_default(),
        );
        let bucket = input.bucket.clone();
        let uploads = self.store.read(move |s| {
            s.require_bucket(&bucket)?;
            s.uploads(&bucket)
        });
        let mut rest = uploads
            .await?
            .into_iter()
            .filter(|(name, _)| name.key.starts_with(&prefix))
            .filter(|(name, _)| is_behind(name, &after))
            .peekable();
        let mut page: Vec<MultipartUpload> = Vec::new();
        let mut last = (None, None);
        while page.len() < usize::try_from(limit).unwrap_or(0)
            && let Some((name, record)) = rest.next()
        {
            last = (Some(naming.write(&name.key)), Some(name.id.clone()));
            page.push(MultipartUpload {
                checksum_algorithm: record
                    .algorithm
                    .map(|a| ChecksumAlgorithm::from_static(a.name())),
                checksum_type: record.algorithm.map(|_| checksum_type(record.composite)),
                initiated: Some(timestamp(record.initiated_ms)),
                initiator: Some(Initiator { id: Some("kanso".into()), display_name: None }),
                key: Some(naming.write(&name.key)),
                owner: Some(bucket::owner()),
                storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
                upload_id: Some(name.id),
            });
        }
        let truncated = limit > 0 && rest.peek().is_some();
        let (next_key, next_id) = if truncated { last } else { (None, None) };
        Ok(ListMultipartUploadsOutput {
            bucket: Some(input.bucket),
            encoding_type: input.encoding_type,
            is_truncated: Some(truncated),
            key_marker: input.key_marker.map(|m| naming.write(&m)),
            max_uploads: Some(limit),
            next_key_marker: next_key,
            next_upload_id_marker: next_id,
            prefix: input.prefix.map(|p| naming.write(&p)),
            upload_id_marker: input.upload_id_marker,
            uploads: Some(page),
            ..Default::default()
        })
    }

    /// The upload that a call names.
    pub(super) async fn upload(&self, name: &UploadName) -> S3Result<UploadRecord> {
        let name = name.clone();
        let found = self.store.read(move |s| {
            s.require_bucket(&name.bucket)?;
            s.upload(&name)?.ok_or(StoreError::NoSuchUpload)
        });
        Ok(found.await?)
    }
}

fn known_algorithm(algorithm: &ChecksumAlgorithm) -> S3Result<Algorithm> {
    Algorithm::from_name(algorithm.as_str()).ok_or_else(|| {
        s3_error!(InvalidRequest, "the checksum algorithm is not known here; send another")
    })
}

fn is_behind(name: &UploadName, (key, id): &(String, String)) -> bool {
    name.key > *key || (name.key == *key && !id.is_empty() && name.id > *id)
}

fn upload_id() -> String {
    hex::encode(rand::random::<[u8; 16]>())
}
