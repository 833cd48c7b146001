//! One certificate that somebody asked for, without matching.

use bytes::Bytes;
use kanso_photo::{Crop, Needs, PanelSpec, Photo, PixelRect, Quality};
use kanso_race::{Bib, Finisher};
use kanso_render::raster::preview_jpeg;

use super::identify::{analyze, needs};
use super::issue::{Issuer, PhotoUsed, page};
use super::plan::{alone, plan};
use super::{Facts, PRINT_PPI, PhotoSource};
use crate::Fault;
use crate::race_data::RaceData;

impl PhotoUsed {
    /// A photo whose runner is known, cropped for the template's slots as for a certificate
    /// that is matched: by a person's crop, drawn in where it shows several runners, and with
    /// the photographer whom the race names.
    pub fn of(
        race_data: &RaceData,
        source: &PhotoSource,
        bytes: Bytes,
        bib: &Bib,
    ) -> Result<Self, Fault> {
        let photo = source.open(bytes)?;
        let decoded = photo.decode(&needs(race_data))?;
        let seen = analyze(&decoded, &photo)?;
        let readings = source.readings_in(photo.upright_size());
        let facts = Facts { readings, ..Facts::of(&photo, &seen, &decoded) };
        let plan = plan(race_data, photo.id(), &facts, source);
        let (photo, decoded, seen, facts) = (&photo, &decoded, &seen, &plan.facts);
        let issuer = Issuer { race_data, source, photo, decoded, seen, facts };
        issuer.used(bib, alone(&plan.decision, facts))
    }
}

/// The trimmed page as a JPEG at print resolution, for printers that take no PDF, or in its own
/// pixels where it is for screens; `quality` is 1 to 100.
pub fn print_jpeg(
    race_data: &RaceData,
    finisher: &Finisher,
    photo: Option<&PhotoUsed>,
    quality: u8,
) -> Result<Vec<u8>, Fault> {
    let page = page(race_data, finisher, photo)?.page;
    let ppi = race_data.template.screen_ppi().unwrap_or(PRINT_PPI);
    let long_side = page.trim.width.max(page.trim.height).at_ppi(ppi).round();
    Ok(preview_jpeg(&page, long_side as u32, quality)?)
}

/// The part of a photo that a certificate shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PhotoPart {
    /// In pixels of the upright photo.
    pub crop: PixelRect,
    /// The size of the photo that the certificate was made of, which may have been a proxy;
    /// `None` where its record does not say.
    pub of: Option<(u32, u32)>,
}

impl PhotoPart {
    /// The same part of the same picture in another size.
    pub fn in_size(self, size: (u32, u32)) -> PixelRect {
        let Some(of) = self.of.filter(|of| *of != size) else { return self.crop };
        let factor = |to: u32, from: u32| f64::from(to) / f64::from(from.max(1));
        let scaled = self.crop.scaled_by([factor(size.0, of.0), factor(size.1, of.1)]);
        scaled.intersection(PixelRect::whole(size))
    }
}

/// The part of a photo that a certificate shows, `long_side` pixels long, without any of its
/// words: by it runners know themselves before they say who they are.
pub fn portrait(bytes: Bytes, part: Option<PhotoPart>, long_side: u32) -> Result<Vec<u8>, Fault> {
    let photo = Photo::open(bytes)?;
    let size = photo.upright_size();
    let part = part.map_or(PixelRect::whole(size), |part| part.in_size(size));
    let crop = Crop::new(part, size)
        .ok_or_else(|| Fault::review(format!("{part} is not inside the photo {}", photo.id())))?;
    let (width, height) = crop.size();
    let scale = f64::from(long_side) / f64::from(width.max(height).max(1));
    let pixels = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    let target = (pixels(width), pixels(height));
    let needs = Needs { panel: Some((target, Quality::Standard)), ..Needs::default() };
    Ok(photo.decode(&needs)?.panel(&PanelSpec::new(crop, target))?.jpeg.to_vec())
}
