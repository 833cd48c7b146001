//! The durable store: immutable body files and one transactional index.
//!
//! A write is: the body file is written and synced; one writer applies all waiting changes
//! to the index, deciding their conditions in turn, syncs the folders of the new bodies and
//! commits; then, and only then, the client is answered and the event sent. Whatever dies
//! before the commit leaves an unnamed file, which the next open removes.

mod body;
mod change;
mod commit;
mod index;
mod listing;
mod record;
mod snapshot;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use redb::{Database, ReadableDatabase};

pub use body::{Bodies, BodyRef, BodyWriter, INDEX_RESERVE_BYTES, NewBody, Pin, Sweep, Written};
pub use change::Change;
pub use listing::{Entry, Listing, Page};
pub use record::{
    BucketRecord, ContentHeaders, ObjectRecord, PartRecord, UploadName, UploadRecord,
};
pub use snapshot::Snapshot;

use self::commit::Committer;
use super::event::{Backlog, EventSender};

/// Memory that the index may use for its pages.
const INDEX_CACHE_BYTES: usize = 64 << 20;

/// Uploads in parts that nobody finished are removed at open after this time.
const STALE_UPLOAD_MS: i64 = 7 * 24 * 3600 * 1000;

/// Why the store refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the bucket does not exist; create it first")]
    NoSuchBucket,
    #[error("the bucket exists already and is yours; use it")]
    BucketExists,
    #[error("the bucket still holds objects; delete them first")]
    BucketNotEmpty,
    #[error("the key does not exist; list the bucket to see which do")]
    NoSuchKey,
    #[error("the upload was completed, aborted or never begun; begin a new one")]
    NoSuchUpload,
    #[error("the object is not in the state that the condition asked for; read it again first")]
    PreconditionFailed,
    #[error("part {0} was not uploaded, or with another ETag or checksum; upload it again")]
    InvalidPart(i32),
    #[error("the parts are not in ascending order; sort them by part number")]
    InvalidPartOrder,
    #[error("part {0} is smaller than 5 MiB and not the last; use larger parts")]
    PartTooSmall(i32),
    #[error("the checksum of the whole object does not match its parts; upload it again")]
    WholeChecksum,
    #[error("the disk of the data folder is full; free some space and send the object again")]
    DiskFull,
    #[error("the store failed on the disk: {0}; see the server's log")]
    Io(#[source] io::Error),
    #[error("the index failed: {0}; see the server's log")]
    Index(#[from] redb::Error),
    #[error("a record of the table {table} cannot be read: {source}")]
    Record { table: &'static str, source: serde_json::Error },
    #[error("the index has format {found}, this program knows {known}; use the newer program")]
    Format { found: u64, known: u64 },
    #[error("the store is closing; send the request again")]
    Closed,
}

impl StoreError {
    /// Whether a transaction in which this happened must be thrown away.
    fn breaks_transaction(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Index(_) | Self::Record { .. } | Self::DiskFull)
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io(error),
        }
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => {$(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                match redb::Error::from(error) {
                    redb::Error::Io(error) => error.into(),
                    error => Self::Index(error),
                }
            }
        }
    )*};
}
from_redb!(
    redb::StorageError,
    redb::TableError,
    redb::TransactionError,
    redb::CommitError,
    redb::DatabaseError
);

/// Why a data folder could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the data folder {0} is in use by another kanso; stop it or choose another --data")]
    InUse(PathBuf),
    #[error("cannot use the data folder {path}: {source}; check that it exists and is writable")]
    Folder { path: PathBuf, source: io::Error },
    #[error(
        "cannot open the index in {path}: {source}; restore the data folder, or choose another --data"
    )]
    Store { path: PathBuf, source: StoreError },
}

/// An open data folder.
pub struct Store {
    shared: Arc<Shared>,
    committer: Committer,
    sweep: Sweep,
}

/// What readers and the writer share.
struct Shared {
    /// `None` only while a failed index is being opened again.
    database: RwLock<Option<Database>>,
    index_path: PathBuf,
    bodies: Arc<Bodies>,
    events: EventSender,
    /// Locked for as long as the store lives.
    _lock: File,
}

