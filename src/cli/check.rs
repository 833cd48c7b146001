//! `kanso check`: what would go wrong on race day.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_certificate::PRINT_PPI;
use kanso_certificate::race_data::RaceData;
use kanso_photo::{Photo, crop};
use kanso_race::results::ProblemKind;
use kanso_race::rules::SecondFactor;
use kanso_race::{Finisher, Status};
use kanso_template::layout;
use kanso_template::{Extra, Fields};
use rayon::iter::{IntoParallelIterator, ParallelIterator};

use super::photo_files::{PhotoFiles, photo_files};
use super::{fail, race_dir};

/// Say what would go wrong on race day, for the whole race folder.
///
/// Reads every row of the results, sets every runner's certificate, and looks at the
/// template, the artwork and the photos that are there. Exits with 0 where all is well, 1
/// where something needs a hand, 2 where the folder cannot be read.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The race's folder: race.toml, results.csv, template/
    #[arg(value_name = "DIR")]
    race: PathBuf,
    /// One JSON object instead of words
    #[arg(long)]
    json: bool,
}

/// One thing that needs a hand, or at least a look.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
struct Finding {
    /// `results`, `course`, `page`, `text`, `template` or `photo`.
    room: &'static str,
    /// Whether a certificate would be missing or wrong because of it.
    error: bool,
    message: String,
}

pub fn run(args: Args) -> ExitCode {
    if !args.race.join("race.toml").is_file() {
        return fail(format!("{} holds no race.toml; give a race's folder", args.race.display()));
    }
    let (runners, findings, kept) = match race_dir::race_data(&args.race, None) {
        Ok(race_data) => {
            let findings = findings(&race_data, &args.race);
            (race_data.roster.len(), findings, Some(race_data.race.kept_through()))
        }
        Err(fault) => {
            (0, vec![Finding { room: "race", error: true, message: fault.message }], None)
        }
    };
    if args.json {
        let json =
            serde_json::json!({"runners": runners, "findings": findings, "kept_through": kept});
        println!("{json}");
    } else {
        match kept {
            Some(Some(day)) => println!("photos, results and certificates are deleted after {day}"),
            Some(None) => println!("nothing is ever deleted: race.toml gives no retention_days"),
            None => {}
        }
        report(runners, &findings);
    }
    if findings.iter().any(|finding| finding.error) { ExitCode::from(1) } else { ExitCode::SUCCESS }
}

fn report(runners: usize, findings: &[Finding]) {
    for finding in findings {
        let mark = if finding.error { "✗" } else { "·" };
        println!("{mark} {:<9} {}", finding.room, finding.message);
    }
    let errors = findings.iter().filter(|finding| finding.error).count();
    let notes = findings.len() - errors;
    match errors {
        0 => println!("{runners} runners checked: ready for race day ({notes} to look at)"),
        1 => println!("{runners} runners checked: 1 thing needs a hand, {notes} to look at"),
        n => println!("{runners} runners checked: {n} things need a hand, {notes} to look at"),
    }
}

fn findings(race_data: &RaceData, dir: &Path) -> Vec<Finding> {
    let mut findings: Vec<Finding> = race_data
        .problems
        .iter()
        .map(|problem| Finding {
            room: "results",
            // Without times it is no race day yet.
            error: problem.kind.is_error() || problem.kind == ProblemKind::NoTimes,
            message: match problem.row {
                Some(row) => format!("row {row}: {}", problem.message),
                None => problem.message.clone(),
            },
        })
        .collect();
    findings.extend(courses(race_data));
    findings.extend(second_factor(race_data));
    findings.extend(template(race_data));
    findings.extend(texts(race_data));
    findings.extend(photos(race_data, dir));
    findings
}

/// Courses whose photos the clock cannot match.
fn courses(race_data: &RaceData) -> impl Iterator<Item = Finding> {
    let race = &race_data.race;
    race.courses
        .iter()
        .filter(|c| c.gun.is_none() && !race.waves.iter().any(|wave| wave.course == c.id))
        .map(|course| Finding {
            room: "course",
            error: false,
            message: format!(
                "course {} has no gun time: its photos can be matched by the clock only where \
                 the results have times of day",
                course.id
            ),
        })
}

