//! The index: buckets, objects, uploads and parts as ordered, transactional tables.

use std::collections::{BTreeMap, HashSet};

use redb::{ReadTransaction, ReadableTable, Table, TableDefinition, TableError, WriteTransaction};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::StoreError;
use super::body::{BodyId, BodyRef, NewBody};
use crate::endpoint::digest::{Algorithm, Checksum};

type Bytes = &'static [u8];
pub(super) type ObjectKey = (&'static str, &'static str);
type UploadKey = (&'static str, &'static str, &'static str);

pub(super) const BUCKETS: TableDefinition<'_, &'static str, Bytes> =
    TableDefinition::new("buckets");
/// (bucket, key): ordered by the UTF-8 bytes of the key, as S3 lists.
pub(super) const OBJECTS: TableDefinition<'_, ObjectKey, Bytes> = TableDefinition::new("objects");
/// (bucket, key, upload id).
pub(super) const UPLOADS: TableDefinition<'_, UploadKey, Bytes> = TableDefinition::new("uploads");
/// (upload id, part number).
const PARTS: TableDefinition<'_, (&'static str, u16), Bytes> = TableDefinition::new("parts");
const META: TableDefinition<'_, &'static str, u64> = TableDefinition::new("meta");

/// The layout of this index. A later one refuses or converts it.
const FORMAT: u64 = 1;

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
    fn as_key(&self) -> (&str, &str, &str) {
        (&self.bucket, &self.key, &self.id)
    }
}

fn decode<T: DeserializeOwned>(table: &'static str, bytes: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(bytes).map_err(|source| StoreError::Record { table, source })
}

fn encode<T: Serialize>(table: &'static str, record: &T) -> Result<Vec<u8>, StoreError> {
    serde_json::to_vec(record).map_err(|source| StoreError::Record { table, source })
}

/// A consistent view of the index.
pub struct Snapshot(pub(super) ReadTransaction);

impl Snapshot {
    pub fn bucket(&self, bucket: &str) -> Result<Option<BucketRecord>, StoreError> {
        let table = self.0.open_table(BUCKETS)?;
        table.get(bucket)?.map(|v| decode("buckets", v.value())).transpose()
    }

    /// Fails where the bucket is not there.
    pub fn require_bucket(&self, bucket: &str) -> Result<(), StoreError> {
        self.bucket(bucket)?.map(|_| ()).ok_or(StoreError::NoSuchBucket)
    }

    pub fn buckets(&self) -> Result<Vec<(String, BucketRecord)>, StoreError> {
        let table = self.0.open_table(BUCKETS)?;
        let mut buckets = Vec::new();
        for row in table.iter()? {
            let (name, record) = row?;
            buckets.push((name.value().to_owned(), decode("buckets", record.value())?));
        }
        Ok(buckets)
    }

    pub fn object(&self, bucket: &str, key: &str) -> Result<Option<ObjectRecord>, StoreError> {
        let table = self.0.open_table(OBJECTS)?;
        table.get((bucket, key))?.map(|v| decode("objects", v.value())).transpose()
    }

    pub fn upload(&self, name: &UploadName) -> Result<Option<UploadRecord>, StoreError> {
        let table = self.0.open_table(UPLOADS)?;
        table.get(name.as_key())?.map(|v| decode("uploads", v.value())).transpose()
    }

    pub fn parts(&self, upload_id: &str) -> Result<BTreeMap<u16, PartRecord>, StoreError> {
        parts_of(&self.0.open_table(PARTS)?, upload_id)
    }

    /// Objects of a bucket from `start` on, in order.
    pub(super) fn objects(&self) -> Result<redb::ReadOnlyTable<ObjectKey, Bytes>, StoreError> {
        Ok(self.0.open_table(OBJECTS)?)
    }

    pub(super) fn decode_object(bytes: &[u8]) -> Result<ObjectRecord, StoreError> {
        decode("objects", bytes)
    }

    /// Every upload in parts of a bucket, in order of key.
    pub fn uploads(&self, bucket: &str) -> Result<Vec<(UploadName, UploadRecord)>, StoreError> {
        let table = self.0.open_table(UPLOADS)?;
        let mut uploads = Vec::new();
        for row in table.range((bucket, "", "")..)? {
            let (name, record) = row?;
            let (b, key, id) = name.value();
            if b != bucket {
                break;
            }
            let name = UploadName { bucket: b.into(), key: key.into(), id: id.into() };
            uploads.push((name, decode("uploads", record.value())?));
        }
        Ok(uploads)
    }

