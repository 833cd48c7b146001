//! The largest size, and the lines, at which a text fits its frame.

use std::ops::{Range, RangeInclusive};

use kanso_page::geometry::{Mm, Pt, Size};

use super::lines::{Segment, balanced, greedy, hard_lines, line_width, narrowest, whole_words};
use super::set::TextError;
use super::style::{BlockAlign, Direction, TextStyle};

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

/// A name a fifth smaller is better than a name in two parts, or broken within a word.
const WORTH_IT: f64 = 0.8;

/// A text of more pieces than this is a paragraph, whose size is not given up for its breaks.
const RUNNING_TEXT: usize = 32;

/// Extents of `lines` lines across, in ems: the em box of each, leading between them.
pub(super) fn block_ems(lines: usize, leading: f64) -> f64 {
    if lines == 0 { 0.0 } else { 1.0 + (lines - 1) as f64 * leading }
}

/// Of all allowed numbers of lines, the one that lets the text be largest; then the fewest
/// lines at that size. One line wins where it is at least [`WORTH_IT`] of the best, and so
/// do lines that end between words over lines that end within them (in running text only
/// where they cost nothing). Only where no size down to the smallest fits is the text
/// condensed, at the smallest.
pub(super) fn fit(segments: &[Segment], style: &TextStyle, frame: Size) -> Result<Fit, TextError> {
    let room = Room::new(style, frame);
    let smallest =
        if style.overflow.shrink { style.min_size.min(style.size).0 } else { style.size.0 };
    let allowed = allowed_lines(segments, style);
    let any = room.largest(segments, style, allowed.clone());
    let words = whole_words(segments);
    let whole =
        room.largest(&words, style, allowed.start().to_owned()..=words.len().min(*allowed.end()));
    let running_text = segments.len() > RUNNING_TEXT;
    let enough = if running_text { any } else { any * WORTH_IT };
    let (size, segments) = if whole >= smallest && whole >= enough {
        (whole, words.as_slice())
    } else {
        (any, segments)
    };
    if size >= smallest && size > 0.0 {
        let size = rounded_down(size, style.size.0, smallest);
        let lines = room.lines(segments, size);
        return Ok(Fit { size: Pt(size), horizontal_scale: 1.0, lines });
    }
    condense(segments, style, room, smallest, allowed)
}

fn allowed_lines(segments: &[Segment], style: &TextStyle) -> RangeInclusive<usize> {
    let hard = hard_lines(segments);
    // No more lines than there are pieces.
    let most = style.max_lines.clamp(hard, segments.len().max(hard));
    hard..=if style.overflow.wrap { most } else { hard }
}

fn condense(
    segments: &[Segment],
    style: &TextStyle,
    room: Room,
    size: f64,
    allowed: RangeInclusive<usize>,
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

    /// The size to set the text at, in as many lines as are best.
    fn largest(
        self,
        segments: &[Segment],
        style: &TextStyle,
        allowed: RangeInclusive<usize>,
    ) -> f64 {
        let mut sizes = allowed.map(|lines| self.size(segments, lines).min(style.size.0));
        let fewest = sizes.next().unwrap_or(0.0);
        let best = sizes.fold(fewest, f64::max);
        let smallest = if style.overflow.shrink { style.min_size.0 } else { style.size.0 };
        if fewest >= smallest && fewest >= best * WORTH_IT { fewest } else { best }
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
