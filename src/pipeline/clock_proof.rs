//! The photos that show what a camera's clock did.

use jiff::Timestamp;
use kanso_matching::camera::CameraId;
use kanso_matching::camera_clock::CameraClock;
use kanso_matching::clock_solver::{Sample, Unsolved};
use kanso_matching::integrity::Proof;
use kanso_race::Bib;
use serde::Serialize;

use super::camera_report::CameraReport;
use super::integrity::Looked;

/// A bib agrees with a clock to within so many seconds: runners are photographed about then.
const AGREES_S: f64 = 5.0;

/// A camera whose clock was set, drifts, or is not the one that it was said to be.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClockFinding {
    #[serde(serialize_with = "name")]
    pub camera: CameraId,
    /// What to look at, in words.
    pub warnings: Vec<String>,
    /// For each of the clocks that it had the first and the last photo that shows it.
    pub photos: Vec<Proof>,
}

fn name<S: serde::Serializer>(camera: &CameraId, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(camera.as_str())
}

/// A bib in a photo of the camera.
struct Shown<'a> {
    looked: &'a Looked,
    bib: &'a Bib,
    sample: &'a Sample,
}

impl ClockFinding {
    /// `None` where nothing is to be looked at, or too little is known yet.
    pub(super) fn of(report: &CameraReport, looked: &[Looked]) -> Option<Self> {
        let too_few = matches!(report.solved, Err(Unsolved::TooFew));
        if report.warnings.is_empty() || too_few {
            return None;
        }
        let of_camera = looked.iter().filter(|one| one.camera.as_ref() == Some(&report.camera));
        let mut shown: Vec<Shown<'_>> = of_camera
            .flat_map(|looked| {
                looked.samples.iter().map(move |(bib, sample)| Shown { looked, bib, sample })
            })
            .collect();
        shown.sort_by_key(|one| (one.sample.shown, &one.looked.witness.photo, one.bib));
        let mut photos: Vec<Proof> = Vec::new();
        for one in proofs(report, &shown) {
            if !photos.iter().any(|proof| proof.photo == one.looked.witness.photo) {
                photos.push(one.proof());
            }
        }
        let warnings = report.warnings.iter().map(ToString::to_string).collect();
        let camera = report.camera.clone();
        Some(Self { camera, warnings, photos })
    }
}

fn proofs<'a>(report: &CameraReport, shown: &'a [Shown<'a>]) -> Vec<&'a Shown<'a>> {
    let ends = |agrees: &dyn Fn(&Sample) -> bool| {
        let first = shown.iter().find(|one| agrees(one.sample));
        let last = shown.iter().rfind(|one| agrees(one.sample));
        first.into_iter().chain(last)
    };
    match &report.solved {
        Ok(clock) => {
            let segments = 0..clock.segments.len();
            segments.flat_map(|n| ends(&|sample| agrees_with(clock, n, sample))).collect()
        }
        Err(Unsolved::TwoClocks(a, b)) => {
            let near = |offset_s: f64| move |s: &Sample| (s.offset_s - offset_s).abs() <= AGREES_S;
            ends(&near(*a)).chain(ends(&near(*b))).collect()
        }
        Err(_) => ends(&|_| true).collect(),
    }
}

/// Whether a bib agrees with what the clock was in one segment, and lies in it.
fn agrees_with(clock: &CameraClock, segment: usize, sample: &Sample) -> bool {
    let next: Option<Timestamp> = clock.segments.get(segment + 1).map(|next| next.from);
    let own = &clock.segments[segment];
    let inside = sample.shown >= own.from && next.is_none_or(|next| sample.shown < next);
    inside && (sample.offset_s - own.offset_at(sample.shown).0).abs() <= AGREES_S
}

impl Shown<'_> {
    fn proof(&self) -> Proof {
        let witness = &self.looked.witness;
        let (off_s, bib) = (self.sample.offset_s.abs(), self.bib);
        let side = if self.sample.offset_s < 0.0 { "fast" } else { "slow" };
        let says = format!("its clock is {off_s:.0} s {side}, by the finish of {bib}");
        let taken_at = witness.at.map(|at| at.instant);
        Proof { photo: witness.photo.clone(), taken_at, says }
    }
}
