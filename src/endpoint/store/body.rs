//! Body files: immutable, under opaque names, synced before the index may name them.
//!
//! A body that the index does not name does not exist: an upload that dies half-way
//! leaves a file which the next [`Bodies::sweep`] removes.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::digest::{Algorithm, BodyDigest, BodyHasher};

/// Bytes of the disk that bodies leave free, so that the index can still commit.
pub const INDEX_RESERVE_BYTES: u64 = 8 << 20;

/// Bodies of one folder: 4,096, so that one batch of commits syncs one or two folders.
const FOLDER_BITS: u32 = 12;

/// The opaque name of a body file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BodyId(u64);

impl BodyId {
    fn folder(self) -> u64 {
        self.0 >> FOLDER_BITS
    }
}

/// A body file and its length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BodyRef {
    pub id: BodyId,
    pub size: u64,
}

/// All body files of a data folder.
#[derive(Debug)]
pub struct Bodies {
    root: PathBuf,
    next: AtomicU64,
    folders: Mutex<HashSet<u64>>,
    pins: Mutex<Pins>,
}

/// Bodies that a reader still needs, and those that go once it is done.
#[derive(Debug, Default)]
struct Pins {
    readers: HashMap<BodyId, usize>,
    doomed: HashSet<BodyId>,
}

/// What [`Bodies::sweep`] found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sweep {
    pub kept: u64,
    /// Files that no object or upload names: uploads that never finished.
    pub removed: u64,
}

