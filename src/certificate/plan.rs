//! What a photo is to become, before anything is printed: its decision, and what would
//! stand on each certificate. Costs microseconds, so that a results update can ask it of
//! every photo and render only what changed.

use std::collections::{BTreeMap, BTreeSet};

use kanso_matching::Outcome;
use kanso_matching::decision::{Burst, Decision, Known};
use kanso_matching::person::PersonsDecision;
use kanso_matching::reason::Reason;
use kanso_matching::sighting::{self, Seen};
use kanso_photo::PhotoId;
use kanso_race::{Bib, Finisher};
use kanso_template::{Extra, Fields};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::identify;
use super::withhold::withhold;
use super::{Facts, PhotoSource};
use crate::race_data::RaceData;

/// The decision about a photo, and a certificate in outline for each of its matches.
#[derive(Debug, Clone)]
pub struct IssuePlan {
    pub decision: Decision,
    pub prints: Vec<Print>,
    /// What may be kept of what the photo says.
    pub facts: Facts,
    /// What it tells of bibs to its camera's clock and to the photos taken about then.
    pub seen: BTreeMap<Bib, Seen>,
}

/// A certificate in outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Print {
    pub bib: Bib,
    /// Hash of everything that makes it another certificate when it changes: all that is
    /// printed, but for ranks.
    pub content_hash: String,
    /// Hash of the ranks and totals, which shift with every upload of results.
    pub ranks: String,
}

impl IssuePlan {
    /// Hash of everything that the photo's certificates and trays follow from.
    pub fn decision_hash(&self) -> String {
        let Decision { outcome, reason, waiting, candidates, barred, .. } = &self.decision;
        let reason = (*outcome != Outcome::Issue).then_some(reason);
        let prints: Vec<_> =
            self.prints.iter().map(|print| (&print.bib, &print.content_hash)).collect();
        let decided = json!([outcome, reason, waiting, candidates, barred, prints]);
        short_hash(&decided.to_string())
    }
}

/// Decides about a photo by what is known of it.
pub fn plan(race_data: &RaceData, id: PhotoId, facts: &Facts, source: &PhotoSource) -> IssuePlan {
    let (known, facts) = without_erased(facts, source, race_data);
    let decision = decided(race_data, &known, &facts, source);
    let mut seen = match known.burst == Burst::default() {
        true => sighting::seen(&known, &decision),
        false => {
            let alone = Known { burst: Burst::default(), ..known };
            let decision = decided(race_data, &alone, &facts, source);
            sighting::seen(&alone, &decision)
        }
    };
    sighting::ask_about(&mut seen, &decision);
    if facts.clock.is_some() {
        seen.clear();
    }
    let alone = alone(&decision, &facts);
    let print = |bib: &Bib| {
        let finisher = race_data.roster.get(bib)?;
        let fields = fields(race_data, finisher, credit(race_data, &facts, source), true);
        let shown = (&race_data.artwork, id.to_string(), source.crop, alone);
        let lasting = fields.without_ranks();
        Some(Print {
            bib: bib.clone(),
            content_hash: short_hash(&format!("{shown:?}\n{lasting:?}")),
            ranks: short_hash(&format!("{:?}", fields.ranks())),
        })
    };
    let prints = decision.matches.iter().filter_map(|found| print(&found.bib)).collect();
    IssuePlan { decision, prints, facts, seen }
}

fn decided(race_data: &RaceData, known: &Known, facts: &Facts, source: &PhotoSource) -> Decision {
    if let Some(clock) = facts.clock.filter(|_| source.person.is_none()) {
        let (matches, waiting, candidates, barred) = Default::default();
        let (outcome, reason) = (Outcome::Reject, clock.to_string());
        return Decision { outcome, reason, matches, waiting, candidates, barred };
    }
    let RaceData { race, roster, .. } = race_data;
    let decision = kanso_matching::decide(known, race, roster, race_data.finish_order());
    let decision = ask_where_damaged(decision, facts, source);
    let clock_counts = !facts.shows_erased || source.person.is_some();
    withhold(decision, &source.blocked, &race_data.erased, clock_counts)
}

/// What is known of a photo but for what names erased runners. Whether something did goes
/// into the facts, since the clock alone must not give the photo to somebody else then.
fn without_erased(facts: &Facts, source: &PhotoSource, race_data: &RaceData) -> (Known, Facts) {
    let erased = &race_data.erased;
    let mut facts = facts.without(erased, &race_data.race);
    let mut known = identify::known(&facts, source, race_data);
    let said = known.evidence.len();
    known.evidence.retain(|evidence| !erased.contains(&evidence.bib));
    facts.shows_erased |= source.shows_erased || known.evidence.len() < said;
    facts.shows_erased |= source.blocked.keys().any(|bib| erased.contains(bib));
    if let Some(PersonsDecision::Bibs(bibs)) = &mut known.person {
        facts.shows_erased |= bibs.iter().any(|bib| erased.contains(bib));
        bibs.retain(|bib| !erased.contains(bib));
    }
    (known, facts)
}

/// Whether a photo is about one runner only, so that all of it may be shown.
pub(super) fn alone(decision: &Decision, facts: &Facts) -> bool {
    let Decision { matches, waiting, candidates, .. } = decision;
    !facts.shows_erased && matches.len() + waiting.len() + candidates.len() < 2
}

/// Who is named as the photographer: as the race says, else as the photo does.
pub(super) fn credit(race_data: &RaceData, facts: &Facts, source: &PhotoSource) -> Option<String> {
    let camera = race_data.race.camera(&source.camera);
    camera.and_then(|camera| camera.photographer.clone()).or_else(|| facts.credit.clone())
}

/// The facts that a certificate prints.
pub(super) fn fields(
    race_data: &RaceData,
    finisher: &Finisher,
    photo_credit: Option<String>,
    photo: bool,
) -> Fields {
    let issued_on = Some(race_data.race.date);
    let verification_url = race_data.link(&finisher.bib);
    let extra = Extra { photo_credit, verification_url, issued_on, photo };
    Fields::new(&race_data.race, finisher, &extra)
}

/// A photo that lacks a part of its picture is printed only if a person says so.
fn ask_where_damaged(mut decision: Decision, facts: &Facts, source: &PhotoSource) -> Decision {
    let printable = matches!(decision.outcome, Outcome::Issue | Outcome::Review);
    let Some(percent) = facts.missing_percent.filter(|_| printable && source.person.is_none())
    else {
        return decision;
    };
    let lost = match percent {
        0 => "part of the picture is wrong".to_owned(),
        percent => format!("{percent} % of the picture is missing or wrong"),
    };
    decision.reason = format!("{} ({lost}); upload it again, or decide to use it", Reason::Damaged);
    decision.outcome = Outcome::Review;
    decision.candidates.splice(0..0, std::mem::take(&mut decision.matches));
    decision
}

/// First 16 hex digits.
fn short_hash(text: &str) -> String {
    hex::encode(&Sha256::digest(text.as_bytes())[..8])
}

/// The bibs that a decision is about, wherever it puts them.
pub fn bibs_of(decision: &Decision) -> BTreeSet<&Bib> {
    let Decision { matches, waiting, candidates, barred, .. } = decision;
    [matches, waiting, candidates, barred].into_iter().flatten().map(|found| &found.bib).collect()
}
