//! A text, turned level, as the recogniser sees it.

use image::{Rgb, RgbImage};
use imageproc::geometric_transformations::{Border, Interpolation, Projection, warp_into};

use super::quad::Quad;

/// Height of a line of text for the recogniser, in pixels.
pub const LINE_HEIGHT: u32 = 48;
/// A longer line is squeezed.
const WIDTH_LIMIT: f32 = 960.0;
const WIDTH_LEAST: f32 = 8.0;
/// Lines are padded to few widths, so that the recogniser meets few shapes.
const WIDTHS: [u32; 12] = [96, 128, 160, 192, 224, 256, 320, 384, 480, 640, 800, 960];

/// A line of text: blue, green and red planes of 48 rows, -1 to 1, padded on the right by 0.
pub struct Line {
    pub samples: Vec<f32>,
    /// Padded, in pixels: a multiple of 8.
    pub width: u32,
    /// The part of it that shows the text.
    pub text_width: u32,
}

/// The quad of a picture, turned level and made [`LINE_HEIGHT`] high. What lies outside of
/// the picture is its nearest edge.
pub fn line(picture: &RgbImage, quad: Quad) -> Option<Line> {
    let height = LINE_HEIGHT as f32;
    let natural = height * quad.width() / quad.height().max(1.0);
    let text_width = natural.clamp(WIDTH_LEAST, WIDTH_LIMIT).round();
    // Both sides count from the centre of the first pixel.
    let from = quad.0.map(|[x, y]| (x - 0.5, y - 0.5));
    let (right, bottom) = (text_width - 0.5, height - 0.5);
    let to = [(-0.5, -0.5), (right, -0.5), (right, bottom), (-0.5, bottom)];
    let projection = Projection::from_control_points(from, to)?;
    let mut level = RgbImage::new(text_width as u32, LINE_HEIGHT);
    let border: Border<Rgb<u8>> = Border::Replicate;
    warp_into(picture, projection, Interpolation::Bilinear, border, &mut level);
    let text_width = text_width as u32;
    let width = WIDTHS.into_iter().find(|width| *width >= text_width)?;
    Some(Line { samples: samples(&level, width), width, text_width })
}

fn samples(level: &RgbImage, width: u32) -> Vec<f32> {
    let plane = (width * LINE_HEIGHT) as usize;
    let mut samples = vec![0.0; 3 * plane];
    for (x, y, pixel) in level.enumerate_pixels() {
        for channel in 0..3 {
            let value = f32::from(pixel.0[2 - channel]) / 255.0;
            samples[channel * plane + (y * width + x) as usize] = (value - 0.5) / 0.5;
        }
    }
    samples
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White with a dark bar, 100 x 20 at (50, 40), turned by so many degrees.
    fn picture(degrees: f32) -> (RgbImage, Quad) {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let at = |a: f32, d: f32| [50.0 + a * cos - d * sin, 40.0 + a * sin + d * cos];
        let quad = Quad([at(0.0, 0.0), at(100.0, 0.0), at(100.0, 20.0), at(0.0, 20.0)]);
        let picture = RgbImage::from_fn(200, 160, |x, y| {
            let dark = quad.contains([x as f32 + 0.5, y as f32 + 0.5]);
            if dark { Rgb([0, 0, 0]) } else { Rgb([255; 3]) }
        });
        (picture, quad)
    }

    #[test]
    fn a_turned_bar_fills_its_line() {
        for degrees in [0.0, 17.0, 30.0, -30.0] {
            let (picture, quad) = picture(degrees);
            let line = line(&picture, quad).unwrap();
            assert_eq!((line.text_width, line.width), (240, 256), "{degrees}");
            let plane = (line.width * LINE_HEIGHT) as usize;
            assert_eq!(line.samples.len(), 3 * plane);
            for (x, y) in [(4, 4), (120, 24), (235, 43)] {
                let value = line.samples[(y * line.width + x) as usize];
                assert!(value < -0.7, "{degrees}: {value} at {x}, {y}");
            }
            assert_eq!(line.samples[250], 0.0, "padding");
        }
    }

    #[test]
    fn long_and_thin_lines_are_bounded() {
        let picture = RgbImage::from_pixel(3000, 40, Rgb([200; 3]));
        let long = Quad([[0.0, 0.0], [3000.0, 0.0], [3000.0, 10.0], [0.0, 10.0]]);
        assert_eq!(line(&picture, long).unwrap().width, 960);
        let thin = Quad([[5.0, 0.0], [6.0, 0.0], [6.0, 40.0], [5.0, 40.0]]);
        assert_eq!(line(&picture, thin).unwrap().text_width, 8);
    }
}
