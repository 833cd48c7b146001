//! Which object is what in a race folder: the only place that knows the layout of keys.
//!
//! ```text
//! <race>/race.toml
//! <race>/results.csv
//! <race>/template/…
//! <race>/photos/<camera>/<file>
//! <race>/results/<n>.csv
//! <race>/decisions/<photo-id>.json
//! <race>/cameras/<camera>[.solved|.numbers].json
//! <race>/erased/<bib>.json
//! <race>/expired.json
//! <race>/private/links.json
//! <race>/private/photographers/<id>.json
//! <race>/guesses/<hash>.json
//! <race>/requests/<bib>-<photo-id>.json
//! <race>/accepted/{race.toml,results.csv,…}
//! <race>/unreadable/<file>.json
//! <race>/certificates/<bib>/<photo-id>/<fingerprint>.{pdf,jpg,json}
//! <race>/certificates/<bib>/<photo-id>/<fingerprint>.desk.pdf
//! <race>/certificates/<bib>/<photo-id>/current.json
//! <race>/certificates/<bib>/no-photo/<fingerprint>.{pdf,jpg,json}
//! <race>/{pending,review,rejected}/<photo-id>.json
//! <race>/rejected/late-<hash>.json
//! <race>/outcomes/<camera>/<file>/<etag>.json
//! <race>/sightings/<camera>/<shown-ms>-<photo-id>-<bib>.<seen>[+…]
//! <race>/corrections/<when>-<version>[-<part>].json
//! <race>/audit/<photo-id>/<when>-<etag>.json
//! <race>/audit/erasures/<when>.json
//! ```

use std::fmt;

use kanso_certificate::race_data::{NUMBERS, SOLVED};
use kanso_matching::camera::CameraId;
use kanso_photo::PhotoId;
use kanso_race::Bib;
use sha2::{Digest, Sha256};

use crate::photographers::PhotographerId;
use crate::store::ETag;

/// S3's limit on a key, in bytes of UTF-8.
const KEY_LIMIT: usize = 1024;
/// What a version adds to the folder of its outcomes, at most: an ETag and `.json`.
const VERSION_LENGTH: usize = 64;

/// A key as a log may say it. A photo's folder and file may hold a runner's or a
/// photographer's name, so a hash stands for them: `race/photos/#5f1c0a9e`. The rest of our
/// keys hold bibs and photo ids alone.
pub fn without_names(key: &str) -> String {
    let hash = |path: &str| hex::encode(&Sha256::digest(path.as_bytes())[..4]);
    let mut steps = key.splitn(3, '/');
    match (steps.next(), steps.next(), steps.next()) {
        (Some(race), Some("photos"), Some(path)) => format!("{race}/photos/#{}", hash(path)),
        (Some(race), Some("outcomes"), Some(path)) => {
            let (path, version) = path.rsplit_once('/').unwrap_or((path, ""));
            format!("{race}/outcomes/#{}/{version}", hash(path))
        }
        _ => key.to_owned(),
    }
}

/// A key of an input where not even a bib may be said: `race/erased/#5f1c0a9e`.
pub(crate) fn without_bibs(key: &str) -> String {
    let mut steps = key.splitn(3, '/');
    match (steps.next(), steps.next(), steps.next()) {
        (Some(race), Some(folder), Some(path)) => {
            format!("{race}/{folder}/#{}", hex::encode(&Sha256::digest(path.as_bytes())[..4]))
        }
        _ => key.to_owned(),
    }
}

/// A race's folder: one non-empty step of a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct RaceId(String);

impl RaceId {
    /// `None` for the empty text and for anything with a slash in it.
    pub fn new(folder: &str) -> Option<Self> {
        (!folder.is_empty() && !folder.contains('/')).then(|| Self(folder.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A key below this race's folder.
    pub fn key(&self, rest: &str) -> String {
        format!("{}/{rest}", self.0)
    }
}

impl<'de> serde::Deserialize<'de> for RaceId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let folder = <String as serde::Deserialize>::deserialize(from)?;
        let not_one = || serde::de::Error::custom(format!("{folder:?} is no race's folder"));
        Self::new(&folder).ok_or_else(not_one)
    }
}

impl fmt::Display for RaceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A photographer's upload: `<race>/photos/<camera>/<file>`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PhotoKey {
    pub race: RaceId,
    /// Everything after `photos/`; may hold any character and further slashes.
    path: String,
}

