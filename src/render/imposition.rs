//! Several pages on one sheet, with marks for the knife around the block.

use std::str::FromStr;

use kanso_page::geometry::{Mm, Point, Pt, Rect, Size, Transform};
use kanso_page::{Clip, FillRule, Group, Item, Page, rounded_rect};

use super::RenderError;
use super::marks::{GAP, LENGTH, line};

/// How many pages stand side by side and below each other, on which sheet.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Imposition {
    columns: u8,
    rows: u8,
    /// Turned as the pages need it.
    sheet: Size,
}

/// Short and long side in mm: ISO 216, and the untrimmed sheets of ISO 217.
const SHEETS: [(&str, f64, f64); 5] = [
    ("A4", 210.0, 297.0),
    ("A3", 297.0, 420.0),
    ("SRA4", 225.0, 320.0),
    ("SRA3", 320.0, 450.0),
    ("B4", 257.0, 364.0),
];

/// Neighbouring bleeds overlap by this much, so that no hairline of paper is between them.
const OVERLAP: Mm = Mm(0.2);

impl FromStr for Imposition {
    type Err = String;

    /// `2x1@A4`, `2x2@SRA4`, `3x2@320x450` (mm)
    fn from_str(text: &str) -> Result<Self, String> {
        let fault = || {
            format!("{text:?} is not an arrangement; write 2x1@A4, 2x2@SRA4 or 3x2@320x450 (mm)")
        };
        let (grid, sheet) = text.split_once('@').ok_or_else(fault)?;
        let (columns, rows) = grid.split_once('x').ok_or_else(fault)?;
        let count = |text: &str| text.parse().ok().filter(|n| (1..=20).contains(n));
        let known = SHEETS.iter().find(|(name, ..)| name.eq_ignore_ascii_case(sheet));
        let (width, height) = match known {
            Some(&(_, width, height)) => (width, height),
            None => {
                let (width, height) = sheet.split_once('x').ok_or_else(fault)?;
                let side = |text: &str| text.parse().ok().filter(|s| (1.0..=5000.0).contains(s));
                (side(width).ok_or_else(fault)?, side(height).ok_or_else(fault)?)
            }
        };
        Ok(Self {
            columns: count(columns).ok_or_else(fault)?,
            rows: count(rows).ok_or_else(fault)?,
            sheet: Size::new(Mm(width).into(), Mm(height).into()),
        })
    }
}

impl Imposition {
    /// Pages on a full sheet.
    pub fn places(&self) -> usize {
        usize::from(self.columns) * usize::from(self.rows)
    }

    /// The pages, which all have the first one's size, on one sheet: left to right, then
    /// down. Bleeds meet halfway where the sheet has no room for both.
    pub fn sheet(&self, pages: Vec<Page>) -> Result<Page, RenderError> {
        let Some(first) = pages.first() else {
            return Err(RenderError::Assembly { reason: "there is no page for a sheet".into() });
        };
        let (trim, bleed) = (first.trim, first.bleed);
        let grid = self.grid(trim, bleed)?;
        let (title, language) = (first.title.clone(), first.language);
        let mut items = Vec::new();
        for (index, page) in pages.into_iter().take(self.places()).enumerate() {
            let (row, column) =
                (index / usize::from(self.columns), index % usize::from(self.columns));
            let at = Point::new(grid.across.start(column), grid.down.start(row));
            let (over, below) = (grid.across.shown(), grid.down.shown());
            let shown =
                Rect::new(-over, -below, trim.width + over * 2.0, trim.height + below * 2.0);
            let clip = Clip { segments: rounded_rect(shown, Pt::ZERO), rule: FillRule::NonZero };
            let group = Group {
                items: page.items,
                transform: Transform::IDENTITY,
                clip: Some(clip),
                opacity: 1.0,
            };
            items.push((at, Item::Group(group)));
        }
        items.extend(grid.marks());
        Ok(Page { trim: grid.sheet, bleed: Pt::ZERO, title, language, items })
    }

