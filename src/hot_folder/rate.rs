//! How fast photos go up. Takes the time, never asks for it.

use std::collections::VecDeque;
use std::time::Duration;

/// So many uploads say how fast the line is.
const UPLOADS: usize = 12;

/// Bytes per second while uploads are under way: pauses between photos are not the line's.
#[derive(Debug, Default)]
pub struct Rate {
    busy: Duration,
    /// Until when `busy` is counted, where uploads are under way.
    since: Option<Duration>,
    /// The latest uploads: bytes, and `busy` when they were through.
    uploads: VecDeque<(u64, Duration)>,
    /// `busy` when the one before them was through.
    from: Duration,
}

impl Rate {
    /// Whether uploads are under way at `now`.
    pub fn busy(&mut self, busy: bool, now: Duration) {
        if let Some(since) = self.since {
            self.busy += now.saturating_sub(since);
        }
        self.since = busy.then_some(now);
    }

    /// An upload came through.
    pub fn uploaded(&mut self, bytes: u64, now: Duration) {
        self.busy(self.since.is_some(), now);
        self.uploads.push_back((bytes, self.busy));
        if self.uploads.len() > UPLOADS
            && let Some((_, at)) = self.uploads.pop_front()
        {
            self.from = at;
        }
    }

    /// `None` before it can be told.
    pub fn bytes_per_second(&self) -> Option<f64> {
        let until = self.uploads.back()?.1;
        let seconds = until.saturating_sub(self.from).as_secs_f64();
        let bytes: u64 = self.uploads.iter().map(|(bytes, _)| bytes).sum();
        (seconds > 0.0).then(|| bytes as f64 / seconds)
    }

    /// How long so many bytes will take.
    pub fn time_for(&self, bytes: u64) -> Option<Duration> {
        let rate = self.bytes_per_second().filter(|rate| *rate > 0.0)?;
        Some(Duration::from_secs_f64((bytes as f64 / rate).min(1e9)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: Duration = Duration::from_secs(1);

    #[test]
    fn the_rate_is_the_lines_and_not_the_photographers() {
        let mut rate = Rate::default();
        assert_eq!(rate.bytes_per_second(), None);
        // One photo of two seconds each minute.
        for minute in 0..5 {
            rate.busy(true, minute * 60 * S);
            rate.uploaded(2_000_000, (minute * 60 + 2) * S);
            rate.busy(false, (minute * 60 + 2) * S);
        }
        assert_eq!(rate.bytes_per_second(), Some(1e6));
        assert_eq!(rate.time_for(5_000_000), Some(5 * S));
    }

    #[test]
    fn a_line_that_becomes_thin_is_told_after_a_few_photos() {
        let mut rate = Rate::default();
        let mut now = Duration::ZERO;
        rate.busy(true, now);
        for seconds in [1; 20].into_iter().chain([10; UPLOADS]) {
            now += seconds * S;
            rate.uploaded(1_000_000, now);
        }
        assert_eq!(rate.bytes_per_second(), Some(1e5));
    }
}
