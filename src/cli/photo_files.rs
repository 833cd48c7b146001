//! Files that several commands look for or show.

use std::io;
use std::path::{Path, PathBuf};

use kanso_certificate::Fault;

/// All files below a folder of photos, sorted; hidden ones are left out. None where the folder
/// is not there; one that cannot be read is an error, since its photos would be missed.
pub fn photo_files(dir: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut files = Vec::new();
    let mut left = if dir.exists() { vec![dir.to_owned()] } else { Vec::new() };
    let unreadable = |path: &Path, error: io::Error| {
        Fault::retry(format!("cannot read the folder {}: {error}", path.display()))
    };
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| unreadable(&next, error))? {
            let path = entry.map_err(|error| unreadable(&next, error))?.path();
            let hidden =
                path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
            if hidden {
                continue;
            }
            if path.is_dir() {
                left.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_are_left_out_and_no_folder_holds_none() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("a")).unwrap();
        for name in ["b.jpg", "a/c.jpg", ".DS_Store", "a/.hidden.jpg"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let files = photo_files(folder.path()).unwrap();
        assert_eq!(files, ["a/c.jpg", "b.jpg"].map(|name| folder.path().join(name)));
        assert!(photo_files(&folder.path().join("nowhere")).unwrap().is_empty());
        let no_folder = photo_files(&folder.path().join("b.jpg")).unwrap_err();
        assert!(no_folder.message.contains("b.jpg"), "{no_folder}");
    }
}
