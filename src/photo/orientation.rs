//! How a camera was held: the eight EXIF orientations.

use super::rect::PixelRect;

/// EXIF Orientation (TIFF 6.0 tag 274): how the stored picture must be turned to stand upright.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Orientation {
    #[default]
    Upright = 1,
    MirroredAcross = 2,
    HalfTurn = 3,
    MirroredDown = 4,
    Transposed = 5,
    /// The stored picture is turned clockwise by a quarter to stand upright.
    QuarterTurn = 6,
    Transversed = 7,
    ThreeQuarterTurn = 8,
}

impl Orientation {
    /// The tag's value; `None` outside 1 to 8, which cameras do not write.
    pub fn from_exif(value: u32) -> Option<Self> {
        Some(match value {
            1 => Self::Upright,
            2 => Self::MirroredAcross,
            3 => Self::HalfTurn,
            4 => Self::MirroredDown,
            5 => Self::Transposed,
            6 => Self::QuarterTurn,
            7 => Self::Transversed,
            8 => Self::ThreeQuarterTurn,
            _ => return None,
        })
    }

    /// Whether width and height change places.
    pub fn swaps(self) -> bool {
        self as u8 >= 5
    }

    /// The size after turning upright, or of the stored picture from the upright one.
    pub fn turned_size(self, (width, height): (u32, u32)) -> (u32, u32) {
        if self.swaps() { (height, width) } else { (width, height) }
    }

    /// (transposed first, then mirrored across, then mirrored down) from stored to upright.
    fn steps(self) -> (bool, bool, bool) {
        match self {
            Self::Upright => (false, false, false),
            Self::MirroredAcross => (false, true, false),
            Self::HalfTurn => (false, true, true),
            Self::MirroredDown => (false, false, true),
            Self::Transposed => (true, false, false),
            Self::QuarterTurn => (true, true, false),
            Self::Transversed => (true, true, true),
            Self::ThreeQuarterTurn => (true, false, true),
        }
    }

    /// Where a rectangle of the upright picture lies in the stored one.
    pub fn to_stored(self, upright: PixelRect, upright_size: (u32, u32)) -> PixelRect {
        let (transposed, across, down) = self.steps();
        let mut at = upright;
        if across {
            at.x = upright_size.0.saturating_sub(at.right());
        }
        if down {
            at.y = upright_size.1.saturating_sub(at.bottom());
        }
        if transposed { PixelRect::new(at.y, at.x, at.height, at.width) } else { at }
    }

    /// Turns pixels of `N` bytes upright. Writes row by row; for the transposed ones it
    /// works in tiles, so that reads down a column stay within the cache.
    pub fn turn<const N: usize>(self, samples: Vec<u8>, (width, height): (u32, u32)) -> Vec<u8> {
        if self == Self::Upright {
            return samples;
        }
        let (transposed, across, down) = self.steps();
        let (w, h) = (width as usize, height as usize);
        let (out_w, out_h) = if transposed { (h, w) } else { (w, h) };
        let (pixels, _) = samples.as_chunks::<N>();
        let mut out = vec![[0u8; N]; out_w * out_h];
        const TILE: usize = 32;
        for tile_y in (0..out_h).step_by(TILE) {
            for tile_x in (0..out_w).step_by(TILE) {
                for y in tile_y..(tile_y + TILE).min(out_h) {
                    let from_y = if down { out_h - 1 - y } else { y };
                    let columns = tile_x..(tile_x + TILE).min(out_w);
                    let row = &mut out[y * out_w..][columns.clone()];
                    for (to, x) in row.iter_mut().zip(columns) {
                        let from_x = if across { out_w - 1 - x } else { x };
                        let index =
                            if transposed { from_x * w + from_y } else { from_y * w + from_x };
                        *to = pixels[index];
                    }
                }
            }
        }
        out.into_flattened()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the eight orientations put the stored picture's first row and column
    /// (TIFF 6.0, tag 274): a 3 x 2 picture of the letters a to f, turned upright.
    #[test]
    fn each_orientation_turns_the_picture_as_tiff_says() {
        let stored = b"abcdef".to_vec();
        let upright =
            ["abcdef", "cbafed", "fedcba", "defabc", "adbecf", "daebfc", "fcebda", "cfbead"];
        for (value, expected) in (1..).zip(upright) {
            let orientation = Orientation::from_exif(value).unwrap();
            let turned = orientation.turn::<1>(stored.clone(), (3, 2));
            assert_eq!(String::from_utf8(turned).unwrap(), expected, "{value}");
        }
        assert_eq!(Orientation::from_exif(0), None);
        assert_eq!(Orientation::from_exif(9), None);
    }

    #[test]
    fn a_rectangle_maps_back_to_the_pixels_it_came_from() {
        let (w, h) = (7u32, 5u32);
        let stored: Vec<u8> = (0..35).collect();
        for value in 1..=8 {
            let orientation = Orientation::from_exif(value).unwrap();
            let size = orientation.turned_size((w, h));
            let turned = orientation.turn::<1>(stored.clone(), (w, h));
            let at = PixelRect::new(1, 2, 2, 1);
            let back = orientation.to_stored(at, size);
            let pick = |pixels: &[u8], width: u32, r: PixelRect| -> Vec<u8> {
                (r.y..r.bottom())
                    .flat_map(|y| (r.x..r.right()).map(move |x| (x, y)))
                    .map(|(x, y)| pixels[(y * width + x) as usize])
                    .collect()
            };
            let mut ours = pick(&turned, size.0, at);
            let mut theirs = pick(&stored, w, back);
            ours.sort_unstable();
            theirs.sort_unstable();
            assert_eq!(ours, theirs, "{value}");
        }
    }
}
