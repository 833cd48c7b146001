//! Everything that a race's certificates depend on, except the photo: rules, roster,
//! template and artwork, read once and then only looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use kanso_matching::camera::{Camera, CameraId, Clocks, ToldClock};
use kanso_matching::camera_clock::CameraClock;
use kanso_matching::{FinishOrder, claim};
use kanso_race::results::{self, Problem};
use kanso_race::{Bib, NameIndex, Race, Roster};
use kanso_reading::{BibList, Prior};
use kanso_template::{Branding, GraphicError, Template, TemplateError};
use kanso_text::library::FontLibrary;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Fault;
use crate::accepted::UnreadableFile;
use crate::document;
use crate::link::Links;

/// The files of a race folder, wherever they came from. Names are relative to their folder.
#[derive(Debug, Clone, Default)]
pub struct RaceFiles {
    /// `race.toml`
    pub rules: Bytes,
    /// `results.csv`; absent before the first export.
    pub results: Option<Bytes>,
    /// `results/<n>.csv` by name: corrections of single rows.
    pub increments: BTreeMap<String, Bytes>,
    /// Runners who asked to be erased.
    pub erased: BTreeSet<Bib>,
    /// The race's own `template/`; empty for a bundled one.
    pub template: BTreeMap<String, Bytes>,
    /// Logo, seal and sponsors, as `race.toml` names them.
    pub assets: BTreeMap<String, Bytes>,
    /// `private/links.json`; absent where nothing prints a link.
    pub links: Option<Links>,
    /// `cameras/<camera>.json`, which a person has written, and what follows from the photos:
    /// `<camera>.solved.json` and `<camera>.numbers.json`.
    pub cameras: BTreeMap<String, Bytes>,
}

/// What a solved clock's file is called after the camera.
pub const SOLVED: &str = ".solved.json";
/// What the file of a camera's [`StandingNumbers`] is.
pub const NUMBERS: &str = ".numbers.json";

/// `cameras/<camera>.numbers.json`: bibs whose number stands at the place itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandingNumbers {
    pub bibs: BTreeSet<Bib>,
}

impl RaceFiles {
    /// Takes a file by its name below the race's folder (`results/3.csv`), and says whether it
    /// is one that certificates depend on. Marks are known by what `race.toml` names.
    pub fn add(&mut self, name: &str, bytes: Bytes) -> bool {
        match name.split_once('/') {
            None if name == "race.toml" => self.rules = bytes,
            None if name == "results.csv" => self.results = Some(bytes),
            Some(("results", file)) if file.ends_with(".csv") => {
                self.increments.insert(file.to_owned(), bytes);
            }
            Some(("template", file)) if !file.is_empty() && !file.ends_with('/') => {
                self.template.insert(file.to_owned(), bytes);
            }
            Some(("cameras", file)) if file.ends_with(".json") => {
                self.cameras.insert(file.to_owned(), bytes);
            }
            Some(("erased", file)) => {
                let bib = file.strip_suffix(".json").and_then(|bib| Bib::parse(bib).ok());
                self.erased.extend(bib);
            }
            _ => return false,
        }
        true
    }
}

/// A race, ready for its photos.
pub struct RaceData {
    pub race: Race,
    pub roster: Arc<Roster>,
    /// How far cameras' clocks are off, where somebody read or solved it.
    pub clocks: Clocks,
    /// Numbers that stand where a camera stands.
    pub standing_numbers: BTreeMap<CameraId, BTreeSet<Bib>>,
    /// Runners who asked to be erased: nothing is made for them.
    pub erased: BTreeSet<Bib>,
    /// What the results file left to say, row by row.
    pub problems: Vec<Problem>,
    pub template: Template,
    pub branding: Branding,
    pub fonts: FontLibrary,
    links: Option<Links>,
    /// Names the template's and the marks' exact bytes; part of every fingerprint.
    pub artwork: String,
    bib_list: Arc<OnceLock<Option<BibList>>>,
    bib_shapes: Arc<OnceLock<BTreeSet<String>>>,
    finish_order: Arc<OnceLock<FinishOrder>>,
    name_index: Arc<OnceLock<NameIndex>>,
}

impl RaceData {
    /// Reads everything. The fault says which file is wrong and what to do about it; photos
    /// wait for it to be mended.
    pub fn set_up(files: &RaceFiles) -> Result<Self, Fault> {
        Ok(Self::of(files)?)
    }

    /// The same with another bundled template than the race's own.
    pub fn set_up_with(files: &RaceFiles, bundled: &str) -> Result<Self, Fault> {
        Ok(Self::read(files, Some(bundled))?)
    }

