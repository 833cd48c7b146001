//! How well the number on a bib is read, and how long it takes.
//!
//! ```text
//! cargo bench --profile dev --bench reading -- --count 200 --fonts /usr/share/fonts
//! RTEN_NUM_THREADS=1 cargo bench --profile dev --bench reading -- --count 0 --rounds 5
//! ```
//!
//! Two generators that have nothing in common but the reader: the scenes of the sample race's
//! generator, and bibs printed with any fonts on cloth folds over noise ([`printed`]). Seeds
//! count up from `--seed`, so a run can be had again; `--save DIR` keeps what was drawn.
//! Against candidates, one shown bib in five is not among them: it must stay unsaid.

mod diagram;
mod printed;
mod sample;
mod score;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser;
use image::{RgbImage, codecs::jpeg::JpegEncoder};
use kanso_photo::{Needs, Photo, codes};
use kanso_reading::{BibList, OPERATING_POINT, PICTURE_PX, Prior, Reader, Reading};
use kanso_scene::{Dice, Lettering};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use sample::Sample;
use score::{Counts, Reliability, counts, plain};

#[derive(Debug, clap::Parser)]
struct Args {
    /// Photos of each generator
    #[arg(long, default_value_t = 100)]
    count: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Fonts to print the second generator's bibs with
    #[arg(long, default_value = "/usr/share/fonts")]
    fonts: PathBuf,
    /// Photos, what was read in them, and the reliability diagram
    #[arg(long)]
    save: Option<PathBuf>,
    /// Readings of a 24 MP photo that are timed
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What a photo is held against.
const LISTS: [(&str, usize, Prior); 3] =
    [("5,000", 5000, Prior::Race), ("40", 40, Prior::Window), ("150", 150, Prior::Window)];

/// Of a photo's JPEG.
const QUALITY: u8 = 85;

/// Results of one generator: open first, then one for each of [`LISTS`].
#[derive(Default)]
struct Results {
    counts: [Counts; 4],
    reliability: [Reliability; 4],
    /// Open and listed, by split.
    splits: BTreeMap<&'static str, [Counts; 2]>,
}

fn main() {
    let args = Args::parse();
    // A room's benches run in its folder.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::set_current_dir(root).expect("the repository");
    let start = Instant::now();
    let reader = Reader::bundled().expect("the weights of this build");
    println!("load {:.0} ms", start.elapsed().as_secs_f64() * 1000.0);
    if args.count > 0 {
        accuracy(&args, reader);
    }
    if args.rounds > 0 {
        speed(reader, args.rounds);
    }
}

fn accuracy(args: &Args, reader: &Reader) {
    let letters = Lettering::from_folder(Path::new("fonts")).expect("the fonts of the repository");
    let fonts = printed::fonts(&args.fonts);
    println!("{} fonts in {}", fonts.len(), args.fonts.display());
    let mut curves = Vec::new();
    let mut draw = |name: &str, sample: &(dyn Fn(u64) -> Sample + Sync)| {
        let results = measured(name, args, reader, sample);
        report(name, &results);
        if let Some(dir) = &args.save {
            std::fs::write(dir.join(format!("{name}.tsv")), told(&results)).expect("a folder");
        }
        curves.extend(results.reliability);
    };
    draw("scenes", &|seed| sample::scene(seed, &letters));
    if !fonts.is_empty() {
        draw("printed", &|seed| printed::sample(seed, &fonts));
    }
    if let Some(dir) = &args.save {
        let curves: Vec<&Reliability> = curves.iter().collect();
        let path = dir.join("reliability.png");
        diagram::diagram(&curves).save(path).expect("a folder to write to");
    }
}

fn measured(
    name: &str,
    args: &Args,
    reader: &Reader,
    draw: &(dyn Fn(u64) -> Sample + Sync),
) -> Results {
    let dir = args.save.as_ref().map(|dir| dir.join(name));
    if let Some(dir) = &dir {
        std::fs::create_dir_all(dir).expect("a folder to write to");
    }
    let read: Vec<(u64, Sample, Vec<Reading>)> = (args.seed..args.seed + args.count)
        .into_par_iter()
        .map(|seed| {
            let sample = draw(seed);
            let picture = as_a_camera_keeps_it(&sample.picture);
            let size = picture.dimensions();
            let codes = codes::read(&image::imageops::grayscale(&picture), size);
            let readings = reader.read(&picture, &codes, size, &mut |_| ()).expect("a picture");
            if let Some(dir) = &dir {
                save(dir, seed, &picture, &sample, &readings);
            }
            // A thousand pictures would not fit the memory.
            (seed, Sample { picture: RgbImage::default(), ..sample }, readings)
        })
        .collect();
    let everybody = race(&read, 5000);
    let mut results = Results::default();
    for (seed, sample, readings) in &read {
        open(&mut results, sample, readings);
        for (number, (_, size, prior)) in LISTS.into_iter().enumerate() {
            let mut dice = Dice::new(seed * 7 + number as u64);
            let listed = candidates(&everybody, sample, size, &mut dice);
            against(&mut results, number + 1, sample, readings, &listed, prior);
        }
    }
    results
}

/// As a JPEG.
fn as_a_camera_keeps_it(picture: &RgbImage) -> RgbImage {
    let mut jpeg = Vec::new();
    JpegEncoder::new_with_quality(&mut jpeg, QUALITY).encode_image(picture).expect("memory");
    image::load_from_memory(&jpeg).expect("a JPEG").into_rgb8()
}

/// All bibs that the photos show, and others like them, so many in all.
fn race(read: &[(u64, Sample, Vec<Reading>)], count: usize) -> Vec<String> {
    let shown = read.iter().flat_map(|(_, sample, _)| &sample.truths);
    let mut bibs: BTreeSet<String> = shown.map(|truth| truth.text.clone()).collect();
    let mut dice = Dice::new(count as u64);
    while bibs.len() < count {
        let letters = dice.chance(0.1);
        bibs.insert(sample::number(letters, &mut dice));
    }
    bibs.into_iter().collect()
}

/// `size` of the race's bibs: four of five that a photo shows, and any others.
fn candidates(race: &[String], sample: &Sample, size: usize, dice: &mut Dice) -> BTreeSet<String> {
    let (kept, left_out): (Vec<&String>, Vec<&String>) =
        sample.truths.iter().map(|truth| &truth.text).partition(|_| dice.chance(0.8));
    let mut listed: BTreeSet<String> = kept.into_iter().cloned().collect();
    if size >= race.len() {
        listed.extend(race.iter().filter(|bib| !left_out.contains(bib)).cloned());
    }
    while listed.len() < size && size < race.len() {
        let bib = dice.pick(race);
        if !left_out.contains(&bib) {
            listed.insert(bib.clone());
        }
    }
    listed
}

fn open(results: &mut Results, sample: &Sample, readings: &[Reading]) {
    let shown: Vec<String> = sample.truths.iter().map(|truth| plain(&truth.text)).collect();
    for reading in readings {
        results.reliability[0].add(reading.probability, shown.contains(&plain(&reading.text)));
    }
    let said: Vec<String> = readings
        .iter()
        .filter(|reading| reading.probability >= OPERATING_POINT)
        .map(|reading| reading.text.clone())
        .collect();
    let counted = counts(&said, &sample.truths, |_| true);
    results.counts[0].add(counted);
    results.splits.entry(sample.split).or_default()[0].add(counted);
}

fn against(
    results: &mut Results,
    number: usize,
    sample: &Sample,
    readings: &[Reading],
    listed: &BTreeSet<String>,
    prior: Prior,
) {
    let list = BibList::new(listed, prior).expect("bibs");
    let matches = list.matches(readings);
    let shown: Vec<&str> = sample.truths.iter().map(|truth| truth.text.as_str()).collect();
    for found in &matches {
        results.reliability[number].add(found.probability, shown.contains(&found.bib.as_str()));
    }
    let said: Vec<String> = matches
        .into_iter()
        .filter(|found| found.probability >= OPERATING_POINT)
        .map(|found| found.bib)
        .collect();
    let counted = counts(&said, &sample.truths, |bib| listed.contains(bib));
    results.counts[number].add(counted);
    if number == 1 {
        results.splits.entry(sample.split).or_default()[1].add(counted);
    }
}

fn report(name: &str, results: &Results) {
    println!("\n{name}: F1 (right, wrong, missed), calibration error");
    let names = std::iter::once("open").chain(LISTS.iter().map(|list| list.0));
    for ((name, counts), curve) in names.zip(results.counts).zip(&results.reliability) {
        let Counts { right, wrong, missed } = counts;
        let (f1, error) = (counts.f1(), curve.error());
        println!("  {name:<8} {f1:.3} ({right:>4} {wrong:>4} {missed:>4})  {error:.3}");
    }
    for (split, [open, listed]) in &results.splits {
        println!("  {split:<8} open {:.3}, of 5,000 {:.3}", open.f1(), listed.f1());
    }
}

/// Each probability with what it was held against and whether it came true: what the reading
/// room's constants are fitted to.
fn told(results: &Results) -> String {
    let names = std::iter::once("open").chain(LISTS.iter().map(|list| list.0));
    let lines = names.zip(&results.reliability).flat_map(|(name, curve)| {
        curve.told.iter().map(move |(p, came_true)| format!("{name}\t{p:.5}\t{came_true}\n"))
    });
    lines.collect()
}

fn save(dir: &Path, seed: u64, picture: &RgbImage, sample: &Sample, readings: &[Reading]) {
    picture.save(dir.join(format!("{seed}.jpg"))).expect("a folder to write to");
    let truths = sample
        .truths
        .iter()
        .map(|truth| format!("shown {} {:.2} {:?}", truth.text, truth.visible, truth.area));
    let readings = readings.iter().map(|reading| format!("read {reading:?}"));
    let text: Vec<String> = truths.chain(readings).collect();
    std::fs::write(dir.join(format!("{seed}.txt")), text.join("\n")).expect("a folder");
}

/// Milliseconds by step for the sample race's 24 MP photo, and for 40,000 bibs; the best of
/// several rounds.
fn speed(reader: &Reader, rounds: usize) {
    let bytes = std::fs::read("fixtures/races/minato-half/photos/finish-c/P1120045.jpg");
    let photo = Photo::open(bytes.expect("the sample race").into()).expect("a photo");
    let runners: Vec<String> = (1..=40_000).map(|bib| bib.to_string()).collect();
    let list = BibList::new(&runners, Prior::Race).expect("bibs");
    let mut best: Vec<(&'static str, f64)> = Vec::new();
    for _ in 0..rounds {
        let mut laps: Vec<(&'static str, f64)> = Vec::new();
        let mut last = Instant::now();
        let mut lap = |step: &'static str| {
            let ms = last.elapsed().as_secs_f64() * 1000.0;
            match laps.iter_mut().find(|(name, _)| *name == step) {
                Some(lap) => lap.1 += ms,
                None => laps.push((step, ms)),
            }
            last = Instant::now();
        };
        let needs = Needs { reading_px: Some(PICTURE_PX), ..Needs::default() };
        let decoded = photo.decode(&needs).expect("a whole photo");
        let picture = decoded.reading(PICTURE_PX).expect("a whole photo");
        lap("decode");
        let readings =
            reader.read(&picture, &[], photo.upright_size(), &mut lap).expect("a picture");
        lap("judge");
        list.matches(&readings);
        lap("of 40,000");
        for (step, ms) in laps {
            match best.iter_mut().find(|(name, _)| *name == step) {
                Some(known) => known.1 = known.1.min(ms),
                None => best.push((step, ms)),
            }
        }
    }
    println!("\n24 MP, milliseconds, best of {rounds}");
    for (step, ms) in &best {
        println!("  {step:<10} {ms:>7.1}");
    }
    println!("  {:<10} {:>7.1}", "all", best.iter().map(|(_, ms)| ms).sum::<f64>());
}
