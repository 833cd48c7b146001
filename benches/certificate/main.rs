//! What a certificate costs: `cargo bench --bench certificate`.
//!
//! ```text
//! cargo bench --bench certificate                        steps, and one worker against two
//! cargo bench --bench certificate -- PHOTO...            the same with photos of yours
//! cargo bench --bench certificate -- --peers DIR         and eight peers at the same job
//! ```
//!
//! The steps are those of the whole pure pipeline on the sample race's photos, several rounds
//! each in one warm process, in milliseconds. `DIR` is a copy of the peers' folder (`run.sh`,
//! `spec.json`) with the photos of its `gen_photos.py` in `photos/`; its first run installs
//! the peers. Absolute figures hold for one machine only, ratios within one table.

mod peers;
mod workers;

use std::path::{Path, PathBuf};

use kanso_certificate::PhotoSource;
use kanso_certificate::race_data::{RaceData, RaceFiles};
use kanso_pipeline::stopwatch::Stopwatch;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const RACE: &str = "fixtures/races/minato-half";
const PHOTOS: [&str; 4] = [
    "finish-a/KNS_0412.jpg",
    "finish-a/KNS_0851.jpg",
    "finish-a/KNS_0498.jpg",
    "finish-c/P1120045.jpg",
];
const ROUNDS: usize = 7;
const STEPS: [&str; 8] = ["open", "decode", "codes", "match", "panel", "layout", "pdf", "preview"];

fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let folder = args.iter().position(|a| a == "--peers").map(|at| {
        args.remove(at);
        assert!(at < args.len(), "--peers DIR: a copy of the peers' folder");
        PathBuf::from(args.remove(at))
    });
    let given: Vec<PathBuf> = args.into_iter().map(PathBuf::from).collect();
    let photos = if given.is_empty() {
        PHOTOS.map(|photo| Path::new(ROOT).join(RACE).join("photos").join(photo)).to_vec()
    } else {
        given
    };
    let race_data = race_data();
    steps(&race_data, &photos);
    workers::compare(&race_data, &photos);
    if let Some(folder) = folder {
        peers::compare(&folder);
    }
}

fn race_data() -> RaceData {
    let root = Path::new(ROOT).join(RACE);
    let read = |name: &str| std::fs::read(root.join(name)).expect("the sample race is there");
    let files = RaceFiles {
        rules: read("race.toml").into(),
        results: Some(read("results.csv").into()),
        ..RaceFiles::default()
    };
    RaceData::set_up(&files).expect("the sample race is right")
}

fn steps(race_data: &RaceData, photos: &[PathBuf]) {
    print!("{:<24}{:>6}", "median of 7, ms", "MP");
    STEPS.iter().for_each(|step| print!("{step:>9}"));
    println!("{:>9}{:>9}", "process", "no codes");
    for photo in photos {
        line(race_data, photo);
    }
}

fn line(race_data: &RaceData, path: &Path) {
    let (source, bytes) = upload(path);
    // The first round warms up.
    let rounds: Vec<Vec<(&str, f64)>> = (0..=ROUNDS)
        .map(|_| {
            let mut watch = Stopwatch::start();
            kanso_certificate::process(race_data, &source, bytes.clone(), None, &mut watch);
            watch.into_laps()
        })
        .skip(1)
        .collect();
    let of = |step: &str| {
        median(rounds.iter().map(|laps| laps.iter().find(|l| l.0 == step).map_or(0.0, |l| l.1)))
    };
    let (width, height) = image::image_dimensions(path).unwrap_or_default();
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    print!("{name:<24}{:>6.1}", f64::from(width) * f64::from(height) / 1e6);
    STEPS.iter().for_each(|step| print!("{:>9.1}", of(step)));
    let whole = median(rounds.iter().map(|laps| laps.iter().map(|l| l.1).sum()));
    println!("{whole:>9.1}{:>9.1}", whole - of("codes"));
}

/// A photo as the pipeline gets it. One of the sample race is matched by what it says; to
/// any other a bib is given, so that it ends in a certificate.
fn upload(path: &Path) -> (PhotoSource, bytes::Bytes) {
    let bytes = bytes::Bytes::from(std::fs::read(path).expect("the photo can be read"));
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default();
    let source = PhotoSource {
        key: path.display().to_string(),
        camera: folder.to_string_lossy().into_owned(),
        upload_bib: (!path.starts_with(ROOT)).then(|| "M1".to_owned()),
        ..PhotoSource::default()
    };
    (source, bytes)
}

/// CPU time of this thread, in milliseconds; 0 where Linux does not tell.
fn thread_cpu_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
