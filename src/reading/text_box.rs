//! Islands of the detector's map as turned rectangles around texts, as in
//! "Real-time Scene Text Detection with Differentiable Binarization" (2020).

use image::{GrayImage, Luma};
use imageproc::{
    contours::{BorderType, find_contours_with_threshold},
    geometry::min_area_rect,
    point::Point,
};

use super::{detector::TextMap, quad::Quad};

/// Texts recognised in one photo; a crowd or a wall of banners has more.
pub const TEXTS_LIMIT: usize = 32;
/// Above it a pixel is a text's.
const PIXEL_THRESHOLD: f32 = 0.3;
/// Above it a pixel is surely a text's: what grew together with a number, a code or an arm,
/// falls apart here.
const SURE_THRESHOLD: f32 = 0.8;
/// A sure part is looked at where it is shorter than this share of the text around it.
const PART_WIDTH: f32 = 0.85;
/// Mean probability inside a rectangle from which on it is a text.
const BOX_THRESHOLD: f32 = 0.6;
/// The map shows a text's core: each side grows by so much of area over perimeter.
const UNCLIP: f32 = 1.6;
/// Shortest side of a core, and of a box, in pixels of the sheet.
const CORE_SIDE: f32 = 3.0;
const BOX_SIDE: f32 = 5.0;
/// A longer line, in its heights, is no bib's ten characters: a banner, a slogan.
const LENGTH_LIMIT: f32 = 12.0;
/// Islands looked at.
const ISLANDS_LIMIT: usize = 1000;
/// imageproc's rectangles have whole numbers for corners: in such parts of a pixel.
const SUBPIXELS: i32 = 16;
/// A box that is covered by a better one to this share of both together is the same text.
pub const SAME_TEXT: f32 = 0.4;
/// And so is one of which the other covers this share.
pub const PART_OF_TEXT: f32 = 0.8;

/// A text, in pixels of the sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TextBox {
    pub quad: Quad,
    /// Mean probability of its core, 0 to 1.
    pub confidence: f32,
}

/// At most [`TEXTS_LIMIT`], large and sure ones first.
pub fn text_boxes(map: &TextMap) -> Vec<TextBox> {
    let mut boxes = islands(map, PIXEL_THRESHOLD);
    let parts: Vec<TextBox> = islands(map, SURE_THRESHOLD)
        .into_iter()
        .filter(|part| {
            let center = part.quad.center();
            let whole = boxes.iter().find(|text| text.quad.contains(center));
            whole.is_none_or(|text| part.quad.width() < PART_WIDTH * text.quad.width())
        })
        .collect();
    boxes.extend(parts);
    // A bib is the largest print near the finish; its height tells, not a banner's length.
    let rank = |text: &TextBox| text.confidence * text.quad.height();
    boxes.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
    boxes.truncate(TEXTS_LIMIT);
    boxes
}

/// The texts that the pixels above a threshold make.
fn islands(map: &TextMap, threshold: f32) -> Vec<TextBox> {
    let binary = dilated(map, threshold);
    let mut islands: Vec<Vec<Point<i32>>> = find_contours_with_threshold::<i32>(&binary, 0)
        .into_iter()
        .filter(|contour| contour.border_type == BorderType::Outer)
        .map(|contour| contour.points)
        .collect();
    islands.sort_by_key(|points| std::cmp::Reverse(points.len()));
    islands.truncate(ISLANDS_LIMIT);
    islands.iter().filter_map(|points| text_box(map, points)).collect()
}

/// Pixels of texts, each also to its right and below; within a frame of one pixel, since
/// imageproc sees no border at the left edge.
fn dilated(map: &TextMap, threshold: f32) -> GrayImage {
    let mut binary = GrayImage::new(map.width as u32 + 2, map.height as u32 + 2);
    for (y, row) in map.probabilities.chunks_exact(map.width).enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, p)| **p > threshold) {
            for (x, y) in [(x, y), (x + 1, y), (x, y + 1), (x + 1, y + 1)] {
                if x < map.width && y < map.height {
                    binary.put_pixel(x as u32 + 1, y as u32 + 1, Luma([255]));
                }
            }
        }
    }
    binary
}

