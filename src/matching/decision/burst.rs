//! Photos taken about the same moment: what they tell of one another, and what they do not.

use std::collections::BTreeSet;

use kanso_race::Bib;

use super::sorted::Sorted;
use super::{Decision, Known, Match, Outcome};
use crate::evidence::{Evidence, Source};

/// Photos of one camera so many seconds apart mostly show the same runners.
pub const BURST_S: f64 = 2.0;
/// Photos so many seconds apart are of one occasion: a person is asked once about a number that
/// is read in them.
pub const OCCASION_S: f64 = 5.0;
/// That a photo in which nothing is read shows the only runner whom its neighbours show, and by
/// which power of their number each is less probable where they show several: fitted by
/// `kanso simulate --cameras 3 --finishers 5000 --seed 101`, and 40000 with 201.
const BURST_SHOWS: f64 = 0.85;
const BURST_SPREAD: f64 = 1.3;

/// What is known of the photos taken about then. Errors and gaps repeat through a burst: a wrong
/// digit that one camera saw five times is not five witnesses. Another camera is a second one.
#[derive(Debug, Clone, Default)]
pub struct Burst {
    /// Runners for whom photos are issued that the same camera took within [`BURST_S`].
    pub shows: BTreeSet<Bib>,
    /// Numbers that a person is asked about in photos that any camera took within [`OCCASION_S`]
    /// before.
    pub asked: BTreeSet<String>,
    /// Bibs that another camera read within [`OCCASION_S`], before or after.
    pub witnessed: BTreeSet<Bib>,
}

/// A number that a person is asked about in one photo waits in those taken just after.
pub(super) fn ask_once(mut decision: Decision, known: &Known) -> Decision {
    let read = decision.candidates.iter().filter(|found| !found.why.is_empty());
    let read =
        read.map(|found| found.bib.as_str()).chain(known.unlisted.iter().map(String::as_str));
    let read: BTreeSet<&str> = read.collect();
    let asks = decision.outcome == Outcome::Review && !read.is_empty();
    if asks && read.iter().all(|number| known.burst.asked.contains(*number)) {
        let numbers = read.into_iter().collect::<Vec<_>>().join(", ");
        decision.reason = format!(
            "reads {numbers}, as a photo taken just before does; it waits for the answer about that one"
        );
        decision.outcome = Outcome::Pending;
    }
    decision
}

/// Nothing can be read in a photo whose neighbours show whom they show: nobody need look at it,
/// since these have their certificates, and errors and gaps go through a burst together.
pub(super) fn by_burst(bibs: &BTreeSet<Bib>) -> Decision {
    let names: Vec<&str> = bibs.iter().map(|bib| bib.as_str()).collect();
    let reason = format!(
        "no bib can be read in it, and photos taken within {BURST_S:.0} s show {}; name a bib if \
         it shows somebody else",
        names.join(", ")
    );
    let probability = BURST_SHOWS / (bibs.len() as f64).powf(BURST_SPREAD);
    let shown = |bib: &Bib| {
        let detail = format!("photos taken just before or after show {bib}");
        let evidence = Evidence::new(Source::Burst, bib.clone(), probability, detail);
        let (bib, why) = (bib.clone(), String::new());
        Match { bib, probability, evidence: vec![evidence], why }
    };
    let candidates = bibs.iter().map(shown).collect();
    Sorted { candidates, ..Sorted::default() }.into_decision(Outcome::Reject, reason)
}

/// That a number which another camera reads as well is right. Two readers seldom err alike, but
/// both read a bib that somebody else wears: cautious, not fitted.
const READ_TWICE: f64 = 0.98;

pub(super) fn by_another_camera(bib: &Bib) -> Evidence {
    let detail = format!("another camera read {bib} as well");
    Evidence::new(Source::Burst, bib.clone(), READ_TWICE, detail)
}
