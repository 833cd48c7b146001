//! What a photo says about whom it shows.

use image::GrayImage;
use jiff::Timestamp;
use kanso_matching::decision::{Clock, Known};
use kanso_matching::{Evidence, Source, claim, clock};
use kanso_photo::codes::{self, Code};
use kanso_photo::quality::{Score, Sight};
use kanso_photo::{Decoded, Needs, Photo, PixelRect, saliency};
use kanso_race::{Bib, Finisher};
use kanso_reading::{OPERATING_POINT, Reader, Reading, StoredReadings};

use super::{Facts, PRINT_PPI, PhotoSource};
use crate::Fault;
use crate::race_data::RaceData;
use crate::treatment;

/// Long side of the picture that codes are read from: half of a 24 MP photo.
const READING_PX: u32 = 3000;
/// Long side of the picture that photos are compared in, whatever they are taken with.
const COMPARING_PX: u32 = 1500;

/// What was found by looking at the picture.
pub struct PhotoAnalysis {
    pub codes: Vec<Code>,
    /// What stands out, for photos whose bib is not found; in pixels of the upright photo.
    pub subject: Option<PixelRect>,
    /// The photo in grey and small, for judging it.
    small: GrayImage,
}

impl PhotoAnalysis {
    /// How good a photo of a runner it is.
    pub fn score(
        &self,
        photo: &Photo,
        bib: Option<PixelRect>,
        seconds_from_finish: Option<f64>,
    ) -> Score {
        let sight = Sight {
            subject: self.subject,
            bib,
            // Its place is known from what was read of it, and that was read whole.
            bib_completeness: if bib.is_some() { 1.0 } else { 0.0 },
            seconds_from_finish,
        };
        Score::of(&self.small, photo.upright_size(), &sight)
    }

    /// Where this bib hangs, if a code in the picture or its number tells it.
    pub fn bib(&self, bib: &Bib, facts: &Facts, race_data: &RaceData) -> Option<PixelRect> {
        let of = |evidence: Vec<Evidence>| evidence.into_iter().find(|e| e.bib == *bib)?.area;
        let by_code = of(code_evidence(&self.codes, race_data)).map(bib_around_code);
        by_code.or_else(|| of(Numbers::of(facts, race_data).evidence()).map(bib_around_number))
    }
}

/// The bib around its number, which takes most of its width and half of its height.
fn bib_around_number([x, y, width, height]: [u32; 4]) -> PixelRect {
    let (side, above) = (width / 8, height / 2);
    PixelRect::new(
        x.saturating_sub(side),
        y.saturating_sub(above),
        width.saturating_add(2 * side),
        height.saturating_add(2 * above),
    )
}

/// The bib around a code printed on it. A code takes about 4/10 of a bib's height and
/// stands half-way up; on which side of the number is not known, so both are counted in.
fn bib_around_code([x, y, width, height]: [u32; 4]) -> PixelRect {
    PixelRect::new(
        x.saturating_sub(width / 2 * 3),
        y.saturating_sub(height / 10 * 8),
        width.saturating_mul(4),
        height / 10 * 26,
    )
}

/// How fine the one decode must be: for the largest slot, and for reading.
pub fn needs(race_data: &RaceData) -> Needs {
    let largest = race_data
        .template
        .photo_slots()
        .iter()
        .map(|slot| slot.pixels(PRINT_PPI))
        .max_by_key(|(width, height)| u64::from(*width) * u64::from(*height));
    Needs {
        panel: largest.map(|pixels| (pixels, treatment::quality(race_data.race.photos))),
        reading_px: Some(READING_PX),
        thumbnail_px: None,
    }
}

/// Looks at the picture: codes, and what stands out.
pub fn analyze(decoded: &Decoded<'_>, photo: &Photo) -> Result<PhotoAnalysis, Fault> {
    let picture = image::imageops::grayscale(&decoded.reading(READING_PX)?);
    let codes = codes::read(&picture, photo.upright_size());
    let subject = saliency::subject(&picture, photo.upright_size());
    let small = comparable(&picture);
    Ok(PhotoAnalysis { codes, subject, small })
}

/// Reads the printed numbers; `codes` are those that were read.
pub fn read(
    reader: &Reader,
    decoded: &Decoded<'_>,
    photo: &Photo,
    codes: &[Code],
) -> Result<StoredReadings, Fault> {
    let picture = decoded.reading(kanso_reading::PICTURE_PX)?;
    let size = photo.upright_size();
    let readings = reader.read(&picture, codes, size, &mut |_| ());
    let readings = readings.map_err(|error| Fault::review(error.to_string()))?;
    Ok(StoredReadings::of(&readings, size))
}

fn comparable(picture: &GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let long = width.max(height);
    if long <= COMPARING_PX {
        return picture.clone();
    }
    let side = |v: u32| (v * COMPARING_PX / long).max(1);
    image::imageops::thumbnail(picture, side(width), side(height))
}

