//! Input that tempts to a wrong runner: bibs that look alike, results without times of day, and
//! cameras whose year is wrong. Each ends with words that a person can act on.

use kanso_matching::Outcome;
use kanso_pipeline::handler::Handled;

use super::venue::{RULES, Venue, numbered, tagged};

/// One that reads 1017 was taken then.
const TAKEN: &str = "2026-11-23T10:11:09+09:00";

async fn venue(rules: &str, rows: &str) -> Venue {
    let venue = Venue::start().await;
    venue.put("race/race.toml", rules).await;
    venue.put("race/results.csv", format!("ナンバー,氏名,種目,グロスタイム\n{rows}")).await;
    venue
}

async fn handled(venue: &Venue, file: &str, bytes: Vec<u8>) -> Handled {
    let upload = venue.put(&format!("race/photos/a/{file}"), bytes).await;
    venue.handle(&upload).await.remove(0)
}

/// Who gets a certificate, what becomes of the photo, and why.
fn told(handled: &Handled) -> (Vec<&str>, Outcome, &str) {
    let bibs = handled.issued.iter().map(|issued| issued.bib.as_str()).collect();
    (bibs, handled.decision.outcome, &handled.decision.reason)
}

#[tokio::test(flavor = "multi_thread")]
async fn of_bibs_that_look_alike_only_the_one_that_is_written_gets_the_photo() {
    // All of them cross the line together.
    let rows = ["1001", "10011", "1O01"].map(|bib| format!("{bib},走者,half,1:41:08\n"));
    let venue = venue(RULES, &rows.concat()).await;
    for (n, bib) in ["1001", "10011", "1O01"].into_iter().enumerate() {
        let shade = 60 + n as u8;
        let named = tagged(shade, Some(&format!("bib:{bib}")), TAKEN);
        let handled = handled(&venue, &format!("{n}.jpg"), named).await;
        assert_eq!(
            told(&handled),
            (vec![bib], Outcome::Issue, "matched by the caption and the clock")
        );
    }
    // Not so soon after that it would be one of the same burst.
    let later = TAKEN.replace("11:09", "11:13");
    let handled = handled(&venue, "nobody.jpg", tagged(70, None, &later)).await;
    let (bibs, outcome, reason) = told(&handled);
    assert_eq!((bibs, outcome), (vec![], Outcome::Review));
    assert_eq!(reason, "no bib is named and 3 runners finished about then; say which it shows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_whose_runner_finished_long_before_is_not_made_its_lookalike() {
    for alike in ["10171", "1O17"] {
        // The lookalike crosses the line just then.
        let rows = format!("1017,走者,half,1:01:08\n{alike},走者,half,1:41:08\n");
        let venue = venue(RULES, &rows).await;
        let handled = handled(&venue, "1.jpg", numbered(Some(TAKEN))).await;
        let (bibs, outcome, reason) = told(&handled);
        assert_eq!((bibs, outcome), (vec![], Outcome::Review), "{reason}");
        assert!(reason.contains("but 1017 finished 40 min earlier"), "{reason}");
        assert!(reason.contains(alike), "the lookalike is named: {reason}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_times_of_day_only_what_names_a_bib_makes_a_certificate() {
    // Neither a gun nor a column of times of day.
    let rules = RULES.replace("gun = \"08:30\"\n", "");
    let venue = venue(&rules, "1017,走者,half,1:41:08\n1018,走者,half,1:41:20\n").await;
    let named = handled(&venue, "named.jpg", tagged(60, Some("bib:1018"), TAKEN)).await;
    assert_eq!(told(&named), (vec!["1018"], Outcome::Issue, "matched by the caption"));

    let read = handled(&venue, "read.jpg", numbered(Some(TAKEN))).await;
    let (bibs, outcome, reason) = told(&read);
    assert_eq!((bibs, outcome), (vec![], Outcome::Review), "{reason}");
    assert!(reason.contains("nothing else says 1017, nor does any clock agree"), "{reason}");

    // Of another moment: beside the first it would be one of the same burst.
    let later = TAKEN.replace("11:09", "11:29");
    let silent = handled(&venue, "silent.jpg", tagged(61, None, &later)).await;
    let (bibs, outcome, reason) = told(&silent);
    assert_eq!((bibs, outcome), (vec![], Outcome::Pending), "{reason}");
    assert!(reason.contains("nobody in the results finished about then yet"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_that_shows_next_year_prints_nobody() {
    let venue = venue(RULES, "1017,走者,half,1:41:08\n1018,走者,half,1:41:20\n").await;
    let next_year = TAKEN.replace("2026", "2027");
    for (file, bytes, says) in [
        (
            "named.jpg",
            tagged(60, Some("bib:1018"), &next_year),
            "the caption says bib 1018, but 1018 finished",
        ),
        ("read.jpg", numbered(Some(&next_year)), "but 1017 finished"),
        (
            "silent.jpg",
            tagged(61, None, &next_year),
            "nobody in the results finished about then yet",
        ),
    ] {
        let handled = handled(&venue, file, bytes).await;
        let (bibs, outcome, reason) = told(&handled);
        assert!(bibs.is_empty() && outcome != Outcome::Issue, "{file}: {reason}");
        assert!(reason.contains(says), "{file}: {reason}");
    }
}
