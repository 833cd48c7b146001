use super::*;
use crate::camera_clock::whole_hours;

const WINDOW: FinishWindow = FinishWindow { mean_s: 0.0, sigma_s: 3.0, conflict_s: 120.0 };

/// Numbers by chance, the same for a seed.
struct Chance(u64);

impl Chance {
    fn unit(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Sum of 12 less 6: nearly normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

fn at(seconds: f64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + (seconds * 1000.0) as i64).unwrap()
}

/// `count` bibs over `hours`, of which a share is wrong, by a clock that is off by
/// `offset(hour)`.
fn day(
    seed: u64,
    count: usize,
    hours: f64,
    wrong: f64,
    offset: impl Fn(f64) -> f64,
) -> Vec<Sample> {
    let mut chance = Chance(seed);
    let sample = |_| {
        let hour = chance.unit() * hours;
        let lag = chance.normal() * 2.0;
        let shown = at(hour * 3600.0 - offset(hour)).round_to_second();
        let finish = match chance.unit() < wrong {
            true => at(chance.unit() * hours * 3600.0),
            false => at(hour * 3600.0 - lag),
        };
        Sample::new(shown, finish, WINDOW)
    };
    (0..count).map(sample).collect()
}

trait Cut {
    fn round_to_second(self) -> Self;
}

impl Cut for Timestamp {
    /// As cameras show it, and half a second is added for.
    fn round_to_second(self) -> Self {
        Self::from_millisecond(self.as_second() * 1000 + 500).unwrap()
    }
}

fn error_s(clock: &CameraClock, hour: f64, offset_s: f64) -> f64 {
    (clock.offset_at(at(hour * 3600.0 - offset_s)).unwrap().0 - offset_s).abs()
}

#[test]
fn half_of_twenty_bibs_may_be_wrong() {
    let mut errors: Vec<f64> = (0..200)
        .filter_map(|seed| {
            let samples = day(seed, 20, 2.0, 0.5, |_| 73.0);
            solve(&samples, WINDOW).ok().map(|clock| error_s(&clock, 1.0, 73.0))
        })
        .collect();
    errors.sort_by(f64::total_cmp);
    assert!(errors.len() > 150, "{} of 200 are solved", errors.len());
    let p95 = errors[errors.len() * 95 / 100];
    assert!(p95 < 2.0, "{p95}");
}

#[test]
fn a_clock_that_drifts_is_followed_through_the_day() {
    for seed in 0..10 {
        let samples = day(seed, 600, 6.0, 0.2, |hour| -40.0 + 2.0 * hour);
        let clock = solve(&samples, WINDOW).unwrap();
        assert_eq!(clock.segments.len(), 1, "{clock:?}");
        for hour in [0.2, 3.0, 5.8] {
            let error = error_s(&clock, hour, -40.0 + 2.0 * hour);
            assert!(error < 1.0, "{error} at {hour} h: {clock:?}");
        }
    }
}

#[test]
fn a_clock_that_is_set_forward_during_the_race_has_two_segments_and_hours_are_a_zone() {
    for seed in 0..10 {
        let offset = |hour: f64| if hour < 1.7 { 3612.0 } else { 12.0 };
        let clock = solve(&day(seed, 400, 4.0, 0.2, offset), WINDOW).unwrap();
        assert_eq!(clock.segments.len(), 2, "{clock:?}");
        let [before, after] = [clock.segments[0], clock.segments[1]];
        let off = (before.offset_s - 3612.0).abs().max((after.offset_s - 12.0).abs());
        assert!(off < 1.0, "{clock:?}");
        assert_eq!(whole_hours(after.offset_s - before.offset_s), Some(-1));
        assert!(error_s(&clock, 1.5, 3612.0) < 1.0 && error_s(&clock, 1.9, 12.0) < 1.0);
    }
}

#[test]
fn two_bodies_in_one_folder_and_a_clock_that_is_set_back_an_hour_are_named_and_not_solved() {
    for seed in 0..50 {
        let mut both = day(seed, 100, 3.0, 0.1, |_| 5.0);
        both.extend(day(seed + 100, 100, 3.0, 0.1, |_| 95.0));
        let solved = solve(&both, WINDOW);
        let Err(Unsolved::TwoClocks(a, b)) = solved else { panic!("{seed} {solved:?}") };
        assert!((a.min(b) - 5.0).abs() < 2.0 && (a.max(b) - 95.0).abs() < 2.0, "{a} {b}");
        let set_back = |hour: f64| if hour < 1.7 { 12.0 } else { 3612.0 };
        let solved = solve(&day(seed, 400, 3.0, 0.2, set_back), WINDOW);
        let Err(Unsolved::TwoClocks(a, b)) = solved else { panic!("{seed} {solved:?}") };
        assert_eq!(whole_hours(a - b).map(i32::abs), Some(1));
    }
}

#[test]
fn too_few_bibs_or_none_that_agree_solve_nothing() {
    assert_eq!(solve(&day(1, 9, 1.0, 0.0, |_| 5.0), WINDOW), Err(Unsolved::TooFew));
    for seed in 0..50 {
        let samples = day(seed, 200, 3.0, 1.0, |_| 5.0);
        assert_eq!(solve(&samples, WINDOW), Err(Unsolved::Disagreement), "{seed}");
    }
}

#[test]
fn the_order_of_samples_does_not_matter() {
    let samples = day(3, 100, 2.0, 0.3, |_| 7.0);
    let turned: Vec<Sample> = samples.iter().rev().copied().collect();
    assert_eq!(solve(&samples, WINDOW), solve(&turned, WINDOW));
}
