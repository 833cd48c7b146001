//! Whether a photo's printed numbers need not be read.

use kanso_matching::decision::{Decision, Match};

use super::PhotoSource;

/// Whether a person, metadata, a code or a caption says whom a photo shows. The clock alone
/// does not: the number on the bib may contradict it.
pub fn is_settled(decision: &Decision, source: &PhotoSource) -> bool {
    let Decision { matches, waiting, barred, .. } = decision;
    let named = |found: &Match| found.evidence.iter().any(|e| e.source.is_explicit() && !e.weak);
    source.person.is_some() || [matches, waiting, barred].into_iter().flatten().any(named)
}
