//! Photos taken about the same moment: what they tell of one another, and what they do not.

use std::collections::BTreeSet;

use kanso_race::Bib;

use super::sorted::Sorted;
use super::{Decision, Known, Match, Outcome};
use crate::evidence::{Evidence, Source};
use crate::reason::Reason;
use crate::sighting::Sighting;

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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Burst {
    /// Runners for whom photos are issued that the same camera took within [`BURST_S`].
    pub shows: BTreeSet<Bib>,
    /// Numbers that a person is asked about in photos that any camera took within [`OCCASION_S`]
    /// before.
    pub asked: BTreeSet<String>,
    /// Bibs that another camera read within [`OCCASION_S`], before or after.
    pub witnessed: BTreeSet<Bib>,
    /// Numbers of which a person said, of a photo taken within [`OCCASION_S`], that they are
    /// their runners' there.
    pub confirmed: BTreeSet<Bib>,
    /// Those of which a person said that they are not.
    pub denied: BTreeSet<String>,
}

impl Burst {
    /// What the photos around one tell of it.
    pub fn beside<'a>(own: &Sighting, others: impl IntoIterator<Item = &'a Sighting>) -> Self {
        let mut burst = Self::default();
        for other in others {
            let same_camera = own.camera == other.camera;
            if same_camera && own.shown_apart_s(other).abs() <= BURST_S {
                burst.shows.extend(other.those(|seen| seen.issued).cloned());
            }
            let Some(apart_s) = own.apart_s(other).filter(|s| s.abs() <= OCCASION_S) else {
                continue;
            };
            // Of two in the same second one comes first, the same one for both.
            if apart_s > 0.0 || (apart_s == 0.0 && own.photo > other.photo) {
                burst.asked.extend(other.those(|seen| seen.asked).map(Bib::to_string));
            }
            if !same_camera {
                burst.witnessed.extend(other.those(|seen| seen.read).cloned());
            }
            burst.confirmed.extend(other.those(|seen| seen.told == Some(true)).cloned());
            burst.denied.extend(other.those(|seen| seen.told == Some(false)).map(Bib::to_string));
        }
        burst
    }
}

/// A number that a person is asked about in one photo waits in those taken just after, and what
/// they said of it there holds here as well.
pub(super) fn ask_once(mut decision: Decision, known: &Known) -> Decision {
    let read = decision.candidates.iter().filter(|found| !found.why.is_empty());
    let read =
        read.map(|found| found.bib.as_str()).chain(known.unlisted.iter().map(String::as_str));
    let read: BTreeSet<&str> = read.collect();
    if decision.outcome != Outcome::Review || read.is_empty() || known.person.is_some() {
        return decision;
    }
    let all_among = |numbers: &BTreeSet<String>| read.iter().all(|read| numbers.contains(*read));
    let numbers = || read.iter().copied().collect::<Vec<_>>().join(", ");
    if all_among(&known.burst.denied) {
        decision.reason = format!(
            "reads {}, of which a person said about a photo taken just before or after that it is \
             {}; name a bib if it shows somebody",
            numbers(),
            Reason::NobodysBeside
        );
        decision.outcome = Outcome::Reject;
    } else if all_among(&known.burst.asked) {
        decision.reason = format!(
            "reads {}, as a photo taken just before does; {}",
            numbers(),
            Reason::AskedBeside
        );
        decision.outcome = Outcome::Pending;
    }
    if decision.outcome != Outcome::Review {
        // Nobody is asked about any of them.
        decision.candidates.iter_mut().for_each(|found| found.why.clear());
    }
    decision
}

/// Nothing can be read in a photo whose neighbours show whom they show: nobody need look at it,
/// since these have their certificates, and errors and gaps go through a burst together.
pub(super) fn by_burst(bibs: &BTreeSet<Bib>) -> Decision {
    let names: Vec<&str> = bibs.iter().map(|bib| bib.as_str()).collect();
    let reason = format!(
        "{}, and photos taken within {BURST_S:.0} s show {}; name a bib if it shows somebody else",
        Reason::ShownBeside,
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
/// That a number is its runner's where a person said so of a photo taken just before or after:
/// whoever wears it then wears it now, if it is the same number. Cautious, not fitted.
const CONFIRMED: f64 = 0.999;

/// What a photo's neighbours say of a bib that is read in it.
pub(super) fn by_neighbours(bib: &Bib, burst: &Burst) -> Option<Evidence> {
    let evidence =
        |probability, detail| Evidence::new(Source::Burst, bib.clone(), probability, detail);
    if burst.confirmed.contains(bib) {
        let detail = format!("a person named {bib} in a photo taken just before or after");
        return Some(evidence(CONFIRMED, detail));
    }
    let detail = || format!("another camera read {bib} as well");
    burst.witnessed.contains(bib).then(|| evidence(READ_TWICE, detail()))
}