impl PhotoKey {
    /// The first folder below `photos/`; empty where a photo lies there directly.
    pub fn camera(&self) -> &str {
        self.path.split_once('/').map_or("", |(camera, _)| camera)
    }

    /// `<camera>/<file>`
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn key(&self) -> String {
        self.race.key(&format!("photos/{}", self.path))
    }

    /// Where this version's outcome is written, last of all. A path so long that its
    /// outcome's key would break S3's limit is replaced by its hash.
    pub fn outcome(&self, etag: &ETag) -> String {
        format!("{}{}.json", self.outcomes(), etag.as_str())
    }

    /// The folder of all versions' outcomes.
    pub fn outcomes(&self) -> String {
        let folder = self.race.key(&format!("outcomes/{}/", self.path));
        if folder.len() + VERSION_LENGTH <= KEY_LIMIT {
            return folder;
        }
        let hash = hex::encode(Sha256::digest(self.path.as_bytes()));
        self.race.key(&format!("outcomes/long/{hash}/"))
    }
}

/// What an object that was written means to the pipeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    Photo(PhotoKey),
    /// `race.toml`, results, a file of the template, a mark, an erasure: what the
    /// certificates of a whole race depend on.
    RaceData(RaceId),
    Decision(RaceId, PhotoId),
}

impl Input {
    pub fn race(&self) -> &RaceId {
        match self {
            Self::Photo(photo) => &photo.race,
            Self::RaceData(race) | Self::Decision(race, _) => race,
        }
    }
}

/// Reads a key. `None` is everything that never starts work: our own output above all,
/// folder markers, and objects outside of race folders.
pub fn classify(key: &str) -> Option<Input> {
    let (race, rest) = key.split_once('/')?;
    let race = RaceId::new(race)?;
    if rest.ends_with('/') || rest.is_empty() {
        return None;
    }
    match rest.split_once('/') {
        None => is_race_file(rest).then_some(Input::RaceData(race)),
        Some(("photos", path)) => Some(Input::Photo(PhotoKey { race, path: path.to_owned() })),
        Some(("template" | "assets" | "results" | "erased" | "cameras", _)) => {
            Some(Input::RaceData(race))
        }
        Some(("decisions", file)) => {
            let id = file.strip_suffix(".json")?.parse().ok()?;
            Some(Input::Decision(race, id))
        }
        Some(_) => None,
    }
}

/// A file directly in a race's folder that certificates depend on: rules, results, and the
/// logos and seals that the rules may name. Nothing of ours lies there.
fn is_race_file(name: &str) -> bool {
    let mark = name.rsplit_once('.').is_some_and(|(_, extension)| {
        let known = ["svg", "png", "jpg", "jpeg", "tif", "tiff"];
        known.iter().any(|one| extension.eq_ignore_ascii_case(one))
    });
    mark || matches!(name, "race.toml" | "results.csv")
}

/// Where a person answers about a photo.
pub fn answer(race: &RaceId, photo: &PhotoId) -> String {
    race.key(&format!("decisions/{photo}.json"))
}

/// The key that the links to runners' pages are signed with, below the race's folder. No page
/// serves it, and no photographer's key reads it.
pub const LINK_KEY: &str = "private/links.json";

/// Where a race's photographers lie. As of all that is private, no page serves them.
pub const PHOTOGRAPHERS: &str = "private/photographers/";

/// Who a photographer is.
pub fn photographer(race: &RaceId, id: &PhotographerId) -> String {
    race.key(&format!("{PHOTOGRAPHERS}{id}.json"))
}

/// Whether a name is one step of a key that every client and tool takes as it is.
pub fn is_step(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains('/') && !name.chars().any(char::is_control)
}

/// Where a camera's clock lies as a person told it.
pub fn told_clock(race: &RaceId, camera: &CameraId) -> String {
    race.key(&format!("cameras/{camera}.json"))
}

