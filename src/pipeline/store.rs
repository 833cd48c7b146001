//! The few S3 calls that the pipeline makes, and the errors that any S3 may raise.
//!
//! Semantics that callers rely on: PUT with `If-None-Match: *` succeeds for exactly one
//! of many writers (412 for the others, 409 for a race worth retrying); PUT with
//! `If-Match` replaces exactly the version that was read; GET after PUT sees it.

mod listing;
mod new_photo;
mod presigned;
mod purge;
mod versions;

use std::time::Duration;

use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_s3::operation::RequestId;
use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::EncodingType;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use kanso_certificate::{Fate, Fault};

use crate::keys::without_names;
use crate::proxy::Part;
pub use new_photo::NewPhoto;
pub use purge::Purged;

/// What is signed for where a store has no regions: what AWS calls its first one.
const REGION: &str = "us-east-1";
/// The metadata field that holds the MD5 of an object, in hex.
const MD5_FIELD: &str = "md5";

/// Where a store is, and who we are to it.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// Absent on AWS; `http://127.0.0.1:9000` for the embedded endpoint.
    pub endpoint: Option<String>,
    pub region: String,
    pub access_key_id: String,
    pub secret_access_key: String,
    pub session_token: Option<String>,
}

impl StoreConfig {
    /// From the variables that AWS sets for a Lambda and that every S3 tool reads.
    pub fn from_env() -> Result<Self, Fault> {
        let need = |name: &str| {
            std::env::var(name).map_err(|_| {
                Fault::retry(format!("{name} is not set; give the S3 credentials and region"))
            })
        };
        let endpoint = std::env::var("AWS_ENDPOINT_URL_S3")
            .or_else(|_| std::env::var("AWS_ENDPOINT_URL"))
            .ok();
        let region = match (need("AWS_REGION"), &endpoint) {
            // Stores other than AWS's have no regions.
            (Err(_), Some(_)) => REGION.to_owned(),
            (region, _) => region?,
        };
        Ok(Self {
            endpoint,
            region,
            access_key_id: need("AWS_ACCESS_KEY_ID")?,
            secret_access_key: need("AWS_SECRET_ACCESS_KEY")?,
            session_token: std::env::var("AWS_SESSION_TOKEN").ok(),
        })
    }

    /// A store on this machine or in this network.
    pub fn local(endpoint: &str, access_key_id: &str, secret_access_key: &str) -> Self {
        Self {
            endpoint: Some(endpoint.to_owned()),
            region: REGION.to_owned(),
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned(),
            session_token: None,
        }
    }

    /// A client for any bucket of this store.
    pub fn client(&self) -> aws_sdk_s3::Client {
        use aws_sdk_s3::config::{
            BehaviorVersion, Builder, Credentials, Region, RequestChecksumCalculation,
            retry::RetryConfig, timeout::TimeoutConfig,
        };
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(aws_smithy_http_client::tls::Provider::Rustls(
                aws_smithy_http_client::tls::rustls_provider::CryptoMode::Ring,
            ))
            .build_https();
        let credentials = Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            self.session_token.clone(),
            None,
            "kanso",
        );
        let mut config = Builder::new()
            .behavior_version(BehaviorVersion::latest())
            .http_client(http)
            .region(Region::new(self.region.clone()))
            .credentials_provider(credentials)
            .retry_config(RetryConfig::standard().with_max_attempts(4))
            .timeout_config(
                TimeoutConfig::builder()
                    .connect_timeout(Duration::from_secs(5))
                    .read_timeout(Duration::from_secs(30))
                    .build(),
            )
            // Older S3 servers refuse the trailers that newer SDKs add by themselves.
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired);
        if let Some(endpoint) = &self.endpoint {
            config = config.endpoint_url(endpoint).force_path_style(true);
        }
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

/// One bucket and the calls we make on it.
#[derive(Debug, Clone)]
pub struct Bucket {
    client: aws_sdk_s3::Client,
    name: String,
}

/// An object as it was read.
#[derive(Debug, Clone)]
pub struct Fetched {
    pub bytes: Bytes,
    pub etag: ETag,
    /// `x-amz-meta-bib`, as the uploader gave it.
    pub bib: Option<String>,
    /// When the store took it.
    pub modified: Option<jiff::Timestamp>,
    /// Which file of a photo it is, where it comes in two.
    pub part: Option<Part>,
}

/// What is known of an object without reading it.
#[derive(Debug, Clone)]
pub struct Held {
    pub etag: ETag,
    /// In hex: as [`Bucket::put_new`] kept it, else the ETag, which is the MD5 of what was put
    /// in one piece and not encrypted with a key of KMS.
    pub md5: ETag,
    pub part: Option<Part>,
}

