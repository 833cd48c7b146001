//! `kanso explain`: why a photo is whose.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_certificate::race_data::RaceData;
use kanso_matching::Outcome;
use kanso_pipeline::unread::reader;
use serde_json::{Value, json};

use super::buckets::Buckets;
use super::explain_words::{ODDS, bibs, in_words};
use super::stored_race::done;
use super::{explain_key, fail, process, race_dir};

/// Say of photos whom they show, and how much each evidence counts.
///
/// "30 to 1 for" a bib: what was seen is 30 times as probable where the photo shows this runner
/// as where it shows somebody else. Nothing is printed.
///
/// A photo is a file on this disk, or else a key in the store. A file is looked at now; below
/// `photos/<camera>/` it belongs to that camera of race.toml. Of a key it is told what was found
/// when its photo was handled, held against the race's data as they are now; that reads
/// AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for another S3 than AWS's,
/// AWS_ENDPOINT_URL.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
With --json each photo is one line:
  {\"photo\": PATH, \"decision\": \"issue\"|\"pending\"|\"review\"|\"reject\", \"reason\",
   \"bibs\": [{\"bib\", \"becomes\": \"issue\"|\"pending\"|\"review\"|\"reject\", \"probability\", \"why\",
    \"evidence\": [{\"source\", \"probability\", \"weight\", \"odds\", \"detail\"}]}]}
\"weight\" is the natural logarithm of those odds, below 0 where they are against the bib;
\"odds\" says it in words. A photo in the store has \"certificates\", the bibs that have one with
it, and \"recorded\", its decision and reason when it was handled, as well.

Examples:
  kanso explain --race RACE RACE/photos/finish-a/KNS_0790.jpg
  kanso explain spring-half/photos/finish-a/KNS_0790.jpg
  kanso explain --race spring-half finish-a/KNS_0790.jpg")]
pub struct Args {
    /// The race's folder: on this disk for files, with race.toml and results.csv; in the store
    /// for keys that do not name it
    #[arg(long, value_name = "DIR|RACE")]
    race: Option<PathBuf>,
    /// Photos: files, or keys in the store
    #[arg(required = true, value_name = "PHOTO|KEY")]
    photos: Vec<PathBuf>,
    #[command(flatten)]
    buckets: Buckets,
    /// One JSON object a line instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    let (of_files, of_keys) = match (of_files(&args), of_keys(&args)) {
        (Ok(of_files), Ok(of_keys)) => (of_files, of_keys),
        (Err(fault), _) | (_, Err(fault)) => return fail(fault),
    };
    let line = |photo: &Path| match (of_keys.get(photo), &of_files) {
        (Some(line), _) => Ok(line.clone()),
        (None, Some((dir, race_data))) => Ok(explained(race_data, dir, photo)),
        (None, None) => Err(format!("{} is gone; name it again", photo.display())),
    };
    let code = process::told(&args.photos, args.json, line, in_words);
    if !args.json {
        println!("{ODDS}");
    }
    code
}

/// What files are held against, where there is one among the photos.
fn of_files(args: &Args) -> Result<Option<(&Path, RaceData)>, Fault> {
    let Some(file) = args.photos.iter().find(|photo| photo.exists()) else { return Ok(None) };
    let dir = args.race.as_deref().ok_or_else(|| {
        let file = file.display();
        Fault::reject(format!("{file} is a file; give its race's folder on this disk with --race"))
    })?;
    Ok(Some((dir, race_dir::race_data(dir, None)?)))
}

/// The lines of all that are no files.
fn of_keys(args: &Args) -> Result<HashMap<&Path, Value>, Fault> {
    let keys: Vec<&Path> =
        args.photos.iter().map(PathBuf::as_path).filter(|photo| !photo.exists()).collect();
    let race = args.race.as_deref().and_then(Path::to_str);
    let lines = done(explain_key::lines(&args.buckets, race, &keys))?;
    Ok(keys.into_iter().zip(lines).collect())
}

fn explained(race_data: &RaceData, race: &Path, path: &Path) -> Value {
    let decided = std::fs::read(path).map_err(|error| format!("it cannot be read: {error}"));
    let decided = decided.and_then(|bytes| {
        let source = race_dir::source(race, path, &bytes);
        source
            .and_then(|source| {
                kanso_certificate::decide(race_data, &source, bytes.into(), reader())
            })
            .map_err(|fault| fault.message)
    });
    match decided {
        Ok(decision) => json!({
            "photo": path, "decision": decision.outcome, "reason": decision.reason,
            "bibs": bibs(&decision),
        }),
        Err(why) => {
            json!({"photo": path, "decision": Outcome::Review, "reason": why, "bibs": []})
        }
    }
}
