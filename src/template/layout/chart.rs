//! Pace by split: one line, one area, labels at its ends.

use kanso_page::geometry::{Point, Pt, Rect};
use kanso_page::{Fill, FillRule, Item, LineCap, LineJoin, Paint, Path, Segment};
use kanso_text::style::{Align, BlockAlign, TextStyle};

use super::compose::{ComposeError, Composer, stroke};
use crate::format;
use crate::schema::{self, Placement};

/// A stretch of the course at one pace.
struct Stretch {
    from_m: f64,
    to_m: f64,
    /// Seconds per kilometre.
    pace: f64,
}

pub(super) fn chart(
    composer: &mut Composer<'_>,
    chart: &schema::Chart,
) -> Result<(), ComposeError> {
    let stretches = stretches(composer);
    let (Some(first), Some(last)) = (stretches.first(), stretches.last()) else { return Ok(()) };
    // One stretch alone has no course to show.
    if stretches.len() < 2 {
        return Ok(());
    }
    let style = composer.style(&chart.label_style)?;
    let frame = chart.place().rect();
    let label_width = style.size * 3.4;
    let plot = Rect::new(
        frame.origin.x + label_width,
        frame.origin.y + style.size,
        frame.size.width - label_width * 2.0,
        frame.size.height - style.size * 2.6,
    );
    let length = last.to_m;
    let slowest = stretches.iter().map(|s| s.pace).fold(f64::MIN, f64::max);
    let fastest = stretches.iter().map(|s| s.pace).fold(f64::MAX, f64::min);
    // At least 30 s/km from edge to edge, so that an even race looks even.
    let middle = (slowest + fastest) / 2.0;
    let half = ((slowest - fastest) / 2.0 * 1.25).max(15.0);
    let x = |metres: f64| plot.size.width * (metres / length);
    let y = |pace: f64| plot.size.height * ((pace - (middle - half)) / (2.0 * half));
    let line: Vec<Point> = stretches
        .iter()
        .map(|stretch| Point::new(x((stretch.from_m + stretch.to_m) / 2.0), y(stretch.pace)))
        .collect();
    let curve = curve(&line, plot.size.width);
    let bottom = plot.size.height;
    let mut area = curve.clone();
    area.extend([
        Segment::LineTo(Point::new(plot.size.width, bottom)),
        Segment::LineTo(Point::new(Pt::ZERO, bottom)),
        Segment::Close,
    ]);
    let tint = Fill { paint: Paint::Solid(composer.color(&chart.area)?), rule: FillRule::NonZero };
    let mut line_stroke = stroke(Paint::Solid(composer.color(&chart.color)?), Pt(chart.weight));
    (line_stroke.cap, line_stroke.join) = (LineCap::Round, LineJoin::Round);
    let path = |segments, fill, stroke| Item::Path(Path { segments, fill, stroke });
    composer.items.push((plot.origin, path(area, Some(tint), None)));
    composer.items.push((plot.origin, path(curve, None, Some(line_stroke))));

    let mut label = |text: &str, x: Pt, y: Pt, width: Pt, align: Align| {
        let style = TextStyle { align, block_align: BlockAlign::Center, ..style.clone() };
        let height = style.size * 1.6;
        let place = Rect::new(x, y - height / 2.0, width, height);
        composer.put_text(text, &style, place, "chart").map(|_| ())
    };
    let gap = style.size * 0.5;
    let at = |pace: f64| plot.origin.y + y(pace);
    let left = frame.origin.x;
    label(&format::pace(first.pace), left, at(first.pace), label_width - gap, Align::End)?;
    label(
        &format::pace(last.pace),
        plot.right() + gap,
        at(last.pace),
        label_width - gap,
        Align::Start,
    )?;
    let below = plot.bottom() + style.size * 1.1;
    let kilometres = format!("{} km", trimmed(length / 1000.0));
    label("0 km", plot.origin.x, below, plot.size.width / 2.0, Align::Start)?;
    let middle_x = plot.origin.x + plot.size.width / 2.0;
    label(&kilometres, middle_x, below, plot.size.width / 2.0, Align::End)
}

fn trimmed(kilometres: f64) -> String {
    let text = format!("{kilometres:.4}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The stretches whose distances and paces are known. A stretch of less than a kilometre
/// (the halfway point beside 20 km) is joined to the next: its pace is mostly noise.
fn stretches(composer: &Composer<'_>) -> Vec<Stretch> {
    let mut all: Vec<Stretch> = Vec::new();
    let mut from_m = 0.0;
    let mut seconds = 0.0;
    let count = composer.fields.splits.len();
    for (at, row) in composer.fields.splits.iter().enumerate() {
        seconds += f64::from(row.lap.millis()) / 1000.0;
        let Some(to_m) = row.distance_m else { continue };
        let length = to_m - from_m;
        let is_last = at + 1 == count;
        if length <= 0.0 || (length < 1000.0 && !is_last) {
            continue;
        }
        all.push(Stretch { from_m, to_m, pace: seconds / length * 1000.0 });
        (from_m, seconds) = (to_m, 0.0);
    }
    all
}

/// A smooth line through the points, level at its ends, from edge to edge. Monotone
/// between points (Fritsch-Carlson), so that it shows no pace that was not run.
fn curve(points: &[Point], width: Pt) -> Vec<Segment> {
    let mut line = Vec::with_capacity(points.len() + 2);
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        line.push(Point::new(Pt::ZERO, first.y));
        line.extend_from_slice(points);
        line.push(Point::new(width, last.y));
    }
    let slopes = tangents(&line);
    let mut segments = Vec::new();
    for (at, point) in line.iter().enumerate() {
        let before = at
            .checked_sub(1)
            .and_then(|before| Some((line.get(before)?, slopes.get(before)?, slopes.get(at)?)));
        segments.push(match before {
            None => Segment::MoveTo(*point),
            Some((from, leaving, arriving)) => {
                let third = (point.x - from.x) / 3.0;
                Segment::CubicTo(
                    Point::new(from.x + third, from.y + third * *leaving),
                    Point::new(point.x - third, point.y - third * *arriving),
                    *point,
                )
            }
        });
    }
    segments
}

fn tangents(line: &[Point]) -> Vec<f64> {
    let secants: Vec<f64> = line
        .windows(2)
        .map(|pair| match pair {
            [a, b] if b.x > a.x => (b.y - a.y) / (b.x - a.x),
            _ => 0.0,
        })
        .collect();
    (0..line.len())
        .map(|at| {
            let before = at.checked_sub(1).and_then(|before| secants.get(before));
            match (before, secants.get(at)) {
                // The harmonic mean keeps the curve between its points.
                (Some(before), Some(after)) if before * after > 0.0 => {
                    2.0 * before * after / (before + after)
                }
                _ => 0.0,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_shows_no_pace_that_was_not_run() {
        let points: Vec<Point> = [3.0, 9.0, 2.0, 2.0, 7.0]
            .iter()
            .enumerate()
            .map(|(at, y)| Point::new(Pt(10.0 + 20.0 * at as f64), Pt(*y)))
            .collect();
        for segment in curve(&points, Pt(100.0)) {
            if let Segment::CubicTo(a, b, c) = segment {
                for y in [a.y.0, b.y.0, c.y.0] {
                    assert!((2.0 - 1e-9..=9.0 + 1e-9).contains(&y), "{y}");
                }
            }
        }
    }
}
