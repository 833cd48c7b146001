//! How often comes true what is said with a probability.

/// What was said with about the same probability.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    pub count: usize,
    /// Sum of the probabilities that were said.
    pub said: f64,
    pub came_true: usize,
}

/// Tenths of probability.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Calibration {
    pub bins: [Bin; 10],
}

impl Calibration {
    pub fn add(&mut self, probability: f64, came_true: bool) {
        let at = ((probability * 10.0) as usize).min(9);
        let bin = &mut self.bins[at];
        bin.count += 1;
        bin.said += probability;
        bin.came_true += usize::from(came_true);
    }

    /// Expected calibration error: how far what is said is from what comes true, on the
    /// average over all that is said.
    pub fn error(&self) -> f64 {
        let count: usize = self.bins.iter().map(|bin| bin.count).sum();
        let off = self.bins.iter().map(|bin| (bin.said - bin.came_true as f64).abs());
        off.sum::<f64>() / count.max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_true_as_often_as_it_is_said_has_no_error() {
        let mut right = Calibration::default();
        let mut boastful = Calibration::default();
        for n in 0..100 {
            right.add(0.75, n % 4 > 0);
            boastful.add(0.95, n % 4 > 0);
        }
        assert!(right.error() < 1e-9, "{right:?}");
        assert!((boastful.error() - 0.2).abs() < 1e-9, "{boastful:?}");
    }
}
