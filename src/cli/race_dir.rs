//! A race folder on disk.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use kanso_certificate::Fault;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_race::Race;

/// Reads the race in a folder; `template` (a bundled name or a folder) wins over the race's.
pub fn race_data(dir: &Path, template: Option<&str>) -> Result<RaceData, Fault> {
    let mut files = RaceFiles {
        rules: read(&dir.join("race.toml"))?,
        results: optional(&dir.join("results.csv"))?,
        ..RaceFiles::default()
    };
    if dir.join("template/template.toml").is_file() {
        files.template = folder(&dir.join("template"))?;
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

fn read(path: &Path) -> Result<Bytes, Fault> {
    let bytes = std::fs::read(path)
        .map_err(|error| Fault::retry(format!("cannot read {}: {error}", path.display())))?;
    Ok(bytes.into())
}

fn optional(path: &Path) -> Result<Option<Bytes>, Fault> {
    if path.exists() { read(path).map(Some) } else { Ok(None) }
}

/// All files of a folder by their path below it, with `/` between steps.
fn folder(dir: &Path) -> Result<BTreeMap<String, Bytes>, Fault> {
    let mut files = BTreeMap::new();
    let mut left = vec![dir.to_owned()];
    while let Some(next) = left.pop() {
        let entries = std::fs::read_dir(&next)
            .map_err(|error| Fault::retry(format!("cannot read {}: {error}", next.display())))?;
        for entry in entries.flatten() {
            let path = entry.path();
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
