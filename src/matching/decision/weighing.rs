//! What the evidence for one bib comes to.

use kanso_race::{Bib, Finisher, Race, Roster};

use super::burst::by_neighbours;
use super::{Clock, Known, Match, photographed};
use crate::clock::{CapturedAt, Lateness};
use crate::evidence::{Evidence, Source, probability};
use crate::finish_order::FinishOrder;
use crate::lookalike::lookalikes;

/// What a photo is held against.
#[derive(Clone, Copy)]
pub(super) struct Field<'a> {
    pub(super) race: &'a Race,
    pub(super) roster: &'a Roster,
    pub(super) order: &'a FinishOrder,
}

/// A bib, with all that speaks for and against it.
pub(super) struct Weighed {
    pub(super) found: Match,
    /// Named by more than the printed number.
    pub(super) explicit: bool,
    /// All that names it may mean something else.
    pub(super) weak: bool,
    /// By what names it, without the clock.
    pub(super) claimed: f64,
    pub(super) lateness: Option<Lateness>,
    /// Somebody whose bib looks alike, and whom the clock fits far better.
    pub(super) alike: Option<Bib>,
    /// A person named the runner in a photo taken just before or after.
    pub(super) confirmed: bool,
}

impl Weighed {
    /// The clock speaks for the runner.
    pub(super) fn on_time(&self) -> bool {
        self.lateness.is_some_and(Lateness::fits)
    }

    pub(super) fn lag_s(&self) -> Option<f64> {
        self.lateness.map(|lateness| lateness.lag_s)
    }
}

/// Weighs what is known of one bib.
pub(super) fn weigh(
    bib: &Bib,
    mut evidence: Vec<Evidence>,
    known: &Known,
    field: Field<'_>,
) -> Weighed {
    let explicit = evidence.iter().any(|e| e.source.is_explicit());
    let weak = evidence.iter().all(|e| e.weak);
    count_copies_once(&mut evidence);
    let claimed = evidence.iter().map(|e| e.weight).sum::<f64>();
    let mut lateness = None;
    let mut alike = None;
    let confirmed = !explicit && known.burst.confirmed.contains(bib);
    // Who said whose number it is knew the clock.
    if !confirmed && let (Clock::Known(at), Some(finish)) = (known.clock, field.order.finish(bib)) {
        let own = Lateness::new(at, finish, field.race.finish_window);
        let (others, lookalike) = others(at, bib, own, explicit, field);
        alike = lookalike;
        evidence.push(by_clock(bib, at, own, others));
        lateness = Some(own);
    }
    if !explicit {
        evidence.extend(by_neighbours(bib, &known.burst));
    }
    let sum = evidence.iter().map(|e| e.weight).sum();
    let found =
        Match { bib: bib.clone(), probability: probability(sum), evidence, why: String::new() };
    Weighed { found, explicit, weak, claimed: probability(claimed), lateness, alike, confirmed }
}

/// Captions are copied into keys and metadata, and a code hangs beside its number: what is
/// written together and what is seen together counts once each, by the surest of them.
fn count_copies_once(evidence: &mut [Evidence]) {
    for seen in [true, false] {
        let of_kind = |e: &&mut Evidence| {
            matches!(e.source, Source::Code | Source::Reading) == seen && e.weight > 0.0
        };
        let mut kind: Vec<&mut Evidence> = evidence.iter_mut().filter(of_kind).collect();
        kind.sort_by(|a, b| b.weight.total_cmp(&a.weight));
        for copy in kind.into_iter().skip(1) {
            copy.weight = 0.0;
        }
    }
}

/// Of the wrong readings of a bib, the share that a runner's own bib causes: a character
/// misread or hidden. 37 of the 40 that are left in bib-reading's measurements (25 partly
/// hidden, 10 with an end digit dropped, 2 with a wrong digit); some of these lose more than
/// one.
const ALIKE: f64 = 0.8;

/// A lookalike whom the clock fits so many times better is named.
const BETTER: f64 = 2.0;

/// How dense photos are, per second, of whoever else it may be; and who among those that look
/// alike fits the clock far better.
fn others(
    at: CapturedAt,
    bib: &Bib,
    own: Lateness,
    explicit: bool,
    field: Field<'_>,
) -> (f64, Option<Bib>) {
    let window = field.race.finish_window;
    let rest = field.order.len().saturating_sub(1).max(1) as f64;
    let anybody = (field.order.density(at, window) - own.density()) / rest;
    // Nor is everybody's time known.
    let anybody = anybody.max(Lateness::UNRELATED);
    if explicit {
        return (anybody, None);
    }
    let alike = lookalikes(bib, field.roster, field.order.symbols());
    let density = |other: &Finisher| match field.order.finish(&other.bib) {
        Some(finish) => Lateness::new(at, finish, window).density(),
        None => Lateness::UNRELATED,
    };
    let densities: Vec<f64> = alike.iter().map(|other| density(other)).collect();
    let Some(best) = (0..alike.len()).max_by(|a, b| densities[*a].total_cmp(&densities[*b])) else {
        return (anybody, None);
    };
    let mean = densities.iter().sum::<f64>() / densities.len() as f64;
    let better = densities[best] > (BETTER * own.density()).max(Lateness::UNRELATED);
    let better = better.then(|| alike[best].bib.clone());
    (ALIKE * mean + (1.0 - ALIKE) * anybody, better)
}

fn by_clock(bib: &Bib, at: CapturedAt, own: Lateness, others: f64) -> Evidence {
    let weight = (own.density() / others).ln();
    let detail = photographed(at, own.lag_s);
    let evidence = Evidence::new(Source::Clock, bib.clone(), probability(weight), detail);
    Evidence { weight, lag_s: Some(own.lag_s), ..evidence }
}