    fn grid(&self, trim: Size, bleed: Pt) -> Result<Grid, RenderError> {
        let turned = Size::new(self.sheet.height, self.sheet.width);
        [self.sheet, turned]
            .into_iter()
            .find_map(|sheet| {
                let across = Axis::new(self.columns, trim.width, bleed, sheet.width)?;
                let down = Axis::new(self.rows, trim.height, bleed, sheet.height)?;
                Some(Grid { sheet, across, down })
            })
            .ok_or_else(|| RenderError::Sheet {
                columns: self.columns,
                rows: self.rows,
                width_mm: Mm::from(trim.width).0,
                height_mm: Mm::from(trim.height).0,
            })
    }
}

struct Grid {
    sheet: Size,
    across: Axis,
    down: Axis,
}

impl Grid {
    /// Outside the block, where no page is: a mark never lies on a neighbour.
    fn marks(&self) -> Vec<(Point, Item)> {
        let mut items = Vec::new();
        let (top, bottom) = self.down.outside();
        let (left, right) = self.across.outside();
        for x in self.across.edges() {
            items.extend(
                [top, bottom].map(|(from, to)| line(Point::new(x, from), Point::new(x, to))),
            );
        }
        for y in self.down.edges() {
            items.extend(
                [left, right].map(|(from, to)| line(Point::new(from, y), Point::new(to, y))),
            );
        }
        items
    }
}

/// Pages in a row along one side of the sheet.
struct Axis {
    count: u8,
    length: Pt,
    gutter: Pt,
    margin: Pt,
}

impl Axis {
    fn new(count: u8, length: Pt, bleed: Pt, sheet: Pt) -> Option<Self> {
        let pages = f64::from(count);
        let free = sheet - length * pages;
        // Sheets and pages are whole millimetres; a hundredth of a point is rounding.
        if free < Pt(-0.01) {
            return None;
        }
        let gutter = (bleed * 2.0 - OVERLAP.into()).min(free / pages).max(Pt::ZERO);
        let margin = (free - gutter * (pages - 1.0)) / 2.0;
        Some(Self { count, length, gutter, margin })
    }

    fn start(&self, index: usize) -> Pt {
        self.margin + (self.length + self.gutter) * index as f64
    }

    fn edges(&self) -> impl Iterator<Item = Pt> {
        (0..usize::from(self.count)).flat_map(|i| [self.start(i), self.start(i) + self.length])
    }

    /// How far a page is shown beyond its trim: a little past the middle of the gutter.
    fn shown(&self) -> Pt {
        let half = self.gutter / 2.0;
        half + half.min(Pt::from(OVERLAP) / 2.0)
    }

    /// Where marks begin and end, before the block and behind it.
    fn outside(&self) -> ((Pt, Pt), (Pt, Pt)) {
        let near = self.gutter / 2.0 + GAP.into();
        let far = near + LENGTH.into();
        let (first, last) =
            (self.margin, self.start(usize::from(self.count.saturating_sub(1))) + self.length);
        ((first - near, first - far), (last + near, last + far))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kanso_page::Language;

    fn postcard() -> Page {
        Page {
            trim: Size::new(Mm(100.0).into(), Mm(148.0).into()),
            bleed: Mm(3.0).into(),
            title: String::new(),
            language: Language::Ja,
            items: Vec::new(),
        }
    }

    #[test]
    fn a_sheet_is_turned_as_its_pages_need_it() {
        let sheet = "2x2@A4".parse::<Imposition>().unwrap().sheet(vec![postcard()]).unwrap();
        assert!(sheet.trim.height > sheet.trim.width);
        let sheet = "2x1@A4".parse::<Imposition>().unwrap();
        let a5 = Page { trim: Size::new(Mm(148.0).into(), Mm(210.0).into()), ..postcard() };
        let sheet = sheet.sheet(vec![a5.clone(), a5]).unwrap();
        assert!(sheet.trim.width > sheet.trim.height);
    }

    #[test]
    fn pages_too_large_for_the_sheet_are_refused() {
        let error = "3x2@A4".parse::<Imposition>().unwrap().sheet(vec![postcard()]).unwrap_err();
        assert!(error.to_string().contains("take a larger sheet"), "{error}");
    }

    #[test]
    fn an_arrangement_that_is_none_says_how_to_write_one() {
        for text in ["", "2x1", "0x1@A4", "2x1@A9", "2x1@-5x5", "2x1@NaNx5"] {
            assert!(text.parse::<Imposition>().unwrap_err().contains("write 2x1@A4"), "{text}");
        }
    }
}