    /// The same race with another bundled template: what a printer with other paper needs.
    pub fn with_bundled(&self, name: &str) -> Result<Self, Fault> {
        let template = Template::bundled(name).map_err(|error| Fault::reject(error.to_string()))?;
        let fonts = template.font_library().map_err(|error| Fault::reject(error.to_string()))?;
        let mut race = self.race.clone();
        name.clone_into(&mut race.appearance.template);
        Ok(Self {
            artwork: format!("{} {name}", self.artwork),
            erased: self.erased.clone(),
            race,
            roster: self.roster.clone(),
            clocks: self.clocks.clone(),
            standing_numbers: self.standing_numbers.clone(),
            problems: Vec::new(),
            template,
            branding: self.branding.clone(),
            fonts,
            links: self.links.clone(),
            bib_list: self.bib_list.clone(),
            bib_shapes: self.bib_shapes.clone(),
            finish_order: self.finish_order.clone(),
            name_index: self.name_index.clone(),
        })
    }

    /// The bibs that printed numbers are held against; `None` while there are none.
    pub fn bib_list(&self) -> Option<&BibList> {
        let bibs = || self.roster.iter().map(|finisher| finisher.bib.as_str());
        // An error says that there are none.
        self.bib_list.get_or_init(|| BibList::new(bibs(), Prior::Race).ok()).as_ref()
    }

    /// The clock of a camera: the body's serial number, and the folder its photo lies in.
    pub fn clock(&self, serial: Option<&str>, folder: &str) -> Option<CameraClock> {
        self.clocks.of(&Camera::of(serial, folder, &self.race), &self.race)
    }

    /// The runners in the order in which they finished.
    pub fn finish_order(&self) -> &FinishOrder {
        self.finish_order.get_or_init(|| FinishOrder::new(&self.race, &self.roster))
    }

    /// The runners as people look for them; nobody who asked to be erased. The first call
    /// takes longer.
    pub fn name_index(&self) -> &NameIndex {
        let known = || self.roster.iter().filter(|finisher| !self.erased.contains(&finisher.bib));
        self.name_index.get_or_init(|| NameIndex::new(known()))
    }

    /// Whether a number that a camera sees stands where the camera does.
    pub fn is_standing(&self, bib: &Bib, serial: Option<&str>, folder: &str) -> bool {
        let camera = Camera::of(serial, folder, &self.race).id;
        let numbers = camera.and_then(|camera| self.standing_numbers.get(&camera));
        numbers.is_some_and(|numbers| numbers.contains(bib))
    }

    /// Whether a text may be a bib of this race, whole or in part: some bib is made of letters
    /// and digits as it is, or holds it.
    pub fn may_be_bib(&self, text: &str) -> bool {
        let mut bibs = self.roster.iter().map(|finisher| finisher.bib.as_str());
        self.is_shaped_like_bib(text) || bibs.any(|bib| bib.contains(text))
    }

    /// Whether some bib is made of letters and digits as a text is: `A-102` as `B-977`.
    pub fn is_shaped_like_bib(&self, text: &str) -> bool {
        let bibs = || self.roster.iter().map(|finisher| finisher.bib.as_str());
        let shapes = self.bib_shapes.get_or_init(|| bibs().map(shape).collect());
        shapes.contains(&shape(text))
    }

    /// A runner's link as certificates print it; `None` where the race says no public address.
    pub fn link(&self, bib: &Bib) -> Option<String> {
        let (url, links) = (self.race.public_url.as_ref()?, self.links.as_ref()?);
        Some(format!("{url}{}", links.path(bib)))
    }

    /// What may be kept of an upload's `x-amz-meta-bib`: nothing that names an erased runner.
    pub fn may_keep(&self, upload_bib: Option<&str>) -> Option<String> {
        claim::upload_metadata_without(upload_bib?, &self.erased)
    }

    /// The same as [`Self::set_up`]; the error names the file.
    pub(crate) fn of(files: &RaceFiles) -> Result<Self, UnreadableFile> {
        Self::read(files, None)
    }

