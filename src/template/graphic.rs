//! A drawing or a picture that a template or a race brings: artwork, logo, seal.

use std::sync::Arc;

use kanso_page::geometry::{Point, Pt, Size, Transform};
use kanso_page::{Channels, Color, Group, Image, Item, Paint, Picture, Stop};

use super::artwork;

/// Items in their own space, from its top-left corner.
#[derive(Debug, Clone)]
pub struct Graphic {
    pub size: Size,
    pub items: Vec<(Point, Item)>,
    /// Pixels across, where it is a picture; `None` for vectors.
    pub pixels: Option<(u32, u32)>,
}

/// Why a file is not a graphic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphicError {
    #[error("{file}: {reason}")]
    Svg { file: String, reason: String },
    #[error("{file} is neither SVG, PNG nor JPEG; export it as one of these")]
    Format { file: String },
    #[error("{file} cannot be read as a picture ({reason}); export it again")]
    Picture { file: String, reason: String },
    #[error("{file} is missing; put it into the folder, or take its name out")]
    Missing { file: String },
}

impl GraphicError {
    /// The file that is at fault, as the race or the template names it.
    pub fn file(&self) -> &str {
        match self {
            Self::Svg { file, .. }
            | Self::Format { file }
            | Self::Picture { file, .. }
            | Self::Missing { file } => file,
        }
    }
}

impl Graphic {
    /// Reads SVG, PNG or JPEG; what the bytes are is judged by the bytes.
    pub fn read(file: &str, bytes: Vec<u8>) -> Result<Self, GraphicError> {
        if bytes.starts_with(b"\xff\xd8\xff") {
            return Self::jpeg(file, bytes);
        }
        if bytes.starts_with(b"\x89PNG") {
            return Self::png(file, &bytes);
        }
        if looks_like_svg(&bytes) {
            return artwork::graphic(&bytes)
                .map_err(|reason| GraphicError::Svg { file: file.to_owned(), reason });
        }
        Err(GraphicError::Format { file: file.to_owned() })
    }

    fn jpeg(file: &str, bytes: Vec<u8>) -> Result<Self, GraphicError> {
        let refused = |reason: String| GraphicError::Picture { file: file.to_owned(), reason };
        let (width, height, channels) = jpeg_header(&bytes).map_err(|e| refused(e.to_string()))?;
        Ok(Self::picture(Picture::Jpeg { bytes, width, height, channels }))
    }

    fn png(file: &str, bytes: &[u8]) -> Result<Self, GraphicError> {
        let image = image::load_from_memory_with_format(bytes, image::ImageFormat::Png)
            .map_err(|e| GraphicError::Picture { file: file.to_owned(), reason: e.to_string() })?;
        let pixels = image.into_rgba8();
        let (width, height) = pixels.dimensions();
        Ok(Self::picture(Picture::Rgba { pixels: pixels.into_raw(), width, height }))
    }

    /// A picture at 72 pixels to the inch: one point each.
    fn picture(picture: Picture) -> Self {
        let (width, height) = picture.pixel_size();
        let size = Size::new(Pt(width.into()), Pt(height.into()));
        let image =
            Image { picture: Arc::new(picture), size, corner_radius: Pt::ZERO, alt: String::new() };
        Self {
            size,
            items: vec![(Point::default(), Item::Image(image))],
            pixels: Some((width, height)),
        }
    }

    /// The graphic, scaled; the group's origin is its top-left corner.
    pub fn scaled(&self, x: f64, y: f64) -> Group {
        Group {
            items: self.items.clone(),
            transform: Transform::scale(x, y),
            clip: None,
            opacity: 1.0,
        }
    }

    /// The graphic in one grey: every colour by its lightness.
    pub fn in_grey(&self) -> Self {
        let mut grey = self.clone();
        grey_items(&mut grey.items);
        grey
    }
}

/// Width, height and channels, without decoding pixels.
pub(super) fn jpeg_header(bytes: &[u8]) -> Result<(u32, u32, Channels), image::ImageError> {
    use image::{ExtendedColorType, ImageDecoder};
    let decoder = image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(bytes))?;
    let channels = match decoder.original_color_type() {
        ExtendedColorType::L8 => Channels::Grey,
        ExtendedColorType::Cmyk8 => Channels::Cmyk,
        _ => Channels::Rgb,
    };
    let (width, height) = decoder.dimensions();
    Ok((width, height, channels))
}

fn looks_like_svg(bytes: &[u8]) -> bool {
    let head = bytes.get(..bytes.len().min(1024)).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    head.trim_start_matches('\u{feff}').trim_start().starts_with('<') && head.contains("<svg")
}

fn grey_items(items: &mut [(Point, Item)]) {
    for (_, item) in items {
        match item {
            Item::Glyphs(run) => grey_paint(&mut run.paint),
            Item::Image(image) => grey_image(image),
            Item::Path(path) => {
                if let Some(fill) = &mut path.fill {
                    grey_paint(&mut fill.paint);
                }
                if let Some(stroke) = &mut path.stroke {
                    grey_paint(&mut stroke.paint);
                }
            }
            Item::Group(group) => grey_items(&mut group.items),
        }
    }
}

fn grey_paint(paint: &mut Paint) {
    let grey_stops = |stops: &mut Vec<Stop>| {
        for stop in stops {
            stop.color = grey(stop.color);
        }
    };
    match paint {
        Paint::Solid(color) => *color = grey(*color),
        Paint::Linear(gradient) => grey_stops(&mut gradient.stops),
        Paint::Radial(gradient) => grey_stops(&mut gradient.stops),
    }
}

/// Luma, lifted so that black becomes the grey of labels.
fn grey(color: Color) -> Color {
    let level = grey_level(color.red, color.green, color.blue);
    Color { red: level, green: level, blue: level, ..color }
}

fn grey_level(red: u8, green: u8, blue: u8) -> u8 {
    const DARKEST: f64 = 96.0;
    let luma = 0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue);
    (DARKEST + luma * (255.0 - DARKEST) / 255.0).round() as u8
}

fn grey_image(image: &mut Image) {
    if let Picture::Rgba { pixels, width, height } = &*image.picture {
        let mut pixels = pixels.clone();
        for pixel in pixels.chunks_exact_mut(4) {
            if let [red, green, blue, _] = pixel {
                let level = grey_level(*red, *green, *blue);
                (*red, *green, *blue) = (level, level, level);
            }
        }
        image.picture = Arc::new(Picture::Rgba { pixels, width: *width, height: *height });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_graphic_is_named_with_what_to_do() {
        let error = Graphic::read("logo.ai", b"%PDF-1.6".to_vec()).unwrap_err().to_string();
        assert_eq!(error, "logo.ai is neither SVG, PNG nor JPEG; export it as one of these");
        assert!(Graphic::read("x.png", b"\x89PNG broken".to_vec()).is_err());
    }

    #[test]
    fn a_picture_in_grey_keeps_its_alpha() {
        let picture = Picture::Rgba { pixels: vec![255, 0, 0, 7], width: 1, height: 1 };
        let grey = Graphic::picture(picture).in_grey();
        let Some((_, Item::Image(image))) = grey.items.first() else { panic!("no image") };
        let Picture::Rgba { pixels, .. } = &*image.picture else { panic!("no pixels") };
        assert_eq!(pixels[3], 7);
        assert!(pixels[0] == pixels[1] && pixels[1] == pixels[2]);
    }
}
