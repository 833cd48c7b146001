//! A match becomes a certificate: panel, page, PDF, preview, record.

use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use kanso_matching::decision::Match;
use kanso_page::{Channels, Picture};
use kanso_photo::quality::Score;
use kanso_photo::{Crop, Decoded, Note, PanelSpec, Photo, PhotoId, PixelRect, crop};
use kanso_race::{Bib, Finisher};
use kanso_render::pdf::{PdfOptions, pdf};
use kanso_render::raster::preview_jpeg;
use kanso_template::layout::{self, Composition};
use kanso_template::{Fields, Slot};

use super::by_hand::PhotoPart;
use super::identify::{self, PhotoAnalysis};
use super::plan::{IssuePlan, Print, alone, credit, fields};
use super::record::{self, Printed};
use super::{Facts, PRINT_PPI, PhotoSource, Processed, Steps, put_before_a_person};
use crate::Fault;
use crate::race_data::RaceData;
use crate::treatment;

/// Long side of the preview, in pixels.
const PREVIEW_PX: u32 = 1200;
const PREVIEW_QUALITY: u8 = 88;
/// A crop is rounded to whole pixels.
const PPI_ROUNDING: f64 = 0.5;

/// A certificate, ready to be written.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub bib: Bib,
    /// Hash of everything printed: what its key is made of.
    pub fingerprint: String,
    /// The stored copy, with its bleed.
    pub pdf: Bytes,
    pub preview: Bytes,
    /// JSON: what was printed, from which photo and result, on which evidence.
    pub record: Bytes,
    /// What prints, but not as well as it should.
    pub warnings: Vec<String>,
    /// What was planned of it, where it came from a photo's decision.
    pub print: Option<Print>,
}

/// Why a certificate is made: a match, or somebody's wish.
#[derive(Debug, Clone, Copy)]
pub struct Occasion<'a> {
    pub found: Option<&'a Match>,
    pub reason: &'a str,
}

/// The photo of a certificate, cropped for each of the template's slots.
#[derive(Debug, Clone)]
pub struct PhotoUsed {
    pub id: PhotoId,
    pub key: String,
    pub credit: Option<String>,
    /// Upright, in pixels.
    pub size: (u32, u32),
    /// Whether it is a reduced copy, whose file is to come.
    pub is_proxy: bool,
    pub panels: Vec<SlotPanel>,
    /// Against other photos of the same runner.
    pub score: Option<Score>,
}

/// One slot, filled.
#[derive(Debug, Clone)]
pub struct SlotPanel {
    pub slot: String,
    pub crop: Crop,
    pub picture: Arc<Picture>,
    pub ppi: f64,
    /// Whether that is enough for the slot.
    pub is_fine: bool,
    pub notes: Vec<String>,
}

impl PhotoUsed {
    /// Whether it stands in for a file that will print better.
    pub fn is_preliminary(&self) -> bool {
        self.is_proxy && !self.panels.iter().all(|panel| panel.is_fine)
    }
}

/// One photo on its way to its certificates.
pub(super) struct Issuer<'a> {
    pub race_data: &'a RaceData,
    pub source: &'a PhotoSource,
    pub photo: &'a Photo,
    pub decoded: &'a Decoded<'a>,
    pub seen: &'a PhotoAnalysis,
    pub facts: &'a Facts,
}

