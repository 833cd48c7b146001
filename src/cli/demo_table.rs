//! What the demo shows: a photo a line, and what to try next.

use std::path::{Path, PathBuf};

use kanso_matching::Outcome;
use kanso_pipeline::handler::Handled;
use kanso_race::Roster;
use serde_json::json;
use unicode_width::UnicodeWidthStr;

/// One photo's line.
pub struct Row {
    pub photo: String,
    pub bibs: Vec<String>,
    names: Vec<String>,
    outcome: Outcome,
    reason: String,
    ms: Vec<(&'static str, f64)>,
    pub saved: Vec<PathBuf>,
}

/// The steps that are shown; what is left of the time is `other`.
const STEPS: [&str; 7] = ["decode", "codes", "panel", "layout", "pdf", "preview", "write"];

impl Row {
    /// The names are shown because the demo's runners are invented.
    pub fn new(handled: &Handled, roster: &Roster, saved: Vec<PathBuf>) -> Self {
        let decision = &handled.decision;
        let known = [&decision.matches, &decision.waiting, &decision.barred];
        let known = known.into_iter().flatten();
        let (bibs, names) = known
            .map(|found| {
                let name = roster.get(&found.bib).map_or("?", |finisher| finisher.name.as_str());
                (found.bib.to_string(), name.to_owned())
            })
            .unzip();
        let photo = handled.key.split_once("/photos/").map_or(&*handled.key, |(_, file)| file);
        Self {
            photo: photo.to_owned(),
            bibs,
            names,
            outcome: decision.outcome,
            reason: decision.reason.clone(),
            ms: handled.ms.clone(),
            saved,
        }
    }

    pub fn json(&self) -> serde_json::Value {
        let ms: serde_json::Map<_, _> =
            self.ms.iter().map(|(step, ms)| ((*step).to_owned(), json!(ms.round()))).collect();
        json!({
            "photo": self.photo, "bibs": self.bibs, "decision": self.outcome,
            "reason": self.reason, "ms": ms, "saved": self.saved,
        })
    }

    fn step(&self, name: &str) -> f64 {
        self.ms.iter().filter(|(step, _)| *step == name).map(|(_, ms)| ms).sum()
    }

    /// The time of the work itself: waiting for a free core is the burst's, not the photo's.
    fn worked(&self) -> f64 {
        self.ms.iter().filter(|(step, _)| *step != "queue").map(|(_, ms)| ms).sum()
    }
}

/// Prints the table; the reason stands on a line of its own so that nothing is cut.
pub fn print(rows: &[Row]) {
    let wide =
        |texts: &mut dyn Iterator<Item = String>| texts.map(|t| t.width()).max().unwrap_or(0);
    let photo = wide(&mut rows.iter().map(|row| row.photo.clone()));
    let bib = wide(&mut rows.iter().map(|row| row.bibs.join(" "))).max(3);
    println!("\nmilliseconds of each step; a photo's reason stands below it\n");
    print!("{}  {}  decision", pad("photo", photo), pad("bib", bib));
    for step in STEPS {
        print!(" {step:>7}");
    }
    println!(" {:>7}", "all");
    for row in rows {
        let decision = match row.outcome {
            Outcome::Issue => "issue",
            Outcome::Pending => "pending",
            Outcome::Review => "review",
            Outcome::Reject => "reject",
        };
        print!("{}  {}  {decision:<8}", pad(&row.photo, photo), pad(&row.bibs.join(" "), bib));
        for step in STEPS {
            match row.step(step) {
                0.0 => print!(" {:>7}", "·"),
                ms => print!(" {ms:>7.0}"),
            }
        }
        println!(" {:>7.0}", row.worked());
        let names = if row.names.is_empty() { String::new() } else { row.names.join("、") + "  " };
        println!("  {names}{}", row.reason);
    }
}

/// What came of it, and where to go from here.
pub fn print_next(rows: &[Row], out: &Path, race: &Path) {
    let of = |outcome| rows.iter().filter(|row| row.outcome == outcome).count();
    let certificates: usize = rows.iter().map(|row| row.saved.len()).sum();
    println!(
        "\n{} photos: {certificates} certificates from {}, {} pending, {} for review, {} rejected",
        rows.len(),
        of(Outcome::Issue),
        of(Outcome::Pending),
        of(Outcome::Review),
        of(Outcome::Reject),
    );
    println!("saved in {}", out.display());
    let (race, kanso) = (race.display(), "./kanso");
    println!("\nNext:");
    if let Some(pdf) = rows.iter().flat_map(|row| &row.saved).next() {
        println!("  xdg-open {}", pdf.display());
    }
    println!("  {kanso} check {race}");
    println!("  {kanso} results {race}/results.csv");
    println!("  {kanso} serve          then upload with any S3 tool");
}

fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}
