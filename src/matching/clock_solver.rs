//! A camera's clock, solved from photos whose bibs are sure by other evidence.
//!
//! Each such bib says what the clock was off by: when its runner finished, less what the
//! camera showed. The right ones agree within seconds, wrong readings and runners who linger
//! are spread over minutes and hours: so the densest window is looked for, stretch of time by
//! stretch of time, and stretches that agree are fitted together.

use jiff::Timestamp;
use kanso_race::rules::FinishWindow;

use super::camera_clock::{CameraClock, ClockSegment, ClockSource};

/// A bib in a photo, against its runner's finish.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// What the camera showed, uncorrected ([`shown`](super::camera_clock::shown)).
    pub shown: Timestamp,
    /// What must be added for the photo to be taken when runners are photographed.
    pub offset_s: f64,
}

impl Sample {
    /// Of a photo that shows a runner who finished then.
    pub fn new(shown: Timestamp, finish: Timestamp, window: FinishWindow) -> Self {
        Self { shown, offset_s: finish.duration_since(shown).as_secs_f64() + window.mean_s }
    }
}

/// With half of the bibs wrong, the densest window of 10 is seldom wrong, of 5 one in six
/// times.
pub const FEWEST: usize = 10;
/// Bibs of one stretch of time, at least, where there are more.
const BLOCK: usize = 20;
const MOST_BLOCKS: usize = 200;
/// Share of a stretch's bibs that must agree.
const AGREEING: f64 = 0.25;
const FEWEST_AGREEING: usize = 5;
/// Another window with this share of the densest one's bibs makes it doubtful: two bodies
/// may share a folder.
const RIVAL: f64 = 0.5;
/// A drift is believed from this long a stretch, and this many bibs.
const DRIFT_HOURS: f64 = 0.5;
const DRIFT_BIBS: usize = 30;
/// No quartz is worse: 28 parts in a million are 0.1 s an hour, 2 s are a bad one.
const WORST_DRIFT_S_PER_H: f64 = 10.0;
/// No offset is known better: photographers press some tenths of a second early or late.
const BEST_SIGMA_S: f64 = 0.2;

/// How wide a window is in which right bibs agree, in seconds: two in three of them.
fn width_s(window: FinishWindow) -> f64 {
    (2.0 * window.sigma_s).clamp(3.0, 30.0)
}

/// Why a camera's clock is not solved.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unsolved {
    /// There are fewer than [`FEWEST`] bibs.
    TooFew,
    /// Not enough of the bibs agree on any offset.
    Disagreement,
    /// Two offsets hold in turn, in seconds: two bodies under one name, or a clock that was
    /// set back, so that it showed the same hours twice.
    TwoClocks(f64, f64),
}

/// Solves a camera's clock. The order of the samples does not matter.
pub fn solve(samples: &[Sample], window: FinishWindow) -> Result<CameraClock, Unsolved> {
    if samples.len() < FEWEST {
        return Err(Unsolved::TooFew);
    }
    let mut samples = samples.to_vec();
    samples.sort_by(|a, b| a.shown.cmp(&b.shown).then(a.offset_s.total_cmp(&b.offset_s)));
    let width_s = width_s(window);
    let blocks = blocks(&samples, width_s);
    let groups = groups(&blocks, width_s);
    let cuts = cuts(&samples, &groups, width_s);
    let fitted = groups.iter().zip(cuts.windows(2));
    let fitted = fitted.map(|(group, cut)| fit(&samples[cut[0]..cut[1]], group, width_s));
    let segments = fitted.collect::<Option<Vec<ClockSegment>>>().unwrap_or_default();
    let agreeing: usize = segments.iter().map(|segment| segment.agreeing).sum();
    let enough = agreeing as f64 >= AGREEING * samples.len() as f64 && agreeing > 0;
    if enough && !are_two_bodies(&samples, &segments, width_s) {
        return Ok(CameraClock { source: ClockSource::Solved, segments });
    }
    Err(two_clocks(&samples, width_s).unwrap_or(Unsolved::Disagreement))
}

/// Bibs that follow one another, and what most of them say.
#[derive(Debug, Clone, Copy)]
struct Block {
    /// First sample, and the one after the last.
    range: (usize, usize),
    middle: Timestamp,
    offset_s: f64,
}

/// Stretches of time in which enough bibs agree.
fn blocks(samples: &[Sample], width_s: f64) -> Vec<Block> {
    let count = (samples.len() / BLOCK).clamp(1, MOST_BLOCKS);
    let block = |n: usize| {
        let range = (n * samples.len() / count, (n + 1) * samples.len() / count);
        let inside = &samples[range.0..range.1];
        let middle = inside[inside.len() / 2].shown;
        densest(inside, width_s).map(|offset_s| Block { range, middle, offset_s })
    };
    (0..count).filter_map(block).collect()
}