impl Issuer<'_> {
    /// A certificate for each match; one that cannot be printed goes to a person.
    pub fn issue_all(&self, plan: IssuePlan, steps: &mut impl Steps) -> Processed {
        let decision_hash = plan.decision_hash();
        let IssuePlan { mut decision, prints, facts, seen } = plan;
        let mut certificates = Vec::new();
        let alone = alone(&decision, &facts);
        for found in std::mem::take(&mut decision.matches) {
            match self.issue(&found, &decision.reason, alone, steps) {
                Ok(mut certificate) => {
                    certificate.print = prints.iter().find(|print| print.bib == found.bib).cloned();
                    certificates.push(certificate);
                    decision.matches.push(found);
                }
                Err(fault) => put_before_a_person(&mut decision, found, fault.message),
            }
        }
        let (photo_id, facts) = (self.photo.id(), Some(facts));
        Processed { photo_id, decision, certificates, facts, decision_hash, seen }
    }

    fn issue(
        &self,
        found: &Match,
        reason: &str,
        alone: bool,
        steps: &mut impl Steps,
    ) -> Result<Certificate, Fault> {
        let Some(finisher) = self.race_data.roster.get(&found.bib) else {
            return Err(Fault::review(format!("bib {} is not in the results", found.bib)));
        };
        let used = self.used(&found.bib, alone)?;
        steps.done("panel");
        issue(self.race_data, finisher, Some(&used), Occasion { found: Some(found), reason }, steps)
    }

    /// The photo as a runner's certificate shows it; `alone` where it shows nobody else.
    pub fn used(&self, bib: &Bib, alone: bool) -> Result<PhotoUsed, Fault> {
        let Self { race_data, source, photo, decoded, seen, facts } = self;
        let bib_box = seen.bib(bib, facts, race_data);
        let framing =
            Framing { wish: self.wish()?, bib: bib_box, subject: seen.subject, zoom: !alone };
        let after_finish = race_data
            .roster
            .get(bib)
            .and_then(|finisher| identify::seconds_from_finish(photo, source, race_data, finisher));
        Ok(PhotoUsed {
            id: photo.id(),
            key: source.key.clone(),
            credit: credit(race_data, facts, source),
            size: photo.upright_size(),
            is_proxy: source.is_proxy,
            panels: panels(race_data, decoded, photo, framing)?,
            score: Some(seen.score(photo, bib_box, after_finish)),
        })
    }

    /// A person's crop, checked against this photo.
    fn wish(&self) -> Result<Option<Crop>, Fault> {
        let Some(crop) = self.source.crop else { return Ok(None) };
        let (width, height) = self.photo.upright_size();
        let rect = PhotoPart { crop, of: self.source.crop_size }.in_size((width, height));
        let crop = Crop::new(rect, (width, height)).ok_or_else(|| {
            Fault::review(format!(
                "the crop {rect} that a person gave is not inside the photo ({width} x {height}); give another"
            ))
        })?;
        Ok(Some(crop))
    }
}

/// What the crop of a slot goes by.
#[derive(Debug, Clone, Copy, Default)]
pub struct Framing {
    /// A person's crop goes before everything else.
    pub wish: Option<Crop>,
    pub bib: Option<PixelRect>,
    pub subject: Option<PixelRect>,
    /// Draw in to the runner, for photos with several.
    pub zoom: bool,
}

/// Fills the template's slots from a photo.
pub fn panels(
    race_data: &RaceData,
    decoded: &Decoded<'_>,
    photo: &Photo,
    framing: Framing,
) -> Result<Vec<SlotPanel>, Fault> {
    let size = photo.upright_size();
    let fill = |slot: &Slot| {
        let whole = Crop::new(PixelRect::whole(size), size);
        let Framing { wish, bib, subject, zoom } = framing;
        let crop = match (whole.filter(|_| !slot.cover), wish) {
            (Some(_), Some(wish)) => wish,
            (Some(whole), None) => whole,
            (None, Some(wish)) => crop::around_wish(wish, size, slot.aspect),
            (None, None) => crop::around(subject, bib, size, slot.aspect, zoom),
        };
        let quality = treatment::quality(race_data.race.photos);
        let corrections = treatment::corrections(race_data.race.photos);
        let target_px = slot.pixels(PRINT_PPI);
        let panel = decoded.panel(&PanelSpec { crop, target_px, quality, corrections })?;
        let ppi = PRINT_PPI * panel.source_scale;
        // Too few pixels are the page's to tell, in ppi at the size they are printed.
        let told = panel.notes.iter().filter(|note| !matches!(note, Note::FewPixels { .. }));
        let notes = told.map(ToString::to_string).collect();
        Ok(SlotPanel {
            slot: slot.id.clone(),
            crop,
            picture: Arc::new(Picture::Jpeg {
                bytes: panel.jpeg,
                width: panel.width,
                height: panel.height,
                channels: Channels::Rgb,
            }),
            ppi,
            is_fine: ppi >= slot.min_ppi - PPI_ROUNDING,
            notes,
        })
    };
    race_data.template.photo_slots().iter().map(fill).collect()
}

