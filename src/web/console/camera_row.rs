//! One camera among the others: what it sent, and how its clock is.

use std::collections::BTreeSet;

use jiff::Timestamp;
use kanso_matching::camera_clock::ClockSource;
use kanso_pipeline::camera_report::CameraReport;
use kanso_pipeline::tally::{Counts, RaceTally};

use super::cameras::Reports;
use super::chart::bars;
use super::clock_words;
use super::now::{COLUMN, grouped};
use crate::language::Both;

/// Heights of the small charts, in their own units.
const HEIGHT: f32 = 12.0;

/// A row of the table.
pub(super) struct CameraRow {
    /// The folder; empty for photos that lie in none.
    pub camera: String,
    pub received: String,
    pub issued: String,
    pub pending: String,
    pub review: String,
    pub rejected: String,
    pub last_upload: Option<String>,
    /// Uploads of the last hour, as a path.
    pub uploads: String,
    pub clock: Option<Clock>,
    pub warnings: Vec<Both>,
}

/// The clock that its photos are decided by.
pub(super) struct Clock {
    /// `+12.5 s ± 0.4`
    pub offset: Both,
    pub source: Both,
    /// How far its photos lie from that, as a path; absent where none says anything.
    pub histogram: Option<String>,
    /// Bibs that say something.
    pub bibs: usize,
}

impl CameraRow {
    /// All that sent something, or that the rules or people name.
    pub fn all(
        tally: &RaceTally,
        reports: Option<&Reports>,
        time_of_day: impl Fn(Timestamp) -> String,
    ) -> Vec<Self> {
        let reports = reports.map(|reports| reports.cameras.as_slice()).unwrap_or_default();
        let named = reports.iter().map(|report| report.camera.as_str());
        let names: BTreeSet<&str> = tally.cameras.keys().map(String::as_str).chain(named).collect();
        let none = Counts::default();
        let most = tally.cameras.values().flat_map(|counts| counts.uploads).max().unwrap_or(0);
        let row = |name: &str| {
            let counts = tally.cameras.get(name).unwrap_or(&none);
            let report = reports.iter().find(|report| report.camera.as_str() == name);
            Self {
                camera: name.to_owned(),
                received: grouped(counts.received),
                issued: grouped(counts.issued),
                pending: grouped(counts.pending),
                review: grouped(counts.review),
                rejected: grouped(counts.rejected),
                last_upload: counts.last_upload.map(&time_of_day),
                uploads: bars(&counts.uploads, most, COLUMN, HEIGHT),
                clock: report.and_then(Clock::of),
                warnings: report.map(words).unwrap_or_default(),
            }
        };
        names.into_iter().map(row).collect()
    }
}

fn words(report: &CameraReport) -> Vec<Both> {
    report.warnings.iter().map(clock_words::words).collect()
}

impl Clock {
    fn of(report: &CameraReport) -> Option<Self> {
        let clock = report.in_force.as_ref()?;
        let segment = clock.segments.last()?;
        let (offset_s, sigma_s) = segment.offset_at(segment.until);
        let offset = clock_words::signed(offset_s, 1);
        let (ja, en) = match clock.source {
            ClockSource::Person => ("スタッフの設定", "told by staff"),
            ClockSource::Rules => ("race.tomlの設定", "told by race.toml"),
            ClockSource::Solved => ("写真から計算", "found by its photos"),
        };
        let bibs = report.samples.len();
        let histogram = report.histogram().filter(|_| bibs > 0).map(|counts| {
            let counts = counts.map(|count| u32::try_from(count).unwrap_or(u32::MAX));
            bars(&counts, counts.iter().copied().max().unwrap_or(0), 1.0, HEIGHT)
        });
        Some(Self {
            offset: Both {
                ja: format!("{} ± {sigma_s:.1}", offset.ja),
                en: format!("{} ± {sigma_s:.1}", offset.en),
            },
            source: Both { ja: ja.to_owned(), en: en.to_owned() },
            histogram,
            bibs,
        })
    }
}
