//! One decode, and what is made of it: panels, a thumbnail, a picture to read bibs and
//! codes in.

use image::RgbImage;
use turbojpeg::Subsamp;

use super::{
    Photo,
    color::{Conversion, Doubt},
    correct::{self, Corrections},
    crop::Crop,
    decode::{self, Reduced, Warning},
    encode::{self, Rows},
    error::PhotoError,
    note::Note,
    rect::PixelRect,
    resize::resize,
};

/// How many decoded pixels stand behind one printed pixel, at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quality {
    /// 1.0: loses less than the encode that follows.
    #[default]
    Standard,
    /// 1.5: Lanczos then has all that it can use.
    Best,
}

impl Quality {
    fn factor(self) -> f64 {
        match self {
            Self::Standard => 1.0,
            Self::Best => 1.5,
        }
    }
}

/// On previews the eye is nearer to the pixel.
const PREVIEW_FACTOR: f64 = 1.25;
/// Machines read as well from the codec's own reduction.
const READING_FACTOR: f64 = 1.0;
/// A picture whose sides would shrink to more than this is held as it is decoded.
const WORTH_RESIZING: f64 = 0.85;
/// Below this share of missing picture a photo is used and the record says so; above it a
/// person looks at it first.
pub const MISSING_SHARE_LIMIT: f64 = 0.01;
const PANEL_QUALITY: i32 = 92;
const THUMBNAIL_QUALITY: i32 = 82;
/// 600 ppi on A3; beyond it the template is wrong.
const PANEL_SIDE_LIMIT: u32 = 10_000;

/// One picture for one slot of one certificate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PanelSpec {
    pub crop: Crop,
    /// Pixels that the slot wants at its resolution.
    pub target_px: (u32, u32),
    pub quality: Quality,
    pub corrections: Corrections,
}

impl PanelSpec {
    /// Standard quality, nothing corrected.
    pub fn new(crop: Crop, target_px: (u32, u32)) -> Self {
        Self { crop, target_px, quality: Quality::Standard, corrections: Corrections::default() }
    }
}

/// What will be asked of a decode, so that it is fine enough; see [`Photo::decode`].
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Needs {
    /// Pixels and quality of the panel to come, whose crop is not known yet.
    pub panel: Option<((u32, u32), Quality)>,
    /// Long side of the picture for reading bibs and codes.
    pub reading_px: Option<u32>,
    /// Long side of the thumbnail.
    pub thumbnail_px: Option<u32>,
}

/// All that is wanted of a photo whose crops are known.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Outputs {
    pub panels: Vec<PanelSpec>,
    pub thumbnail_px: Option<u32>,
    pub reading_px: Option<u32>,
}

/// What [`Outputs`] gave.
#[derive(Debug)]
pub struct Developed {
    /// In the order of [`Outputs::panels`].
    pub panels: Vec<Panel>,
    pub thumbnail: Option<Vec<u8>>,
    pub reading: Option<RgbImage>,
    pub missing_share: f64,
    pub notes: Vec<Note>,
}

/// A panel, ready to be embedded: a baseline sRGB JPEG, upright, 4:4:4.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub jpeg: Vec<u8>,
    /// Of the target's shape; smaller than the target where the crop has fewer pixels,
    /// since an upscale would add nothing but bytes.
    pub width: u32,
    pub height: u32,
    /// Photo pixels for each pixel the slot wants, 1.0 at most: times the slot's
    /// resolution, the ppi that will be printed.
    pub source_scale: f64,
    pub notes: Vec<Note>,
}

/// A photo decoded once: the whole picture, reduced. Borrowed from its [`Photo`], which
/// it goes back to where a crop turns out to need more pixels than it holds.
#[derive(Debug)]
pub struct Decoded<'a> {
    photo: &'a Photo,
    pub(super) held: Reduced,
    pub missing_share: f64,
    pub notes: Vec<Note>,
}

/// The largest power of two by which `from` may be reduced and still cover `to` by `factor`.
fn reduction(from: (u32, u32), to: (u32, u32), factor: f64) -> u32 {
    let covers = |n: &u32| {
        let enough = |from: u32, to: u32| f64::from(from) / f64::from(*n) >= f64::from(to) * factor;
        enough(from.0, to.0) && enough(from.1, to.1)
    };
    [8, 4, 2].into_iter().find(covers).unwrap_or(1)
}

