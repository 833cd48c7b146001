//! What a simulated race is like.

/// How large a race, from which seed, and what makes it harder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conditions {
    pub finishers: usize,
    pub cameras: usize,
    pub seed: u64,
    /// Numbers are not read; half of the bibs carry a code.
    pub without_readings: bool,
    /// The first camera's clock is an hour off besides.
    pub hour_off: bool,
    /// Results come 20 minutes late: photos are decided before them, and again with them.
    pub late_results: bool,
    /// Photos know nothing of those taken just before and after them.
    pub without_bursts: bool,
}

// The world in numbers: assumed, not measured.

/// Photos a runner is in.
pub const PHOTOS: (usize, usize) = (5, 10);
/// Runners in a photo.
pub const GROUP_LIMIT: usize = 8;
/// Of runners in a photo, those whose own number is read, and those of whom another is.
pub const READ: f64 = 0.70;
pub const MISREAD: f64 = 0.05;
/// Of misread numbers, those that somebody else wears.
pub const MISREAD_LISTED: f64 = 0.5;
/// Of runners, those who are photographed 10 to 60 s after their finish, and minutes after it.
pub const LINGER: f64 = 0.10;
pub const LINGER_S: (f64, f64) = (10.0, 60.0);
pub const WALK_BACK: f64 = 0.03;
pub const WALK_BACK_S: (f64, f64) = (120.0, 900.0);
/// Of photos, those with nobody who runs.
pub const NO_RUNNER: f64 = 0.02;
/// Of runners, those with another's bib, and those whose chip was not read.
pub const ANOTHERS_BIB: f64 = 0.003;
pub const NO_CHIP_TIME: f64 = 0.01;
/// By how much clocks are off at most, and what one of three gains in an hour.
pub const CLOCK_OFF_S: f64 = 180.0;
pub const DRIFT_S_PER_H: f64 = 2.0;
/// With [`Conditions::late_results`].
pub const RESULTS_LATE_S: f64 = 1200.0;

// What it does not say.

/// Of misread numbers, those that differ in one character from the runner's own, as most do in
/// bib-reading's measurements.
pub const MISREAD_ALIKE: f64 = 0.8;
/// Finish times after the gun: mean and deviation of a marathon's.
pub const FINISH_S: (f64, f64) = (15_300.0, 2_700.0);
/// The fastest and the last.
pub const FINISH_LIMITS_S: (f64, f64) = (8_100.0, 24_000.0);
/// Bibs are given out by the time that runners expect: how far that is off.
pub const EXPECTED_OFF_S: f64 = 1_200.0;
/// Who crosses the line within so many seconds is in one photo.
pub const GROUP_S: f64 = 2.0;
/// How early or late a group, and each burst of it, is photographed: deviation.
pub const SCENE_S: f64 = 2.0;
pub const BURST_S: f64 = 1.5;
/// Seconds between the photos of a burst.
pub const BETWEEN_PHOTOS_S: f64 = 0.4;
/// Photos of a burst.
pub const BURST_PHOTOS: (usize, usize) = (2, 5);
/// Of bibs, those with a code, in [`Conditions::without_readings`].
pub const CODED: f64 = 0.5;
