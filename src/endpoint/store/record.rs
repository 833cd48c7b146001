//! What the index holds of objects, uploads and parts.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::StoreError;
use super::body::BodyRef;
use crate::digest::{Algorithm, Checksum};

/// The headers that a client stores with an object and gets back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContentHeaders {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_encoding: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_disposition: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<String>,
    /// As an HTTP date.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRecord {
    /// Without quotes.
    pub etag: String,
    /// Bytes.
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified_ms: i64,
    /// Grows with every write of this store.
    pub sequence: u64,
    /// In order; one per part where it was uploaded in parts, none where it is empty.
    pub bodies: Vec<BodyRef>,
    #[serde(default)]
    pub headers: ContentHeaders,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum: Option<Checksum>,
}

impl ObjectRecord {
    /// The number of parts, where it was uploaded in parts.
    pub fn part_count(&self) -> Option<usize> {
        self.etag.contains('-').then_some(self.bodies.len())
    }
}

/// One bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketRecord {
    /// Milliseconds since 1970.
    pub created_ms: i64,
}

/// An upload in parts that is neither completed nor aborted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadRecord {
    /// Milliseconds since 1970.
    pub initiated_ms: i64,
    #[serde(default)]
    pub headers: ContentHeaders,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    #[serde(default)]
    pub algorithm: Option<Algorithm>,
    /// Whether the checksum of the whole covers the parts' digests.
    #[serde(default)]
    pub composite: bool,
}

/// One part of an upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartRecord {
    /// MD5 in hex.
    pub etag: String,
    pub size: u64,
    /// Milliseconds since 1970.
    pub modified_ms: i64,
    /// `None` for an empty part.
    pub body: Option<BodyRef>,
    #[serde(default)]
    pub checksum: Option<Checksum>,
}

/// Names an upload in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadName {
    pub bucket: String,
    pub key: String,
    pub id: String,
}

impl UploadName {
    pub(super) fn as_key(&self) -> (&str, &str, &str) {
        (&self.bucket, &self.key, &self.id)
    }
}

pub(super) fn decode<T: DeserializeOwned>(
    table: &'static str,
    bytes: &[u8],
) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|source| StoreError::Record { table, source })
}

pub(super) fn encode<T: Serialize>(table: &'static str, record: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|source| StoreError::Record { table, source })
}
