//! Which camera took a photo, and which clock holds for it.

use std::collections::BTreeMap;
use std::fmt;

use kanso_race::Race;
use serde::Deserialize;

use super::camera_clock::{CameraClock, ClockSource};

/// A camera's name: the race's own for it, else the body's serial number, else the folder that
/// its photos lie in. One step of a key: ASCII letters, digits, `.`, `-` and `_`, where it is
/// a serial number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CameraId(String);

impl CameraId {
    /// As it is written in a key; `None` where it is no step of one.
    pub fn new(name: &str) -> Option<Self> {
        (!name.is_empty() && !name.contains('/')).then(|| Self(name.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CameraId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The camera of a photo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Camera {
    /// `None` where the photo has neither a serial number nor a folder.
    pub id: Option<CameraId>,
    /// Whether what is said of the folder holds for this body.
    folder: Option<CameraId>,
}

/// Longest part of a serial number that is kept.
const SERIAL_LENGTH: usize = 64;

impl Camera {
    /// One that is known by its name alone.
    pub fn named(id: CameraId) -> Self {
        Self { id: Some(id), folder: None }
    }

    /// By the serial number in the photo's EXIF, and the folder that it lies in. Two bodies in
    /// one folder are two cameras; one body in two folders is one.
    pub fn of(serial: Option<&str>, folder: &str, race: &Race) -> Self {
        let folder_id = CameraId::new(folder);
        let Some(serial) = serial.map(plain).filter(|serial| !serial.is_empty()) else {
            return Self { id: folder_id.clone(), folder: folder_id };
        };
        let serial_of = |camera: &kanso_race::rules::Camera| camera.serial.as_deref().map(plain);
        let named = race.cameras.iter().find(|camera| serial_of(camera).as_ref() == Some(&serial));
        let others = race.camera(folder).and_then(serial_of).is_some_and(|own| own != serial);
        let id = named.map_or(serial, |camera| camera.id.clone());
        Self { id: CameraId::new(&id), folder: folder_id.filter(|_| !others) }
    }
}

/// A serial number as it stands in a key.
fn plain(serial: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_') { c } else { '-' };
    serial.trim().chars().take(SERIAL_LENGTH).map(kept).collect()
}

/// A clock that a person has read: `cameras/<camera>.json`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct ToldClock {
    /// Seconds to add to the camera's clock to get the finish clock.
    pub offset_s: f64,
    /// One standard deviation of it.
    #[serde(default = "one_second")]
    pub sigma_s: f64,
}

fn one_second() -> f64 {
    1.0
}

/// No clock is off by more than the years that cameras count.
const MOST_OFFSET_S: f64 = 100.0 * 366.0 * 86_400.0;

impl ToldClock {
    /// Reads the file; the error says what is wrong with it.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let told: Self = serde_json::from_slice(json).map_err(|error| {
            format!("{error}; write {{\"offset_s\": 12.5}}, the seconds to add to its clock")
        })?;
        if !(-MOST_OFFSET_S..=MOST_OFFSET_S).contains(&told.offset_s) {
            return Err(format!("offset_s is {}, no clock's; correct it", told.offset_s));
        }
        if !(0.0..=3600.0).contains(&told.sigma_s) {
            return Err(format!("sigma_s is {}; give 0 to 3600 seconds", told.sigma_s));
        }
        Ok(told)
    }
}

/// What is known of a race's cameras besides its rules.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Clocks {
    pub told: BTreeMap<CameraId, ToldClock>,
    pub solved: BTreeMap<CameraId, CameraClock>,
}

impl Clocks {
    /// The clock that holds for a camera: a person's word, else what was solved, else the
    /// race's rules. What is said of a folder holds for the bodies in it of which nothing is.
    pub fn of(&self, camera: &Camera, race: &Race) -> Option<CameraClock> {
        let names = || camera.id.iter().chain(&camera.folder);
        let told = names().find_map(|name| self.told.get(name));
        if let Some(told) = told {
            return Some(CameraClock::told(ClockSource::Person, told.offset_s, told.sigma_s));
        }
        let solved = camera.id.as_ref().and_then(|id| self.solved.get(id)).cloned();
        solved.or_else(|| names().find_map(|name| CameraClock::of_rules(name.as_str(), race)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn race() -> Race {
        let rules = "name = 'R'\ndate = 2026-04-05\n[[courses]]\nid = 'c'\n\
            [[cameras]]\nid = 'a'\nserial = '00 12'\noffset_s = 1\n\
            [[cameras]]\nid = 'b'\noffset_s = 2\n";
        Race::parse(rules).unwrap()
    }

    fn id(name: &str) -> CameraId {
        CameraId::new(name).unwrap()
    }

    #[test]
    fn a_body_is_one_camera_in_two_folders_and_two_bodies_in_one_are_two() {
        let race = race();
        let of = |serial, folder| Camera::of(serial, folder, &race).id.unwrap();
        assert_eq!(of(Some("00 12"), "a"), id("a"));
        assert_eq!(of(Some("00 12"), "elsewhere"), id("a"));
        assert_eq!(of(Some("77/8"), "a"), id("77-8"));
        assert_eq!(of(None, "a"), id("a"));
        assert_eq!(of(Some("  "), "b"), id("b"));
        assert_eq!(Camera::of(None, "", &race).id, None);
    }

    #[test]
    fn a_persons_word_goes_before_a_solved_clock_and_that_before_the_rules() {
        let race = race();
        let offset = |clocks: &Clocks, serial, folder| {
            let clock = clocks.of(&Camera::of(serial, folder, &race), &race)?;
            Some((clock.source, clock.segments[0].offset_s))
        };
        let mut clocks = Clocks::default();
        let swapped = Some("99");
        assert_eq!(offset(&clocks, Some("00 12"), "a"), Some((ClockSource::Rules, 1.0)));
        assert_eq!(offset(&clocks, swapped, "a"), None, "another body than the rules name");
        assert_eq!(offset(&clocks, swapped, "b"), Some((ClockSource::Rules, 2.0)));
        clocks.solved.insert(id("99"), CameraClock::told(ClockSource::Solved, 3.0, 0.5));
        assert_eq!(offset(&clocks, swapped, "b"), Some((ClockSource::Solved, 3.0)));
        clocks.told.insert(id("b"), ToldClock { offset_s: 4.0, sigma_s: 1.0 });
        assert_eq!(offset(&clocks, swapped, "b"), Some((ClockSource::Person, 4.0)));
        clocks.told.insert(id("99"), ToldClock { offset_s: 5.0, sigma_s: 1.0 });
        assert_eq!(offset(&clocks, swapped, "b"), Some((ClockSource::Person, 5.0)));
    }

    #[test]
    fn a_told_clock_that_cannot_be_one_is_refused_in_words() {
        assert_eq!(ToldClock::parse(b"{\"offset_s\": -12.5}").unwrap().offset_s, -12.5);
        for wrong in ["", "{}", "{\"offset_s\": 1e300}", "{\"offset_s\": 1, \"sigma_s\": -1}"] {
            assert!(ToldClock::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