/// A version of an object, without quotes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct ETag(String);

impl ETag {
    pub fn new(text: &str) -> Self {
        Self(text.trim_matches('"').to_owned())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn quoted(&self) -> String {
        format!("\"{}\"", self.0)
    }
}

/// On which condition an object may be read.
#[derive(Debug, Clone, Copy)]
pub enum If<'a> {
    Any,
    Match(&'a ETag),
    /// 304 becomes [`Failure::NotModified`].
    Changed(&'a ETag),
}

/// On which condition an object may be written.
#[derive(Debug, Clone, Copy)]
pub enum Write<'a> {
    Always,
    /// Only where no object is (`If-None-Match: *`).
    Create,
    /// Only over exactly this version.
    Replace(&'a ETag),
}

/// One line of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub key: String,
    pub etag: ETag,
    pub size: u64,
    /// In whole seconds.
    pub modified: Option<jiff::Timestamp>,
}

/// What a store answered instead of doing as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    NotFound,
    /// 304: the version that the caller holds is still the newest.
    NotModified,
    /// 412: the condition does not hold.
    Precondition,
    /// 409: somebody else is writing at this moment.
    Conflict,
    Denied,
    /// The object is larger than the caller takes.
    TooLarge,
    /// Everything that may be better in a moment: 5xx, 503 SlowDown, broken connections.
    Unavailable,
}

/// A call that failed. Its words name the call and the key without names, never the content.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{call} {bucket}/{}: {detail}", without_names(key))]
pub struct StoreError {
    pub failure: Failure,
    call: &'static str,
    bucket: String,
    key: String,
    detail: String,
}

impl StoreError {
    /// Only an object too large can never succeed.
    pub fn fate(&self) -> Fate {
        if self.failure == Failure::TooLarge { Fate::Reject } else { Fate::Retry }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self { fate: error.fate(), message: error.to_string() }
    }
}

impl Bucket {
    pub fn new(client: aws_sdk_s3::Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// Makes the bucket; one that is there already and ours is as good as made.
    pub async fn create(&self) -> Result<(), StoreError> {
        match self.client.create_bucket().bucket(&self.name).send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("BucketAlreadyOwnedByYou") => Ok(()),
            Err(error) => Err(self.error("CREATE", "", &error)),
        }
    }

    /// Reads an object of at most `limit` bytes; larger ones are not transferred.
    pub async fn get(&self, key: &str, when: If<'_>, limit: u64) -> Result<Fetched, StoreError> {
        let mut request = self.client.get_object().bucket(&self.name).key(key);
        request = match when {
            If::Any => request,
            If::Match(etag) => request.if_match(etag.quoted()),
            If::Changed(etag) => request.if_none_match(etag.quoted()),
        };
        let answer = request.send().await.map_err(|e| self.error("GET", key, &e))?;
        let size = answer.content_length().and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        if size > limit {
            return Err(self.failed(
                "GET",
                key,
                Failure::TooLarge,
                format!("{} MB is more than the {} MB taken", size >> 20, limit >> 20),
            ));
        }
        let etag = ETag::new(answer.e_tag().unwrap_or_default());
        let bib = answer.metadata().and_then(|m| m.get("bib").cloned());
        let part = Part::of(answer.metadata());
        let modified = whole_second(answer.last_modified());
        let body = answer.body.collect().await.map_err(|broken| {
            self.failed("GET", key, Failure::Unavailable, format!("the body broke off: {broken}"))
        })?;
        Ok(Fetched { bytes: body.into_bytes(), etag, bib, modified, part })
    }

    /// The newest version's ETag.
    pub async fn head(&self, key: &str) -> Result<ETag, StoreError> {
        let request = self.client.head_object().bucket(&self.name).key(key);
        let answer = request.send().await.map_err(|e| self.error("HEAD", key, &e))?;
        Ok(ETag::new(answer.e_tag().unwrap_or_default()))
    }

    /// Writes an object; the answer is its ETag.
    pub async fn put(
        &self,
        key: &str,
        body: Bytes,
        content_type: &str,
        when: Write<'_>,
    ) -> Result<ETag, StoreError> {
        let mut request = self
            .client
            .put_object()
            .bucket(&self.name)
            .key(key)
            .content_type(content_type)
            .body(ByteStream::from(body));
        request = match when {
            Write::Always => request,
            Write::Create => request.if_none_match("*"),
            Write::Replace(etag) => request.if_match(etag.quoted()),
        };
        let answer = request.send().await.map_err(|e| self.error("PUT", key, &e))?;
        Ok(ETag::new(answer.e_tag().unwrap_or_default()))
    }

