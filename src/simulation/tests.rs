use super::*;

const CONDITIONS: Conditions = Conditions {
    finishers: 1500,
    cameras: 3,
    seed: 7,
    without_readings: false,
    hour_off: false,
    late_results: false,
    without_bursts: false,
};

fn run(conditions: Conditions) -> Report {
    simulate(&conditions, None).unwrap()
}

#[test]
fn a_seed_is_a_race_and_another_is_another() {
    assert_eq!(run(CONDITIONS), run(CONDITIONS));
    assert_ne!(run(CONDITIONS), run(Conditions { seed: 8, ..CONDITIONS }));
}

#[test]
fn nearly_everybody_has_a_right_certificate_and_hardly_anybody_a_wrong_one() {
    let report = run(CONDITIONS);
    assert_eq!(report.finishers, 1500);
    let photos_each = report.photos as f64 / 1500.0;
    assert!((3.0..=10.0).contains(&photos_each), "{report:?}");
    assert!(report.right as f64 > 0.92 * 1500.0, "{report:?}");
    assert!(report.wrong * 1000 <= report.issued, "{report:?}");
    assert!(report.offset_p95_s < 2.0 && report.calibration.error() < 0.05, "{report:?}");
}

#[test]
fn a_camera_that_is_an_hour_off_is_solved_as_well() {
    let report = run(Conditions { hour_off: true, ..CONDITIONS });
    assert!(report.offset_p95_s < 2.0, "{report:?}");
}

#[test]
fn without_bursts_or_readings_more_is_left_to_people() {
    let report = run(CONDITIONS);
    let alone = run(Conditions { without_bursts: true, ..CONDITIONS });
    assert!(alone.review > 2 * report.review, "{alone:?}");
    assert!(alone.issued < report.issued, "another camera is a witness: {alone:?}");
    let codes = run(Conditions { without_readings: true, ..CONDITIONS });
    assert!(codes.right < report.right && codes.right > 500, "{codes:?}");
}

#[test]
fn photos_wait_for_late_results_and_nothing_wrong_is_issued_meanwhile() {
    let report = run(CONDITIONS);
    let late = run(Conditions { late_results: true, ..CONDITIONS });
    assert!(late.waited * 3 > late.photos, "{late:?}");
    assert!(late.wrong <= report.wrong + 1 && late.right + 3 >= report.right, "{late:?}");
}
