//! Changing the index, inside the one writer's transaction.

use std::collections::BTreeMap;

use redb::{ReadableTable, Table, TableError, WriteTransaction};

use super::super::event::Event;
use super::StoreError;
use super::body::{BodyRef, NewBody};
use super::index::{BUCKETS, Bytes, FORMAT, META, OBJECTS, ObjectKey, PARTS, UPLOADS, parts_of};
use super::record::{
    BucketRecord, ObjectRecord, PartRecord, UploadName, UploadRecord, decode, encode,
};

/// What follows a commit: files to keep and to remove, events to send.
#[derive(Default)]
pub struct Effects {
    pub adopted: Vec<NewBody>,
    pub dropped: Vec<BodyRef>,
    pub events: Vec<Event>,
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
    pub fn emit(&mut self, event: Event) {
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