/// When a photo was taken on the finish clock, where its camera's clock is known.
pub fn taken_at(facts: &Facts, source: &PhotoSource, race_data: &RaceData) -> Option<Timestamp> {
    let clock = race_data.clock(facts.serial.as_deref(), &source.camera);
    let at = clock::captured_at(&facts.captured()?, clock.as_ref(), &race_data.race).ok()?;
    Some(at.instant)
}

/// Seconds between a photo and a runner's finish, where both clocks are known; 0 at the
/// moment when the race's photos are usually taken.
pub fn seconds_from_finish(
    photo: &Photo,
    source: &PhotoSource,
    race_data: &RaceData,
    finisher: &Finisher,
) -> Option<f64> {
    let metadata = photo.metadata();
    let clock = race_data.clock(metadata.body_serial.as_deref(), &source.camera);
    let at = metadata.captured.as_ref()?;
    let at = clock::captured_at(at, clock.as_ref(), &race_data.race).ok()?;
    let finish = race_data.race.finish_clock(finisher)?;
    let after = clock::seconds_after_finish(at.instant, finish);
    Some((after - race_data.race.finish_window.mean_s).abs())
}

/// All evidence about a photo.
pub fn known(facts: &Facts, source: &PhotoSource, race_data: &RaceData) -> Known {
    let (race, roster) = (&race_data.race, &race_data.roster);
    let mut evidence = Vec::new();
    if let Some(value) = &source.upload_bib {
        evidence.extend(claim::from_upload_metadata(value, roster));
    }
    evidence.extend(claim::from_key(&source.key, race));
    let captions = facts.captions.iter().map(String::as_str);
    evidence.extend(claim::from_captions(captions, race, roster));
    evidence.extend(code_evidence(&facts.codes, race_data));
    let numbers = Numbers::of(facts, race_data);
    let weak_where_standing = |found: Evidence| {
        let weak = race_data.is_standing(&found.bib, facts.serial.as_deref(), &source.camera);
        Evidence { weak, ..found }
    };
    evidence.extend(numbers.evidence().into_iter().map(weak_where_standing));
    let mut unlisted = numbers.unlisted();
    unlisted.retain(|text| race_data.may_be_bib(text));
    let camera = race_data.clock(facts.serial.as_deref(), &source.camera);
    let clock = Clock::of(facts.captured().as_ref(), camera.as_ref(), race);
    let (burst, person) = (source.burst.clone(), source.person.clone());
    Known { evidence, clock, unlisted, burst, person }
}

fn code_evidence(codes: &[Code], race_data: &RaceData) -> Vec<Evidence> {
    let (race, roster) = (&race_data.race, &race_data.roster);
    let said = codes.iter().filter_map(|code| claim::from_photographed_code(code, race, roster));
    let (weak, firm): (Vec<_>, Vec<_>) = said.partition(|evidence| evidence.weak);
    let mut evidence: Vec<Evidence> = Vec::new();
    for found in firm.into_iter().chain(weak) {
        if !evidence.iter().any(|e| e.bib == found.bib) {
            evidence.push(found);
        }
    }
    evidence
}

/// The printed numbers of a photo, held against the bibs of its race.
struct Numbers {
    readings: Vec<Reading>,
    matches: Vec<kanso_reading::Match>,
}

impl Numbers {
    fn of(facts: &Facts, race_data: &RaceData) -> Self {
        let readings = facts.readings.as_ref().map(StoredReadings::readings).unwrap_or_default();
        let matches = race_data.bib_list().map(|bibs| bibs.matches(&readings)).unwrap_or_default();
        Self { readings, matches }
    }

    /// The bibs of the race that they show.
    fn evidence(&self) -> Vec<Evidence> {
        let one = |found: &kanso_reading::Match| {
            let reading = self.readings.get(found.reading)?;
            let PixelRect { x, y, width, height } = reading.area;
            let bib = Bib::parse(&found.bib).ok()?;
            let detail = format!("a bib reads {}", reading.text);
            let evidence = Evidence::new(Source::Reading, bib, found.probability, detail);
            Some(Evidence { area: Some([x, y, width, height]), ..evidence })
        };
        self.matches.iter().filter_map(one).collect()
    }

    /// Those on bibs that are nobody's of the race.
    fn unlisted(&self) -> Vec<String> {
        let listed = |n: usize| {
            let mut of_it = self.matches.iter().filter(|found| found.reading == n);
            of_it.any(|found| found.probability >= OPERATING_POINT)
        };
        let all = self.readings.iter().enumerate();
        let clear = all.filter(|(_, reading)| reading.probability >= OPERATING_POINT);
        clear.filter(|(n, _)| !listed(*n)).map(|(_, reading)| reading.text.clone()).collect()
    }
}
