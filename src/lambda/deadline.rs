//! When a Lambda's time is up, and what may still be begun before.

use std::future::Future;
use std::time::{Duration, Instant, SystemTime};

use kanso_certificate::Fault;

/// What a photo with several certificates may take, its writes tried again: nothing is begun
/// with less time than this left.
const ENOUGH: Duration = Duration::from_secs(30);
/// What it takes to answer: work that is still under way then is dropped, and comes again.
const ANSWER: Duration = Duration::from_secs(3);

/// The moment at which the process is stopped from outside.
#[derive(Debug, Clone, Copy)]
pub struct Deadline(Instant);

/// Where nobody says when the time is up: the longest that Lambda lets a function run.
const UNTOLD: Duration = Duration::from_secs(900);

impl Deadline {
    /// From the time of day that Lambda gives. One that was over before the work began tells
    /// nothing: the clock was set, or it is a runtime API of a developer's machine.
    pub fn at(told: SystemTime, now: SystemTime) -> Self {
        Self::after(told.duration_since(now).unwrap_or(UNTOLD))
    }

    pub fn after(left: Duration) -> Self {
        Self(Instant::now() + left)
    }

    /// Whether there is time to begin another photo.
    pub fn leaves_time(self) -> bool {
        self.0.saturating_duration_since(Instant::now()) > ENOUGH
    }

    /// Does work that has to be done before the deadline. It may be dropped between any two
    /// calls of the store, as it may be killed there. The error's fate is always retry.
    pub async fn hold<T>(self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let last = self.0.checked_sub(ANSWER).unwrap_or_else(Instant::now);
        match tokio::time::timeout_at(last.into(), work).await {
            Ok(result) => result,
            Err(_) => Err(Fault::retry("the function's time was up; it is done again")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_begun_shortly_before_the_end() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        assert!(Deadline::at(now + Duration::from_secs(120), now).leaves_time());
        assert!(!Deadline::at(now + Duration::from_secs(20), now).leaves_time());
    }

    #[test]
    fn a_deadline_in_the_past_is_none() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000);
        let told = SystemTime::UNIX_EPOCH + Duration::from_secs(600);
        assert!(Deadline::at(told, now).leaves_time());
    }

    #[tokio::test]
    async fn work_that_hangs_is_dropped_in_time_to_answer() {
        let hangs = std::future::pending::<Result<(), Fault>>();
        let fault = Deadline::after(ANSWER).hold(hangs).await.unwrap_err();
        assert!(fault.message.contains("done again"), "{fault}");
    }
}
