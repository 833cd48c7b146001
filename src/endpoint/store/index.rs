//! The index: buckets, objects, uploads and parts as ordered, transactional tables.

use std::collections::BTreeMap;

use redb::{ReadableTable, TableDefinition};

use super::StoreError;
use super::record::{PartRecord, decode};

pub(super) type Bytes = &'static [u8];
pub(super) type ObjectKey = (&'static str, &'static str);
type UploadKey = (&'static str, &'static str, &'static str);

pub(super) const BUCKETS: TableDefinition<'_, &'static str, Bytes> =
    TableDefinition::new("buckets");
/// (bucket, key): ordered by the UTF-8 bytes of the key, as S3 lists.
pub(super) const OBJECTS: TableDefinition<'_, ObjectKey, Bytes> = TableDefinition::new("objects");
/// (bucket, key, upload id).
pub(super) const UPLOADS: TableDefinition<'_, UploadKey, Bytes> = TableDefinition::new("uploads");
/// (upload id, part number).
pub(super) const PARTS: TableDefinition<'_, (&'static str, u16), Bytes> =
    TableDefinition::new("parts");
pub(super) const META: TableDefinition<'_, &'static str, u64> = TableDefinition::new("meta");

/// The layout of this index. A later one refuses or converts it.
pub(super) const FORMAT: u64 = 1;

/// The parts of an upload, by their numbers.
pub(super) fn parts_of(
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
