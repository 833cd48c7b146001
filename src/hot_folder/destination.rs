//! Which key a file of the folder goes to.

use std::path::{Component, Path};

use kanso_pipeline::keys::{RaceId, is_step};
use unicode_normalization::UnicodeNormalization as _;

/// What S3 takes, in bytes of UTF-8.
const LONGEST_KEY: usize = 1024;
/// The folder that every camera makes at the top of its card.
const CARD_FOLDER: &str = "DCIM";

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
    #[error("{CARD_FOLDER} is no camera's folder but a card's; name the camera with --camera")]
    Card,
    #[error("its name is not Unicode; rename it")]
    NotUnicode,
    #[error("the name of it or of its folder holds a control character; rename it")]
    ControlCharacter,
    #[error("its path is too long for S3; shorten the folders' names")]
    TooLong,
}

impl Destination {
    /// The key of a file, by its path below the watched folder. Folders below the camera's
    /// stay, since cameras count from one again in each.
    pub fn key(&self, below: &Path) -> Result<String, NoDestination> {
        let mut steps = Vec::new();
        for step in below.components() {
            let Component::Normal(step) = step else { continue };
            let step = step.to_str().ok_or(NoDestination::NotUnicode)?;
            if !is_step(step) {
                return Err(NoDestination::ControlCharacter);
            }
            // macOS takes names apart: the same folder over another way is the same camera.
            steps.push(step.nfc().collect::<String>());
        }
        let path = match &self.camera {
            Some(camera) => format!("{}/{}", camera.nfc(), steps.join("/")),
            None if steps.len() < 2 => return Err(NoDestination::NoCamera),
            None if steps[0].eq_ignore_ascii_case(CARD_FOLDER) => return Err(NoDestination::Card),
            None => steps.join("/"),
        };
        let key = self.race.key(&format!("photos/{path}"));
        if key.len() > LONGEST_KEY {
            return Err(NoDestination::TooLong);
        }
        Ok(key)
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
    fn a_name_that_macos_took_apart_is_the_same_camera_and_photo() {
        let destination = Destination { race: RaceId::new("race").unwrap(), camera: None };
        let apart = destination.key(Path::new("ゴ\u{30fc}ル/カ\u{3099}.JPG")).unwrap();
        assert_eq!(apart, "race/photos/ゴール/ガ.JPG");
        let named = Destination { camera: Some("e\u{301}".into()), ..destination };
        assert_eq!(named.key(Path::new("1.JPG")).unwrap(), "race/photos/\u{e9}/1.JPG");
    }

    #[test]
    fn a_card_without_a_named_camera_and_what_no_key_can_hold_go_nowhere() {
        let destination = Destination { race: RaceId::new("race").unwrap(), camera: None };
        let key = |path: &str| destination.key(Path::new(path));
        assert_eq!(key("DCIM/100CANON/IMG_1.JPG"), Err(NoDestination::Card));
        assert_eq!(key("goal/IMG\n1.JPG"), Err(NoDestination::ControlCharacter));
        assert_eq!(key(&format!("goal/{}.JPG", "長".repeat(400))), Err(NoDestination::TooLong));
        assert_eq!(key("goal/DCIM/IMG_1.JPG").unwrap(), "race/photos/goal/DCIM/IMG_1.JPG");
    }

    #[test]
    fn a_file_under_its_passing_name_is_left_alone() {
        for name in ["IMG.JPG.filepart", "IMG.JPG.tmp", "a.PART"] {
            assert!(is_passing(name), "{name}");
        }
        assert!(!is_passing("IMG_0001.JPG"));
    }
}
