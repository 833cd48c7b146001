//! The largest size, and the lines, at which a text fits its frame.

use std::ops::Range;

use super::lines::{Segment, balanced, greedy, hard_lines, line_width, narrowest};
use super::set::TextError;
use super::style::{BlockAlign, Direction, TextStyle};
use crate::layout::geometry::{Mm, Pt, Size};

/// How a text fits.
#[derive(Debug, Clone)]
pub(super) struct Fit {
    pub size: Pt,
    pub horizontal_scale: f64,
    /// Ranges of clusters.
    pub lines: Vec<Range<usize>>,
}

/// A frame, along and across the lines.
#[derive(Debug, Clone, Copy)]
struct Room {
    measure: f64,
    /// None where only the first baseline is fixed.
    across: Option<f64>,
    leading: f64,
}

/// One line keeps its preference over several as long as it costs at most a fifth of the
/// size: a name a little smaller is better than a name in two parts.
const ONE_LINE: f64 = 0.8;

/// Extents of `lines` lines across, in ems: the em box of each, leading between them.
pub(super) fn block_ems(lines: usize, leading: f64) -> f64 {
    if lines == 0 { 0.0 } else { 1.0 + (lines - 1) as f64 * leading }
}

/// Of all allowed numbers of lines, the one that lets the text be largest; then the fewest
/// lines at that size. One line wins where it is at least [`ONE_LINE`] of the best. Only
/// where no size down to the smallest fits is the text condensed, at the smallest.
pub(super) fn fit(segments: &[Segment], style: &TextStyle, frame: Size) -> Result<Fit, TextError> {
    let room = Room::new(style, frame);
    let smallest = if style.overflow.shrink { style.min_size.min(style.size) } else { style.size };
    let hard = hard_lines(segments);
    let most = if style.overflow.wrap {
        // No more lines than there are pieces.
        style.max_lines.clamp(hard, segments.len().max(hard))
    } else {
        hard
    };
    let sizes: Vec<f64> =
        (hard..=most).map(|lines| room.size(segments, lines).min(style.size.0)).collect();
    let best = sizes.iter().copied().fold(0.0, f64::max);
    if best >= smallest.0 && best > 0.0 {
        let size = match sizes.first() {
            Some(&one) if one >= smallest.0 && one >= best * ONE_LINE => one,
            _ => best,
        };
        let size = rounded_down(size, style.size.0, smallest.0);
        return Ok(Fit {
            size: Pt(size),
            horizontal_scale: 1.0,
            lines: room.lines(segments, size),
        });
    }
    condense(segments, style, room, smallest.0, hard..=most)
}

fn condense(
    segments: &[Segment],
    style: &TextStyle,
    room: Room,
    size: f64,
    allowed: std::ops::RangeInclusive<usize>,
) -> Result<Fit, TextError> {
    let limit = match style.direction {
        Direction::Horizontal => style.overflow.condense_to.clamp(0.5, 1.0),
        // Narrowing would squeeze the columns, not shorten them.
        Direction::Vertical => 1.0,
    };
    let scales = allowed
        .clone()
        .filter(|&lines| room.holds(lines, size))
        .map(|lines| room.measure / (size * narrowest(segments, lines)));
    let scale = scales.fold(0.0, f64::max).min(1.0);
    if scale >= limit && size > 0.0 {
        let scale = ((scale * 1e4).floor() / 1e4).max(limit);
        let lines = room.lines(segments, size * scale);
        return Ok(Fit { size: Pt(size), horizontal_scale: scale, lines });
    }
    let length = narrowest(segments, *allowed.end()) * size * limit;
    let (needed, given) = if length > room.measure {
        (length, room.measure)
    } else {
        let lines = greedy(segments, room.measure / (size * limit)).unwrap_or(*allowed.end());
        (block_ems(lines, room.leading) * size, room.across.unwrap_or(room.measure))
    };
    let in_mm = |points: f64| Mm::from(Pt(points)).0;
    Err(TextError::Overflow { needed_mm: in_mm(needed), frame_mm: in_mm(given) })
}

/// Sizes in the record stay readable, and the last bits of a quotient stay inside the frame.
fn rounded_down(size: f64, wanted: f64, smallest: f64) -> f64 {
    if size >= wanted { wanted } else { ((size * 100.0).floor() / 100.0).max(smallest) }
}

impl Room {
    fn new(style: &TextStyle, frame: Size) -> Self {
        let (measure, across) = match style.direction {
            Direction::Horizontal => (frame.width.0, frame.height.0),
            Direction::Vertical => (frame.height.0, frame.width.0),
        };
        let free =
            style.block_align == BlockAlign::Baseline && style.direction == Direction::Horizontal;
        Self { measure, across: (!free).then_some(across), leading: style.leading }
    }

    /// The largest size at which the text takes at most `lines` lines and fits.
    fn size(self, segments: &[Segment], lines: usize) -> f64 {
        let ems = narrowest(segments, lines);
        let along = if ems > 0.0 { self.measure / ems } else { f64::INFINITY };
        let across = match self.across {
            Some(across) => across / block_ems(lines, self.leading),
            None => f64::INFINITY,
        };
        along.min(across)
    }

    fn holds(self, lines: usize, size: f64) -> bool {
        self.across.is_none_or(|across| block_ems(lines, self.leading) * size <= across + 1e-9)
    }

    /// Balanced lines at a size, as ranges of clusters.
    fn lines(self, segments: &[Segment], size: f64) -> Vec<Range<usize>> {
        // A line that just fits must not be broken for its last bit.
        let widest = segments.iter().map(|s| line_width(std::slice::from_ref(s)));
        let measure = (self.measure / size).max(widest.fold(0.0, f64::max));
        balanced(segments, measure)
            .into_iter()
            .filter_map(|line| {
                let (first, last) =
                    (segments.get(line.start)?, segments.get(line.end.checked_sub(1)?)?);
                Some(first.clusters.start..last.clusters.end)
            })
            .collect()
    }
}
