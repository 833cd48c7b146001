//! A page as pixels: previews, screens, phones.
//!
//! Glyph outlines come from ab_glyph, tiny-skia fills them and everything else, photos
//! are decoded near their size and resampled. Only the trimmed page is drawn.

mod glyphs;
mod samples;

use image::{RgbImage, RgbaImage};
use kanso_page::geometry::{Mm, Point, Pt, Rect, Transform};
use kanso_page::path::{skia_path, skia_stroke, skia_transform};
use kanso_page::{
    Color, FillRule, GlyphRun, Group, Image, Item, Page, Paint, Path, Segment, Stop, rounded_rect,
};
use tiny_skia::{FillRule as SkiaRule, Mask, Pixmap, Shader, SpreadMode};

use self::glyphs::Outlines;
use self::samples::Samples;
use super::RenderError;

/// Pixels on the longest side that are still drawn: an A3 page at 600 ppi.
const LONGEST: f64 = 10_000.0;

/// Draws the trimmed page on white, at `ppi` pixels an inch.
pub fn raster(page: &Page, ppi: f64) -> Result<RgbImage, RenderError> {
    let pixmap = drawn(page, ppi)?;
    let (width, height) = (pixmap.width(), pixmap.height());
    RgbaImage::from_raw(width, height, pixmap.take())
        .map(|image| image::DynamicImage::ImageRgba8(image).into_rgb8())
        .ok_or_else(|| RenderError::Assembly { reason: "the raster has a wrong size".into() })
}

/// The trimmed page as a JPEG (4:4:4) of `long_side` pixels; `quality` 1 to 100.
pub fn preview_jpeg(page: &Page, long_side: u32, quality: u8) -> Result<Vec<u8>, RenderError> {
    let longest = page.trim.width.max(page.trim.height);
    let pixmap = drawn(page, f64::from(long_side) / (longest.0 / 72.0))?;
    let image = turbojpeg::Image {
        pixels: pixmap.data(),
        width: pixmap.width() as usize,
        pitch: pixmap.width() as usize * 4,
        height: pixmap.height() as usize,
        // The page is opaque: the fourth channel holds nothing.
        format: turbojpeg::PixelFormat::RGBX,
    };
    let quality = i32::from(quality.clamp(1, 100));
    turbojpeg::compress(image, quality, turbojpeg::Subsamp::None)
        .map(|bytes| bytes.to_vec())
        .map_err(|error| RenderError::Assembly { reason: error.to_string() })
}

fn drawn(page: &Page, ppi: f64) -> Result<Pixmap, RenderError> {
    let (width, height) = (page.trim.width.at_ppi(ppi), page.trim.height.at_ppi(ppi));
    let pixmap = if width.max(height) <= LONGEST {
        Pixmap::new(width.round() as u32, height.round() as u32)
    } else {
        None
    };
    let Some(mut pixmap) = pixmap else {
        let (width_mm, height_mm) = (Mm::from(page.trim.width).0, Mm::from(page.trim.height).0);
        return Err(RenderError::PageSize { width_mm, height_mm });
    };
    pixmap.fill(tiny_skia::Color::WHITE);
    // The whole trim fills the whole image, whatever rounding its sides took.
    let scale = Transform::scale(
        f64::from(pixmap.width()) / page.trim.width.0,
        f64::from(pixmap.height()) / page.trim.height.0,
    );
    let mut outlines = Outlines::default();
    let mut layer = Layer { pixmap: &mut pixmap, mask: None, outlines: &mut outlines };
    layer.items(scale, &page.items)?;
    Ok(pixmap)
}

/// A pixmap being drawn on, through a clip.
struct Layer<'l> {
    pixmap: &'l mut Pixmap,
    mask: Option<Mask>,
    outlines: &'l mut Outlines,
}

