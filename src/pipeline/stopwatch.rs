//! Times the steps of the pure pipeline from outside.

use std::time::Instant;

use kanso_certificate::Steps;

/// Laps in order; a step that comes again (one per certificate) adds up.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    since: Instant,
    laps: Vec<(&'static str, f64)>,
}

impl Stopwatch {
    pub fn start() -> Self {
        Self { since: Instant::now(), laps: Vec::new() }
    }

    /// Everything since the last lap belongs to `step`.
    pub fn lap(&mut self, step: &'static str) {
        let ms = self.since.elapsed().as_secs_f64() * 1000.0;
        self.since = Instant::now();
        match self.laps.iter_mut().find(|(name, _)| *name == step) {
            Some((_, sum)) => *sum += ms,
            None => self.laps.push((step, ms)),
        }
    }

    pub fn laps(&self) -> &[(&'static str, f64)] {
        &self.laps
    }

    pub fn into_laps(self) -> Vec<(&'static str, f64)> {
        self.laps
    }
}

impl Default for Stopwatch {
    fn default() -> Self {
        Self::start()
    }
}

impl Steps for Stopwatch {
    fn done(&mut self, step: &'static str) {
        self.lap(step);
    }
}
