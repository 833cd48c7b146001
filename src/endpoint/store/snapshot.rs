//! Reading the index.

use std::collections::{BTreeMap, HashSet};

use redb::{ReadTransaction, ReadableTable};

use super::StoreError;
use super::body::BodyId;
use super::index::{BUCKETS, Bytes, OBJECTS, ObjectKey, PARTS, UPLOADS, parts_of};
use super::record::{BucketRecord, ObjectRecord, PartRecord, UploadName, UploadRecord, decode};

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
