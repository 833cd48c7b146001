//! `kanso integrity`: what does not fit together in a race.

use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use kanso_certificate::Fault;
use kanso_matching::integrity::{Chipless, Photoless, Proof, SeenApart};
use kanso_pipeline::integrity::{ClockFinding, Integrity};
use kanso_race::Bib;
use serde_json::json;

use super::fail;
use super::stored_race::{StoredRace, done};

/// List what does not fit together in a race, each with the photos that show it.
///
/// The same bib seen minutes apart, or minutes away from its runner's finish: two people may
/// wear it, or have swapped bibs. A bib that is seen and whose chip never crossed the line.
/// Finishers without a photo. Cameras whose clock was set, drifts or contradicts what was said
/// of it. What the clock alone says of a photo counts for nothing here, and a photo that a person
/// has answered is settled. Reads AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for
/// another S3 than AWS's, AWS_ENDPOINT_URL. Changes nothing, and exits with 0 whatever it finds.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
With --json it is one object, with all findings and all their photos:
  {\"race\", \"photos\": how many were looked at,
   \"apart\": [{\"bib\", \"finish\", \"occasions\": [{\"at_finish\", \"photos\": [PHOTO]}]}],
   \"chipless\": [{\"bib\", \"results\": \"not-listed\"|\"did-not-start\"|\"did-not-finish\"|\"no-time\",
    \"photos\": [PHOTO]}],
   \"photoless\": [{\"bib\", \"finish\", \"photos\": [PHOTO]}],
   \"clocks\": [{\"camera\", \"warnings\", \"photos\": [PHOTO]}], \"failed\"}
PHOTO is {\"photo\": KEY, \"taken_at\": by the finish clock, \"says\"}.")]
pub struct Args {
    #[command(flatten)]
    race: StoredRace,
    /// A JSON object instead of words
    #[arg(long)]
    json: bool,
}

/// Findings of one kind that are told in words, and photos of one finding.
const TOLD: usize = 20;
const TOLD_PHOTOS: usize = 4;

pub fn run(args: Args) -> ExitCode {
    match done(integrity(&args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => fail(fault),
    }
}

async fn integrity(args: &Args) -> Result<(), Fault> {
    let (handler, race) = args.race.open()?;
    let integrity = handler.integrity(&race).await?;
    if args.json {
        let mut told = json!(integrity.findings);
        told["race"] = json!(race);
        told["photos"] = json!(integrity.photos);
        told["clocks"] = json!(integrity.clocks);
        told["failed"] = json!(integrity.failed);
        println!("{told}");
    } else {
        print!("{}", Words { zone: &integrity.race_data.race.zone }.all(&integrity));
    }
    Ok(())
}

/// Findings in words; times of day are the race's.
struct Words<'a> {
    zone: &'a TimeZone,
}

/// A finding: its line, and the photos that show it.
type Told<'a> = (String, Vec<&'a Proof>);

impl Words<'_> {
    fn all(&self, integrity: &Integrity) -> String {
        let Integrity { findings, clocks, photos, failed, .. } = integrity;
        let apart = findings.apart.iter().map(|found| self.apart(found));
        let chipless = findings.chipless.iter().map(|found| self.chipless(found));
        let photoless = findings.photoless.iter().map(|found| self.photoless(found));
        let clocks = clocks.iter().map(|found| self.clock(found));
        let groups = [
            ("the same bib, seen minutes apart or far from its finish", apart.collect()),
            ("bibs that are seen, and whose chip never crossed the line", chipless.collect()),
            ("finishers without a photo", photoless.collect()),
            ("cameras whose clock needs a look", clocks.collect::<Vec<Told<'_>>>()),
        ];
        let mut words = String::new();
        for (title, found) in &groups {
            words += &self.group(title, found);
        }
        if words.is_empty() {
            words = format!("nothing found in {photos} photos: all of it fits together\n");
        }
        for message in failed {
            words += &format!("passed over: {message}\n");
        }
        words
    }

    fn group(&self, title: &str, found: &[Told<'_>]) -> String {
        if found.is_empty() {
            return String::new();
        }
        let mut words = format!("{title}: {}\n", found.len());
        for (line, photos) in found.iter().take(TOLD) {
            words += &format!("  {line}\n");
            for proof in photos.iter().take(TOLD_PHOTOS) {
                let time = proof.taken_at.map_or("no time".to_owned(), |at| self.time(at));
                words += &format!("    {time:<8}  {}  ({})\n", proof.photo, proof.says);
            }
            words += &rest(photos.len(), TOLD_PHOTOS, "    and", "more photos");
        }
        words + &rest(found.len(), TOLD, "  and", "more")
    }

    /// Of each occasion a photo first, so that the two people can be compared.
    fn apart<'f>(&self, found: &'f SeenApart) -> Told<'f> {
        let finish = self.finish(&found.bib, found.finish);
        let times = match found.occasions.as_slice() {
            [_] => "seen only at another time".to_owned(),
            occasions => format!("seen at {} times", occasions.len()),
        };
        let most = found.occasions.iter().map(|occasion| occasion.photos.len()).max().unwrap_or(0);
        let nth = |n: usize| found.occasions.iter().filter_map(move |one| one.photos.get(n));
        (format!("{finish}, {times}"), (0..most).flat_map(nth).collect())
    }

    fn chipless<'f>(&self, found: &'f Chipless) -> Told<'f> {
        (format!("{} {}", found.bib, found.results.words()), found.photos.iter().collect())
    }

    fn photoless<'f>(&self, found: &'f Photoless) -> Told<'f> {
        (self.finish(&found.bib, found.finish), found.photos.iter().collect())
    }

    fn clock<'f>(&self, found: &'f ClockFinding) -> Told<'f> {
        let line = format!("{}: {}", found.camera, found.warnings.join("; "));
        (line, found.photos.iter().collect())
    }

    fn finish(&self, bib: &Bib, finish: Option<Timestamp>) -> String {
        match finish {
            Some(finish) => format!("{bib} finished at {}", self.time(finish)),
            None => format!("{bib} has no time of day in the results"),
        }
    }

    fn time(&self, at: Timestamp) -> String {
        self.zone.to_datetime(at).strftime("%H:%M:%S").to_string()
    }
}

/// How many are left out.
fn rest(all: usize, told: usize, and: &str, what: &str) -> String {
    match all.saturating_sub(told) {
        0 => String::new(),
        more => format!("{and} {more} {what}; --json lists all\n"),
    }
}
