//! The parts of an upload. A part is a body file of its own.

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::condition::{ReadCondition, timestamp};
use super::copy::source_condition;
use super::headers::{checksum_type, checksum_values, refuse_unsupported, set_checksum};
use super::list::page_size;
use super::object::length;
use super::receive::{Incoming, announced, receive};
use super::send::segments;
use super::{Service, bucket};
use crate::digest::{Algorithm, Announced, Expected};
use crate::store::{BodyWriter, PartRecord, UploadName, Written, blocking, now_ms};

const LARGEST_PART_NUMBER: i32 = 10_000;

impl Service {
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
                .ok_or_else(|| {
                    s3_error!(InvalidRange, "the source has no such range; copy one within it")
                })?,
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

pub(super) fn part_number(number: i32) -> S3Result<u16> {
    u16::try_from(number)
        .ok()
        .filter(|n| (1..=LARGEST_PART_NUMBER).contains(&i32::from(*n)))
        .ok_or_else(|| {
            s3_error!(InvalidArgument, "part numbers run from 1 to 10000; send one of them")
        })
}
