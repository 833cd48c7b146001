//! Files that lie among a camera's photos and are none: known by their names, so that a card
//! full of raw files is not read for nothing.

use std::collections::BTreeMap;
use std::fmt;

/// What a file beside photos is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Companion {
    /// A camera's raw data, of which a JPEG must be made first.
    Raw,
    Video,
    /// What cameras and editors write beside a photo: settings, a thumbnail, a voice memo.
    SideFile,
    /// What macOS, Windows and file servers leave in any folder; all hidden files.
    System,
}

const RAW: [&str; 24] = [
    "3fr", "arw", "cr2", "cr3", "crw", "dcr", "dng", "erf", "fff", "gpr", "iiq", "kdc", "mef",
    "mos", "mrw", "nef", "nrw", "orf", "pef", "raf", "rw2", "rwl", "srw", "x3f",
];
const VIDEO: [&str; 14] = [
    "3gp", "avi", "insv", "lrf", "lrv", "m2ts", "m4v", "mkv", "mov", "mp4", "mpg", "mts", "webm",
    "wmv",
];
const SIDE_FILE: [&str; 10] =
    ["aae", "cos", "ctg", "dop", "mie", "on1", "pp3", "thm", "wav", "xmp"];

impl Companion {
    /// By a file's name without its folder; `None` for what may be a photo.
    pub fn by_name(name: &str) -> Option<Self> {
        let lower = name.to_lowercase();
        let of_windows = ["thumbs.db", "ehthumbs.db", "desktop.ini"].contains(&lower.as_str());
        if of_windows || name.starts_with(['.', '~']) {
            return Some(Self::System);
        }
        let ending = lower.rsplit_once('.')?.1;
        let by_ending = [Self::Raw, Self::Video, Self::SideFile];
        by_ending.into_iter().find(|companion| companion.endings().contains(&ending))
    }

    /// The endings of names by which it is known, in lower case; none of a system's files.
    pub const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Raw => &RAW,
            Self::Video => &VIDEO,
            Self::SideFile => &SIDE_FILE,
            Self::System => &[],
        }
    }

    const fn name(self) -> (&'static str, &'static str) {
        match self {
            Self::Raw => ("raw file", "raw files"),
            Self::Video => ("video", "videos"),
            Self::SideFile => ("side file", "side files"),
            Self::System => ("system file", "system files"),
        }
    }
}

/// How many of each were left out: `3 raw files, 1 video`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LeftOut(BTreeMap<Companion, usize>);

impl LeftOut {
    pub fn count(&mut self, companion: Companion) {
        *self.0.entry(companion).or_default() += 1;
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (companion, count)) in self.0.iter().enumerate() {
            let (one, several) = companion.name();
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{count} {}", if *count == 1 { one } else { several })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_photos_is_known_by_its_name() {
        for (name, companion) in [
            ("IMG_1.CR3", Some(Companion::Raw)),
            ("dsc_0007.nef", Some(Companion::Raw)),
            ("GOPR0001.MP4", Some(Companion::Video)),
            ("IMG_1.xmp", Some(Companion::SideFile)),
            ("IMG_1.AAE", Some(Companion::SideFile)),
            ("._IMG_1.JPG", Some(Companion::System)),
            (".DS_Store", Some(Companion::System)),
            ("Thumbs.db", Some(Companion::System)),
            ("IMG_1.JPG", None),
            ("IMG_1.HEIC", None),
            ("IMG_1", None),
            ("a.nef.jpg", None),
        ] {
            assert_eq!(Companion::by_name(name), companion, "{name}");
        }
    }

    #[test]
    fn those_left_out_are_told_by_number() {
        let mut left_out = LeftOut::default();
        assert!(left_out.is_empty());
        for companion in [Companion::Video, Companion::Raw, Companion::Raw] {
            left_out.count(companion);
        }
        assert_eq!(left_out.to_string(), "2 raw files, 1 video");
    }
}
