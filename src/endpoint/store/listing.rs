//! LIST: a page of keys and common prefixes from the ordered index.

use std::ops::Bound;

use super::StoreError;
use super::record::ObjectRecord;
use super::snapshot::Snapshot;

/// What to list.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub bucket: String,
    pub prefix: String,
    /// Keys that share the text up to this are rolled up; none where empty.
    pub delimiter: String,
    /// Only what comes behind this key or common prefix.
    pub after: Option<String>,
    /// At most this many entries.
    pub limit: usize,
}

/// A key or a common prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Object(String, Box<ObjectRecord>),
    CommonPrefix(String),
}

impl Entry {
    /// The key or the common prefix.
    pub fn name(&self) -> &str {
        match self {
            Self::Object(key, _) => key,
            Self::CommonPrefix(prefix) => prefix,
        }
    }
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// Whether more follows.
    pub truncated: bool,
}

impl Page {
    /// Where the next page begins.
    pub fn next(&self) -> Option<&str> {
        self.entries.last().filter(|_| self.truncated).map(Entry::name)
    }
}

impl Snapshot {
    /// One page. A common prefix costs one step, however many keys it holds.
    pub fn list(&self, listing: &Listing) -> Result<Page, StoreError> {
        self.require_bucket(&listing.bucket)?;
        let mut page = Page::default();
        if listing.limit == 0 {
            return Ok(page);
        }
        let table = self.objects()?;
        let mut from = match &listing.after {
            Some(after) if after.as_str() >= listing.prefix.as_str() => {
                Bound::Excluded(listing.seek_after(after))
            }
            _ => Bound::Included(listing.prefix.clone()),
        };
        'seek: loop {
            let start = from.as_ref().map(|key| (listing.bucket.as_str(), key.as_str()));
            for row in table.range::<(&str, &str)>((start, Bound::Unbounded))? {
                let (name, record) = row?;
                let (bucket, key) = name.value();
                if bucket != listing.bucket || !key.starts_with(&listing.prefix) {
                    break 'seek;
                }
                let rolled = listing.common_prefix(key);
                // Keys of a common prefix that was answered already, on this page or before.
                if rolled.is_some_and(|p| {
                    page.entries.last().map(Entry::name).or(listing.after.as_deref()) == Some(p)
                }) {
                    continue;
                }
                if page.entries.len() == listing.limit {
                    page.truncated = true;
                    break 'seek;
                }
                match rolled {
                    Some(prefix) => {
                        let prefix = prefix.to_owned();
                        from = Bound::Excluded(behind(&prefix));
                        page.entries.push(Entry::CommonPrefix(prefix));
                        continue 'seek;
                    }
                    None => {
                        let record = Self::decode_object(record.value())?;
                        page.entries.push(Entry::Object(key.to_owned(), Box::new(record)));
                    }
                }
            }
            break;
        }
        Ok(page)
    }
}

impl Listing {
    fn common_prefix<'k>(&self, key: &'k str) -> Option<&'k str> {
        if self.delimiter.is_empty() {
            return None;
        }
        let at = key.get(self.prefix.len()..)?.find(&self.delimiter)?;
        key.get(..self.prefix.len() + at + self.delimiter.len())
    }

    /// Behind a common prefix nothing of it is read again.
    fn seek_after(&self, after: &str) -> String {
        if self.common_prefix(after) == Some(after) { behind(after) } else { after.to_owned() }
    }
}

/// Behind all but the oddest keys that begin with `prefix`; those are skipped one by one.
fn behind(prefix: &str) -> String {
    format!("{prefix}{}", char::MAX)
}