/// The median of the densest window, where it is dense enough and no other rivals it.
fn densest(samples: &[Sample], width_s: f64) -> Option<f64> {
    let (best, rival) = peaks(samples, width_s)?;
    let agreeing = (AGREEING * samples.len() as f64).max(FEWEST_AGREEING as f64);
    let rivalled = rival.is_some_and(|rival| rival.count as f64 > RIVAL * best.count as f64);
    (best.count as f64 >= agreeing && !rivalled).then_some(best.offset_s)
}

/// Bibs that agree.
#[derive(Debug, Clone, Copy)]
struct Peak {
    offset_s: f64,
    count: usize,
}

/// The densest window, and the densest of those that are clear of it.
fn peaks(samples: &[Sample], width_s: f64) -> Option<(Peak, Option<Peak>)> {
    let mut offsets: Vec<f64> = samples.iter().map(|sample| sample.offset_s).collect();
    offsets.sort_by(f64::total_cmp);
    let windows: Vec<(usize, usize)> = windows(&offsets, width_s).collect();
    let peak = |(first, end): (usize, usize)| Peak {
        offset_s: offsets[first + (end - first) / 2],
        count: end - first,
    };
    // Of equally dense ones the first.
    let best = *windows.iter().rev().max_by_key(|(first, end)| end - first)?;
    let (low, high) = (offsets[best.0] - width_s, offsets[best.1 - 1] + width_s);
    let clear = windows
        .into_iter()
        .filter(|(first, end)| offsets[*first] > high || offsets[*end - 1] < low);
    let rival = clear.max_by_key(|(first, end)| end - first);
    Some((peak(best), rival.map(peak)))
}

/// Where two offsets have many bibs each, and neither is that of the camera.
fn two_clocks(samples: &[Sample], width_s: f64) -> Option<Unsolved> {
    let (best, rival) = peaks(samples, width_s)?;
    let rival = rival.filter(|rival| rival.count as f64 > RIVAL * best.count as f64)?;
    let many = (best.count + rival.count) as f64 > 2.0 * AGREEING * samples.len() as f64;
    many.then_some(Unsolved::TwoClocks(best.offset_s, rival.offset_s))
}

/// For each of sorted offsets the window that begins with it: its index, and the one after the
/// last.
fn windows(offsets: &[f64], width_s: f64) -> impl Iterator<Item = (usize, usize)> {
    let end = move |first: usize| offsets.partition_point(|o| *o <= offsets[first] + width_s);
    (0..offsets.len()).map(move |first| (first, end(first)))
}

/// Blocks of one segment.
type Group = Vec<Block>;

/// Blocks that follow one another and agree. One that stands alone between two that agree
/// with each other is a mistake.
fn groups(blocks: &[Block], width_s: f64) -> Vec<Group> {
    let agree = |a: &Block, b: &Block| {
        let hours = b.middle.duration_since(a.middle).as_secs_f64().abs() / 3600.0;
        (a.offset_s - b.offset_s).abs() <= width_s + WORST_DRIFT_S_PER_H.min(2.0) * hours
    };
    let alone = |n: &usize| {
        let (Some(before), Some(after)) =
            (n.checked_sub(1).and_then(|n| blocks.get(n)), blocks.get(n + 1))
        else {
            return false;
        };
        agree(before, after) && !agree(before, &blocks[*n]) && !agree(&blocks[*n], after)
    };
    let mut groups: Vec<Group> = Vec::new();
    for n in (0..blocks.len()).filter(|n| !alone(n)) {
        let block = blocks[n];
        match groups.last_mut() {
            Some(group) if group.last().is_some_and(|last| agree(last, &block)) => {
                group.push(block);
            }
            _ => groups.push(vec![block]),
        }
    }
    groups
}

/// Where one segment ends and the next begins, as indices of samples: where the fewest bibs
/// contradict.
fn cuts(samples: &[Sample], groups: &[Group], width_s: f64) -> Vec<usize> {
    let mut cuts = vec![0];
    for pair in groups.windows(2) {
        let (before, after) = (pair[0][pair[0].len() - 1], pair[1][0]);
        let (start, end) = (before.range.0, after.range.1);
        let agrees = |sample: &Sample, block: &Block| {
            i64::from((sample.offset_s - block.offset_s).abs() <= width_s)
        };
        let inside = &samples[start..end];
        let mut score: i64 = inside.iter().map(|sample| agrees(sample, &after)).sum();
        let mut best = (score, start);
        for (n, sample) in inside.iter().enumerate() {
            score += agrees(sample, &before) - agrees(sample, &after);
            if score > best.0 {
                best = (score, start + n + 1);
            }
        }
        cuts.push(best.1);
    }
    cuts.push(samples.len());
    cuts
}