impl Layer<'_> {
    /// `space` maps the items' space to pixels.
    fn items(&mut self, space: Transform, items: &[(Point, Item)]) -> Result<(), RenderError> {
        items.iter().try_for_each(|(at, item)| {
            let own = space.after(Transform::translate(at.x, at.y));
            match item {
                Item::Glyphs(run) => {
                    self.glyphs(own, run);
                    Ok(())
                }
                Item::Image(image) => self.image(own, image),
                Item::Path(path) => {
                    self.path(own, path);
                    Ok(())
                }
                Item::Group(group) => self.group(own, group),
            }
        })
    }

    fn glyphs(&mut self, own: Transform, run: &GlyphRun) {
        let Some(paint) = paint(&run.paint, own) else { return };
        let (em, size) = (run.size.0 * run.horizontal_scale, run.size.0);
        for glyph in &run.glyphs {
            let Some(outline) = self.outlines.glyph(&run.font, glyph.id) else { continue };
            let offset = run.turn.apply(Point::new(glyph.x, glyph.y));
            let place = own
                .after(Transform::translate(offset.x, offset.y))
                .after(Transform { e: 0.0, f: 0.0, ..run.turn })
                .after(Transform::scale(em, -size));
            let Some(path) = outline.transform(skia_transform(place)) else { continue };
            self.fill(&path, &paint, SkiaRule::Winding);
        }
    }

    fn image(&mut self, own: Transform, image: &Image) -> Result<(), RenderError> {
        let upright = own.b == 0.0 && own.c == 0.0 && own.a > 0.0 && own.d > 0.0;
        let mut place = own.after(Transform::scale(image.size.width.0, image.size.height.0));
        if upright {
            // On whole pixels, as print shops' and viewers' rasterisers place photos:
            // samples are then copied instead of interpolated once more.
            let (right, bottom) = ((place.e + place.a).ceil(), (place.f + place.d).ceil());
            let (left, top) = (place.e.floor(), place.f.floor());
            place = Transform { a: right - left, d: bottom - top, e: left, f: top, ..place };
        }
        let (across, down) = (place.a.hypot(place.b), place.c.hypot(place.d));
        let Some(samples) = Samples::of(&image.picture, across, down)? else { return Ok(()) };
        let whole = (f64::from(samples.pixmap.width()), f64::from(samples.pixmap.height()));
        let square = image.corner_radius <= Pt::ZERO && self.mask.is_none();
        if upright && square && samples.opaque && whole == (across, down) {
            copy(&samples.pixmap, self.pixmap, place.e as i64, place.f as i64);
            return Ok(());
        }
        let frame = Rect { origin: Point::default(), size: image.size };
        let Some(frame) = skia_path(&rounded_rect(frame, image.corner_radius))
            .and_then(|frame| frame.transform(skia_transform(own)))
        else {
            return Ok(());
        };
        let pixmap = samples.pixmap.as_ref();
        let (width, height) = (f64::from(pixmap.width()), f64::from(pixmap.height()));
        let spread = place.after(Transform::scale(1.0 / width, 1.0 / height));
        let shader = tiny_skia::Pattern::new(
            pixmap,
            SpreadMode::Pad,
            tiny_skia::FilterQuality::Bilinear,
            1.0,
            skia_transform(spread),
        );
        let paint = tiny_skia::Paint { shader, ..tiny_skia::Paint::default() };
        self.fill(&frame, &paint, SkiaRule::Winding);
        Ok(())
    }

    fn path(&mut self, own: Transform, path: &Path) {
        let Some(shape) = skia_path(&path.segments) else { return };
        if let Some(fill) = &path.fill
            && let Some(paint) = paint(&fill.paint, own)
            && let Some(shape) = shape.clone().transform(skia_transform(own))
        {
            self.fill(&shape, &paint, rule(fill.rule));
        }
        let Some(stroke) = path.stroke.as_ref().filter(|stroke| stroke.width > Pt::ZERO) else {
            return;
        };
        // In the item's own space, since the pen stretches with it.
        let Some(paint) = paint(&stroke.paint, Transform::IDENTITY) else { return };
        let (pen, mask) = (skia_stroke(stroke), self.mask.as_ref());
        self.pixmap.stroke_path(&shape, &paint, &pen, skia_transform(own), mask);
    }

    fn fill(&mut self, path: &tiny_skia::Path, paint: &tiny_skia::Paint<'_>, rule: SkiaRule) {
        let still = tiny_skia::Transform::identity();
        self.pixmap.fill_path(path, paint, rule, still, self.mask.as_ref());
    }

    fn group(&mut self, own: Transform, group: &Group) -> Result<(), RenderError> {
        let opacity = group.opacity.clamp(0.0, 1.0) as f32;
        if opacity == 0.0 {
            return Ok(());
        }
        let inner = own.after(group.transform);
        let outer_mask = self.mask.clone();
        if let Some(clip) = &group.clip {
            self.clip(inner, &clip.segments, clip.rule);
        }
        let drawn = if opacity >= 1.0 {
            self.items(inner, &group.items)
        } else {
            self.translucent(inner, &group.items, opacity)
        };
        self.mask = outer_mask;
        drawn
    }

    fn translucent(
        &mut self,
        inner: Transform,
        items: &[(Point, Item)],
        opacity: f32,
    ) -> Result<(), RenderError> {
        let Some(mut sheet) = Pixmap::new(self.pixmap.width(), self.pixmap.height()) else {
            return Ok(());
        };
        let mut layer = Layer { pixmap: &mut sheet, mask: None, outlines: self.outlines };
        layer.items(inner, items)?;
        let paint = tiny_skia::PixmapPaint { opacity, ..tiny_skia::PixmapPaint::default() };
        let still = tiny_skia::Transform::identity();
        self.pixmap.draw_pixmap(0, 0, sheet.as_ref(), &paint, still, self.mask.as_ref());
        Ok(())
    }

    fn clip(&mut self, space: Transform, segments: &[Segment], clip_rule: FillRule) {
        let size = (self.pixmap.width(), self.pixmap.height());
        let path = skia_path(segments);
        let transform = skia_transform(space);
        match (&mut self.mask, path) {
            (Some(mask), Some(path)) => {
                mask.intersect_path(&path, rule(clip_rule), true, transform);
            }
            (mask, path) => {
                let mut fresh = Mask::new(size.0, size.1);
                if let (Some(fresh), Some(path)) = (&mut fresh, path) {
                    fresh.fill_path(&path, rule(clip_rule), true, transform);
                }
                *mask = fresh;
            }
        }
    }
}

