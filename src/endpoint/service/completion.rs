//! The end of an upload: the finished object names the files of its parts in order, so that
//! completing copies nothing.

use std::collections::BTreeMap;
use std::io::Read;

use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::condition::WriteCondition;
use super::headers::{checksum_type, checksum_values, set_checksum};
use super::list::Naming;
use super::object::{commit_object, etag};
use super::part::part_number;
use super::{Service, origin};
use crate::digest::{self, Algorithm, Checksum, ChecksumRun, multipart_etag};
use crate::event::Created;
use crate::store::{ObjectRecord, PartRecord, StoreError, UploadName, UploadRecord, blocking};

/// Every part but the last holds at least this.
const SMALLEST_PART_BYTES: u64 = 5 << 20;

impl Service {
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
            return Err(s3_error!(
                InvalidRequest,
                "the parts hold {size} bytes in all; upload those that differ again"
            ));
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
            s3_error!(
                InvalidRequest,
                "the upload was not begun with {}; leave it out",
                algorithm.name()
            )
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