/// `size` made to fit a long side, never larger than it is.
fn fitted((width, height): (u32, u32), long_side: u32) -> (u32, u32) {
    let long = width.max(height).max(1);
    if long <= long_side {
        return (width, height);
    }
    let scale = |v: u32| {
        ((u64::from(v) * u64::from(long_side) + u64::from(long) / 2) / u64::from(long)).max(1)
            as u32
    };
    (scale(width), scale(height))
}

impl Photo {
    /// Decodes the whole picture once, as small as `needs` allow: for 24 MP and a panel of
    /// 1600 x 2000 that is half its size, 18 MB. Where no power of two comes near, it is
    /// resized while it is decoded.
    pub fn decode(&self, needs: &Needs) -> Result<Decoded<'_>, PhotoError> {
        let size = self.upright_size();
        // How much the picture may be reduced by the codec, and how fine it must stay.
        let (mut finest, mut fineness) = (8, 1.0 / 8.0f64);
        let mut need = |from: (u32, u32), to: (u32, u32), factor: f64| {
            finest = finest.min(reduction(from, to, factor));
            let part = |to: u32, from: u32| f64::from(to) / f64::from(from.max(1));
            fineness = fineness.max(part(to.0, from.0).max(part(to.1, from.1)).min(1.0));
        };
        if let Some((target, quality)) = needs.panel {
            let aspect = f64::from(target.0.max(1)) / f64::from(target.1.max(1));
            let largest = super::crop::around(None, None, size, aspect, false);
            need(largest.size(), target, quality.factor());
        }
        if let Some(side) = needs.reading_px {
            need(size, fitted(size, side), READING_FACTOR);
        }
        if let Some(side) = needs.thumbnail_px {
            need(size, fitted(size, side), PREVIEW_FACTOR);
        }
        let whole = PixelRect::whole(self.stored_size);
        let held = if fineness * f64::from(finest) > WORTH_RESIZING {
            decode::region(self, whole, finest)?
        } else {
            let fine = |v: u32| ((f64::from(v) * fineness).round() as u32).max(1);
            let small = (fine(self.stored_size.0), fine(self.stored_size.1));
            decode::resized(self, whole, finest, small)?
        };
        let (missing_share, notes) = self.damage(held.warning);
        Ok(Decoded { photo: self, held, missing_share, notes })
    }

    /// Everything at once, where the crops are known. A decode for panels alone takes no
    /// more rows and columns than they show.
    pub fn develop(&self, outputs: &Outputs) -> Result<Developed, PhotoError> {
        let whole = Needs {
            panel: None,
            reading_px: outputs.reading_px,
            thumbnail_px: outputs.thumbnail_px,
        };
        if whole == Needs::default() {
            let mut damage = None;
            let mut panels = Vec::with_capacity(outputs.panels.len());
            for spec in &outputs.panels {
                let (panel, warning) = self.panel(spec)?;
                damage = damage.or(warning);
                panels.push(panel);
            }
            let (missing_share, notes) = self.damage(damage);
            return Ok(Developed { panels, thumbnail: None, reading: None, missing_share, notes });
        }
        let finest = outputs.panels.iter().max_by_key(|spec| spec.target_px);
        let needs = Needs { panel: finest.map(|spec| (spec.target_px, spec.quality)), ..whole };
        let decoded = self.decode(&needs)?;
        Ok(Developed {
            panels: outputs
                .panels
                .iter()
                .map(|spec| decoded.panel(spec))
                .collect::<Result<_, _>>()?,
            thumbnail: outputs.thumbnail_px.map(|side| decoded.thumbnail(side)).transpose()?,
            reading: outputs.reading_px.map(|side| decoded.reading(side)).transpose()?,
            missing_share: decoded.missing_share,
            notes: decoded.notes,
        })
    }

    /// A panel from a decode of its crop alone.
    fn panel(&self, spec: &PanelSpec) -> Result<(Panel, Option<Warning>), PhotoError> {
        let (crop, target) = self.fit(spec)?;
        let orientation = self.metadata.orientation;
        let stored = orientation.to_stored(crop.rect(), self.upright_size());
        let stored_target = orientation.turned_size(target);
        let reduction = reduction(crop.size(), target, spec.quality.factor());
        let comes = stored.scaled(1.0 / f64::from(reduction));
        let reduced = if nearly((comes.width, comes.height), stored_target) {
            decode::region(self, stored, reduction)?
        } else {
            decode::resized(self, stored, reduction, stored_target)?
        };
        Ok((self.panel_from(&reduced, spec)?, reduced.warning))
    }

    /// The crop, checked against this photo, and the target held to the crop's own pixels.
    fn fit(&self, spec: &PanelSpec) -> Result<(Crop, (u32, u32)), PhotoError> {
        let (width, height) = self.upright_size();
        let crop = Crop::new(spec.crop.rect(), (width, height))
            .ok_or_else(|| PhotoError::Crop { crop: spec.crop.to_string(), width, height })?;
        let (wide, high) = spec.target_px;
        if wide == 0 || high == 0 || wide.max(high) > PANEL_SIDE_LIMIT {
            return Err(PhotoError::Panel { width: wide, height: high });
        }
        let scale = source_scale(crop, spec.target_px);
        let held = |v: u32| ((f64::from(v) * scale).round() as u32).max(1);
        Ok((crop, (held(wide), held(high))))
    }

    fn panel_from(&self, reduced: &Reduced, spec: &PanelSpec) -> Result<Panel, PhotoError> {
        let (crop, (width, height)) = self.fit(spec)?;
        let orientation = self.metadata.orientation;
        let stored_target = orientation.turned_size((width, height));
        let from = within(reduced, orientation.to_stored(crop.rect(), self.upright_size()));
        let from = snapped(from, stored_target, (reduced.at.width, reduced.at.height));
        let (conversion, doubt) = Conversion::new(&self.space, reduced.pixels.ink);
        let mut notes: Vec<Note> = doubt.into_iter().map(doubt_note).collect();
        let source_scale = source_scale(crop, spec.target_px);
        if source_scale < 0.999 {
            notes.push(Note::FewPixels { percent: (source_scale * 100.0).round() as u32 });
        }
        let as_it_is = (from.width, from.height) == stored_target
            && conversion.is_none()
            && orientation == Default::default()
            && spec.corrections == Corrections::default();
        let encoded = if as_it_is {
            let pitch = reduced.pixels.width as usize * 3;
            let start = from.y as usize * pitch + from.x as usize * 3;
            let samples = reduced.pixels.samples.get(start..).unwrap_or_default();
            encode::jpeg(&Rows { samples, width, height, pitch }, PANEL_QUALITY, Subsamp::None)
        } else {
            let mut samples = self.upright_rgb(reduced, from, stored_target, &conversion)?;
            notes.extend(correct::apply(&mut samples, (width, height), spec.corrections));
            encode::jpeg(&Rows::tight(&samples, width, height), PANEL_QUALITY, Subsamp::None)
        };
        let jpeg = encoded.map_err(|_| PhotoError::Panel { width, height })?;
        Ok(Panel { jpeg, width, height, source_scale, notes })
    }

    /// A part of the decoded picture at a size (both as stored), in sRGB, turned upright.
    fn upright_rgb(
        &self,
        reduced: &Reduced,
        from: PixelRect,
        stored_size: (u32, u32),
        conversion: &Conversion,
    ) -> Result<Vec<u8>, PhotoError> {
        let failed = || PhotoError::Panel { width: stored_size.0, height: stored_size.1 };
        let small = resize(&reduced.pixels, from, stored_size).ok_or_else(failed)?;
        let rgb = conversion.apply(small).ok_or_else(failed)?;
        Ok(self.metadata.orientation.turn::<3>(rgb, stored_size))
    }

    /// How much of the picture is missing, and what the record should say of it.
    fn damage(&self, warning: Option<Warning>) -> (f64, Vec<Note>) {
        let mut notes = Vec::new();
        let cut_off = self.structure.as_ref().is_some_and(|structure| !structure.complete);
        let mut share = 0.0;
        if cut_off || warning.is_some() {
            share = decode::missing_share(self);
        }
        if cut_off || warning == Some(Warning::Truncated) {
            notes.push(Note::Truncated { percent: (share * 1000.0).round() / 10.0 });
        }
        if warning == Some(Warning::Corrupt) {
            notes.push(Note::Corrupt);
        }
        if self.structure.as_ref().is_some_and(|structure| structure.multi_picture) {
            notes.push(Note::FirstOfSeveral);
        }
        (share, notes)
    }
}

