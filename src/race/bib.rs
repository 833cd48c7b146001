//! Bibs are text, not numbers: `0123`, `A-102` and `W1` are all bibs.

use std::fmt;

use unicode_normalization::UnicodeNormalization;

/// The number on a runner's chest, normalised: NFKC, upper case, without inner
/// spaces; 1 to 16 of `A`-`Z`, `0`-`9` and `-`, so that it is safe in an S3 key.
/// Leading zeros are kept: `0123` and `123` are two runners.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct Bib(Box<str>);

/// Why a text is not a bib.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BibError {
    #[error("the bib is empty; write it")]
    Empty,
    #[error("bib {0:?} is longer than {MAX_LEN} characters; shorten it")]
    TooLong(String),
    #[error(
        "bib {text:?} holds {character:?}; write it with digits, the letters A-Z and hyphens only"
    )]
    Character { text: String, character: char },
}

const MAX_LEN: usize = 16;

impl Bib {
    /// Reads a bib as people and timing systems write it (full-width digits,
    /// lower case, stray spaces, any dash).
    pub fn parse(text: &str) -> Result<Self, BibError> {
        let mut bib = String::with_capacity(text.len());
        for c in text.nfkc() {
            match c {
                c if c.is_whitespace() => {}
                '0'..='9' | 'A'..='Z' | '-' => bib.push(c),
                'a'..='z' => bib.push(c.to_ascii_uppercase()),
                '\u{2010}'..='\u{2015}' | '\u{2212}' => bib.push('-'),
                character => {
                    return Err(BibError::Character { text: text.to_owned(), character });
                }
            }
        }
        if bib.chars().all(|c| c == '-') {
            return Err(BibError::Empty);
        }
        if bib.len() > MAX_LEN {
            return Err(BibError::TooLong(text.to_owned()));
        }
        Ok(Self(bib.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Bib {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::str::FromStr for Bib {
    type Err = BibError;

    fn from_str(text: &str) -> Result<Self, BibError> {
        Self::parse(text)
    }
}

impl<'de> serde::Deserialize<'de> for Bib {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bibs_are_text_and_keep_leading_zeros() {
        assert_eq!(Bib::parse(" ０１２３ ").unwrap().as_str(), "0123");
        assert_eq!(Bib::parse("a–102").unwrap().as_str(), "A-102");
        assert_ne!(Bib::parse("0123"), Bib::parse("123"));
    }

    #[test]
    fn what_could_leave_an_s3_prefix_is_not_a_bib() {
        assert!(Bib::parse("../1").is_err());
        assert!(Bib::parse("1/2").is_err());
        assert_eq!(Bib::parse("  "), Err(BibError::Empty));
        assert_eq!(Bib::parse("-"), Err(BibError::Empty));
        assert!(Bib::parse("12345678901234567").is_err());
    }
}