/// Runners who cannot open their page, since the results lack what it asks for.
fn second_factor(race_data: &RaceData) -> Option<Finding> {
    let factor = race_data.race.privacy.second_factor;
    let without = race_data.roster.iter().filter(|finisher| factor.of(finisher).is_none()).count();
    let (named, field) = match factor {
        SecondFactor::BirthDate => ("birth-date", "date of birth"),
        SecondFactor::Kana => ("kana", "kana"),
        SecondFactor::None => return None,
    };
    (without > 0).then(|| Finding {
        room: "page",
        error: false,
        message: format!(
            "{without} of {} runners have no {field} in the results, and second_factor = \
             \"{named}\" asks for it: they open their page by their link only",
            race_data.roster.len(),
        ),
    })
}

fn template(race_data: &RaceData) -> Vec<Finding> {
    match kanso_template::check::check(&race_data.template) {
        Ok(problems) => problems
            .into_iter()
            .map(|p| Finding { room: "template", error: false, message: p.message })
            .collect(),
        Err(message) => vec![Finding { room: "template", error: true, message }],
    }
}

/// Sets every runner's certificate. What all of them have in common is told once.
fn texts(race_data: &RaceData) -> Vec<Finding> {
    let runners: Vec<&Finisher> = race_data
        .roster
        .iter()
        .filter(|f| f.status.may_be_certified() || f.status == Status::Registered)
        .collect();
    let told: Vec<(bool, String)> = runners
        .into_par_iter()
        .flat_map_iter(|finisher| {
            let extra = Extra { photo: true, ..Extra::default() };
            let fields = Fields::new(&race_data.race, finisher, &extra);
            match layout::compose(
                &race_data.template,
                &fields,
                &race_data.branding,
                &[],
                &race_data.fonts,
            ) {
                Ok(composed) => composed.problems.into_iter().map(|p| (false, p.message)).collect(),
                Err(error) => vec![(true, error.to_string())],
            }
        })
        .collect();
    let mut counted: BTreeMap<(bool, String), usize> = BTreeMap::new();
    for one in told {
        *counted.entry(one).or_default() += 1;
    }
    counted
        .into_iter()
        .map(|((error, message), times)| {
            let message = if times == 1 { message } else { format!("{message} ({times} runners)") };
            Finding { room: "text", error, message }
        })
        .collect()
}

/// Photos that are there already: whether they can be read, and are fine enough.
fn photos(race_data: &RaceData, dir: &Path) -> Vec<Finding> {
    let slots = race_data.template.photo_slots();
    let mut findings = Vec::new();
    let found = photo_files(&dir.join("photos")).unwrap_or_else(|fault| {
        findings.push(Finding { room: "photo", error: true, message: fault.message });
        PhotoFiles::default()
    });
    findings.extend(no_photos(&found, dir));
    for path in found.photos {
        let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
        let opened = std::fs::read(&path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| Photo::open(bytes.into()).map_err(|error| error.to_string()));
        let photo = match opened {
            Ok(photo) => photo,
            Err(why) => {
                findings.push(Finding {
                    room: "photo",
                    error: true,
                    message: format!("{name}: {why}"),
                });
                continue;
            }
        };
        for slot in &slots {
            let size = photo.upright_size();
            let (width, _) = crop::around(None, None, size, slot.aspect, false).size();
            let ppi = f64::from(width) / slot.size.width.at_ppi(1.0);
            if ppi < slot.min_ppi {
                let message = format!(
                    "{name}: {ppi:.0} ppi in slot {}, below {:.0} ({PRINT_PPI:.0} is print quality)",
                    slot.id, slot.min_ppi
                );
                findings.push(Finding { room: "photo", error: false, message });
            }
        }
    }
    findings
}

/// What lies among the photos and is none; raw files matter where there is nothing else.
fn no_photos(found: &PhotoFiles, dir: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !found.left_out.is_empty() {
        let message = format!("left out of photos/, since they are no photos: {}", found.left_out);
        findings.push(Finding { room: "photo", error: false, message });
    }
    if let Some(first) = found.raw_alone.first() {
        let first = first.strip_prefix(dir).unwrap_or(first).display();
        let message = format!(
            "raw files without a JPEG beside them: {} (the first is {first}); nothing is made of \
             them; export JPEGs, or set the camera to write JPEG and raw",
            found.raw_alone.len()
        );
        findings.push(Finding { room: "photo", error: true, message });
    }
    findings
}
