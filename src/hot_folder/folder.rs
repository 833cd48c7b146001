//! A look at the folder: which files lie in it, and which folders could not be looked into.

use std::fs::{self, DirEntry};
use std::io;
use std::path::{Path, PathBuf};

use kanso_photo::{Companion, LeftOut};

use super::destination::is_passing;
use super::watched::Stamp;

/// What file servers and systems make beside people's folders: bins, and thumbnails that
/// would look like photos.
const OF_SYSTEMS: [&str; 6] =
    ["@eadir", "#recycle", "$recycle.bin", "found.000", "lost+found", "system volume information"];

/// What a look found.
#[derive(Debug, Default)]
pub struct Seen {
    /// What may be photos.
    pub files: Vec<(PathBuf, Stamp)>,
    /// What is none, by its name.
    pub left_out: LeftOut,
    /// Folders below that cannot be read, with the reason. The others go on.
    pub unreadable: Vec<(PathBuf, io::Error)>,
}

impl Seen {
    /// All files below a folder; fails only where the folder itself cannot be read.
    pub fn below(folder: &Path) -> io::Result<Self> {
        let mut seen = Self::default();
        let mut folders = seen.look(folder)?;
        while let Some(next) = folders.pop() {
            match seen.look(&next) {
                Ok(more) => folders.extend(more),
                // Taken away or renamed since its parent was read.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => seen.unreadable.push((next, error)),
            }
        }
        Ok(seen)
    }

    /// Takes the files of one folder; the answer is the folders in it.
    fn look(&mut self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut folders = Vec::new();
        for entry in fs::read_dir(folder)? {
            folders.extend(self.take(&entry?));
        }
        Ok(folders)
    }

    fn take(&mut self, entry: &DirEntry) -> Option<PathBuf> {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        // A file that is renamed between the listing and here is seen at the next look; so is
        // a link that leads in a circle, as nothing.
        let metadata = fs::metadata(entry.path()).ok()?;
        if metadata.is_dir() {
            // A link to a folder may lead to one above it.
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            return (!is_link && !is_of_a_system(&name)).then(|| entry.path());
        }
        if !metadata.is_file() || is_passing(&name) {
            return None;
        }
        match Companion::by_name(&name) {
            Some(companion) => self.left_out.count(companion),
            None => self.files.extend(Stamp::of(&metadata).ok().map(|stamp| (entry.path(), stamp))),
        }
        None
    }
}

fn is_of_a_system(folder: &str) -> bool {
    folder.starts_with('.') || OF_SYSTEMS.contains(&folder.to_lowercase().as_str())
}
