//! For how long an upload may be under way. No fixed time is right: on a thin line a photo
//! takes minutes, and a connection that was lost with the Wi-Fi says nothing for a quarter of
//! an hour. So what does not come through is begun again with twice the time.

use std::time::Duration;

const LONGEST: Duration = Duration::from_secs(1800);

#[derive(Debug, Clone, Copy)]
pub struct Patience {
    shortest: Duration,
    limit: Duration,
}

impl Patience {
    pub fn new(shortest: Duration) -> Self {
        Self { shortest, limit: shortest }
    }

    /// The time for an upload that begins now.
    pub fn limit(self) -> Duration {
        self.limit
    }

    /// One was cut off after so long.
    pub fn ran_out(&mut self, after: Duration) {
        // Others that began with the same limit say nothing new.
        self.limit = self.limit.max((after * 2).min(LONGEST));
    }

    /// One came through in so long; the next may be four times as large.
    pub fn came_through(&mut self, took: Duration) {
        self.limit = (took * 4).clamp(self.shortest, LONGEST.max(self.shortest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upload_gets_twice_the_time_until_it_comes_through() {
        const S: Duration = Duration::from_secs(1);
        let mut patience = Patience::new(30 * S);
        for limit in [30, 60, 120] {
            assert_eq!(patience.limit(), limit * S);
            for _ in 0..3 {
                patience.ran_out(limit * S);
            }
        }
        patience.came_through(100 * S);
        assert_eq!(patience.limit(), 400 * S, "a thin line");
        patience.came_through(2 * S);
        assert_eq!(patience.limit(), 30 * S, "a lost connection costs little");
    }
}
