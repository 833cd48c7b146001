//! A store that does not answer: asked again and again by one upload at a time, so that a
//! thousand waiting files are no thousand failures. Takes the time, never asks for it.

use std::time::Duration;

/// The longest pause between two tries: soon after the store is back, all goes on.
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// Whether the store answers, and when it is asked again where it does not.
#[derive(Debug, Default)]
pub struct Outage(Option<Pause>);

#[derive(Debug)]
struct Pause {
    length: Duration,
    until: Duration,
}

impl Outage {
    /// The store did not answer an upload. The answer says whether that is new.
    pub fn goes_on(&mut self, now: Duration) -> bool {
        let length = match &self.0 {
            // It was under way when another one failed.
            Some(pause) if now < pause.until => return false,
            Some(pause) => (pause.length * 2).min(LONGEST_PAUSE),
            None => Duration::from_secs(1),
        };
        self.0.replace(Pause { length, until: now + length }).is_none()
    }

    /// The store answered. The answer says whether that is new.
    pub fn ends(&mut self) -> bool {
        self.0.take().is_some()
    }

    /// How many uploads may be under way, of so many where the store answers.
    pub fn allows(&self, at_once: usize, now: Duration) -> usize {
        match &self.0 {
            Some(pause) if now < pause.until => 0,
            Some(_) => 1,
            None => at_once,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_that_is_away_is_asked_by_one_upload_at_a_time_and_soon_enough() {
        const S: Duration = Duration::from_secs(1);
        let mut outage = Outage::default();
        assert_eq!(outage.allows(3, Duration::ZERO), 3);
        assert!(outage.goes_on(Duration::ZERO));
        assert!(!outage.goes_on(S / 2), "another upload of the same moment");
        let mut now = S;
        for pause in [2, 4, 8, 15, 15] {
            assert_eq!(outage.allows(3, now - S / 4), 0);
            assert_eq!(outage.allows(3, now), 1);
            assert!(!outage.goes_on(now), "told once");
            now += pause * S;
        }
        assert!(outage.ends());
        assert!(!outage.ends());
        assert_eq!(outage.allows(3, now), 3);
    }
}
