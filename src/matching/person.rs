//! A person's answer about a photo: `decisions/<photo-id>.json`.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use kanso_photo::PixelRect;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

use crate::claim;

/// What a person decided. It outranks every other evidence, but not a runner's status:
/// nobody can decide that a DNF finished.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonsDecision {
    /// The photo shows these runners; nobody else gets a certificate with it.
    Bibs(Vec<Bib>),
    /// The photo is not to be used; the words go into the record.
    Reject(String),
}

/// The file. Every field may be left out: a crop or a block alone leaves the matching as
/// it is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// The format of the file; may be left out. Only [`ANSWER_FORMAT`] is known.
    #[serde(default, skip_serializing)]
    pub format: Option<u32>,
    /// The runners that the photo shows, and nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bibs: Option<Vec<Bib>>,
    /// Why the photo is not to be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reject: Option<String>,
    /// What the certificates are to show, in pixels of the upright photo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crop: Option<PixelRect>,
    /// Runners who get no certificate with this photo, at their wish.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub block: BTreeSet<Bib>,
    /// Why some of them do not, where a person wrote it down.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub why: BTreeMap<Bib, String>,
    /// Somebody whom the answer named was erased since. Whom is forgotten; that the photo
    /// shows them is not, or the clock would give it to somebody else.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shows_erased: bool,
    /// Who answered: a volunteer's or desk's mark, for the audit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When; the file's own time where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// The format of answers.
pub const ANSWER_FORMAT: u32 = 1;

/// Why an answer cannot be followed.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(
        "it is written in format {0}, and this kanso knows {ANSWER_FORMAT}; use the newer kanso"
    )]
    Format(u32),
    #[error("it has both bibs and reject; keep one")]
    Both,
    #[error("it decides nothing; give bibs, reject, crop or block")]
    Nothing,
}

impl Answer {
    /// Reads `{"bibs": ["1284"]}`, `{"reject": "a spectator"}`, `{"block": ["1284"]}` or
    /// `{"crop": {"x": 0, "y": 0, "width": 800, "height": 1000}}`.
    pub fn parse(json: &[u8]) -> Result<Self, AnswerError> {
        #[derive(Deserialize)]
        struct Stamp {
            format: Option<u32>,
        }
        // First, since another format may have other fields.
        if let Stamp { format: Some(other) } = serde_json::from_slice(json)?
            && other != ANSWER_FORMAT
        {
            return Err(AnswerError::Format(other));
        }
        let answer: Self = serde_json::from_slice(json)?;
        if answer.bibs.is_some() && answer.reject.is_some() {
            return Err(AnswerError::Both);
        }
        let says = answer.decision().is_some() || answer.crop.is_some();
        if says || answer.shows_erased || !answer.block.is_empty() {
            Ok(answer)
        } else {
            Err(AnswerError::Nothing)
        }
    }

    /// The same without runners who were erased.
    #[must_use]
    pub fn without(mut self, erased: &BTreeSet<Bib>) -> Self {
        let named = |bib: &Bib| erased.contains(bib);
        self.shows_erased |= self.bibs.iter().flatten().chain(&self.block).any(named);
        if let Some(bibs) = &mut self.bibs {
            bibs.retain(|bib| !named(bib));
        }
        self.block.retain(|bib| !named(bib));
        self.why.retain(|bib, _| !named(bib));
        for words in self.reject.iter_mut().chain(self.why.values_mut()) {
            let mut said = claim::words_of(words);
            let told = said.any(|word| Bib::parse(word).is_ok_and(|bib| named(&bib)));
            drop(said);
            if told {
                *words = "the words named somebody who asked to be erased".to_owned();
            }
        }
        self
    }

    /// Takes a runner out of those who get no certificate with the photo; whether they were
    /// one of them.
    pub fn unblock(&mut self, bib: &Bib) -> bool {
        self.why.remove(bib);
        self.block.remove(bib)
    }

    /// Who gets no certificate with the photo, and why, where it was written down.
    pub fn blocked(&self) -> BTreeMap<Bib, Option<String>> {
        self.block.iter().map(|bib| (bib.clone(), self.why.get(bib).cloned())).collect()
    }

    /// Whom the photo shows, where the answer says it.
    pub fn decision(&self) -> Option<PersonsDecision> {
        let reject = self.reject.clone().map(PersonsDecision::Reject);
        reject.or_else(|| self.bibs.clone().map(PersonsDecision::Bibs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_bibs_or_rejects_or_crops_or_blocks() {
        let bibs = Answer::parse(br#"{"bibs": ["1284", "a-1"]}"#).unwrap().decision();
        let both = vec![Bib::parse("1284").unwrap(), Bib::parse("A-1").unwrap()];
        assert_eq!(bibs, Some(PersonsDecision::Bibs(both)));
        assert!(Answer::parse(br#"{"reject": "a spectator", "by": "desk 2"}"#).is_ok());
        let crop = br#"{"crop": {"x": 1, "y": 2, "width": 3, "height": 4}, "block": ["7"]}"#;
        assert_eq!(Answer::parse(crop).unwrap().decision(), None);
        assert!(Answer::parse(br#"{"format": 1, "bibs": ["1284"]}"#).is_ok());
        let newer = Answer::parse(br#"{"format": 2, "runners": ["1284"]}"#).unwrap_err();
        assert!(newer.to_string().contains("use the newer kanso"), "{newer}");
        for wrong in [r#"{"bib": "1284"}"#, r#"{"bibs": [], "reject": "x"}"#, "{}", "[]"] {
            assert!(Answer::parse(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
