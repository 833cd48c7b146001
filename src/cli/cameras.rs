//! `kanso cameras`: how far each camera's clock is off, and how that is known.

use std::path::PathBuf;
use std::process::ExitCode;

use kanso_certificate::Fault;
use kanso_matching::camera_clock::ClockSource;
use kanso_matching::clock_solver::Unsolved;
use kanso_pipeline::camera_report::CameraReport;
use serde_json::{Value, json};

use super::stored_race::{StoredRace, done};
use super::{clock_plot, fail};

/// Tell how far each camera's clock is off, and how that is known.
///
/// A clock is solved by itself from ten photos or more whose bibs a code, a caption or the
/// printed number tells. What a person writes into `cameras/CAMERA.json` of the race's folder,
/// `{"offset_s": 12.5}`, goes before that, and race.toml after it. Reads AWS_REGION,
/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for another S3 than AWS's, AWS_ENDPOINT_URL.
/// Exits with 1 where a camera needs a look.
#[derive(Debug, Clone, clap::Args)]
pub struct Args {
    #[command(flatten)]
    race: StoredRace,
    /// Draw what each photo says of its camera's clock
    #[arg(long, value_name = "FILE.png")]
    plot: Option<PathBuf>,
    /// One JSON object a line instead of words
    #[arg(long)]
    json: bool,
}

pub fn run(args: Args) -> ExitCode {
    match done(cameras(&args)) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(fault) => fail(fault),
    }
}

/// Says how many cameras need a look.
async fn cameras(args: &Args) -> Result<usize, Fault> {
    let (handler, race) = args.race.open()?;
    let reports = handler.camera_reports(&race).await?;
    for report in &reports {
        match args.json {
            true => println!("{}", as_json(report)),
            false => print!("{}", in_words(report)),
        }
    }
    if reports.is_empty() && !args.json {
        println!("race {race} names no camera, and no photo shows anybody yet");
    }
    if let Some(file) = &args.plot {
        clock_plot::draw(&reports)
            .and_then(|plot| plot.save(file).map_err(|error| error.to_string()))
            .map_err(|why| Fault::reject(format!("cannot write {}: {why}", file.display())))?;
    }
    Ok(reports.iter().filter(|report| !report.warnings.is_empty()).count())
}

fn as_json(report: &CameraReport) -> Value {
    let unsolved = match &report.solved {
        Ok(_) => None,
        Err(Unsolved::TooFew) => Some("too-few"),
        Err(Unsolved::Disagreement) => Some("disagreement"),
        Err(Unsolved::TwoClocks(..)) => Some("two-clocks"),
    };
    let now = report.in_force.as_ref().and_then(|clock| clock.segments.last());
    json!({
        "camera": report.camera.as_str(),
        "source": report.in_force.as_ref().map(|clock| clock.source),
        "offset_s": now.map(|segment| segment.offset_at(segment.until).0),
        "drift_s_per_h": now.map(|segment| segment.drift_s_per_h),
        "sigma_s": now.map(|segment| segment.sigma_s),
        "photos": report.sightings,
        "reads": report.samples.len(),
        "agreeing": report.solved.as_ref().map_or(0, |clock| clock.agreeing()),
        "unsolved": unsolved,
        "segments": report.in_force.as_ref().map(|clock| &clock.segments),
        "solved": report.solved.as_ref().ok().map(|clock| &clock.segments),
        "histogram": report.histogram().map(|counts| {
            json!({"from_s": -15, "bin_s": 1, "below": counts[0], "above": counts[31],
                "counts": counts[1..31]})
        }),
        "warnings": report.warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn in_words(report: &CameraReport) -> String {
    let mut words = format!("{}  {}\n", report.camera, clock_words(report));
    if report.samples.iter().len() > 0
        && let Some(counts) = report.histogram()
    {
        let (below, above) = (counts[0], counts[31]);
        let bars = bars(&counts[1..31]);
        words += &format!("    {below} earlier  -15 s {bars} +15 s  {above} later\n");
    }
    for warning in &report.warnings {
        words += &format!("    ! {warning}\n");
    }
    words
}

fn clock_words(report: &CameraReport) -> String {
    let Some(clock) = &report.in_force else { return "no clock yet".to_owned() };
    let Some(segment) = clock.segments.last() else { return "no clock yet".to_owned() };
    let (offset_s, sigma_s) = segment.offset_at(segment.until);
    let by = match clock.source {
        ClockSource::Person => "a person says so".to_owned(),
        ClockSource::Rules => "race.toml says so".to_owned(),
        ClockSource::Solved => {
            let now = report.solved.as_ref().unwrap_or(clock);
            format!("solved, {} of {} bibs agree", now.agreeing(), report.samples.len())
        }
    };
    let drift = match segment.drift_s_per_h {
        0.0 => String::new(),
        drift => format!(", {drift:+.2} s an hour"),
    };
    format!("{offset_s:+.1} s ± {sigma_s:.1}{drift}  ({by})")
}

/// A bar for each count, the highest eight eighths.
fn bars(counts: &[usize]) -> String {
    const HEIGHTS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    counts.iter().map(|count| HEIGHTS[(count * 8).div_ceil(most)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_high_as_its_share_and_one_photo_is_seen() {
        assert_eq!(bars(&[0, 1, 50, 100]), " ▁▄█");
        assert_eq!(bars(&[0, 0]), "  ");
    }
}