    /// Every body that an object or a part names.
    pub fn referenced(&self) -> Result<HashSet<BodyId>, StoreError> {
        let mut ids = HashSet::new();
        for row in self.0.open_table(OBJECTS)?.iter()? {
            let object: ObjectRecord = decode("objects", row?.1.value())?;
            ids.extend(object.bodies.iter().map(|b| b.id));
        }
        for row in self.0.open_table(PARTS)?.iter()? {
            let part: PartRecord = decode("parts", row?.1.value())?;
            ids.extend(part.body.map(|b| b.id));
        }
        Ok(ids)
    }
}

fn parts_of(
    table: &impl ReadableTable<(&'static str, u16), Bytes>,
    upload_id: &str,
) -> Result<BTreeMap<u16, PartRecord>, StoreError> {
    let mut parts = BTreeMap::new();
    for row in table.range((upload_id, 0)..=(upload_id, u16::MAX))? {
        let (key, record) = row?;
        parts.insert(key.value().1, decode("parts", record.value())?);
    }
    Ok(parts)
}

/// What follows a commit: files to keep and to remove, events to send.
#[derive(Default)]
pub struct Effects {
    pub adopted: Vec<NewBody>,
    pub dropped: Vec<BodyRef>,
    pub events: Vec<Value>,
}

/// The one writer's view inside a transaction. A call that refuses has written nothing.
pub struct Change<'t> {
    txn: &'t WriteTransaction,
    pub(super) effects: Effects,
}

impl<'t> Change<'t> {
    pub(super) fn new(txn: &'t WriteTransaction) -> Self {
        Self { txn, effects: Effects::default() }
    }