/// Copies `from` to a place on `to`, which may lie partly outside.
fn copy(from: &Pixmap, to: &mut Pixmap, left: i64, top: i64) {
    // Columns of `from` that fall on `to`, and where the first of them falls.
    let skipped = (-left).clamp(0, i64::from(from.width())) as usize;
    let start = left.clamp(0, i64::from(to.width())) as usize;
    let columns = (from.width() as usize - skipped).min(to.width() as usize - start);
    let rows = (to.width() as usize, from.width() as usize);
    let sources = from.pixels().chunks_exact(rows.1).enumerate();
    for (y, source) in sources {
        let Ok(y) = usize::try_from(top + y as i64) else { continue };
        let target = to.pixels_mut().get_mut(y * rows.0 + start..y * rows.0 + start + columns);
        if let (Some(target), Some(source)) = (target, source.get(skipped..skipped + columns)) {
            target.copy_from_slice(source);
        }
    }
}

fn rule(rule: FillRule) -> SkiaRule {
    match rule {
        FillRule::NonZero => SkiaRule::Winding,
        FillRule::EvenOdd => SkiaRule::EvenOdd,
    }
}

/// `None` where nothing would be seen.
fn paint(paint: &Paint, space: Transform) -> Option<tiny_skia::Paint<'static>> {
    let transform = skia_transform(space);
    let shader = match paint {
        Paint::Solid(color) => Shader::SolidColor(skia_color(*color)),
        Paint::Linear(linear) => tiny_skia::LinearGradient::new(
            skia_point(linear.from),
            skia_point(linear.to),
            stops(&linear.stops),
            SpreadMode::Pad,
            transform,
        )?,
        Paint::Radial(radial) => tiny_skia::RadialGradient::new(
            skia_point(radial.center),
            0.0,
            skia_point(radial.center),
            radial.radius.0 as f32,
            stops(&radial.stops),
            SpreadMode::Pad,
            transform,
        )?,
    };
    // The quick pipeline rounds each transparent layer up, by two levels in the dark.
    let force_hq_pipeline = !matches!(shader, Shader::SolidColor(_));
    Some(tiny_skia::Paint { shader, force_hq_pipeline, ..tiny_skia::Paint::default() })
}

fn stops(stops: &[Stop]) -> Vec<tiny_skia::GradientStop> {
    stops
        .iter()
        .map(|stop| tiny_skia::GradientStop::new(stop.offset as f32, skia_color(stop.color)))
        .collect()
}

fn skia_color(color: Color) -> tiny_skia::Color {
    let alpha = (color.alpha.clamp(0.0, 1.0) * 255.0).round() as u8;
    tiny_skia::Color::from_rgba8(color.red, color.green, color.blue, alpha)
}

fn skia_point(p: Point) -> tiny_skia::Point {
    tiny_skia::Point::from_xy(p.x.0 as f32, p.y.0 as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_beyond_every_edge_is_copied_where_it_is_seen() {
        let mut from = Pixmap::new(5, 5).unwrap();
        from.fill(tiny_skia::Color::BLACK);
        let covered = |left, top| {
            let mut to = Pixmap::new(3, 4).unwrap();
            copy(&from, &mut to, left, top);
            to.pixels().iter().filter(|pixel| pixel.alpha() == 255).count()
        };
        assert_eq!(covered(-1, -1), 12);
        assert_eq!(covered(2, 3), 1);
        assert_eq!(covered(-4, -4), 1);
        assert_eq!(covered(-5, 0), 0);
        assert_eq!(covered(3, 0), 0);
        assert_eq!(covered(0, 9), 0);
    }
}
