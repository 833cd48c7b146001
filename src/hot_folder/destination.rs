//! Which key a file of the folder goes to.

use std::path::{Component, Path};

use kanso_pipeline::keys::RaceId;

/// Where a folder's photos go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    pub race: RaceId,
    /// Without one, the first folder below the watched one names the camera.
    pub camera: Option<String>,
}

/// Why a file goes nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoDestination {
    #[error("it lies in no camera's folder; move it into one, or name the camera with --camera")]
    NoCamera,
    #[error("its name is not Unicode; rename it")]
    NotUnicode,
}

/// Whether a name is one step of a key that every client and tool takes as it is.
pub fn is_step(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains('/') && !name.chars().any(char::is_control)
}

impl Destination {
    /// The key of a file, by its path below the watched folder. Folders below the camera's
    /// stay, since cameras count from one again in each.
    pub fn key(&self, below: &Path) -> Result<String, NoDestination> {
        let mut steps = Vec::new();
        for step in below.components() {
            let Component::Normal(step) = step else { continue };
            steps.push(step.to_str().ok_or(NoDestination::NotUnicode)?);
        }
        let path = steps.join("/");
        match &self.camera {
            Some(camera) => Ok(self.race.key(&format!("photos/{camera}/{path}"))),
            None if steps.len() < 2 => Err(NoDestination::NoCamera),
            None => Ok(self.race.key(&format!("photos/{path}"))),
        }
    }
}

/// Names that file servers and copying programs give to what is not whole yet.
pub fn is_passing(name: &str) -> bool {
    let endings = [".part", ".partial", ".filepart", ".tmp", ".temp", ".crdownload", ".!ut"];
    let lower = name.to_ascii_lowercase();
    endings.iter().any(|ending| lower.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_camera_is_the_first_folder_unless_it_is_named() {
        let race = RaceId::new("race").unwrap();
        let by_folder = Destination { race: race.clone(), camera: None };
        let named = Destination { race, camera: Some("goal".into()) };
        let path = Path::new("finish-a/100CANON/IMG 1.JPG");
        assert_eq!(by_folder.key(path).unwrap(), "race/photos/finish-a/100CANON/IMG 1.JPG");
        assert_eq!(by_folder.key(Path::new("IMG.JPG")), Err(NoDestination::NoCamera));
        assert_eq!(named.key(Path::new("IMG.JPG")).unwrap(), "race/photos/goal/IMG.JPG");
    }

    #[test]
    fn a_file_under_its_passing_name_is_left_alone() {
        for name in ["IMG.JPG.filepart", "IMG.JPG.tmp", "a.PART"] {
            assert!(is_passing(name), "{name}");
        }
        assert!(!is_passing("IMG_0001.JPG"));
    }
}