    /// What is known of an object without reading it.
    pub async fn held(&self, key: &str) -> Result<Held, StoreError> {
        let request = self.client.head_object().bucket(&self.name).key(key);
        let answer = request.send().await.map_err(|e| self.error("HEAD", key, &e))?;
        let etag = ETag::new(answer.e_tag().unwrap_or_default());
        let kept = answer.metadata().and_then(|fields| fields.get(MD5_FIELD));
        let md5 = kept.map_or_else(|| etag.clone(), |md5| ETag::new(md5));
        Ok(Held { etag, md5, part: Part::of(answer.metadata()) })
    }

    /// Deletes an object; one that is not there is as good as deleted.
    pub async fn delete(&self, key: &str) -> Result<(), StoreError> {
        let request = self.client.delete_object().bucket(&self.name).key(key);
        request.send().await.map(drop).map_err(|e| self.error("DELETE", key, &e))
    }

    /// The first steps below a prefix: with `""`, the races.
    pub async fn folders(&self, prefix: &str) -> Result<Vec<String>, StoreError> {
        let request = self.client.list_objects_v2().bucket(&self.name).prefix(prefix);
        let request = request.delimiter("/").encoding_type(EncodingType::Url);
        let mut pages = request.into_paginator().send();
        let mut folders = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|e| self.error("LIST", prefix, &e))?;
            for folder in page.common_prefixes().iter().filter_map(|p| p.prefix()) {
                let folder = self.listed_key(folder)?;
                let below = folder.strip_prefix(prefix).unwrap_or(&folder);
                folders.push(below.trim_end_matches('/').to_owned());
            }
        }
        Ok(folders)
    }

    /// Listings are asked for encoded, since XML cannot hold every character of a key.
    fn listed_key(&self, key: &str) -> Result<String, StoreError> {
        form_decode(key).ok_or_else(|| {
            let detail = "the store listed a key that is not UTF-8".to_owned();
            self.failed("LIST", key, Failure::Unavailable, detail)
        })
    }

    /// A key of a listing of versions: not every store encodes those.
    fn versioned_key(
        &self,
        key: &str,
        encoded: Option<&EncodingType>,
    ) -> Result<String, StoreError> {
        match encoded {
            Some(EncodingType::Url) => self.listed_key(key),
            _ => Ok(key.to_owned()),
        }
    }

    fn failed(
        &self,
        call: &'static str,
        key: &str,
        failure: Failure,
        detail: String,
    ) -> StoreError {
        StoreError { failure, call, bucket: self.name.clone(), key: key.to_owned(), detail }
    }

    fn error<E>(
        &self,
        call: &'static str,
        key: &str,
        error: &SdkError<E, aws_smithy_runtime_api::client::orchestrator::HttpResponse>,
    ) -> StoreError
    where
        E: ProvideErrorMetadata + RequestId + std::error::Error + 'static,
    {
        let status = error.raw_response().map(|r| r.status().as_u16());
        let failure = match status {
            Some(304) => Failure::NotModified,
            Some(404) => Failure::NotFound,
            Some(403) => Failure::Denied,
            Some(412) => Failure::Precondition,
            Some(409) => Failure::Conflict,
            _ => Failure::Unavailable,
        };
        let code = error.code().map(str::to_owned);
        let detail = match (status, code) {
            (Some(status), Some(code)) => format!("the store answered {status} {code}"),
            (Some(status), None) => format!("the store answered {status}"),
            (None, _) => {
                format!("no answer: {}", aws_sdk_s3::error::DisplayErrorContext(error))
            }
        };
        self.failed(call, key, failure, detail)
    }
}

/// What a store says of an object's age; a GET says it in whole seconds.
fn whole_second(at: Option<&DateTime>) -> Option<jiff::Timestamp> {
    at.and_then(|at| jiff::Timestamp::from_second(at.secs()).ok())
}

/// Undoes the form encoding of S3's listings and notifications, where `+` is a space.
/// `None` where what comes out is not UTF-8.
pub fn form_decode(key: &str) -> Option<String> {
    let spaced = key.replace('+', " ");
    let decoded = percent_encoding::percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(decoded.into_owned())
}

/// Turns an absent object into `None`.
pub fn found<T>(answer: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match answer {
        Ok(object) => Ok(Some(object)),
        Err(error) if error.failure == Failure::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
