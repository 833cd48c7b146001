//! `kanso simulate`: a whole race from a seed, decided by the product's own code.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::RangedU64ValueParser;
use kanso_simulation::{Conditions, Report, simulate};
use serde_json::json;

use super::fail;

/// Simulate a race's photos and say how well they are matched to runners.
///
/// Everything but the world is the product's own: the clocks are solved and the photos decided
/// by the code that does it on race day. The same arguments give the same race.
#[derive(Debug, Clone, clap::Args)]
#[command(after_help = "\
The world: a runner is in 5 to 10 photos, alone or in a group of up to 8; of 100 runners in a
photo 70 are read right, and of 5 another number is read, the same through a burst, half of
which somebody else wears; 10 % of the runners linger 10 to 60 s, 3 % walk back after minutes,
0.3 % wear another's bib, and of 1 % the chip was not read; 2 % of the photos show nobody who
runs; cameras show whole seconds, are off by up to 3 minutes, and one of three gains 2 s an hour.
Each photo knows what its camera read and was issued for within 2 s, and what other cameras read
within 5 s; the server does not tell its photos yet (--without-bursts).

With --json it is one line:
  {\"finishers\", \"photos\", \"issued\" (certificates: a photo and a bib), \"wrong\" (the photo does not
   show the bib's runner), \"right\" (finishers with a right certificate and no wrong one),
   \"review\" (photos for a person), \"nobody\" (photos without a certificate that nobody is asked
   about), \"offset_p95_s\", \"ece\" (expected calibration error)}
\"offset_p95_s\" is null where more than 5 % of the photos are of a camera that is not solved.

Examples:
  kanso simulate --finishers 5000 --cameras 3 --seed 1
  kanso simulate --finishers 5000 --cameras 3 --seed 1 --without-readings --json
  kanso simulate --results RACE/results.csv --cameras 2 --seed 1")]
pub struct Args {
    /// How many finish; with --results at most so many of its runners
    #[arg(
        long, value_name = "N", required_unless_present = "results",
        value_parser = RangedU64ValueParser::<usize>::new().range(1..=200_000)
    )]
    finishers: Option<usize>,
    /// Cameras at the finish
    #[arg(long, value_name = "C", value_parser = RangedU64ValueParser::<usize>::new().range(1..=100))]
    cameras: usize,
    /// Everything that is left to chance follows from it
    #[arg(long, value_name = "S")]
    seed: u64,
    /// Take runners and their times from a results file, as of one course with a gun at 8:30
    #[arg(long, value_name = "FILE")]
    results: Option<PathBuf>,
    /// Harder: no number is read; half of the bibs carry a code
    #[arg(long)]
    without_readings: bool,
    /// Harder: the first camera is an hour off besides
    #[arg(long)]
    hour_off: bool,
    /// Harder: results come 20 minutes late; what is issued before them counts too
    #[arg(long)]
    late_results: bool,
    /// Harder: photos know nothing of those taken just before and after, as on the server
    #[arg(long)]
    without_bursts: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    let conditions = Conditions {
        finishers: args.finishers.unwrap_or(usize::MAX),
        cameras: args.cameras,
        seed: args.seed,
        without_readings: args.without_readings,
        hour_off: args.hour_off,
        late_results: args.late_results,
        without_bursts: args.without_bursts,
    };
    let results = match args.results.as_ref().map(std::fs::read).transpose() {
        Ok(results) => results,
        Err(error) => {
            let file = args.results.unwrap_or_default();
            return fail(format!("cannot read the results in {}: {error}", file.display()));
        }
    };
    let named = args.results.map_or(String::new(), |file| format!("{}: ", file.display()));
    match simulate(&conditions, results.as_deref()) {
        Err(error) => return fail(format!("{named}{error}")),
        Ok(report) if report.finishers == 0 => {
            return fail(format!(
                "{named}no runner has a finish time; give results with gun times"
            ));
        }
        Ok(report) if args.json => println!("{}", json(&report)),
        Ok(report) => print!("{}", table(&conditions, &report)),
    }
    ExitCode::SUCCESS
}

fn json(report: &Report) -> serde_json::Value {
    let rounded = |value: f64| (value * 10_000.0).round() / 10_000.0;
    json!({
        "finishers": report.finishers, "photos": report.photos, "issued": report.issued,
        "wrong": report.wrong, "right": report.right, "review": report.review,
        "nobody": report.nobody, "offset_p95_s": rounded(report.offset_p95_s),
        "ece": rounded(report.calibration.error()),
    })
}

fn table(conditions: &Conditions, report: &Report) -> String {
    let share = |count: usize, of: usize| format!("{:.2} %", 100.0 * ratio(count, of));
    let wrong = match report.wrong {
        0 => "none".to_owned(),
        wrong => format!("{wrong} (1 in {})", report.issued / wrong),
    };
    let mut rows = vec![
        ("finishers", report.finishers.to_string()),
        ("photos", report.photos.to_string()),
        ("certificates", report.issued.to_string()),
        ("wrong certificates", wrong),
        ("finishers with a right one only", share(report.right, report.finishers)),
        ("photos for a person", share(report.review, report.photos)),
        ("photos for nobody", share(report.nobody, report.photos)),
        ("offset error, p95", format!("{:.2} s", report.offset_p95_s)),
        ("calibration error", format!("{:.4}", report.calibration.error())),
    ];
    if conditions.late_results {
        rows.push(("photos that waited for results", share(report.waited, report.photos)));
    }
    let mut table: String =
        rows.iter().map(|(name, value)| format!("{name:<33}{value:>18}\n")).collect();
    table += "\nsaid        bibs     came true\n";
    for bin in report.calibration.bins.iter().filter(|bin| bin.count > 0) {
        let (said, true_share) =
            (100.0 * bin.said / bin.count as f64, 100.0 * ratio(bin.came_true, bin.count));
        table += &format!("{said:>5.1} %{:>9}     {true_share:>6.1} %\n", bin.count);
    }
    table
}

fn ratio(count: usize, of: usize) -> f64 {
    count as f64 / of.max(1) as f64
}