impl Decoded<'_> {
    /// One panel; from the held pixels where they are fine enough, else from a decode of
    /// the crop alone.
    pub fn panel(&self, spec: &PanelSpec) -> Result<Panel, PhotoError> {
        let (crop, target) = self.photo.fit(spec)?;
        let photo = self.photo;
        let stored = photo.metadata.orientation.to_stored(crop.rect(), photo.upright_size());
        let held = stored.scaled_by(self.held.scale);
        let wanted = photo.metadata.orientation.turned_size(target);
        // More than rounding to whole pixels costs: a crop closer than was foreseen.
        if held.width + 1 < wanted.0 || held.height + 1 < wanted.1 {
            return photo.panel(spec).map(|(panel, _)| panel);
        }
        photo.panel_from(&self.held, spec)
    }

    /// The whole photo, upright and in sRGB, its long side at most `long_side`.
    pub fn reading(&self, long_side: u32) -> Result<RgbImage, PhotoError> {
        let photo = self.photo;
        let stored = photo.metadata.orientation.turned_size(self.fitting(long_side));
        let (held_w, held_h) = (self.held.pixels.width, self.held.pixels.height);
        let (conversion, _) = Conversion::new(&photo.space, self.held.pixels.ink);
        let from = PixelRect::whole((held_w, held_h));
        let samples = photo.upright_rgb(&self.held, from, stored, &conversion)?;
        let (width, height) = photo.metadata.orientation.turned_size(stored);
        RgbImage::from_raw(width, height, samples).ok_or(PhotoError::Panel { width, height })
    }

    /// The size of the whole photo, upright, with its long side at most `long_side`. The held
    /// pixels are the limit: a reading picture is never upscaled.
    pub(super) fn fitting(&self, long_side: u32) -> (u32, u32) {
        let (width, height) = fitted(self.photo.upright_size(), long_side);
        let held = (self.held.pixels.width, self.held.pixels.height);
        let held = self.photo.metadata.orientation.turned_size(held);
        (width.min(held.0), height.min(held.1))
    }

    /// The whole photo as a small JPEG for the review page.
    pub fn thumbnail(&self, long_side: u32) -> Result<Vec<u8>, PhotoError> {
        let picture = self.reading(long_side)?;
        let (width, height) = picture.dimensions();
        let rows = Rows::tight(picture.as_raw(), width, height);
        encode::jpeg(&rows, THUMBNAIL_QUALITY, Subsamp::Sub2x2)
            .map_err(|_| PhotoError::Panel { width, height })
    }

    /// Whether too much is missing for a certificate without a person's look.
    pub fn needs_review(&self) -> bool {
        self.missing_share > MISSING_SHARE_LIMIT || self.notes.contains(&Note::Corrupt)
    }
}

