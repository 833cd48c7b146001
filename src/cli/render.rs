//! `kanso render`: one certificate, without matching.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_certificate::{Occasion, PhotoUsed};
use kanso_race::Bib;
use kanso_render::{Intent, PdfOptions, desk_copy, pdf};

use super::{fail, race_dir};

/// Make one runner's certificate, with a photo or without.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    /// The race's folder: race.toml, results.csv, template/
    #[arg(long, value_name = "DIR")]
    race: PathBuf,
    /// Whose certificate
    #[arg(long, value_name = "N")]
    bib: Bib,
    /// The photo; without one the template's design without photo is used
    #[arg(long, value_name = "FILE")]
    photo: Option<PathBuf>,
    /// The PDF to write
    #[arg(long, value_name = "FILE.pdf")]
    out: PathBuf,
    /// Write the preview as well
    #[arg(long, value_name = "FILE.jpg")]
    preview: Option<PathBuf>,
    /// Another template than the race's: a bundled name or a folder
    #[arg(long, value_name = "NAME|DIR")]
    template: Option<String>,
    /// The desk copy: the trimmed page alone, for desk printers
    #[arg(long)]
    desk: bool,
    /// What the colours mean: srgb, for screens and photo printers; or cmyk, separated for
    /// offset on coated paper (FOGRA39) and built to the structure of PDF/X-4
    #[arg(long, value_name = "INTENT", default_value = "srgb")]
    intent: Intent,
}

pub fn run(args: Args) -> ExitCode {
    match render(&args) {
        Ok(warnings) => {
            for warning in warnings {
                eprintln!("kanso: note: {warning}");
            }
            ExitCode::SUCCESS
        }
        Err(fault) => fail(fault),
    }
}

fn render(args: &Args) -> Result<Vec<String>, Fault> {
    let race_data = race_dir::race_data(&args.race, args.template.as_deref())?;
    let bib = &args.bib;
    let finisher = race_data.roster.get(bib).ok_or_else(|| {
        Fault::reject(format!("bib {bib} is not in the results; give --bib another one"))
    })?;
    let photo =
        args.photo.as_deref().map(|path| used(&race_data, &args.race, path, bib)).transpose()?;
    let occasion = Occasion { found: None, reason: "asked for by hand" };
    let certificate =
        kanso_certificate::issue(&race_data, finisher, photo.as_ref(), occasion, &mut ())?;
    let stored = match args.intent {
        Intent::Srgb => certificate.pdf,
        intent => {
            let page = kanso_certificate::page(&race_data, finisher, photo.as_ref())?.page;
            let options =
                PdfOptions { intent, ..PdfOptions::new(kanso_certificate::created(&race_data)) };
            pdf(&page, &options)?.bytes.into()
        }
    };
    let pdf = match args.desk {
        true => desk_copy(&stored).map_err(|e| Fault::reject(e.to_string()))?.into(),
        false => stored,
    };
    write(&args.out, &pdf)?;
    if let Some(preview) = &args.preview {
        write(preview, &certificate.preview)?;
    }
    Ok(certificate.warnings)
}

/// A photo of a runner, cropped for the template's slots.
pub(super) fn used(
    race_data: &RaceData,
    race: &Path,
    path: &Path,
    bib: &Bib,
) -> Result<PhotoUsed, Fault> {
    let bytes = std::fs::read(path)
        .map_err(|error| Fault::reject(format!("cannot read {}: {error}", path.display())))?;
    let source = race_dir::source(race, path, &bytes)?;
    PhotoUsed::of(race_data, &source, bytes.into(), bib)
}

pub(super) fn write(path: &Path, bytes: &[u8]) -> Result<(), Fault> {
    std::fs::write(path, bytes)
        .map_err(|error| Fault::retry(format!("cannot write {}: {error}", path.display())))
}
