//! `kanso process`: the whole pure pipeline over local files.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Certificate, Processed};
use kanso_matching::Outcome;
use kanso_photo::PhotoId;
use kanso_pipeline::stopwatch::Stopwatch;
use kanso_pipeline::unread::reader;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::{Value, json};

use super::{fail, race_dir};

/// Match photos to runners and make their certificates, from local files.
///
/// A photo below `photos/<camera>/` belongs to that camera of race.toml. Exits with 0 even
/// where a photo is rejected: its line says so.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The race's folder: race.toml, results.csv, template/
    #[arg(long, value_name = "DIR")]
    race: PathBuf,
    /// Photos
    #[arg(required = true, value_name = "PHOTO")]
    photos: Vec<PathBuf>,
    /// Write the certificates there: `<bib>/<photo-id>.pdf` and `.jpg`
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Another template than the race's: a bundled name or a folder
    #[arg(long, value_name = "NAME|DIR")]
    template: Option<String>,
    /// One JSON object a line instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    let race_data = match race_dir::race_data(&args.race, args.template.as_deref()) {
        Ok(race_data) => race_data,
        Err(fault) => return fail(fault),
    };
    told(&args.photos, args.json, |photo| one(&race_data, &args, photo), in_words)
}

/// Prints a line for each photo, in the order of the files; at most twice as many are under
/// way as there are cores.
pub(super) fn told(
    photos: &[PathBuf],
    json: bool,
    line: impl Fn(&Path) -> Result<Value, String> + Sync,
    in_words: fn(&Value) -> String,
) -> ExitCode {
    for batch in photos.chunks(rayon::current_num_threads() * 2) {
        let lines: Vec<_> = batch.par_iter().map(|photo| line(photo)).collect();
        for line in lines {
            match line {
                Ok(line) if json => println!("{line}"),
                Ok(line) => println!("{}", in_words(&line)),
                Err(message) => return fail(message),
            }
        }
    }
    ExitCode::SUCCESS
}

/// One photo's line. The error is a fault of the job (a disk that cannot be written), never
/// of the photo.
fn one(race_data: &RaceData, args: &Args, path: &Path) -> Result<Value, String> {
    let mut watch = Stopwatch::start();
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) => {
            let reason = format!("cannot read {}: {error}", path.display());
            return Ok(json!({
                "photo": path, "decision": Outcome::Reject, "reason": reason, "bibs": [], "ms": {},
            }));
        }
    };
    watch.lap("read");
    let processed = match race_dir::source(&args.race, path, &bytes) {
        Ok(source) => {
            kanso_certificate::process(race_data, &source, bytes.into(), reader(), &mut watch)
        }
        Err(fault) => Processed::review(PhotoId::of(&bytes), fault.message),
    };
    let mut bibs = Vec::new();
    for (found, certificate) in processed.decision.matches.iter().zip(&processed.certificates) {
        let (pdf, preview) = match &args.out {
            Some(dir) => {
                let (pdf, preview) = save(dir, &processed, certificate)?;
                (Some(pdf), Some(preview))
            }
            None => (None, None),
        };
        bibs.push(json!({
            "bib": found.bib, "probability": found.probability, "evidence": found.evidence,
            "pdf": pdf, "preview": preview, "warnings": certificate.warnings,
        }));
    }
    // Those who get no certificate are told apart by having no PDF.
    let decision = &processed.decision;
    let rest = decision.waiting.iter().chain(&decision.candidates).chain(&decision.barred);
    bibs.extend(rest.map(|found| {
        json!({
            "bib": found.bib, "probability": found.probability, "evidence": found.evidence,
            "pdf": null, "preview": null, "why": found.why,
        })
    }));
    watch.lap("save");
    let ms: serde_json::Map<String, Value> = watch
        .into_laps()
        .into_iter()
        .map(|(step, ms)| (step.to_owned(), json!((ms * 10.0).round() / 10.0)))
        .collect();
    Ok(json!({
        "photo": path, "photo_id": processed.photo_id, "decision": decision.outcome,
        "reason": decision.reason, "bibs": bibs, "ms": ms,
    }))
}

fn save(
    dir: &Path,
    processed: &Processed,
    certificate: &Certificate,
) -> Result<(PathBuf, PathBuf), String> {
    let folder = dir.join(certificate.bib.as_str());
    let write = |extension: &str, bytes: &[u8]| {
        let path = folder.join(format!("{}.{extension}", processed.photo_id));
        std::fs::create_dir_all(&folder)
            .and_then(|()| std::fs::write(&path, bytes))
            .map(|()| path.clone())
            .map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    let pdf = write("pdf", &certificate.pdf)?;
    let preview = write("jpg", &certificate.preview)?;
    write("json", &certificate.record)?;
    Ok((pdf, preview))
}

fn in_words(line: &Value) -> String {
    let text = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
    let bibs: Vec<&str> = line["bibs"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|bib| line["decision"] != "issue" || !bib["pdf"].is_null() || bib["why"].is_null())
        .filter_map(|bib| bib["bib"].as_str())
        .collect();
    format!("{}  {}  {}  {}", text("photo"), text("decision"), bibs.join(" "), text("reason"))
}
