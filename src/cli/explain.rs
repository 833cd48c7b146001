//! `kanso explain`: why a photo is whose.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use kanso_certificate::race_data::RaceData;
use kanso_matching::Outcome;
use kanso_matching::decision::{Decision, Match};
use kanso_pipeline::unread::reader;
use serde_json::{Value, json};

use super::{fail, process, race_dir};

/// Say of photos whom they show, and how much each evidence counts.
///
/// "30 to 1 for" a bib: what was seen is 30 times as probable where the photo shows this runner
/// as where it shows somebody else. A photo below `photos/<camera>/` belongs to that camera of
/// race.toml. Nothing is printed.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
With --json each photo is one line:
  {\"photo\": PATH, \"decision\": \"issue\"|\"pending\"|\"review\"|\"reject\", \"reason\",
   \"bibs\": [{\"bib\", \"becomes\": \"issue\"|\"pending\"|\"review\"|\"reject\", \"probability\", \"why\",
    \"evidence\": [{\"source\", \"probability\", \"weight\", \"odds\", \"detail\"}]}]}
\"weight\" is the natural logarithm of those odds, below 0 where they are against the bib;
\"odds\" says it in words.

Examples:
  kanso explain --race RACE RACE/photos/finish-a/KNS_0790.jpg")]
pub struct Args {
    /// The race's folder: race.toml, results.csv
    #[arg(long, value_name = "DIR")]
    race: PathBuf,
    /// Photos
    #[arg(required = true, value_name = "PHOTO")]
    photos: Vec<PathBuf>,
    /// One JSON object a line instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    let race_data = match race_dir::race_data(&args.race, None) {
        Ok(race_data) => race_data,
        Err(fault) => return fail(fault),
    };
    let line = |photo: &Path| Ok(explained(&race_data, &args.race, photo));
    process::told(&args.photos, args.json, line, in_words)
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

fn bibs(decision: &Decision) -> Vec<Value> {
    let Decision { matches, waiting, candidates, barred, .. } = decision;
    let asked = if decision.outcome == Outcome::Issue { Outcome::Review } else { decision.outcome };
    let lists = [
        (Outcome::Issue, matches),
        (Outcome::Pending, waiting),
        (asked, candidates),
        (Outcome::Reject, barred),
    ];
    let told = |becomes: Outcome, found: &Match| {
        let evidence = found.evidence.iter().map(|evidence| {
            let mut told = json!(evidence);
            told["odds"] = json!(evidence.odds_words());
            told
        });
        json!({
            "bib": found.bib, "becomes": becomes, "probability": found.probability,
            "why": found.why, "evidence": evidence.collect::<Vec<Value>>(),
        })
    };
    let all = lists.into_iter().flat_map(|(becomes, list)| list.iter().map(move |m| (becomes, m)));
    all.map(|(becomes, found)| told(becomes, found)).collect()
}

fn in_words(line: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut words = format!("{}  {}\n", text(&line["photo"]), text(&line["decision"]));
    words += &format!("  {}\n", text(&line["reason"]));
    for bib in line["bibs"].as_array().into_iter().flatten() {
        let percent = percent(bib["probability"].as_f64().unwrap_or_default());
        words += &format!("  {}  {percent}  {}\n", text(&bib["bib"]), text(&bib["becomes"]));
        for evidence in bib["evidence"].as_array().into_iter().flatten() {
            let (odds, detail) = (text(&evidence["odds"]), text(&evidence["detail"]));
            words += &format!("    {odds:<22}{detail}\n");
        }
    }
    words
}

/// Neither none nor all of a hundred where it is not sure.
fn percent(probability: f64) -> String {
    match probability * 100.0 {
        percent if (1.0..=99.0).contains(&percent) => format!("{percent:.0} %"),
        percent if percent < 1.0 => "under 1 %".to_owned(),
        _ => "over 99 %".to_owned(),
    }
}
