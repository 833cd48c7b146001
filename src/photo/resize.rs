//! Lanczos (3 lobes) by pic-scale: SIMD, on the calling thread alone, because photos,
//! not parts of photos, are what a machine's cores share.
//!
//! Across first and down afterwards, so that rows can be narrowed as they are decoded: what
//! stands in memory is as wide as the result.

use std::sync::Arc;

use pic_scale::{
    ImageSize, ImageStore, ImageStoreMut, Resampling, ResamplingFunction, Scaler, ThreadingPolicy,
};

use super::{
    decode::{Ink, Pixels},
    rect::PixelRect,
};

/// Rows narrowed at a time: few enough to stay in the cache.
const STRIP_ROWS: usize = 64;

/// The part `from` of a picture at `size`; `None` where either is empty or outside.
pub fn resize(pixels: &Pixels, from: PixelRect, size: (u32, u32)) -> Option<Pixels> {
    let mut strips = Strips::new(pixels.ink, (pixels.width, pixels.height), from, size)?;
    let pitch = pixels.width as usize * pixels.ink.channels();
    let rows = from.y as usize * pitch..from.bottom() as usize * pitch;
    for strip in pixels.samples.get(rows)?.chunks(pitch * STRIP_ROWS) {
        strips.push(strip)?;
    }
    strips.finish()
}

/// A resize that is fed with a picture's rows from the part's first on.
pub struct Strips {
    ink: Ink,
    from: PixelRect,
    /// Pixels in each row that comes.
    row_px: u32,
    size: (u32, u32),
    narrow: Option<(u32, AnyPlan)>,
    /// As wide as the result, as high as the part; so many rows of it have come.
    narrowed: Vec<u8>,
    come: u32,
}

/// pic-scale names its plans by channel count.
enum AnyPlan {
    Three(Arc<Resampling<u8, 3>>),
    Four(Arc<Resampling<u8, 4>>),
}

impl Strips {
    /// `None` where the part or the size is empty, or the part outside the picture.
    pub fn new(
        ink: Ink,
        picture_size: (u32, u32),
        from: PixelRect,
        size: (u32, u32),
    ) -> Option<Self> {
        let inside = PixelRect::whole(picture_size).contains(from);
        if from.is_empty() || size.0 == 0 || size.1 == 0 || !inside {
            return None;
        }
        let bytes = size.0 as usize * from.height as usize * ink.channels();
        // Zeroed by the system, page by page as rows come.
        let narrowed = vec![0; bytes];
        Some(Self { ink, from, row_px: picture_size.0, size, narrow: None, narrowed, come: 0 })
    }

    pub fn missing_rows(&self) -> u32 {
        self.from.height - self.come
    }

    /// Takes the next rows, whole ones, no more than are missing.
    pub fn push(&mut self, rows: &[u8]) -> Option<()> {
        let channels = self.ink.channels();
        let pitch = self.row_px as usize * channels;
        let count = (rows.len() / pitch) as u32;
        let row = self.size.0 as usize * channels;
        let target = self.come as usize * row..(self.come + count) as usize * row;
        let target = self.narrowed.get_mut(target)?;
        self.come += count;
        if self.from.width == self.size.0 {
            let start = self.from.x as usize * channels;
            for (row, target) in rows.chunks_exact(pitch).zip(target.chunks_exact_mut(row)) {
                target.copy_from_slice(row.get(start..start + target.len())?);
            }
            return Some(());
        }
        let to = (self.size.0, count);
        if self.narrow.as_ref().is_none_or(|(rows, _)| *rows != count) {
            self.narrow = Some((count, AnyPlan::new(channels, (self.from.width, count), to)?));
        }
        let part = PixelRect { y: 0, height: count, ..self.from };
        let (_, plan) = self.narrow.as_ref()?;
        plan.run((rows, (self.row_px, count)), part, (target, to))
    }

    /// The part at its size, once all rows have come.
    pub fn finish(self) -> Option<Pixels> {
        if self.missing_rows() > 0 {
            return None;
        }
        let (width, height) = self.size;
        let ink = self.ink;
        if self.from.height == height {
            return Some(Pixels { width, height, ink, samples: self.narrowed });
        }
        let narrowed = (width, self.from.height);
        let plan = AnyPlan::new(ink.channels(), narrowed, self.size)?;
        let mut samples = vec![0; width as usize * height as usize * ink.channels()];
        let whole = PixelRect::whole(narrowed);
        plan.run((&self.narrowed, narrowed), whole, (&mut samples, self.size))?;
        Some(Pixels { width, height, ink, samples })
    }
}

impl AnyPlan {
    fn new(channels: usize, from: (u32, u32), to: (u32, u32)) -> Option<Self> {
        let mut scaler = Scaler::new(ResamplingFunction::Lanczos3);
        scaler.set_threading_policy(ThreadingPolicy::Single);
        let size = |(width, height)| ImageSize::new(width as usize, height as usize);
        match channels {
            3 => scaler.plan_rgb_resampling(size(from), size(to)).ok().map(Self::Three),
            4 => scaler.plan_rgba_resampling(size(from), size(to), false).ok().map(Self::Four),
            _ => None,
        }
    }

    fn run(
        &self,
        source: (&[u8], (u32, u32)),
        part: PixelRect,
        target: (&mut [u8], (u32, u32)),
    ) -> Option<()> {
        match self {
            Self::Three(plan) => run(plan.as_ref(), source, part, target),
            Self::Four(plan) => run(plan.as_ref(), source, part, target),
        }
    }
}

fn run<const N: usize>(
    plan: &Resampling<u8, N>,
    (source, (width, height)): (&[u8], (u32, u32)),
    part: PixelRect,
    (target, to): (&mut [u8], (u32, u32)),
) -> Option<()> {
    let whole = ImageStore::<u8, N>::borrow(source, width as usize, height as usize).ok()?;
    let (x, y) = (part.x as usize, part.y as usize);
    let source = whole.crop(x, y, part.width as usize, part.height as usize).ok()?;
    let mut target = ImageStoreMut::<u8, N>::borrow(target, to.0 as usize, to.1 as usize).ok()?;
    plan.resample(&source, &mut target).ok()
}
