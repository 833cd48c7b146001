//! Certificates that must not be, whatever the evidence says: erased runners, and those
//! whom a person blocked.

use std::collections::{BTreeMap, BTreeSet};

use kanso_matching::decision::{Decision, Match};
use kanso_matching::reason::Reason;
use kanso_matching::{Outcome, Source};
use kanso_race::Bib;

/// Takes the erased out of a decision without a trace, and bars the blocked. Where the clock
/// does not count, nor do photos taken just before and after, so does nobody for whom nothing
/// else speaks.
pub fn withhold(
    mut decision: Decision,
    blocked: &BTreeMap<Bib, Option<String>>,
    erased: &BTreeSet<Bib>,
    clock_counts: bool,
) -> Decision {
    let beside = |source: Source| matches!(source, Source::Clock | Source::Burst);
    let by_clock = |m: &Match| m.evidence.iter().all(|e| beside(e.source));
    let hidden = |m: &Match| erased.contains(&m.bib) || (!clock_counts && by_clock(m));
    let named = |list: &[Match]| list.iter().any(|m| blocked.contains_key(&m.bib) || hidden(m));
    let all = [&decision.matches, &decision.waiting, &decision.candidates, &decision.barred];
    if clock_counts && !all.into_iter().any(|list| named(list)) {
        return decision;
    }
    for list in [
        &mut decision.matches,
        &mut decision.waiting,
        &mut decision.candidates,
        &mut decision.barred,
    ] {
        list.retain(|m| !hidden(m));
    }
    for list in [&mut decision.matches, &mut decision.waiting, &mut decision.candidates] {
        for mut found in std::mem::take(list) {
            let Some(why) = blocked.get(&found.bib) else {
                list.push(found);
                continue;
            };
            found.why = format!("bib {}: {}", found.bib, Reason::PersonBlocked);
            if let Some(why) = why {
                found.why.push_str(&format!(" ({why})"));
            }
            decision.barred.push(found);
        }
    }
    let told = |list: &[Match], other: fn() -> String| {
        let why = list.iter().map(|m| &m.why).find(|why| !why.is_empty());
        why.cloned().unwrap_or_else(other)
    };
    (decision.outcome, decision.reason) = if !decision.matches.is_empty() {
        (Outcome::Issue, decision.reason)
    } else if !decision.candidates.is_empty() {
        (
            Outcome::Review,
            told(&decision.candidates, || format!("{}; say who it shows", Reason::NotFirm)),
        )
    } else if !decision.waiting.is_empty() {
        (Outcome::Pending, told(&decision.waiting, || format!("its runner {}", Reason::NoTime)))
    } else {
        (
            Outcome::Reject,
            told(&decision.barred, || format!("{}; nothing is kept of them", Reason::Erased)),
        )
    };
    decision
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(bib: &str) -> Match {
        let bib = Bib::parse(bib).unwrap();
        Match { bib, probability: 1.0, evidence: Vec::new(), why: String::new() }
    }

    fn decision(bibs: &[&str]) -> Decision {
        Decision {
            outcome: Outcome::Issue,
            reason: "matched by the code on the bib".into(),
            matches: bibs.iter().map(|bib| found(bib)).collect(),
            waiting: Vec::new(),
            candidates: Vec::new(),
            barred: Vec::new(),
        }
    }

    #[test]
    fn an_erased_runner_leaves_no_trace_and_the_other_keeps_their_certificate() {
        let erased = BTreeSet::from([Bib::parse("7").unwrap()]);
        let both = withhold(decision(&["7", "8"]), &BTreeMap::new(), &erased, true);
        assert_eq!((both.outcome, both.matches.len()), (Outcome::Issue, 1));
        let alone = withhold(decision(&["7"]), &BTreeMap::new(), &erased, true);
        assert_eq!(alone.outcome, Outcome::Reject);
        assert!(!format!("{alone:?}").contains('7'), "{alone:?}");
    }

    #[test]
    fn a_blocked_runner_is_told_to_the_operator_with_the_reason() {
        let why = Some("a spectator wears it".to_owned());
        let blocked = BTreeMap::from([(Bib::parse("7").unwrap(), why)]);
        let decision = withhold(decision(&["7"]), &blocked, &BTreeSet::new(), true);
        assert_eq!(decision.outcome, Outcome::Reject);
        let why = "bib 7: a person blocked this certificate (a spectator wears it)";
        assert_eq!(decision.barred[0].why, why);
    }
}
