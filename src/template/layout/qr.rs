//! QR codes as vectors.

use kanso_page::geometry::{Point, Pt, Rect};
use kanso_page::{Fill, FillRule, Item, Paint, Path, Segment};
use qrcodegen::{QrCode, QrCodeEcc};

use super::compose::{ComposeError, Composer, at_origin};
use crate::schema::{self, Placement};

/// Empty modules around a code, as the standard asks (ISO/IEC 18004, 9.1).
const QUIET: u32 = 4;

pub(super) fn qr(composer: &mut Composer<'_>, code: &schema::Qr) -> Result<(), ComposeError> {
    let Some(pattern) = code.value.in_language(composer.fields.language) else { return Ok(()) };
    let Some(text) = pattern.fill(composer.fields) else { return Ok(()) };
    let frame = code.place().rect();
    let side = frame.size.width.min(frame.size.height);
    let square = Rect::new(frame.origin.x, frame.origin.y, side, side);
    if let Some(background) = &code.background {
        let paint = Paint::Solid(composer.color(background)?);
        let path = Path::rect(at_origin(square), Pt::ZERO, paint);
        composer.items.push((square.origin, Item::Path(path)));
    }
    let rows = modules(&text)
        .map_err(|reason| ComposeError::Qr { bib: composer.fields.bib.clone(), reason })?;
    let fill = Fill { paint: Paint::Solid(composer.color(&code.color)?), rule: FillRule::NonZero };
    let segments = outline(&rows, side);
    composer
        .items
        .push((square.origin, Item::Path(Path { segments, fill: Some(fill), stroke: None })));
    Ok(())
}

/// The code's rows, dark modules true. Error correction M: 15 % may be lost to dirt, and
/// more where a higher level makes it no larger.
fn modules(text: &str) -> Result<Vec<Vec<bool>>, String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).map_err(|error| error.to_string())?;
    let side = code.size();
    Ok((0..side).map(|y| (0..side).map(|x| code.get_module(x, y)).collect()).collect())
}

/// One rectangle for each run of dark modules in a row; all in one path, so that no seam
/// shows between neighbours when it is filled.
fn outline(rows: &[Vec<bool>], side: Pt) -> Vec<Segment> {
    let module = side / (rows.len() + 2 * QUIET as usize) as f64;
    let at = |x: usize, y: usize| {
        Point::new(module * (x + QUIET as usize) as f64, module * (y + QUIET as usize) as f64)
    };
    let mut segments = Vec::new();
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        while x < row.len() {
            let run = row.iter().skip(x).take_while(|dark| **dark).count();
            if run > 0 {
                segments.extend([
                    Segment::MoveTo(at(x, y)),
                    Segment::LineTo(at(x + run, y)),
                    Segment::LineTo(at(x + run, y + 1)),
                    Segment::LineTo(at(x, y + 1)),
                    Segment::Close,
                ]);
            }
            x += run.max(1);
        }
    }
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verification_address_fits_version_4() {
        let address = "https://kanso.example/v/1aB9xYzQ0kLmN3pRsTuVwX2aB4cD6eF8gH0";
        assert_eq!(address.len(), 59);
        assert_eq!(modules(address).unwrap().len(), 33);
    }

    #[test]
    fn the_quiet_zone_stays_empty() {
        let rows = modules("kanso").unwrap();
        let side = Pt((rows.len() + 8) as f64);
        for segment in outline(&rows, side) {
            if let Segment::MoveTo(p) | Segment::LineTo(p) = segment {
                assert!(p.x.0 >= 4.0 && p.x.0 <= side.0 - 4.0);
                assert!(p.y.0 >= 4.0 && p.y.0 <= side.0 - 4.0);
            }
        }
    }
}