impl Bodies {
    pub fn open(root: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&root)?;
        Ok(Self {
            root,
            next: AtomicU64::new(0),
            folders: Mutex::default(),
            pins: Mutex::default(),
        })
    }

    /// Removes every body file that is not in `referenced` and continues the numbering
    /// behind the highest one. Only at open, before the first upload.
    pub fn sweep(&self, referenced: &HashSet<BodyId>) -> io::Result<Sweep> {
        let mut sweep = Sweep::default();
        let mut highest = referenced.iter().map(|id| id.0).max();
        for folder in fs::read_dir(&self.root)? {
            let folder = folder?.path();
            if !folder.is_dir() {
                continue;
            }
            let mut left = 0_u64;
            for file in fs::read_dir(&folder)? {
                let path = file?.path();
                match parse_name(&path) {
                    Some(id) if referenced.contains(&id) => {
                        left += 1;
                        highest = highest.max(Some(id.0));
                    }
                    Some(_) => {
                        fs::remove_file(&path)?;
                        sweep.removed += 1;
                    }
                    None => left += 1,
                }
            }
            sweep.kept += left;
            if left == 0 {
                fs::remove_dir(&folder)?;
            }
        }
        self.next.store(highest.map_or(1, |id| id + 1), Ordering::Relaxed);
        Ok(sweep)
    }

    fn path(&self, id: BodyId) -> PathBuf {
        self.folder_path(id.folder()).join(format!("{:016x}", id.0))
    }

    fn folder_path(&self, folder: u64) -> PathBuf {
        self.root.join(format!("{folder:013x}"))
    }

    /// Opens a body for reading.
    pub fn file(&self, id: BodyId) -> io::Result<File> {
        File::open(self.path(id))
    }

    /// Bytes that this process may still use on the disk of the data folder.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.root)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Refuses a body of `size` bytes that would leave the index without room.
    pub fn require_room(&self, size: u64) -> Result<(), StoreError> {
        if self.free_bytes()? < INDEX_RESERVE_BYTES.saturating_add(size) {
            return Err(StoreError::DiskFull);
        }
        Ok(())
    }

    fn allocate(self: &Arc<Self>) -> io::Result<NewBody> {
        let id = BodyId(self.next.fetch_add(1, Ordering::Relaxed));
        let mut folders = lock(&self.folders);
        if !folders.contains(&id.folder()) {
            match fs::create_dir(self.folder_path(id.folder())) {
                Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
                _ => File::open(&self.root)?.sync_all()?,
            }
            folders.insert(id.folder());
        }
        Ok(NewBody { bodies: Arc::clone(self), body: BodyRef { id, size: 0 }, kept: false })
    }

    /// Makes the entries of new bodies durable, each folder once.
    pub fn sync_folders(&self, bodies: impl IntoIterator<Item = BodyId>) -> io::Result<()> {
        let folders: HashSet<u64> = bodies.into_iter().map(BodyId::folder).collect();
        folders.into_iter().try_for_each(|f| File::open(self.folder_path(f))?.sync_all())
    }

    /// A second name for the bytes of `source`: nothing is copied where the file system
    /// can link.
    pub fn link(self: &Arc<Self>, source: BodyRef) -> io::Result<NewBody> {
        let mut new = self.allocate()?;
        let (from, to) = (self.path(source.id), self.path(new.body.id));
        if fs::hard_link(&from, &to).is_err() {
            fs::copy(&from, &to)?;
            File::open(&to)?.sync_all()?;
        }
        new.body.size = source.size;
        Ok(new)
    }

    /// Keeps bodies readable until the pin is dropped, even where an object is replaced.
    pub fn pin(self: &Arc<Self>, bodies: &[BodyRef]) -> Pin {
        let mut pins = lock(&self.pins);
        for body in bodies {
            *pins.readers.entry(body.id).or_default() += 1;
        }
        Pin { bodies: Arc::clone(self), ids: bodies.iter().map(|b| b.id).collect() }
    }

    /// Removes bodies that the index no longer names, now or when their last reader is done.
    pub fn discard(&self, bodies: &[BodyRef]) {
        let mut pins = lock(&self.pins);
        for body in bodies {
            if pins.readers.contains_key(&body.id) {
                pins.doomed.insert(body.id);
            } else {
                self.remove(body.id);
            }
        }
    }

    fn unpin(&self, ids: &[BodyId]) {
        let mut pins = lock(&self.pins);
        for id in ids {
            let Some(count) = pins.readers.get_mut(id) else { continue };
            *count -= 1;
            if *count == 0 {
                pins.readers.remove(id);
                if pins.doomed.remove(id) {
                    self.remove(*id);
                }
            }
        }
    }

    /// What cannot be removed now is an orphan that the next sweep removes.
    fn remove(&self, id: BodyId) {
        if let Err(error) = fs::remove_file(self.path(id))
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, body = id.0, "a body file could not be removed; it goes at the next start");
        }
    }
}

/// Keeps bodies on disk while they are read.
#[derive(Debug)]
pub struct Pin {
    bodies: Arc<Bodies>,
    ids: Vec<BodyId>,
}

impl Pin {
    /// Opens a body at `offset`.
    pub fn file(&self, id: BodyId, offset: u64) -> io::Result<File> {
        let mut file = self.bodies.file(id)?;
        if offset > 0 {
            file.seek(SeekFrom::Start(offset))?;
        }
        Ok(file)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        self.bodies.unpin(&self.ids);
    }
}

/// A body on disk that the index does not name yet; removed unless a commit adopts it.
#[derive(Debug)]
pub struct NewBody {
    bodies: Arc<Bodies>,
    body: BodyRef,
    kept: bool,
}

impl NewBody {
    pub fn body(&self) -> BodyRef {
        self.body
    }

    /// The file stays: the index names it, or may name it.
    pub fn keep(mut self) {
        self.kept = true;
    }
}

impl Drop for NewBody {
    fn drop(&mut self) {
        if !self.kept {
            self.bodies.remove(self.body.id);
        }
    }
}

/// Writes one body and digests it on the way. An empty body makes no file.
pub struct BodyWriter {
    bodies: Arc<Bodies>,
    open: Option<(NewBody, File)>,
    hasher: BodyHasher,
    size: u64,
}

