//! `kanso book`: all certificates of a race in one PDF, or in volumes.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};
use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_matching::decision::Decision;
use kanso_pipeline::unread::reader;
use kanso_race::{Bib, Finisher};
use kanso_render::{Imposition, Intent, PdfOptions, prepared};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use super::book_volumes::{Entry, Volumes};
use super::photo_files::{PhotoFiles, photo_files};
use super::{fail, race_dir, render};

/// Put all certificates of a race into one PDF, for a print shop.
///
/// A book that outgrows a volume is written as FILE-001.pdf, FILE-002.pdf and so on.
/// A certificate that cannot be printed is left out and named, and the exit code is 1.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The race's folder: race.toml, results.csv, template/
    #[arg(long, value_name = "DIR")]
    race: PathBuf,
    /// The PDF to write
    #[arg(long, value_name = "FILE.pdf")]
    out: PathBuf,
    /// The list of pages to write; next to the PDF if not given
    #[arg(long, value_name = "FILE.csv")]
    manifest: Option<PathBuf>,
    /// Only these runners
    #[arg(long, value_name = "N,N", value_delimiter = ',')]
    bibs: Vec<Bib>,
    #[arg(long, value_enum, default_value_t)]
    sort: Sort,
    /// Photos to match, as `kanso process` does; a runner without one gets the design
    /// without photo
    #[arg(long, value_name = "DIR")]
    photos: Option<PathBuf>,
    /// Another template than the race's: a bundled name or a folder
    #[arg(long, value_name = "NAME|DIR")]
    template: Option<String>,
    /// Several pages on a sheet, with crop marks: 2x1@A4, 2x2@SRA4, 3x2@320x450 (mm)
    #[arg(long, value_name = "CxR@SHEET")]
    n_up: Option<Imposition>,
    /// What the colours mean: srgb, or cmyk, separated for offset on coated paper (FOGRA39)
    #[arg(long, value_name = "INTENT", default_value = "srgb")]
    intent: Intent,
    /// Crop marks and a colour bar around every page
    #[arg(long, conflicts_with = "n_up")]
    crop_marks: bool,
    /// Sheets in a volume at most; photos of 120 MB end one too
    #[arg(long, value_name = "N", default_value = "500")]
    volume_pages: NonZeroUsize,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Sort {
    #[default]
    Bib,
    /// By reading (kana) where the results have one, else by name
    Name,
    /// In the order of race.toml, then by bib
    Course,
}

pub fn run(args: Args) -> ExitCode {
    match bind(&args) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(fault) => fail(fault),
    }
}

/// Writes the book; the number of certificates that had to be left out.
fn bind(args: &Args) -> Result<usize, Fault> {
    let race_data = race_dir::race_data(&args.race, args.template.as_deref())?;
    let finishers = chosen(&race_data, args)?;
    let photos = match &args.photos {
        Some(dir) if !race_data.template.photo_slots().is_empty() => {
            matched(&race_data, &args.race, dir)?
        }
        _ => BTreeMap::new(),
    };
    let options = PdfOptions {
        crop_marks: args.crop_marks,
        intent: args.intent,
        ..PdfOptions::new(kanso_certificate::created(&race_data))
    };
    let mut volumes = Volumes::new(&args.out, options, args.n_up, args.volume_pages);
    let bar = progress(finishers.len(), "pages");
    let mut left_out = 0;
    // Bounded by the cores, and in order.
    for batch in finishers.chunks(rayon::current_num_threads() * 4) {
        let pages: Vec<_> = batch
            .par_iter()
            .map(|finisher| page(&race_data, args, finisher, photos.get(&finisher.bib)))
            .collect();
        for (finisher, page) in batch.iter().zip(pages) {
            match page {
                Ok(entry) => volumes.add(entry)?,
                Err(fault) => {
                    left_out += 1;
                    bar.suspend(|| eprintln!("kanso: bib {} is left out: {fault}", finisher.bib));
                }
            }
        }
        bar.inc(batch.len() as u64);
    }
    bar.finish_and_clear();
    let manifest = args.manifest.clone().unwrap_or_else(|| args.out.with_extension("csv"));
    for file in volumes.finish(&manifest)? {
        println!("{}", file.display());
    }
    Ok(left_out)
}

