//! Folders that several commands look for photos in.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use kanso_certificate::Fault;
use kanso_photo::{Companion, LeftOut};

/// What lies below a folder.
#[derive(Debug, Default)]
pub struct PhotoFiles {
    /// All that may be photos, sorted.
    pub photos: Vec<PathBuf>,
    /// Raw files, videos, side files and hidden ones: not looked at.
    pub left_out: LeftOut,
    /// Raw files whose photo is not there in any other form, sorted.
    pub raw_alone: Vec<PathBuf>,
}

/// Looks through a folder. Nothing is found where it is not there; one that cannot be read is
/// an error, since its photos would be missed.
pub fn photo_files(dir: &Path) -> Result<PhotoFiles, Fault> {
    let mut found = PhotoFiles::default();
    let mut raw = Vec::new();
    let mut left = if dir.exists() { vec![dir.to_owned()] } else { Vec::new() };
    let unreadable = |path: &Path, error: io::Error| {
        Fault::retry(format!("cannot read the folder {}: {error}", path.display()))
    };
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| unreadable(&next, error))? {
            let path = entry.map_err(|error| unreadable(&next, error))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match Companion::by_name(&name) {
                None if path.is_dir() => left.push(path),
                None => found.photos.push(path),
                Some(companion) => {
                    found.left_out.count(companion);
                    raw.extend((companion == Companion::Raw).then_some(path));
                }
            }
        }
    }
    found.photos.sort();
    raw.sort();
    let photos: BTreeSet<PathBuf> = found.photos.iter().map(|path| without_ending(path)).collect();
    raw.retain(|path| !photos.contains(&without_ending(path)));
    found.raw_alone = raw;
    Ok(found)
}

/// Cameras may write the ending, and editors the name, in other letters.
fn without_ending(path: &Path) -> PathBuf {
    path.with_extension("").to_string_lossy().to_lowercase().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_photo_is_left_out_and_counted_and_no_folder_holds_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        let files = ["b.jpg", "a/c.jpg", ".DS_Store", "a/.hidden.jpg", "B.NEF", "a/b.NEF", "c.mov"];
        for name in files {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = photo_files(folder.path()).unwrap();
        let paths = |names: &[&str]| -> Vec<PathBuf> {
            names.iter().map(|name| folder.path().join(name)).collect()
        };
        assert_eq!(found.photos, paths(&["a/c.jpg", "b.jpg"]));
        assert_eq!(found.left_out.to_string(), "2 raw files, 1 video, 2 system files");
        assert_eq!(found.raw_alone, paths(&["a/b.NEF"]), "B.NEF has b.jpg beside it");
        assert!(photo_files(&folder.path().join("nowhere")).unwrap().photos.is_empty());
        let no_folder = photo_files(&folder.path().join("b.jpg")).unwrap_err();
        assert!(no_folder.message.contains("b.jpg"), "{no_folder}");
    }
}
