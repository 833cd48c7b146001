//! A decision, told to somebody who has to act on it.

use kanso_matching::Outcome;
use kanso_matching::decision::{Decision, Match};
use serde_json::{Value, json};

/// What the numbers before an evidence mean; told once.
pub const ODDS: &str = "\"49 to 1 for\" a bib: what is seen is 49 times as likely if the photo \
                        shows this runner as if it shows somebody else.";

/// The bibs of a decision, and what becomes of each.
pub fn bibs(decision: &Decision) -> Vec<Value> {
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

/// A photo's line, in words.
pub fn in_words(line: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (decision, reason) = (text(&line["decision"]), text(&line["reason"]));
    let mut words = format!("{}: {}\n  {reason}\n", text(&line["photo"]), photo_words(&decision));
    let recorded = &line["recorded"];
    if recorded.is_object() && recorded["decision"] != line["decision"] {
        let (was, why) = (text(&recorded["decision"]), text(&recorded["reason"]));
        words += &format!("  when it was handled: {} ({why})\n", photo_words(&was));
    }
    for bib in line["bibs"].as_array().into_iter().flatten() {
        words += &bib_words(bib, &reason);
    }
    words
}

fn bib_words(bib: &Value, reason: &str) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let percent = percent(bib["probability"].as_f64().unwrap_or_default());
    let (number, why) = (text(&bib["bib"]), text(&bib["why"]));
    let becomes = bib_becomes(&text(&bib["becomes"]), !why.is_empty());
    let mut words = format!("  bib {number}, {percent} sure: {becomes}\n");
    if !why.is_empty() && why != reason {
        words += &format!("    {why}\n");
    }
    let evidence = bib["evidence"].as_array().map_or(&[][..], Vec::as_slice);
    for one in evidence {
        let (odds, detail) = (text(&one["odds"]), text(&one["detail"]));
        // Alone the clock says no more than how sure it is.
        let odds =
            if evidence.len() == 1 && one["source"] == "clock" { "by the clock" } else { &odds };
        words += &format!("    {odds:<22}{detail}\n");
    }
    words
}

fn photo_words(decision: &str) -> &'static str {
    match decision {
        "issue" => "a certificate is made",
        "pending" => "it waits",
        "review" => "a person must decide",
        _ => "no certificate comes of it",
    }
}

/// What becomes of a bib: those that are only offered have no reason of their own.
fn bib_becomes(becomes: &str, has_reason: bool) -> &'static str {
    match becomes {
        "issue" => "gets a certificate",
        "pending" => "waits",
        "review" if has_reason => "a person must decide",
        "review" => "may be it",
        _ => "gets no certificate",
    }
}

/// Neither none nor all of a hundred where it is not sure.
fn percent(probability: f64) -> String {
    match probability * 100.0 {
        percent if (1.0..=99.0).contains(&percent) => format!("{percent:.0} %"),
        percent if percent < 1.0 => "under 1 %".to_owned(),
        _ => "over 99 %".to_owned(),
    }
}
