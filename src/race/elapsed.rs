//! Elapsed race times: gun time and net time.

/// A race time in whole milliseconds, 0 up to (not including) 100 hours.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Elapsed(u32);

impl Elapsed {
    const LIMIT_MS: u32 = 100 * 3_600_000;

    /// `None` from 100 hours on.
    pub fn from_millis(millis: u32) -> Option<Self> {
        (millis < Self::LIMIT_MS).then_some(Self(millis))
    }

    pub fn millis(self) -> u32 {
        self.0
    }

    /// Whole seconds, rounded up as certified road times are.
    pub fn certified_seconds(self) -> u32 {
        self.0.div_ceil(1000)
    }
}
