//! Uploads in parts. A part is a body file; the finished object names the files in order,
//! so that completing copies nothing.

use std::collections::BTreeMap;
use std::io::Read;

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::condition::{ReadCondition, WriteCondition, timestamp};
use super::copy::source_condition;
use super::headers::{
    checksum_type, checksum_values, content_headers, metadata, refuse_unsupported, set_checksum,
};
use super::list::{Naming, page_size};
use super::object::{commit_object, etag, length, require_key};
use super::receive::{Incoming, announced, receive};
use super::send::segments;
use super::{Service, bucket, origin};
use crate::endpoint::digest::{
    self, Algorithm, Announced, Checksum, ChecksumRun, Expected, multipart_etag,
};
use crate::endpoint::event::Created;
use crate::endpoint::store::{
    BodyWriter, ObjectRecord, PartRecord, StoreError, UploadName, UploadRecord, Written, blocking,
    now_ms,
};

/// Every part but the last holds at least this.
const SMALLEST_PART_BYTES: u64 = 5 << 20;

const LARGEST_PART_NUMBER: i32 = 10_000;

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
                return Err(s3_error!(InvalidRequest, "a checksum type needs its algorithm"));
            }
            (Some(Algorithm::Crc64Nvme), Some(ChecksumType::COMPOSITE)) => {
                return Err(s3_error!(InvalidRequest, "CRC64NVME covers the full object only"));
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
        let name = UploadName { bucket: bucket.clone(), key: key.clone(), id: upload_id()? };
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

    pub(super) async fn upload_part(
        &self,
        mut req: S3Request<UploadPartInput>,
    ) -> S3Result<UploadPartOutput> {
        refuse_unsupported(&req.headers)?;
        let input = &mut req.input;
        let number = part_number(input.part_number)?;
        let values = checksum_values!(input);
        let mut expected = announced(&req.headers, input.content_md5.as_deref(), values)?;
        let name = UploadName {
            bucket: std::mem::take(&mut input.bucket),
            key: std::mem::take(&mut input.key),
            id: std::mem::take(&mut input.upload_id),
        };
        let upload = self.upload(&name).await?;
        expect_algorithm(&mut expected, upload.algorithm)?;
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
        let part = self.store_part(name, number, written, upload.algorithm).await?;
        let mut output =
            UploadPartOutput { e_tag: Some(ETag::Strong(part.etag)), ..Default::default() };
        set_checksum!(output, &part.checksum);
        Ok(output)
    }

    pub(super) async fn upload_part_copy(
        &self,
        mut req: S3Request<UploadPartCopyInput>,
    ) -> S3Result<UploadPartCopyOutput> {
        refuse_unsupported(&req.headers)?;
        let input = &mut req.input;
        let number = part_number(input.part_number)?;
        let condition = source_condition!(input);
        let name = UploadName {
            bucket: std::mem::take(&mut input.bucket),
            key: std::mem::take(&mut input.key),
            id: std::mem::take(&mut input.upload_id),
        };
        let upload = self.upload(&name).await?;
        let (source, pin) = self.find_source(&input.copy_source, &condition).await?;
        let range = match &input.copy_source_range {
            None => 0..source.size,
            Some(text) => s3s::dto::Range::parse(text)
                .ok()
                .and_then(|range| range.check(source.size).ok())
                .ok_or_else(|| s3_error!(InvalidRange, "the source has no such range"))?,
        };
        let mut writer = BodyWriter::new(self.store.bodies(), upload.algorithm);
        let written = blocking(move || {
            for segment in segments(&source.bodies, &range) {
                let mut file = pin.file(segment.body.id, segment.offset)?;
                writer.copy_from(&mut file, segment.size)?;
            }
            writer.finish()
        });
        let written = written.await?;
        let part = self.store_part(name, number, written, upload.algorithm).await?;
        let mut result = CopyPartResult {
            e_tag: Some(ETag::Strong(part.etag)),
            last_modified: Some(timestamp(part.modified_ms)),
            ..Default::default()
        };
        set_checksum!(result, &part.checksum);
        Ok(UploadPartCopyOutput { copy_part_result: Some(result), ..Default::default() })
    }

    pub(super) async fn complete_multipart_upload(
        &self,
        mut req: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let origin = origin(&req);
        let location = location(&req);
        let input = &mut req.input;
        let wanted = wanted_parts(input.multipart_upload.take())?;
        let whole: Vec<(Algorithm, String)> =
            checksum_values!(input).into_iter().filter_map(|(a, v)| Some((a, v?))).collect();
        let object_size = input.mpu_object_size;
        let condition = WriteCondition {
            if_match: input.if_match.take(),
            if_none_match: input.if_none_match.take(),
        };
        let name = UploadName {
            bucket: req.input.bucket.clone(),
            key: req.input.key.clone(),
            id: req.input.upload_id.clone(),
        };
        let Some((upload, chosen)) = self.choose_parts(&name, &wanted).await? else {
            return self.completed_before(&name, &wanted, location).await;
        };
        let size: u64 = chosen.values().map(|p| p.size).sum();
        if object_size.is_some_and(|s| u64::try_from(s) != Ok(size)) {
            return Err(s3_error!(InvalidRequest, "the parts hold {size} bytes in all"));
        }
        let checksum = self.whole_checksum(&upload, &chosen).await?;
        verify_whole(&whole, checksum.as_ref())?;
        let record = ObjectRecord {
            etag: multipart_etag(chosen.values().map(|p| p.etag.as_str())),
            size,
            modified_ms: 0,
            sequence: 0,
            bodies: chosen.values().filter_map(|p| p.body).collect(),
            headers: upload.headers,
            metadata: upload.metadata,
            checksum,
        };
        let target = name.clone();
        let stored = self.store.change(move |c| {
            c.require_bucket(&name.bucket)?;
            condition.check(c.object(&name.bucket, &name.key)?.as_ref())?;
            c.upload(&name)?;
            let current = c.parts(&name.id)?;
            // A part may have been sent again since it was chosen.
            if let Some((n, _)) = chosen.iter().find(|(n, part)| current.get(n) != Some(part)) {
                return Err(StoreError::InvalidPart(i32::from(*n)));
            }
            let parts = c.remove_upload(&name)?;
            c.drop_parts(parts.into_iter().filter(|(n, _)| !chosen.contains_key(n)).map(|p| p.1));
            let kind = Created::CompleteMultipartUpload;
            commit_object(c, (&name.bucket, &name.key), record, (kind, &origin))
        });
        Ok(completed(&target, &stored.await?, location))
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

    pub(super) async fn list_parts(
        &self,
        req: S3Request<ListPartsInput>,
    ) -> S3Result<ListPartsOutput> {
        let input = req.input;
        let limit = page_size(input.max_parts)?;
        let marker = input.part_number_marker.unwrap_or(0);
        let (bucket, key, upload_id) = (input.bucket, input.key, input.upload_id);
        let name = UploadName { bucket, key, id: upload_id };
        let upload = self.upload(&name).await?;
        let id = name.id.clone();
        let parts = self.store.read(move |s| s.parts(&id)).await?;
        let mut rest = parts.into_iter().filter(|(n, _)| i32::from(*n) > marker).peekable();
        let mut page = Vec::new();
        let mut last = marker;
        while page.len() < usize::try_from(limit).unwrap_or(0)
            && let Some((number, record)) = rest.next()
        {
            last = i32::from(number);
            let mut part = Part {
                e_tag: Some(ETag::Strong(record.etag)),
                last_modified: Some(timestamp(record.modified_ms)),
                part_number: Some(last),
                size: length(record.size),
                ..Default::default()
            };
            set_checksum!(part, &record.checksum);
            page.push(part);
        }
        let truncated = limit > 0 && rest.peek().is_some();
        Ok(ListPartsOutput {
            bucket: Some(name.bucket),
            key: Some(name.key),
            upload_id: Some(name.id),
            checksum_algorithm: upload.algorithm.map(|a| ChecksumAlgorithm::from_static(a.name())),
            checksum_type: upload.algorithm.map(|_| checksum_type(upload.composite)),
            initiator: Some(Initiator { id: Some("kanso".into()), display_name: None }),
            owner: Some(bucket::owner()),
            is_truncated: Some(truncated),
            max_parts: Some(limit),
            part_number_marker: Some(marker),
            next_part_number_marker: truncated.then_some(last),
            parts: Some(page),
            storage_class: Some(StorageClass::from_static(StorageClass::STANDARD)),
            ..Default::default()
        })
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
}

/// The steps of the calls above.
impl Service {
    async fn upload(&self, name: &UploadName) -> S3Result<UploadRecord> {
        let name = name.clone();
        let found = self.store.read(move |s| {
            s.require_bucket(&name.bucket)?;
            s.upload(&name)?.ok_or(StoreError::NoSuchUpload)
        });
        Ok(found.await?)
    }

    async fn store_part(
        &self,
        name: UploadName,
        number: u16,
        written: Written,
        algorithm: Option<Algorithm>,
    ) -> S3Result<PartRecord> {
        let checksums = &written.digest.checksums;
        let checksum = match algorithm {
            Some(algorithm) => written.digest.checksum(algorithm).cloned(),
            None => checksums.first().cloned(),
        };
        let part = PartRecord {
            etag: hex::encode(written.digest.md5),
            size: written.size,
            modified_ms: now_ms(),
            body: written.body.as_ref().map(|b| b.body()),
            checksum,
        };
        let stored = self.store.change(move |c| {
            c.upload(&name)?;
            c.adopt(written.body);
            c.put_part(&name.id, number, &part)?;
            Ok(part)
        });
        Ok(stored.await?)
    }

    /// The parts that the client names, as they are stored; `None` where the upload is gone.
    async fn choose_parts(
        &self,
        name: &UploadName,
        wanted: &[CompletedPart],
    ) -> S3Result<Option<(UploadRecord, BTreeMap<u16, PartRecord>)>> {
        let lookup = name.clone();
        let found = self.store.read(move |s| {
            s.require_bucket(&lookup.bucket)?;
            let Some(upload) = s.upload(&lookup)? else { return Ok(None) };
            Ok(Some((upload, s.parts(&lookup.id)?)))
        });
        let Some((upload, mut parts)) = found.await? else { return Ok(None) };
        let mut chosen = BTreeMap::new();
        let mut before = 0;
        for (index, part) in wanted.iter().enumerate() {
            let asked = part.part_number.unwrap_or(0);
            if asked <= before {
                return Err(StoreError::InvalidPartOrder.into());
            }
            before = asked;
            let number = part_number(asked)?;
            let stored = parts.remove(&number).filter(|stored| is_same(part, stored));
            let stored = stored.ok_or(StoreError::InvalidPart(asked))?;
            if index + 1 < wanted.len() && stored.size < SMALLEST_PART_BYTES {
                return Err(StoreError::PartTooSmall(asked).into());
            }
            chosen.insert(number, stored);
        }
        Ok(Some((upload, chosen)))
    }

    /// A client that lost the answer asks again: the object its parts make is the answer.
    async fn completed_before(
        &self,
        name: &UploadName,
        wanted: &[CompletedPart],
        location: String,
    ) -> S3Result<CompleteMultipartUploadOutput> {
        let etags: Vec<&str> =
            wanted.iter().filter_map(|p| p.e_tag.as_ref().map(ETag::value)).collect();
        let made = multipart_etag(etags.iter().copied());
        let found = self.store.object(&name.bucket, &name.key).await?;
        match found {
            Some((record, _)) if record.etag == made && etags.len() == wanted.len() => {
                Ok(completed(name, &record, location))
            }
            _ => Err(StoreError::NoSuchUpload.into()),
        }
    }

    async fn whole_checksum(
        &self,
        upload: &UploadRecord,
        parts: &BTreeMap<u16, PartRecord>,
    ) -> S3Result<Option<Checksum>> {
        let Some(algorithm) = upload.algorithm else { return Ok(None) };
        if upload.composite {
            let sums: Vec<&Checksum> = parts.values().filter_map(|p| p.checksum.as_ref()).collect();
            return Ok(Some(digest::composite(algorithm, &sums)));
        }
        let bodies: Vec<_> = parts.values().filter_map(|p| p.body).collect();
        let pin = self.store.bodies().pin(&bodies);
        let sum = blocking(move || {
            let mut run = ChecksumRun::new(algorithm);
            let mut buffer = vec![0; 256 << 10];
            for body in bodies {
                let mut file = pin.file(body.id, 0)?;
                loop {
                    let read = file.read(&mut buffer)?;
                    if read == 0 {
                        break;
                    }
                    run.update(&buffer[..read]);
                }
            }
            Ok(run.finish())
        });
        Ok(sum.await?)
    }
}

fn known_algorithm(algorithm: &ChecksumAlgorithm) -> S3Result<Algorithm> {
    Algorithm::from_name(algorithm.as_str())
        .ok_or_else(|| s3_error!(InvalidRequest, "the checksum algorithm is not known here"))
}

/// Makes sure that every part carries the checksum its upload was begun with.
fn expect_algorithm(expected: &mut Expected, algorithm: Option<Algorithm>) -> S3Result<()> {
    let Some(algorithm) = algorithm else { return Ok(()) };
    if expected.checksums.iter().any(|(a, _)| *a != algorithm) {
        return Err(s3_error!(
            InvalidRequest,
            "the upload was begun with {}; send that checksum",
            algorithm.name()
        ));
    }
    Ok(expected.announce(algorithm, Announced::Compute)?)
}

fn part_number(number: i32) -> S3Result<u16> {
    u16::try_from(number)
        .ok()
        .filter(|n| (1..=LARGEST_PART_NUMBER).contains(&i32::from(*n)))
        .ok_or_else(|| s3_error!(InvalidArgument, "part numbers run from 1 to 10000"))
}

fn wanted_parts(upload: Option<CompletedMultipartUpload>) -> S3Result<Vec<CompletedPart>> {
    let parts = upload.and_then(|u| u.parts).unwrap_or_default();
    if parts.is_empty() {
        return Err(s3_error!(MalformedXML, "name at least one part"));
    }
    Ok(parts)
}

/// Whether the part a client names is the one stored: its ETag and every checksum it gives.
fn is_same(wanted: &CompletedPart, stored: &PartRecord) -> bool {
    let sum = |algorithm: Algorithm, value: &Option<String>| {
        let held = stored.checksum.as_ref().filter(|c| c.algorithm == algorithm);
        match (value, held) {
            (Some(value), Some(held)) => *value == held.value,
            (Some(_), None) => false,
            (None, _) => true,
        }
    };
    wanted.e_tag.as_ref().is_some_and(|e| e.value() == stored.etag)
        && sum(Algorithm::Crc32, &wanted.checksum_crc32)
        && sum(Algorithm::Crc32c, &wanted.checksum_crc32c)
        && sum(Algorithm::Sha1, &wanted.checksum_sha1)
        && sum(Algorithm::Sha256, &wanted.checksum_sha256)
        && sum(Algorithm::Crc64Nvme, &wanted.checksum_crc64nvme)
}

/// The checksum of the whole object that the client gives must be the one its parts make.
fn verify_whole(given: &[(Algorithm, String)], made: Option<&Checksum>) -> S3Result<()> {
    for (algorithm, value) in given {
        let made = made.filter(|c| c.algorithm == *algorithm).ok_or_else(|| {
            s3_error!(InvalidRequest, "the upload was not begun with {}", algorithm.name())
        })?;
        let bare = made.value.split('-').next();
        if made.value != *value && !(made.composite && bare == Some(value.as_str())) {
            return Err(StoreError::WholeChecksum.into());
        }
    }
    Ok(())
}

fn completed(
    name: &UploadName,
    record: &ObjectRecord,
    location: String,
) -> CompleteMultipartUploadOutput {
    let mut output = CompleteMultipartUploadOutput {
        bucket: Some(name.bucket.clone()),
        key: Some(name.key.clone()),
        e_tag: etag(record),
        location: Some(location),
        ..Default::default()
    };
    set_checksum!(output, &record.checksum);
    output.checksum_type = record.checksum.as_ref().map(|c| checksum_type(c.composite));
    output
}

fn location(req: &S3Request<CompleteMultipartUploadInput>) -> String {
    let host = req.headers.get("host").and_then(|h| h.to_str().ok()).unwrap_or("localhost");
    let key = Naming::URL.write(&req.input.key);
    format!("http://{host}/{}/{key}", req.input.bucket)
}

fn is_behind(name: &UploadName, (key, id): &(String, String)) -> bool {
    name.key > *key || (name.key == *key && !id.is_empty() && name.id > *id)
}

fn upload_id() -> S3Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)
        .map_err(|e| s3_error!(InternalError, "no random bytes for an upload id: {e}"))?;
    Ok(hex::encode(bytes))
}