impl Store {
    /// Opens or creates a data folder, removes what interrupted uploads left and starts
    /// the writer. Blocks.
    pub fn open(data: &Path, events: EventSender) -> Result<Self, OpenError> {
        let folder = |source| OpenError::Folder { path: data.into(), source };
        let lock = lock_folder(data)?;
        let index_path = data.join("index.redb");
        let bodies = Arc::new(Bodies::open(data.join("bodies")).map_err(folder)?);
        let store = |source| OpenError::Store { path: data.into(), source };
        let database = open_index(&index_path).map_err(store)?;
        File::open(data).and_then(|f| f.sync_all()).map_err(folder)?;
        let referenced = Snapshot(database.begin_read().map_err(|e| store(e.into()))?)
            .referenced()
            .map_err(store)?;
        let sweep = bodies.sweep(&referenced).map_err(folder)?;
        if sweep.removed > 0 {
            tracing::info!(files = sweep.removed, "removed what unfinished uploads left");
        }
        let shared = Arc::new(Shared {
            database: RwLock::new(Some(database)),
            index_path,
            bodies,
            events,
            _lock: lock,
        });
        let committer = Committer::start(Arc::clone(&shared)).map_err(folder)?;
        Ok(Self { shared, committer, sweep })
    }

    /// The events that wait for the pipeline.
    pub fn backlog(&self) -> Backlog {
        self.shared.events.backlog()
    }

    /// What was found and removed at open.
    pub fn sweep(&self) -> Sweep {
        self.sweep
    }

    /// Reads from one consistent view, off the async threads.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&Snapshot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let shared = Arc::clone(&self.shared);
        blocking(move || shared.read(f)).await
    }

    /// Changes the index and waits until the change is durable.
    pub async fn change<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Change<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.committer.submit(true, f).await
    }

    /// As [`Store::change`], for changes that free space: they pass on a full disk.
    pub async fn release<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Change<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.committer.submit(false, f).await
    }

    /// An object and a hold on its bodies; `None` where the key is not there.
    pub async fn object(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<(ObjectRecord, Pin)>, StoreError> {
        let (bucket, key) = (bucket.to_owned(), key.to_owned());
        let shared = Arc::clone(&self.shared);
        blocking(move || {
            let look = || {
                shared.read(|s| {
                    s.require_bucket(&bucket)?;
                    s.object(&bucket, &key)
                })
            };
            // The object may be replaced between the look and the pin: a second look that
            // finds the same record proves that the pin came before its bodies could go.
            let mut found = look()?;
            while let Some(record) = found {
                let pin = shared.bodies.pin(&record.bodies);
                let again = look()?;
                if again.as_ref().is_some_and(|a| a.sequence == record.sequence) {
                    return Ok(Some((record, pin)));
                }
                found = again;
            }
            Ok(None)
        })
        .await
    }

    /// Body files of this store, for writers and links.
    pub fn bodies(&self) -> &Arc<Bodies> {
        &self.shared.bodies
    }
}

impl Shared {
    fn read<T>(&self, f: impl FnOnce(&Snapshot) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let guard = self.database.read().unwrap_or_else(PoisonError::into_inner);
        let database = guard.as_ref().ok_or(StoreError::Closed)?;
        f(&Snapshot(database.begin_read()?))
    }

    fn reopen_if_closed(&self) -> Result<(), StoreError> {
        let closed = self.database.read().unwrap_or_else(PoisonError::into_inner).is_none();
        if closed { self.reopen() } else { Ok(()) }
    }

    /// Opens the index again after it failed on the disk: redb refuses everything until then.
    fn reopen(&self) -> Result<(), StoreError> {
        let mut guard = self.database.write().unwrap_or_else(PoisonError::into_inner);
        *guard = None;
        *guard = Some(open_database(&self.index_path)?);
        Ok(())
    }
}

/// Runs blocking work and waits for it.
pub async fn blocking<T: Send + 'static>(
    f: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(f).await {
        Ok(result) => result,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => Err(StoreError::Closed),
        },
    }
}

fn open_database(path: &Path) -> Result<Database, StoreError> {
    Ok(Database::builder().set_cache_size(INDEX_CACHE_BYTES).create(path)?)
}

/// Opens the index, creates its tables and ends uploads that nobody finished.
fn open_index(path: &Path) -> Result<Database, StoreError> {
    let database = open_database(path)?;
    let txn = database.begin_write()?;
    {
        let mut change = Change::new(&txn);
        change.prepare()?;
        for name in change.stale_uploads(now_ms() - STALE_UPLOAD_MS)? {
            change.remove_upload(&name)?;
        }
    }
    txn.commit()?;
    Ok(database)
}

fn lock_folder(data: &Path) -> Result<File, OpenError> {
    let folder = |source| OpenError::Folder { path: data.into(), source };
    fs::create_dir_all(data).map_err(folder)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("lock"))
        .map_err(folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(data.into())),
        Err(TryLockError::Error(source)) => Err(folder(source)),
    }
}

/// Milliseconds since 1970.
pub fn now_ms() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}