    fn read(files: &RaceFiles, bundled: Option<&str>) -> Result<Self, UnreadableFile> {
        let rules = |why: String| UnreadableFile::new("race.toml", why);
        let text = std::str::from_utf8(&files.rules)
            .map_err(|_| rules("race.toml is not UTF-8; save it as UTF-8".to_owned()))?;
        let mut race = Race::parse(text).map_err(|error| rules(error.to_string()))?;
        if let Some(bundled) = bundled {
            bundled.clone_into(&mut race.appearance.template);
        }
        let (roster, problems) = roster(files, &race)?;
        // A bundled template is named by the rules.
        let template_file = if files.template.is_empty() { "race.toml" } else { "template" };
        let unreadable = |error: &dyn std::fmt::Display| UnreadableFile::new(template_file, error);
        let template = Self::template(files, &race).map_err(|error| unreadable(&error))?;
        let fonts = template.font_library().map_err(|error| unreadable(&error))?;
        let branding = Branding::read(&race.appearance, |name| {
            files.assets.get(name).map(|bytes| bytes.to_vec())
        })
        .map_err(|error| match error {
            GraphicError::Missing { file } => {
                rules(format!("race.toml names {file}, which is not there yet"))
            }
            error => UnreadableFile::new(error.file(), &error),
        })?;
        Ok(Self {
            artwork: artwork(files, &race),
            erased: files.erased.clone(),
            race,
            roster: Arc::new(roster),
            clocks: clocks(files)?,
            standing_numbers: standing_numbers(files),
            problems,
            template,
            branding,
            fonts,
            links: files.links.clone(),
            bib_list: Arc::default(),
            bib_shapes: Arc::default(),
            finish_order: Arc::default(),
            name_index: Arc::default(),
        })
    }

    fn template(files: &RaceFiles, race: &Race) -> Result<Template, TemplateError> {
        match files.template.get("template.toml") {
            None => Template::bundled(&race.appearance.template),
            Some(source) => Template::parse(&String::from_utf8_lossy(source), |name| {
                files.template.get(name).map(|bytes| bytes.to_vec())
            }),
        }
    }
}

/// `A-102` is `A-000`.
fn shape(text: &str) -> String {
    let kind = |c: char| match c {
        c if c.is_ascii_digit() => '0',
        c if c.is_ascii_alphabetic() => 'A',
        c => c,
    };
    text.chars().map(kind).collect()
}

/// A solved clock that cannot be read is none: it is solved again.
fn clocks(files: &RaceFiles) -> Result<Clocks, UnreadableFile> {
    let mut clocks = Clocks::default();
    let of_clocks = files.cameras.iter().filter(|(file, _)| !file.ends_with(NUMBERS));
    for (file, bytes) in of_clocks {
        if let Some(camera) = file.strip_suffix(SOLVED).and_then(CameraId::new) {
            clocks.solved.extend(document::read(bytes).ok().map(|clock| (camera, clock)));
        } else if let Some(camera) = file.strip_suffix(".json").and_then(CameraId::new) {
            let unreadable = |why| UnreadableFile::new(format!("cameras/{file}"), why);
            clocks.told.insert(camera, ToldClock::parse(bytes).map_err(unreadable)?);
        }
    }
    Ok(clocks)
}

/// One that cannot be read is made again.
fn standing_numbers(files: &RaceFiles) -> BTreeMap<CameraId, BTreeSet<Bib>> {
    let read = |(file, bytes): (&String, &Bytes)| {
        let camera = CameraId::new(file.strip_suffix(NUMBERS)?)?;
        let numbers: StandingNumbers = document::read(bytes).ok()?;
        Some((camera, numbers.bibs))
    };
    files.cameras.iter().filter_map(read).collect()
}

/// `results.csv`, then the increments in the order of their numbers: later rows win.
fn roster(files: &RaceFiles, race: &Race) -> Result<(Roster, Vec<Problem>), UnreadableFile> {
    let read = |name: &str, bytes: &Bytes| {
        let unreadable = |error| UnreadableFile::new(name, format!("{name}: {error}"));
        results::read(bytes, race).map_err(unreadable)
    };
    let (mut roster, mut problems) = match &files.results {
        None => (Roster::default(), Vec::new()),
        Some(bytes) => {
            let reading = read("results.csv", bytes)?;
            (reading.roster, reading.problems)
        }
    };
    let mut increments: Vec<_> = files.increments.iter().collect();
    increments.sort_by_key(|(name, _)| (number(name), name.as_str()));
    for (name, bytes) in increments {
        let reading = read(&format!("results/{name}"), bytes)?;
        for mut problem in reading.problems {
            problem.message = format!("results/{name}: {}", problem.message);
            problems.push(problem);
        }
        for finisher in reading.roster.iter() {
            roster.replace(finisher.clone());
        }
    }
    Ok((roster, problems))
}

/// `12.csv` is 12; names without a number come last.
fn number(name: &str) -> u64 {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name[..digits].parse().unwrap_or(u64::MAX)
}

/// A hash of everything that is drawn for every runner.
fn artwork(files: &RaceFiles, race: &Race) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &[u8]| {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    };
    add(env!("CARGO_PKG_VERSION").as_bytes());
    if files.template.is_empty() {
        add(race.appearance.template.as_bytes());
    }
    for (name, bytes) in files.template.iter().chain(&files.assets) {
        add(name.as_bytes());
        add(bytes);
    }
    add(format!("{:?}", race.appearance).as_bytes());
    hex::encode(hash.finalize())
}
