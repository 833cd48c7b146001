//! What a decision says to the operator.

use kanso_race::Bib;

use super::decision::Match;
use super::evidence::{Evidence, Source};
use super::reason::Reason;

pub fn issue_words(matches: &[Match]) -> String {
    let mut words: Vec<&str> = Vec::new();
    for source in matches.iter().flat_map(|m| m.evidence.iter().map(|e| e.source)) {
        let word = source_name(source);
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let last = words.pop().unwrap_or_default();
    match words.is_empty() {
        true => format!("matched by {last}"),
        false => format!("matched by {} and {last}", words.join(", ")),
    }
}

fn source_name(source: Source) -> &'static str {
    match source {
        Source::Person => "a person",
        Source::Code => "the code on the bib",
        Source::UploadMetadata => "the upload's metadata",
        Source::Key => "the file name",
        Source::Caption => "the caption",
        Source::Reading => "the printed number",
        Source::Burst => "other photos taken then",
        Source::Clock => "the clock",
    }
}

/// The most trusted of the sources that name a bib.
pub fn source_words(evidence: &[Evidence]) -> &'static str {
    evidence.iter().map(|e| e.source).min().map_or("nothing", source_name)
}

pub fn lag_after_finish(lag_s: f64) -> String {
    let side = if lag_s < 0.0 { "before" } else { "after" };
    format!("{} {side} finishing", duration_words(lag_s))
}

pub fn lag_words(lag_s: f64) -> String {
    let side = if lag_s < 0.0 { "later" } else { "earlier" };
    format!("finished {} {side}", duration_words(lag_s))
}

fn duration_words(seconds: f64) -> String {
    let seconds = seconds.abs();
    if seconds < 90.0 { format!("{seconds:.1} s") } else { format!("{:.0} min", seconds / 60.0) }
}

/// Why a number that was read is put before a person; `lag_s` where the clock is known,
/// `alike` where another bib looks alike and the clock fits its runner better.
pub fn reading_words(
    bib: &Bib,
    probability: f64,
    lag_s: Option<f64>,
    alike: &Option<Bib>,
) -> String {
    let read = format!("read {bib} at {probability:.2}");
    let look = Reason::LookAtNumber;
    match (lag_s, alike) {
        (Some(lag_s), None) => {
            format!("{read}, but {bib} {}; {look}", lag_words(lag_s))
        }
        (Some(lag_s), Some(alike)) => format!(
            "{read}, but {bib} {}, and {alike}, which looks alike, finished about then; \
             {look}",
            lag_words(lag_s)
        ),
        (None, _) => {
            format!("{read}, and nothing else says {bib}, nor does any clock agree; {look}")
        }
    }
}

/// Why the clock alone is not believed.
pub fn unlisted_words(read: &str) -> String {
    format!(
        "a bib reads {read}, which nobody in the results has, and the clock alone says another; {}",
        Reason::LookAtNumber
    )
}

/// Why weak evidence alone is put before a person, and how to make it firm.
pub fn weak_words(bib: &Bib, evidence: &[Evidence]) -> String {
    if evidence.iter().any(|e| e.source == Source::Code) {
        format!(
            "{} bib {bib}, and it may be a sponsor's; decide, or write in race.toml what the race's own codes say (bib_in_code)",
            Reason::OnlyCode
        )
    } else if evidence.iter().any(|e| e.source == Source::Reading) {
        format!(
            "{} {bib}, and this camera sees {bib} all day long (a banner, a board); look at the photo and decide",
            Reason::OnlyNumber
        )
    } else {
        format!(
            "{} {bib}, which is also a number of the race (year, distance, place); decide, or write bib:{bib}",
            Reason::OnlyCaption
        )
    }
}