/// A body that is written, synced and digested.
pub struct Written {
    /// `None` for an empty body.
    pub body: Option<NewBody>,
    pub size: u64,
    pub digest: BodyDigest,
}

impl BodyWriter {
    pub fn new(bodies: &Arc<Bodies>, algorithms: impl IntoIterator<Item = Algorithm>) -> Self {
        Self {
            bodies: Arc::clone(bodies),
            open: None,
            hasher: BodyHasher::new(algorithms),
            size: 0,
        }
    }

    /// Appends bytes. Blocks on the disk.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.bodies.require_room(bytes.len() as u64)?;
        let (_, file) = match &mut self.open {
            Some(open) => open,
            slot @ None => {
                let new = self.bodies.allocate()?;
                let file = File::create_new(self.bodies.path(new.body.id))?;
                slot.insert((new, file))
            }
        };
        file.write_all(bytes)?;
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Appends `size` bytes of another file.
    pub fn copy_from(&mut self, source: &mut File, mut size: u64) -> Result<(), StoreError> {
        let mut buffer = vec![0; 256 << 10];
        while size > 0 {
            let want = buffer.len().min(usize::try_from(size).unwrap_or(usize::MAX));
            let part = &mut buffer[..want];
            source.read_exact(part)?;
            self.write(part)?;
            size -= want as u64;
        }
        Ok(())
    }

    /// Syncs the file. Its folder is synced by the commit.
    pub fn finish(self) -> Result<Written, StoreError> {
        let body = match self.open {
            Some((mut new, file)) => {
                file.sync_all()?;
                new.body.size = self.size;
                Some(new)
            }
            None => None,
        };
        Ok(Written { body, size: self.size, digest: self.hasher.finish() })
    }
}

fn parse_name(path: &Path) -> Option<BodyId> {
    let name = path.file_name()?.to_str()?;
    (name.len() == 16).then(|| u64::from_str_radix(name, 16).ok().map(BodyId)).flatten()
}

/// A panic elsewhere leaves these sets whole: each change is one insert or remove.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(bodies: &Arc<Bodies>, bytes: &[u8]) -> NewBody {
        let mut writer = BodyWriter::new(bodies, []);
        writer.write(bytes).unwrap();
        writer.finish().unwrap().body.unwrap()
    }

    #[test]
    fn a_body_nobody_adopts_leaves_no_file() {
        let dir = tempfile::tempdir().unwrap();
        let bodies = Arc::new(Bodies::open(dir.path().into()).unwrap());
        let new = written(&bodies, b"x");
        let path = bodies.path(new.body().id);
        assert!(path.exists());
        drop(new);
        assert!(!path.exists());
    }

    #[test]
    fn a_replaced_body_stays_while_it_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let bodies = Arc::new(Bodies::open(dir.path().into()).unwrap());
        let new = written(&bodies, b"x");
        let body = new.body();
        new.keep();
        let (first, second) = (bodies.pin(&[body]), bodies.pin(&[body]));
        bodies.discard(&[body]);
        drop(first);
        assert!(second.file(body.id, 0).is_ok());
        drop(second);
        assert!(bodies.file(body.id).is_err());
    }

    #[test]
    fn the_sweep_removes_orphans_and_never_reuses_a_number() {
        let dir = tempfile::tempdir().unwrap();
        let bodies = Arc::new(Bodies::open(dir.path().into()).unwrap());
        let (orphan, named) = (written(&bodies, b"x"), written(&bodies, b"y"));
        let (orphan_ref, named_ref) = (orphan.body(), named.body());
        orphan.keep();
        named.keep();
        let again = Arc::new(Bodies::open(dir.path().into()).unwrap());
        let sweep = again.sweep(&HashSet::from([named_ref.id])).unwrap();
        assert_eq!(sweep, Sweep { kept: 1, removed: 1 });
        assert!(again.file(orphan_ref.id).is_err());
        assert!(written(&again, b"z").body().id > named_ref.id);
    }
}
