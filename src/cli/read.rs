//! `kanso read`: the numbers printed on the bibs in photos.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use image::RgbImage;
use kanso_photo::{Needs, Photo};
use kanso_reading::{BibList, Match, OPERATING_POINT, PICTURE_PX, Prior, Reader, Reading};
use serde_json::{Value, json};

use super::{annotation, fail, process};

/// Read the numbers printed on the bibs in photos.
///
/// A reading's probability is that its box is a runner's bib with exactly this text: 0.5 is
/// where it counts. Nothing is sent anywhere, and no face is looked at.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
With --json each photo is one line:
  {\"photo\": PATH, \"readings\": [{\"text\", \"probability\", \"box\": [x, y, width, height],
   \"quad\": [[x, y] x 4], \"characters\": [{\"text\", \"probability\"}]}],
   \"bibs\": [{\"bib\", \"probability\"}]}
in pixels of the upright photo; \"bibs\" with --bibs alone. A photo that cannot be read has an
\"error\" and no readings.

Exit codes: 0 also where nothing is found; 2 the list of bibs or the folder cannot be used.

Examples:
  kanso read photo.jpg
  kanso read --bibs bibs.txt --json photos/*.jpg")]
pub struct Args {
    /// Photos
    #[arg(required = true, value_name = "PHOTO")]
    photos: Vec<PathBuf>,
    /// Say also which of these bibs each photo shows, or none: a file with one bib a line
    #[arg(long, value_name = "FILE")]
    bibs: Option<PathBuf>,
    /// One JSON object a line instead of words
    #[arg(long)]
    json: bool,
    /// Write each photo there with its boxes and readings drawn in
    #[arg(long, value_name = "DIR")]
    annotate: Option<PathBuf>,
}

/// One photo's readings, and the bibs of the list, where there is one.
struct Read {
    readings: Vec<Reading>,
    bibs: Option<Vec<Match>>,
}

pub fn run(args: Args) -> ExitCode {
    let (reader, bibs) = match prepared(&args) {
        Ok(prepared) => prepared,
        Err(message) => return fail(message),
    };
    let line = |photo: &Path| line(reader, bibs.as_ref(), &args, photo);
    process::told(&args.photos, args.json, line, in_words)
}

fn prepared(args: &Args) -> Result<(&'static Reader, Option<BibList>), String> {
    let bibs = args.bibs.as_deref().map(bib_list).transpose()?;
    if let Some(dir) = &args.annotate {
        std::fs::create_dir_all(dir)
            .map_err(|error| format!("cannot make the folder {}: {error}", dir.display()))?;
    }
    let reader = Reader::bundled().map_err(|error| error.to_string())?;
    Ok((reader, bibs))
}

fn bib_list(file: &Path) -> Result<BibList, String> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| format!("cannot read the bibs in {}: {error}", file.display()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    BibList::new(text.lines(), Prior::Race).map_err(|error| format!("{}: {error}", file.display()))
}

/// The error is a fault of the job (a disk that cannot be written), never of the photo.
fn line(
    reader: &Reader,
    bibs: Option<&BibList>,
    args: &Args,
    path: &Path,
) -> Result<Value, String> {
    let (picture, size, read) = match read(reader, bibs, path) {
        Ok(read) => read,
        Err(why) => {
            let mut line = json!({"photo": path, "error": why, "readings": []});
            if bibs.is_some() {
                line["bibs"] = json!([]);
            }
            return Ok(line);
        }
    };
    if let Some(dir) = &args.annotate {
        annotation::save(dir, path, picture, size, &read.readings)?;
    }
    let mut line = json!({
        "photo": path,
        "readings": read.readings.iter().map(reading).collect::<Vec<Value>>(),
    });
    if let Some(bibs) = read.bibs {
        let bibs = bibs.iter();
        line["bibs"] =
            bibs.map(|m| json!({"bib": m.bib, "probability": rounded(m.probability)})).collect();
    }
    Ok(line)
}

fn read(
    reader: &Reader,
    bibs: Option<&BibList>,
    path: &Path,
) -> Result<(RgbImage, (u32, u32), Read), String> {
    let bytes = std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    let photo = Photo::open(bytes.into()).map_err(|error| error.to_string())?;
    let needs = Needs { reading_px: Some(PICTURE_PX), ..Needs::default() };
    let decoded = photo.decode(&needs).map_err(|error| error.to_string())?;
    let picture = decoded.reading(PICTURE_PX).map_err(|error| error.to_string())?;
    let size = photo.upright_size();
    let codes = kanso_photo::codes::read(&image::imageops::grayscale(&picture), size);
    let readings = reader.read(&picture, &codes, size, &mut |_| ());
    let readings = readings.map_err(|error| error.to_string())?;
    let bibs = bibs.map(|bibs| bibs.matches(&readings));
    Ok((picture, size, Read { readings, bibs }))
}

fn reading(reading: &Reading) -> Value {
    let area = reading.area;
    let corner = |[x, y]: [f32; 2]| [tenth(x), tenth(y)];
    let characters = reading.characters.iter();
    json!({
        "text": reading.text,
        "probability": rounded(reading.probability),
        "box": [area.x, area.y, area.width, area.height],
        "quad": reading.quad.0.map(corner),
        "characters": characters
            .map(|c| json!({"text": c.text, "probability": rounded(f64::from(c.probability))}))
            .collect::<Vec<Value>>(),
    })
}

fn rounded(probability: f64) -> f64 {
    (probability * 10_000.0).round() / 10_000.0
}

fn tenth(pixels: f32) -> f64 {
    (f64::from(pixels) * 10.0).round() / 10.0
}

/// The path, then what counts: bibs of the list where there is one, else readings.
fn in_words(line: &Value) -> String {
    let photo = line["photo"].as_str().unwrap_or_default();
    if let Some(error) = line["error"].as_str() {
        return format!("{photo}  cannot be read: {error}");
    }
    let (list, name) =
        if line["bibs"].is_array() { (&line["bibs"], "bib") } else { (&line["readings"], "text") };
    let counted: Vec<String> = list
        .as_array()
        .into_iter()
        .flatten()
        .filter(|one| one["probability"].as_f64().is_some_and(|p| p >= OPERATING_POINT))
        .map(|one| {
            format!(
                "{} ({:.2})",
                one[name].as_str().unwrap_or_default(),
                one["probability"].as_f64().unwrap_or_default()
            )
        })
        .collect();
    format!("{photo}  {}", if counted.is_empty() { "no bib".to_owned() } else { counted.join(" ") })
}
