//! LIST, both versions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::dto::*;
use s3s::{S3Request, S3Result, s3_error};

use super::Service;
use super::bucket::owner;
use super::condition::timestamp;
use super::object::{etag, length};
use crate::store::{Entry, Listing, Page};

/// The most entries of one page.
const PAGE: i32 = 1000;

const LITERAL: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'_').remove(b'.').remove(b'*').remove(b'~');

/// Writes names as the client asked: keys may hold what XML cannot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Naming {
    url: bool,
}

impl Naming {
    /// Percent-encoded.
    pub(super) const URL: Self = Self { url: true };

    pub(super) fn new(encoding: Option<&EncodingType>) -> S3Result<Self> {
        match encoding.map(EncodingType::as_str) {
            None => Ok(Self { url: false }),
            Some(EncodingType::URL) => Ok(Self { url: true }),
            Some(_) => Err(s3_error!(
                InvalidArgument,
                "encoding-type can only be url; send that, or leave it out"
            )),
        }
    }

    pub(super) fn write(self, name: &str) -> String {
        if self.url { utf8_percent_encode(name, LITERAL).to_string() } else { name.to_owned() }
    }

    fn option(self, name: Option<&String>) -> Option<String> {
        name.map(|n| self.write(n))
    }
}

/// A page size: as asked, at most 1,000.
pub(super) fn page_size(asked: Option<i32>) -> S3Result<i32> {
    match asked {
        Some(n) if n < 0 => {
            Err(s3_error!(InvalidArgument, "a page has at least 0 entries; ask for more"))
        }
        asked => Ok(asked.unwrap_or(PAGE).min(PAGE)),
    }
}

impl Service {
    pub(super) async fn list_objects(
        &self,
        req: S3Request<ListObjectsInput>,
    ) -> S3Result<ListObjectsOutput> {
        let input = req.input;
        let naming = Naming::new(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys)?;
        let page = self
            .page(Listing {
                bucket: input.bucket.clone(),
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone().unwrap_or_default(),
                after: input.marker.clone().filter(|m| !m.is_empty()),
                limit: usize::try_from(max_keys).unwrap_or(0),
            })
            .await?;
        let next = page.next().map(|name| naming.write(name));
        let truncated = page.truncated;
        let (contents, prefixes) = entries(page, naming, true);
        Ok(ListObjectsOutput {
            name: Some(input.bucket),
            prefix: Some(naming.write(input.prefix.as_deref().unwrap_or(""))),
            marker: Some(naming.write(input.marker.as_deref().unwrap_or(""))),
            max_keys: Some(max_keys),
            is_truncated: Some(truncated),
            contents: Some(contents),
            common_prefixes: Some(prefixes),
            delimiter: naming.option(input.delimiter.as_ref()),
            next_marker: next,
            encoding_type: input.encoding_type,
            request_charged: None,
        })
    }

    pub(super) async fn list_objects_v2(
        &self,
        req: S3Request<ListObjectsV2Input>,
    ) -> S3Result<ListObjectsV2Output> {
        let input = req.input;
        let naming = Naming::new(input.encoding_type.as_ref())?;
        let max_keys = page_size(input.max_keys)?;
        let after = match &input.continuation_token {
            Some(token) => Some(read_token(token)?),
            None => input.start_after.clone().filter(|s| !s.is_empty()),
        };
        let page = self
            .page(Listing {
                bucket: input.bucket.clone(),
                prefix: input.prefix.clone().unwrap_or_default(),
                delimiter: input.delimiter.clone().unwrap_or_default(),
                after,
                limit: usize::try_from(max_keys).unwrap_or(0),
            })
            .await?;
        let next = page.next().map(|name| URL_SAFE_NO_PAD.encode(name));
        let (truncated, count) = (page.truncated, page.entries.len());
        let (contents, prefixes) = entries(page, naming, input.fetch_owner == Some(true));
        Ok(ListObjectsV2Output {
            name: Some(input.bucket),
            prefix: Some(naming.write(input.prefix.as_deref().unwrap_or(""))),
            max_keys: Some(max_keys),
            key_count: i32::try_from(count).ok(),
            continuation_token: input.continuation_token,
            is_truncated: Some(truncated),
            next_continuation_token: next,
            contents: Some(contents),
            common_prefixes: Some(prefixes),
            delimiter: naming.option(input.delimiter.as_ref()),
            encoding_type: input.encoding_type,
            start_after: naming.option(input.start_after.as_ref()),
            request_charged: None,
        })
    }

    async fn page(&self, listing: Listing) -> S3Result<Page> {
        Ok(self.store.read(move |s| s.list(&listing)).await?)
    }
}

fn read_token(token: &str) -> S3Result<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok();
    bytes.and_then(|b| String::from_utf8(b).ok()).ok_or_else(|| {
        s3_error!(
            InvalidArgument,
            "the continuation token is not one of ours; begin the listing again"
        )
    })
}

fn entries(page: Page, naming: Naming, with_owner: bool) -> (Vec<Object>, Vec<CommonPrefix>) {
    let (mut objects, mut prefixes) = (Vec::new(), Vec::new());
    for entry in page.entries {
        match entry {
            Entry::CommonPrefix(prefix) => {
                prefixes.push(CommonPrefix { prefix: Some(naming.write(&prefix)) });
            }
            Entry::Object(key, record) => {
                let algorithm = record.checksum.as_ref().map(|c| c.algorithm.name());
                objects.push(Object {
                    checksum_algorithm: algorithm.map(|a| vec![ChecksumAlgorithm::from_static(a)]),
                    checksum_type: record
                        .checksum
                        .as_ref()
                        .map(|c| super::headers::checksum_type(c.composite)),
                    e_tag: etag(&record),
                    key: Some(naming.write(&key)),
                    last_modified: Some(timestamp(record.modified_ms)),
                    owner: with_owner.then(owner),
                    restore_status: None,
                    size: length(record.size),
                    storage_class: Some(ObjectStorageClass::from_static(
                        ObjectStorageClass::STANDARD,
                    )),
                });
            }
        }
    }
    (objects, prefixes)
}