/// One certificate, with a photo or without. Refuses a runner who may not have one.
pub fn issue(
    race_data: &RaceData,
    finisher: &Finisher,
    photo: Option<&PhotoUsed>,
    occasion: Occasion<'_>,
    steps: &mut impl Steps,
) -> Result<Certificate, Fault> {
    let fields = certified(race_data, finisher, photo)?;
    let composition = compose(race_data, &fields, photo)?;
    steps.done("layout");
    let options = PdfOptions::new(created(race_data));
    let pdf = pdf(&composition.page, &options)?;
    steps.done("pdf");
    let preview = preview_jpeg(&composition.page, PREVIEW_PX, PREVIEW_QUALITY)?;
    steps.done("preview");
    let mut warnings: Vec<String> = composition.problems.into_iter().map(|p| p.message).collect();
    warnings.extend(photo.iter().flat_map(|p| &p.panels).flat_map(|p| p.notes.clone()));
    if photo.is_some_and(PhotoUsed::is_preliminary) {
        warnings.push("the photo is a reduced copy; the file is to take its place".to_owned());
    }
    warnings.dedup();
    let printed = Printed { race_data, finisher, fields: &fields, photo };
    let fingerprint = printed.fingerprint();
    let record = record::json(&printed, &fingerprint, occasion, &warnings);
    Ok(Certificate {
        bib: finisher.bib.clone(),
        fingerprint,
        pdf: pdf.bytes.into(),
        preview: preview.into(),
        record,
        warnings,
        print: None,
    })
}

/// The fingerprint that a runner's certificate without a photo has, before it is made.
pub fn fingerprint_without_photo(
    race_data: &RaceData,
    finisher: &Finisher,
) -> Result<String, Fault> {
    let fields = certified(race_data, finisher, None)?;
    Ok(Printed { race_data, finisher, fields: &fields, photo: None }.fingerprint())
}

/// The page of a certificate alone, for a book or a raster. Refuses a runner who may not
/// have one.
pub fn page(
    race_data: &RaceData,
    finisher: &Finisher,
    photo: Option<&PhotoUsed>,
) -> Result<Composition, Fault> {
    compose(race_data, &certified(race_data, finisher, photo)?, photo)
}

fn certified(
    race_data: &RaceData,
    finisher: &Finisher,
    photo: Option<&PhotoUsed>,
) -> Result<Fields, Fault> {
    let bib = &finisher.bib;
    if race_data.erased.contains(bib) {
        return Err(Fault::reject(format!("bib {bib} asked to be erased: no certificate")));
    }
    if !finisher.status.may_be_certified() {
        return Err(Fault::reject(format!(
            "bib {bib} has no finish ({:?}): no finisher certificate",
            finisher.status
        )));
    }
    let credit = photo.and_then(|photo| photo.credit.clone());
    Ok(fields(race_data, finisher, credit, photo.is_some()))
}

fn compose(
    race_data: &RaceData,
    fields: &Fields,
    photo: Option<&PhotoUsed>,
) -> Result<Composition, Fault> {
    let pictures: Vec<(String, Arc<Picture>)> = photo
        .iter()
        .flat_map(|photo| &photo.panels)
        .map(|panel| (panel.slot.clone(), panel.picture.clone()))
        .collect();
    Ok(layout::compose(
        &race_data.template,
        fields,
        &race_data.branding,
        &pictures,
        &race_data.fonts,
    )?)
}

/// The date that the PDF carries: the race's day, since the core has no clock and the same
/// input must give the same bytes.
pub fn created(race_data: &RaceData) -> Timestamp {
    let midnight = race_data.race.date.to_datetime(jiff::civil::Time::midnight());
    race_data.race.zone.to_timestamp(midnight).unwrap_or(Timestamp::UNIX_EPOCH)
}
