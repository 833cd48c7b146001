//! The organiser's seal (印影).

use kanso_page::Language;
use kanso_page::geometry::{Point, Pt, Rect};
use kanso_page::{Item, Paint, Path, rounded_rect};
use kanso_text::style::{Align, BlockAlign, Direction, Figures, Overflow, TextStyle};

use super::compose::{ComposeError, Composer, at_origin, stroke};
use crate::schema::{self, Placement};

pub(super) fn seal(composer: &mut Composer<'_>, mark: &schema::Seal) -> Result<(), ComposeError> {
    let frame = mark.place().rect();
    let side = frame.size.width.min(frame.size.height);
    let square = Rect::new(frame.origin.x, frame.origin.y, side, side);
    if let Some(graphic) = &composer.branding.seal {
        let scale = (side / graphic.size.width).min(side / graphic.size.height);
        let at = Point::new(
            square.origin.x + (side - graphic.size.width * scale) / 2.0,
            square.origin.y + (side - graphic.size.height * scale) / 2.0,
        );
        composer.items.push((at, Item::Group(graphic.scaled(scale, scale))));
        return Ok(());
    }
    let pattern = mark.value.as_ref().and_then(|value| value.in_language(composer.fields.language));
    let Some(text) = pattern.and_then(|pattern| pattern.fill(composer.fields)) else {
        return Ok(());
    };
    drawn(composer, mark, square, &text)
}

/// A square border and the characters in columns from the right, as seals are cut.
fn drawn(
    composer: &mut Composer<'_>,
    mark: &schema::Seal,
    square: Rect,
    text: &str,
) -> Result<(), ComposeError> {
    let paint = Paint::Solid(composer.color(&mark.color)?);
    let side = square.size.width;
    let weight = side * 0.045;
    let border = Path {
        segments: rounded_rect(at_origin(square.outset(-weight / 2.0)), side * 0.06),
        fill: None,
        stroke: Some(stroke(paint.clone(), weight)),
    };
    let half = weight / 2.0;
    composer
        .items
        .push((Point::new(square.origin.x + half, square.origin.y + half), Item::Path(border)));
    let characters: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let (columns, rows) = grid(characters.len());
    let room = side - weight * 3.6;
    let (cell_width, cell_height) = (room / columns as f64, room / rows as f64);
    let style = TextStyle {
        chain: mark.font.clone(),
        size: cell_width.min(cell_height) * 1.02,
        min_size: Pt(1.0),
        tracking: 0.0,
        leading: 1.0,
        direction: Direction::Horizontal,
        align: Align::Center,
        block_align: BlockAlign::Center,
        language: Language::Ja,
        overflow: Overflow { shrink: true, condense_to: 1.0, wrap: false },
        max_lines: 1,
        figures: Figures::Proportional,
        upright_digits: 0,
        paint,
        overprint: true,
    };
    for (at, character) in characters.iter().enumerate() {
        let (column, row) = (at / rows, at % rows);
        let cell = Rect::new(
            square.origin.x + weight * 1.8 + cell_width * (columns - 1 - column) as f64,
            square.origin.y + weight * 1.8 + cell_height * row as f64,
            cell_width,
            cell_height,
        );
        composer.put_text(&character.to_string(), &style, cell, "seal")?;
    }
    Ok(())
}

/// Columns and rows of a nearly square field: the columns are filled from the right.
fn grid(characters: usize) -> (usize, usize) {
    let mut rows = 1;
    while rows * rows < characters {
        rows += 1;
    }
    (characters.div_ceil(rows).max(1), rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seals_are_cut_in_nearly_square_fields() {
        assert_eq!(grid(1), (1, 1));
        assert_eq!(grid(4), (2, 2));
        assert_eq!(grid(6), (2, 3));
        assert_eq!(grid(9), (3, 3));
        assert_eq!(grid(0), (1, 1));
    }
}