fn page(
    race_data: &RaceData,
    args: &Args,
    finisher: &Finisher,
    photo: Option<&PathBuf>,
) -> Result<Entry, Fault> {
    let used = |path: &PathBuf| render::used(race_data, &args.race, path, &finisher.bib);
    let mut used = photo.map(used).transpose()?;
    // Here on every core; the volume would do it one by one.
    for panel in used.iter_mut().flat_map(|used| &mut used.panels) {
        panel.picture = prepared(&panel.picture, args.intent)?;
    }
    let composition = kanso_certificate::page(race_data, finisher, used.as_ref())?;
    Ok(Entry {
        page: composition.page,
        bib: finisher.bib.clone(),
        course: finisher.course.clone().unwrap_or_default(),
        photo: photo.map(|path| path.display().to_string()).unwrap_or_default(),
    })
}

/// Those who may have a certificate, in order.
fn chosen<'p>(race_data: &'p RaceData, args: &Args) -> Result<Vec<&'p Finisher>, Fault> {
    if let Some(bib) = args.bibs.iter().find(|bib| race_data.roster.get(bib).is_none()) {
        return Err(Fault::reject(format!("bib {bib} is not in the results; correct --bibs")));
    }
    let wanted: BTreeSet<&Bib> = args.bibs.iter().collect();
    let mut finishers: Vec<&Finisher> = race_data
        .roster
        .iter()
        .filter(|finisher| finisher.status.may_be_certified())
        .filter(|finisher| !race_data.erased.contains(&finisher.bib))
        .filter(|finisher| wanted.is_empty() || wanted.contains(&finisher.bib))
        .collect();
    if finishers.is_empty() {
        return Err(Fault::reject("nobody to print has a finish time; wait for the results"));
    }
    let course = |finisher: &Finisher| {
        race_data
            .race
            .courses
            .iter()
            .position(|course| Some(&course.id) == finisher.course.as_ref())
    };
    finishers.sort_by_cached_key(|finisher| {
        let name = || finisher.kana.as_ref().unwrap_or(&finisher.name).clone();
        let (course, name) = match args.sort {
            Sort::Bib => (0, String::new()),
            Sort::Name => (0, name()),
            Sort::Course => (course(finisher).unwrap_or(usize::MAX), String::new()),
        };
        (course, name, bib_order(&finisher.bib))
    });
    Ok(finishers)
}

/// 9 before 10, and the letters of a bib first.
fn bib_order(bib: &Bib) -> (String, u64, String) {
    let text = bib.as_str();
    let digits_at = text.find(|c: char| c.is_ascii_digit()).unwrap_or(text.len());
    let (prefix, rest) = text.split_at(digits_at);
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
    (prefix.to_owned(), digits.parse().unwrap_or(u64::MAX), text.to_owned())
}

/// The surest photo of each runner.
fn matched(race_data: &RaceData, race: &Path, dir: &Path) -> Result<BTreeMap<Bib, PathBuf>, Fault> {
    let PhotoFiles { photos: files, left_out, .. } = photo_files(dir)?;
    if !left_out.is_empty() {
        eprintln!("kanso: note: {} left out of {}", left_out, dir.display());
    }
    let bar = progress(files.len(), "photos matched");
    let decided: Vec<_> = files
        .par_iter()
        .map(|path| {
            let decision = decide(race_data, race, path);
            bar.inc(1);
            (path, decision)
        })
        .collect();
    bar.finish_and_clear();
    let mut best: BTreeMap<Bib, (f64, PathBuf)> = BTreeMap::new();
    for (path, decision) in decided {
        match decision {
            Err(fault) => eprintln!("kanso: note: {} is not used: {fault}", path.display()),
            Ok(decision) => {
                for found in decision.matches {
                    let known = best.get(&found.bib).map_or(-1.0, |(probability, _)| *probability);
                    if found.probability > known {
                        best.insert(found.bib, (found.probability, path.clone()));
                    }
                }
            }
        }
    }
    Ok(best.into_iter().map(|(bib, (_, path))| (bib, path)).collect())
}

fn decide(race_data: &RaceData, race: &Path, path: &Path) -> Result<Decision, Fault> {
    let bytes = std::fs::read(path)
        .map_err(|error| Fault::reject(format!("it cannot be read: {error}")))?;
    let source = race_dir::source(race, path, &bytes)?;
    kanso_certificate::decide(race_data, &source, bytes.into(), reader())
}

fn progress(steps: usize, what: &str) -> ProgressBar {
    let style =
        ProgressStyle::with_template(&format!("{{bar:30}} {{pos}}/{{len}} {what}  {{eta}}"))
            .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(steps as u64).with_style(style)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bibs_are_sorted_as_people_count() {
        let mut bibs = ["10", "W2", "9", "W10"].map(|text| Bib::parse(text).unwrap());
        bibs.sort_by_cached_key(bib_order);
        assert_eq!(bibs.each_ref().map(Bib::as_str), ["9", "10", "W2", "W10"]);
    }
}
