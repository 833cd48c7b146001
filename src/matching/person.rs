//! A person's answer about a photo: `decisions/<photo-id>.json`.

use crate::race::Bib;

/// What a person decided. It outranks every other evidence, but not a runner's status:
/// nobody can decide that a DNF finished.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum PersonsDecision {
    /// The photo shows these runners; nobody else gets a certificate with it.
    Bibs(Vec<Bib>),
    /// The photo is not to be used; the words go into the record.
    Reject(String),
}

impl PersonsDecision {
    /// Reads `{"bibs": ["1284"]}` or `{"reject": "a spectator"}`.
    pub fn parse(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_names_bibs_or_rejects() {
        assert_eq!(
            PersonsDecision::parse(br#"{"bibs": ["1284", "a-1"]}"#).unwrap(),
            PersonsDecision::Bibs(vec![Bib::parse("1284").unwrap(), Bib::parse("A-1").unwrap()])
        );
        assert!(PersonsDecision::parse(br#"{"reject": "a spectator"}"#).is_ok());
        assert!(PersonsDecision::parse(br#"{"bib": "1284"}"#).is_err());
    }
}