/// A straight line through the bibs of a segment that agree with their block's median, then
/// through those that agree with the line. `None` where another offset holds beside it.
fn fit(samples: &[Sample], group: &Group, width_s: f64) -> Option<ClockSegment> {
    let (first, last) = (samples.first()?.shown, samples.last()?.shown);
    let hours = |sample: &Sample| sample.shown.duration_since(first).as_secs_f64() / 3600.0;
    let near = |sample: &Sample| {
        let apart = |block: &&Block| sample.shown.duration_since(block.middle).abs();
        let block = group.iter().min_by_key(apart);
        block.is_some_and(|block| (sample.offset_s - block.offset_s).abs() <= width_s / 2.0)
    };
    let mut agreeing: Vec<(f64, f64)> = samples
        .iter()
        .filter(|sample| near(sample))
        .map(|sample| (hours(sample), sample.offset_s))
        .collect();
    let mut line = line(&agreeing)?;
    for _ in 0..3 {
        agreeing = samples
            .iter()
            .map(|sample| (hours(sample), sample.offset_s))
            .filter(|(h, offset_s)| (offset_s - line.0 - line.1 * h).abs() <= width_s)
            .collect();
        line = self::line(&agreeing)?;
    }
    let (offset_s, drift_s_per_h) = line;
    let left = |(h, o): &(f64, f64)| o - offset_s - drift_s_per_h * h;
    let mut others: Vec<f64> =
        samples.iter().map(|sample| left(&(hours(sample), sample.offset_s))).collect();
    others.retain(|left| left.abs() > 1.5 * width_s);
    others.sort_by(f64::total_cmp);
    let rival = windows(&others, width_s).map(|(first, end)| end - first).max().unwrap_or(0);
    if rival as f64 > RIVAL * agreeing.len() as f64 {
        return None;
    }
    let variance = agreeing.iter().map(|point| left(point).powi(2)).sum::<f64>();
    let variance = variance / agreeing.len() as f64;
    let sigma_s = (1.5 * (variance / agreeing.len() as f64).sqrt()).max(BEST_SIGMA_S);
    let agreeing = agreeing.len();
    Some(ClockSegment { from: first, until: last, offset_s, drift_s_per_h, sigma_s, agreeing })
}

/// Whether what one segment says holds for many bibs of another as well: a clock that was set
/// is not set back in between, but two bodies take photos in turn.
fn are_two_bodies(samples: &[Sample], segments: &[ClockSegment], width_s: f64) -> bool {
    let during = |segment: &ClockSegment| {
        let first = samples.partition_point(|sample| sample.shown < segment.from);
        let end = samples.partition_point(|sample| sample.shown <= segment.until);
        &samples[first..end]
    };
    let agrees = |sample: &&Sample, with: &ClockSegment| {
        (sample.offset_s - with.offset_at(sample.shown).0).abs() <= width_s / 2.0
    };
    let differ = |a: &ClockSegment, b: &ClockSegment| {
        (a.offset_at(b.from).0 - b.offset_s).abs() > 2.0 * width_s
    };
    segments.iter().any(|one| {
        segments.iter().filter(|other| differ(other, one)).any(|other| {
            let agreeing = during(one).iter().filter(|sample| agrees(sample, other)).count();
            agreeing as f64 > RIVAL / 2.0 * one.agreeing as f64
        })
    })
}

/// Offset at 0 h, and drift, of bibs that agree; a drift only where they tell one.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = points.len() as f64;
    let span = points.last()?.0 - points.first()?.0;
    let mean_h = points.iter().map(|(h, _)| h).sum::<f64>() / n;
    let mean_o = points.iter().map(|(_, o)| o).sum::<f64>() / n;
    let spread: f64 = points.iter().map(|(h, _)| (h - mean_h).powi(2)).sum();
    let together: f64 = points.iter().map(|(h, o)| (h - mean_h) * (o - mean_o)).sum();
    let drift = together / spread;
    let left = |(h, o): &(f64, f64)| (o - mean_o - drift * (h - mean_h)).powi(2);
    let sigma = (points.iter().map(left).sum::<f64>() / n / spread).sqrt();
    let told = span >= DRIFT_HOURS && points.len() >= DRIFT_BIBS && drift.abs() > 3.0 * sigma;
    let drift = if told { drift.clamp(-WORST_DRIFT_S_PER_H, WORST_DRIFT_S_PER_H) } else { 0.0 };
    Some((mean_o - drift * mean_h, drift))
}

#[cfg(test)]
mod tests;