/// Where a camera's solved clock lies.
pub fn solved_clock(race: &RaceId, camera: &CameraId) -> String {
    race.key(&format!("cameras/{camera}{SOLVED}"))
}

/// Where it lies which numbers stand where a camera does.
pub fn standing_numbers(race: &RaceId, camera: &CameraId) -> String {
    race.key(&format!("cameras/{camera}{NUMBERS}"))
}

/// Whether a race's file is about a camera's clock.
pub fn is_clock(key: &str) -> bool {
    key.split_once('/').is_some_and(|(_, rest)| rest.starts_with("cameras/"))
}

/// Where wrong guesses of somebody, or at something, are counted; `whose` says neither to who
/// does not have the race's key.
pub fn guesses(race: &RaceId, whose: &str) -> String {
    race.key(&format!("guesses/{whose}.json"))
}

/// Where it lies what runners say of their photos.
pub const REQUESTS: &str = "requests/";

/// Where it is said what a runner wants of a photo.
pub fn request(race: &RaceId, id: &str) -> String {
    race.key(&format!("{REQUESTS}{id}.json"))
}

/// Where it is said that a runner asked to be erased.
pub fn erasure(race: &RaceId, bib: &Bib) -> String {
    race.key(&format!("erased/{bib}.json"))
}

/// The runner whom an input says to have asked to be erased.
pub fn erased(key: &str) -> Option<Bib> {
    let name = key.split_once('/')?.1.strip_prefix("erased/")?.strip_suffix(".json")?;
    Bib::parse(name).ok()
}

/// Below a race's folder: says that the time is over for which its runners' data are kept.
pub const EXPIRED: &str = "expired.json";

/// Where it is said that an object came when its race's time was over.
pub fn late(race: &RaceId, key: &str, etag: &ETag) -> String {
    let hash = Sha256::digest(format!("{key}\n{}", etag.as_str()));
    race.key(&format!("{LATE}{}.json", hex::encode(&hash[..8])))
}

const LATE: &str = "rejected/late-";

/// Whether an object of a race stays when the race's time is over: the organiser's rules and
/// artwork, and what we say of it ourselves.
pub fn outlives(race: &RaceId, key: &str) -> bool {
    let Some(rest) = key.strip_prefix(&race.key("")) else { return true };
    let folders = ["template/", "assets/", LATE];
    matches!(rest, "race.toml" | EXPIRED) || folders.iter().any(|folder| rest.starts_with(folder))
}

/// Where a photo is recorded that did not simply become a certificate.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Tray {
    Pending,
    Review,
    Rejected,
}

impl Tray {
    pub const ALL: [Self; 3] = [Self::Pending, Self::Review, Self::Rejected];

    pub fn folder(self) -> &'static str {
        match self {
            Self::Pending => "pending/",
            Self::Review => "review/",
            Self::Rejected => "rejected/",
        }
    }

    pub fn key(self, race: &RaceId, photo: &PhotoId) -> String {
        race.key(&format!("{}{photo}.json", self.folder()))
    }
}

/// The keys of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateKeys {
    folder: String,
    fingerprint: String,
}

impl CertificateKeys {
    pub fn new(race: &RaceId, bib: &Bib, photo: &PhotoId, fingerprint: &str) -> Self {
        let folder = race.key(&format!("certificates/{bib}/{photo}/"));
        Self { folder, fingerprint: fingerprint.to_owned() }
    }

    /// Of a certificate without a photo.
    pub fn without_photo(race: &RaceId, bib: &Bib, fingerprint: &str) -> Self {
        let folder = race.key(&format!("certificates/{bib}/no-photo/"));
        Self { folder, fingerprint: fingerprint.to_owned() }
    }

    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Where `current.json` lies, whatever it names.
    pub fn current_of(race: &RaceId, bib: &Bib, photo: &PhotoId) -> String {
        Self::new(race, bib, photo, "").current()
    }

    /// Where everything of a bib and photo lies.
    pub fn folder_of(race: &RaceId, bib: &Bib, photo: &PhotoId) -> String {
        Self::new(race, bib, photo, "").folder
    }

