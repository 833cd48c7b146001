//! A race folder on disk.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use kanso_certificate::document;
use kanso_certificate::link::Links;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_certificate::{Fault, PhotoSource};
use kanso_matching::person::Answer;
use kanso_photo::PhotoId;
use kanso_pipeline::keys::LINK_KEY;
use kanso_race::Race;

/// Reads the race in a folder as `kanso serve` reads it from its bucket; `template` (a bundled
/// name or a folder) wins over the race's.
pub fn race_data(dir: &Path, template: Option<&str>) -> Result<RaceData, Fault> {
    let mut files = RaceFiles::default();
    files.add("race.toml", read(&dir.join("race.toml"))?);
    if let Some(results) = optional(&dir.join("results.csv"))? {
        files.add("results.csv", results);
    }
    for part in ["results", "erased", "cameras", "template"] {
        if part == "template" && !dir.join("template/template.toml").is_file() {
            continue;
        }
        for (name, bytes) in folder(&dir.join(part))? {
            files.add(&format!("{part}/{name}"), bytes);
        }
    }
    // Beside a copy of the bucket's folder lies the key of the race's links.
    let key = dir.join(LINK_KEY);
    if let (Some(bytes), Some(race)) = (optional(&key)?, dir.file_name()) {
        let read = document::read(&bytes)
            .map_err(|error| Fault::reject(format!("{} {error}", key.display())))?;
        files.links = Some(Links::new(&race.to_string_lossy(), read));
    }
    // A race.toml that cannot be read is reported by setting it up.
    if let Ok(race) = Race::parse(&String::from_utf8_lossy(&files.rules)) {
        for name in race.appearance.files() {
            files.assets.insert(name.to_owned(), read(&dir.join(name))?);
        }
    }
    let Some(template) = template else { return RaceData::set_up(&files) };
    if Path::new(template).join("template.toml").is_file() {
        files.template = folder(Path::new(template))?;
        return RaceData::set_up(&files);
    }
    files.template.clear();
    RaceData::set_up_with(&files, template)
}

/// What is known of a photo besides its bytes: where it lies, and what a person answered
/// about it in `decisions/`.
pub fn source(dir: &Path, photo: &Path, bytes: &[u8]) -> Result<PhotoSource, Fault> {
    let key = photo.display().to_string();
    let source = PhotoSource { key, camera: camera(photo), ..PhotoSource::default() };
    let answer = dir.join(format!("decisions/{}.json", PhotoId::of(bytes)));
    let Some(answer) = optional(&answer)?.map(|bytes| (answer, bytes)) else { return Ok(source) };
    match Answer::parse(&answer.1) {
        Ok(said) => Ok(source.answered(&said)),
        Err(error) => Err(Fault::review(format!(
            "{} cannot be followed ({error}); write it again",
            answer.0.display()
        ))),
    }
}

/// The folder between `photos/` and the file; else the file's own folder.
fn camera(path: &Path) -> String {
    let steps: Vec<_> = path.iter().map(|step| step.to_string_lossy()).collect();
    let after_photos = steps.iter().rposition(|step| step == "photos").map(|at| at + 1);
    let at = after_photos.unwrap_or_else(|| steps.len().saturating_sub(2));
    if at + 1 < steps.len() { steps[at].clone().into_owned() } else { String::new() }
}

fn read(path: &Path) -> Result<Bytes, Fault> {
    let bytes = std::fs::read(path)
        .map_err(|error| Fault::retry(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes.into())
}

fn optional(path: &Path) -> Result<Option<Bytes>, Fault> {
    if path.exists() { read(path).map(Some) } else { Ok(None) }
}

/// All files of a folder by their path below it, with `/` between steps; none where the folder
/// is not there.
fn folder(dir: &Path) -> Result<BTreeMap<String, Bytes>, Fault> {
    let mut files = BTreeMap::new();
    let mut left = if dir.exists() { vec![dir.to_owned()] } else { Vec::new() };
    let unreadable = |path: &Path, error: std::io::Error| {
        Fault::retry(format!("cannot read {}: {error}", path.display()))
    };
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| unreadable(&next, error))? {
            let path = entry.map_err(|error| unreadable(&next, error))?.path();
            if path.is_dir() {
                left.push(path);
                continue;
            }
            let below = path.strip_prefix(dir).unwrap_or(&path);
            let steps: Vec<_> = below.iter().map(|step| step.to_string_lossy()).collect();
            files.insert(steps.join("/"), read(&path)?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_camera_is_the_folder_below_photos() {
        assert_eq!(camera(Path::new("race/photos/finish-a/x.jpg")), "finish-a");
        assert_eq!(camera(Path::new("race/photos/x.jpg")), "");
        assert_eq!(camera(Path::new("somewhere/finish-b/x.jpg")), "finish-b");
        assert_eq!(camera(Path::new("x.jpg")), "");
    }
}
