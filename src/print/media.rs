//! Paper as printers name it: exact sizes, in hundredths of a millimetre.

/// A sheet in portrait. The sizes are PWG 5101.1's: a printer that holds 6 x 8 in refuses
/// 152 x 203 mm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Media {
    pub name: &'static str,
    width: i32,
    height: i32,
}

const ALL: [Media; 9] = [
    Media { name: "a4", width: 21000, height: 29700 },
    Media { name: "a5", width: 14800, height: 21000 },
    Media { name: "b5", width: 18200, height: 25700 },
    Media { name: "letter", width: 21590, height: 27940 },
    Media { name: "postcard", width: 10000, height: 14800 },
    Media { name: "l", width: 8900, height: 12700 },
    Media { name: "2l", width: 12700, height: 17780 },
    Media { name: "kg", width: 10160, height: 15240 },
    Media { name: "6x8in", width: 15240, height: 20320 },
];

/// By how much a page may miss its paper, in millimetres: trade names round.
const TOLERANCE_MM: f64 = 1.0;

impl Media {
    pub const NAMES: &'static str = "a4, a5, b5, letter, postcard, l, 2l, kg, 6x8in";

    /// By the name that templates use for the same paper.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|media| media.name == name)
    }

    /// Width and height in portrait.
    pub fn hundredths_mm(self) -> (i32, i32) {
        (self.width, self.height)
    }

    /// Whether it is a size that photo printers hold, to be printed to its edges.
    pub fn is_photo(self) -> bool {
        matches!(self.name, "l" | "2l" | "kg" | "6x8in" | "postcard")
    }

    /// Whether a page of this size (in millimetres) fills the paper, either way round.
    pub fn fits(self, width_mm: f64, height_mm: f64) -> bool {
        let near =
            |mm: f64, hundredths: i32| (mm - f64::from(hundredths) / 100.0).abs() <= TOLERANCE_MM;
        (near(width_mm, self.width) && near(height_mm, self.height))
            || (near(height_mm, self.width) && near(width_mm, self.height))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_fits_its_paper_either_way_round_and_no_other() {
        let paper = Media::named("6x8in").unwrap();
        assert!(paper.fits(152.4, 203.2) && paper.fits(203.2, 152.4));
        assert!(!paper.fits(297.0, 210.0));
        assert!(Media::named("2l").unwrap().fits(127.0, 178.0));
    }
}