    fn objects(&self) -> Result<Table<'t, ObjectKey, Bytes>, TableError> {
        self.txn.open_table(OBJECTS)
    }

    /// Creates the tables, so that a fresh index can be read.
    pub(super) fn prepare(&self) -> Result<(), StoreError> {
        self.objects()?;
        self.txn.open_table(BUCKETS)?;
        self.txn.open_table(UPLOADS)?;
        self.txn.open_table(PARTS)?;
        let mut meta = self.txn.open_table(META)?;
        let found = meta.get("format")?.map(|v| v.value());
        match found {
            None => {
                meta.insert("format", FORMAT)?;
                Ok(())
            }
            Some(FORMAT) => Ok(()),
            Some(found) => Err(StoreError::Format { found, known: FORMAT }),
        }
    }

    pub fn require_bucket(&self, bucket: &str) -> Result<(), StoreError> {
        let table = self.txn.open_table(BUCKETS)?;
        let found = table.get(bucket)?.is_some();
        if found { Ok(()) } else { Err(StoreError::NoSuchBucket) }
    }

    pub fn create_bucket(&mut self, bucket: &str) -> Result<(), StoreError> {
        let mut table = self.txn.open_table(BUCKETS)?;
        if table.get(bucket)?.is_some() {
            return Err(StoreError::BucketExists);
        }
        let record = encode("buckets", &BucketRecord { created_ms: super::now_ms() })?;
        table.insert(bucket, record.as_slice())?;
        Ok(())
    }

    /// Removes an empty bucket and what was left of uploads in parts.
    pub fn delete_bucket(&mut self, bucket: &str) -> Result<(), StoreError> {
        self.require_bucket(bucket)?;
        {
            let objects = self.objects()?;
            let first = objects.range((bucket, "")..)?.next().transpose()?;
            if first.is_some_and(|(key, _)| key.value().0 == bucket) {
                return Err(StoreError::BucketNotEmpty);
            }
        }
        let mut uploads = Vec::new();
        for row in self.txn.open_table(UPLOADS)?.range((bucket, "", "")..)? {
            let (name, _) = row?;
            let (b, key, id) = name.value();
            if b != bucket {
                break;
            }
            uploads.push(UploadName { bucket: b.into(), key: key.into(), id: id.into() });
        }
        for name in uploads {
            let parts = self.remove_upload(&name)?;
            self.drop_parts(parts.into_values());
        }
        self.txn.open_table(BUCKETS)?.remove(bucket)?;
        Ok(())
    }

    pub fn object(&self, bucket: &str, key: &str) -> Result<Option<ObjectRecord>, StoreError> {
        let table = self.objects()?;
        let found = table.get((bucket, key))?;
        found.map(|v| decode("objects", v.value())).transpose()
    }

    /// Stores an object over what was there.
    pub fn put_object(
        &mut self,
        bucket: &str,
        key: &str,
        record: &ObjectRecord,
    ) -> Result<(), StoreError> {
        let bytes = encode("objects", record)?;
        let mut table = self.objects()?;
        if let Some(old) = table.insert((bucket, key), bytes.as_slice())? {
            let old: ObjectRecord = decode("objects", old.value())?;
            self.effects.dropped.extend(old.bodies);
        }
        Ok(())
    }

    pub fn remove_object(&mut self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let mut table = self.objects()?;
        if let Some(old) = table.remove((bucket, key))? {
            let old: ObjectRecord = decode("objects", old.value())?;
            self.effects.dropped.extend(old.bodies);
        }
        Ok(())
    }

    /// The next number of the store's one order: it grows over restarts, clock steps and,
    /// as far as the clock is right, over a data folder that was made anew.
    pub fn next_sequence(&mut self) -> Result<u64, StoreError> {
        let mut meta = self.txn.open_table(META)?;
        let last = meta.get("sequence")?.map_or(0, |v| v.value());
        let clock = u64::try_from(jiff::Timestamp::now().as_microsecond()).unwrap_or(0);
        let next = clock.max(last.saturating_add(1));
        meta.insert("sequence", next)?;
        Ok(next)
    }

    pub fn put_upload(
        &mut self,
        name: &UploadName,
        record: &UploadRecord,
    ) -> Result<(), StoreError> {
        let bytes = encode("uploads", record)?;
        self.txn.open_table(UPLOADS)?.insert(name.as_key(), bytes.as_slice())?;
        Ok(())
    }

    pub fn upload(&self, name: &UploadName) -> Result<UploadRecord, StoreError> {
        let table = self.txn.open_table(UPLOADS)?;
        let found = table.get(name.as_key())?.ok_or(StoreError::NoSuchUpload)?;
        decode("uploads", found.value())
    }

    pub fn parts(&self, upload_id: &str) -> Result<BTreeMap<u16, PartRecord>, StoreError> {
        parts_of(&self.txn.open_table(PARTS)?, upload_id)
    }

    pub fn put_part(
        &mut self,
        upload_id: &str,
        number: u16,
        part: &PartRecord,
    ) -> Result<(), StoreError> {
        let bytes = encode("parts", part)?;
        let mut table = self.txn.open_table(PARTS)?;
        if let Some(old) = table.insert((upload_id, number), bytes.as_slice())? {
            let old: PartRecord = decode("parts", old.value())?;
            self.effects.dropped.extend(old.body);
        }
        Ok(())
    }

    /// Ends an upload and gives its parts back; their bodies stay until they are dropped
    /// with [`Change::drop_parts`] or named by an object.
    pub fn remove_upload(
        &mut self,
        name: &UploadName,
    ) -> Result<BTreeMap<u16, PartRecord>, StoreError> {
        if self.txn.open_table(UPLOADS)?.remove(name.as_key())?.is_none() {
            return Err(StoreError::NoSuchUpload);
        }
        let mut table = self.txn.open_table(PARTS)?;
        let parts = parts_of(&table, &name.id)?;
        for number in parts.keys() {
            table.remove((name.id.as_str(), *number))?;
        }
        Ok(parts)
    }

    /// The bodies of these parts go after the commit.
    pub fn drop_parts(&mut self, parts: impl IntoIterator<Item = PartRecord>) {
        self.effects.dropped.extend(parts.into_iter().filter_map(|p| p.body));
    }

    /// Takes a new body in: the commit syncs its folder and keeps its file.
    pub fn adopt(&mut self, body: Option<NewBody>) {
        self.effects.adopted.extend(body);
    }

    /// Sends an event after the commit.
    pub fn emit(&mut self, event: Value) {
        self.effects.events.push(event);
    }

    /// Uploads begun before `limit_ms`, in any bucket.
    pub(super) fn stale_uploads(&self, limit_ms: i64) -> Result<Vec<UploadName>, StoreError> {
        let mut stale = Vec::new();
        for row in self.txn.open_table(UPLOADS)?.iter()? {
            let (name, record) = row?;
            let record: UploadRecord = decode("uploads", record.value())?;
            if record.initiated_ms < limit_ms {
                let (bucket, key, id) = name.value();
                stale.push(UploadName { bucket: bucket.into(), key: key.into(), id: id.into() });
            }
        }
        Ok(stale)
    }
}