fn text_box(map: &TextMap, points: &[Point<i32>]) -> Option<TextBox> {
    let fine: Vec<Point<i32>> =
        points.iter().map(|p| Point::new((p.x - 1) * SUBPIXELS, (p.y - 1) * SUBPIXELS)).collect();
    let corners = min_area_rect(&fine).map(|p| {
        Point::new(p.x as f32 / SUBPIXELS as f32 + 0.5, p.y as f32 / SUBPIXELS as f32 + 0.5)
    });
    let core = Quad::from_rectangle(corners);
    let (width, height) = (core.width(), core.height());
    if width.min(height) < CORE_SIDE {
        return None;
    }
    let confidence = mean_inside(map, core);
    if confidence < BOX_THRESHOLD {
        return None;
    }
    let quad = core.grown(UNCLIP * core.area() / (2.0 * (width + height)));
    let readable = quad.width().min(quad.height()) >= BOX_SIDE;
    let length = quad.width() / quad.height().max(1.0);
    (readable && length <= LENGTH_LIMIT).then_some(TextBox { quad, confidence })
}

fn mean_inside(map: &TextMap, quad: Quad) -> f32 {
    let area = quad.around((map.width as u32, map.height as u32));
    let (mut sum, mut count) = (0.0, 0u32);
    for y in area.y..area.bottom() {
        for x in area.x..area.right() {
            if quad.contains([x as f32 + 0.5, y as f32 + 0.5]) {
                sum += map.probabilities[y as usize * map.width + x as usize];
                count += 1;
            }
        }
    }
    sum / count.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A map that is `probability` inside the quads and 0 elsewhere.
    fn map(width: usize, height: usize, quads: &[(Quad, f32)]) -> TextMap {
        let mut probabilities = vec![0.0; width * height];
        for (i, value) in probabilities.iter_mut().enumerate() {
            let at = [(i % width) as f32 + 0.5, (i / width) as f32 + 0.5];
            for (quad, probability) in quads {
                if quad.contains(at) {
                    *value = *probability;
                }
            }
        }
        TextMap { width, height, probabilities }
    }

    fn quad(x: f32, y: f32, width: f32, height: f32, degrees: f32) -> Quad {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let at = |a: f32, d: f32| [x + a * cos - d * sin, y + a * sin + d * cos];
        Quad([at(0.0, 0.0), at(width, 0.0), at(width, height), at(0.0, height)])
    }

    #[test]
    fn a_turned_text_has_a_turned_box_grown_by_its_margin() {
        let core = quad(60.0, 40.0, 80.0, 20.0, 25.0);
        let boxes = text_boxes(&map(200, 160, &[(core, 0.9)]));
        let [found] = boxes.as_slice() else { panic!("{boxes:?}") };
        assert!((found.quad.roll() - 25.0).abs() < 2.0, "{found:?}");
        // 1.6 · 80 · 20 / 200 = 12.8 on each side, and the dilation's pixel.
        assert!((found.quad.height() - 45.6).abs() < 4.0, "{found:?}");
        assert!((found.quad.width() - 105.6).abs() < 4.0, "{found:?}");
        assert!(found.confidence > 0.75, "{found:?}");
    }

    #[test]
    fn faint_and_tiny_islands_are_no_texts() {
        let faint = (quad(10.0, 10.0, 60.0, 20.0, 0.0), 0.5);
        let tiny = (quad(10.0, 60.0, 1.0, 1.0, 0.0), 0.9);
        assert!(text_boxes(&map(100, 100, &[faint, tiny])).is_empty());
        assert!(text_boxes(&map(100, 100, &[])).is_empty());
        let all = (quad(-1.0, -1.0, 200.0, 200.0, 0.0), 1.0);
        assert_eq!(text_boxes(&map(100, 100, &[all])).len(), 1);
    }

    #[test]
    fn a_number_grown_together_with_a_code_is_found_alone() {
        let number = (quad(40.0, 60.0, 80.0, 14.0, 0.0), 0.95);
        let neck = (quad(120.0, 64.0, 16.0, 6.0, 0.0), 0.5);
        let code = (quad(136.0, 40.0, 40.0, 54.0, 0.0), 0.9);
        let boxes = text_boxes(&map(240, 160, &[number, neck, code]));
        let found = boxes.iter().find(|text| (text.quad.center()[0] - 80.0).abs() < 4.0);
        let width = found.unwrap_or_else(|| panic!("{boxes:?}")).quad.width();
        assert!((width - 99.0).abs() < 6.0, "{width}");
    }

    #[test]
    fn of_many_texts_the_large_ones_are_kept() {
        let mut quads = Vec::new();
        for row in 0..10 {
            for column in 0..12 {
                let height = if (row, column) == (9, 11) { 12.0 } else { 6.0 };
                let (x, y) = (column as f32 * 40.0 + 4.0, row as f32 * 30.0 + 4.0);
                quads.push((quad(x, y, 24.0, height, 0.0), 0.9));
            }
        }
        let boxes = text_boxes(&map(500, 320, &quads));
        assert_eq!(boxes.len(), TEXTS_LIMIT);
        assert!(boxes[0].quad.center()[1] > 270.0, "{:?}", boxes[0]);
    }
}