    /// What lies where under `certificates/`: bib, photo and the file's name.
    pub fn read<'a>(race: &RaceId, key: &'a str) -> Option<(Bib, PhotoId, &'a str)> {
        let mut steps = key.strip_prefix(&race.key("certificates/"))?.split('/');
        let (bib, photo, file) = (steps.next()?, steps.next()?, steps.next()?);
        Some((Bib::parse(bib).ok()?, photo.parse().ok()?, file))
    }

    pub fn pdf(&self) -> String {
        format!("{}{}.pdf", self.folder, self.fingerprint)
    }

    /// The PDF without bleed, where it is read from the store itself.
    pub fn desk(&self) -> String {
        format!("{}{}.desk.pdf", self.folder, self.fingerprint)
    }

    pub fn preview(&self) -> String {
        format!("{}{}.jpg", self.folder, self.fingerprint)
    }

    pub fn record(&self) -> String {
        format!("{}{}.json", self.folder, self.fingerprint)
    }

    /// Names the fingerprint that holds now.
    pub fn current(&self) -> String {
        format!("{}current.json", self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo(key: &str) -> PhotoKey {
        match classify(key) {
            Some(Input::Photo(photo)) => photo,
            other => panic!("{key:?} is {other:?}"),
        }
    }

    #[test]
    fn any_name_a_photographer_may_give_is_a_photo() {
        for file in ["a b+c.jpg", "写真%41.jpg", "../x.jpg", "deep/er/x.jpg", "q?x&y.jpg"] {
            let key = format!("race/photos/cam/{file}");
            assert_eq!(photo(&key).key(), key);
            assert_eq!(photo(&key).camera(), "cam");
        }
        assert_eq!(photo("race/photos/x.jpg").camera(), "");
    }

    #[test]
    fn our_own_output_never_starts_work() {
        let bib = Bib::parse("1").unwrap();
        let id = "0123456789abcdef".parse::<PhotoId>().unwrap();
        let race = RaceId::new("race").unwrap();
        let keys = CertificateKeys::new(&race, &bib, &id, "f");
        for key in [keys.pdf(), keys.preview(), keys.record(), keys.current()] {
            assert_eq!(classify(&key), None, "{key}");
        }
        for tray in Tray::ALL {
            assert_eq!(classify(&tray.key(&race, &id)), None);
        }
        let outcome = photo("race/photos/a/b.jpg").outcome(&ETag::new("e"));
        assert_eq!(outcome, "race/outcomes/a/b.jpg/e.json");
        assert_eq!(classify(&outcome), None);
    }

    #[test]
    fn a_log_says_no_name_that_a_photo_is_called_by() {
        let photo = without_names("race/photos/山田/髙橋健吾_1284.jpg");
        let outcome = without_names("race/outcomes/山田/髙橋健吾_1284.jpg/0f1e.json");
        let hash = photo.strip_prefix("race/photos/#").unwrap();
        assert!(hash.len() == 8 && hash.is_ascii());
        assert_eq!(outcome, format!("race/outcomes/#{hash}/0f1e.json"));
        assert_eq!(without_names("race/review/0f1e.json"), "race/review/0f1e.json");
    }

    #[test]
    fn an_outcome_fits_s3_however_long_the_photos_key_is() {
        let long = format!("race/photos/cam/{}.jpg", "x".repeat(1000));
        assert!(photo(&long).outcome(&ETag::new(&"e".repeat(36))).len() <= KEY_LIMIT);
    }

    #[test]
    fn race_data_and_decisions_are_inputs() {
        let race = RaceId::new("r").unwrap();
        assert_eq!(classify("r/results.csv"), Some(Input::RaceData(race.clone())));
        assert_eq!(classify("r/template/art.svg"), Some(Input::RaceData(race.clone())));
        let id = "0123456789abcdef".parse::<PhotoId>().unwrap();
        assert_eq!(classify("r/decisions/0123456789abcdef.json"), Some(Input::Decision(race, id)));
        assert_eq!(classify("r/decisions/notes.txt"), None);
        assert_eq!(classify("r/photos/"), None);
        assert_eq!(classify("stray.jpg"), None);
    }
}