fn doubt_note(doubt: Doubt) -> Note {
    match doubt {
        Doubt::ProfileUnreadable => Note::ProfileUnreadable,
        Doubt::CmykWithoutProfile => Note::CmykWithoutProfile,
    }
}

/// Photo pixels for each pixel wanted, 1.0 at most.
fn source_scale(crop: Crop, target: (u32, u32)) -> f64 {
    let (width, height) = crop.size();
    (f64::from(width) / f64::from(target.0.max(1)))
        .min(f64::from(height) / f64::from(target.1.max(1)))
        .min(1.0)
}

/// A rectangle of stored pixels, in the pixels of a decoded part of it.
fn within(reduced: &Reduced, stored: PixelRect) -> PixelRect {
    let scaled = stored.scaled_by(reduced.scale);
    let at = reduced.at;
    let x = scaled.x.saturating_sub(at.x).min(at.width.saturating_sub(1));
    let y = scaled.y.saturating_sub(at.y).min(at.height.saturating_sub(1));
    let (width, height) = (scaled.width.min(at.width - x), scaled.height.min(at.height - y));
    PixelRect::new(x, y, width, height)
}

/// Whether sizes differ by no more than rounding to whole pixels does.
fn nearly(one: (u32, u32), other: (u32, u32)) -> bool {
    one.0.abs_diff(other.0) <= 1 && one.1.abs_diff(other.1) <= 1
}

/// A part that is a pixel larger or smaller than what is wanted, made exactly that: to
/// resize by a thousandth would blur every pixel for nothing.
fn snapped(from: PixelRect, wanted: (u32, u32), (width, height): (u32, u32)) -> PixelRect {
    if !nearly((from.width, from.height), wanted) || wanted.0 > width || wanted.1 > height {
        return from;
    }
    let (x, y) = (from.x.min(width - wanted.0), from.y.min(height - wanted.1));
    PixelRect::new(x, y, wanted.0, wanted.1)
}
