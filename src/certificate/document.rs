//! The JSON documents that are stored: each says in which format it is written.

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Fault;

/// The format that is written and read: raised whenever what a document says would be
/// understood wrongly by a program that does not know of the change.
pub const FORMAT: u32 = 1;

/// Why a stored document cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Another version of kanso wrote it, and means something by it.
    #[error(
        "is written in format {0}, and this kanso knows {FORMAT}; use the newer kanso that wrote it"
    )]
    Format(u32),
    #[error("is not as kanso writes it ({0})")]
    Damaged(String),
}

impl Unreadable {
    /// The failure of whoever needed the document at `key`.
    pub fn at(&self, key: &str) -> Fault {
        match self {
            Self::Format(_) => Fault::retry(format!("{key} {self}")),
            // What is gone is made again; reconciling does not look into every document.
            Self::Damaged(_) => {
                Fault::retry(format!("{key} {self}; delete it and run kanso reconcile"))
            }
        }
    }
}

#[derive(Serialize)]
struct Written<'a, T> {
    format: u32,
    #[serde(flatten)]
    document: &'a T,
}

#[derive(Deserialize)]
struct Stamp {
    format: u32,
}

/// A document as it is stored, with its format. The same document gives the same bytes.
pub fn json(document: &impl Serialize) -> Bytes {
    serde_json::to_vec_pretty(&Written { format: FORMAT, document })
        .expect("our documents are structs with string keys and finite numbers only")
        .into()
}

/// Reads what [`json`] wrote.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Unreadable> {
    let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
    match serde_json::from_slice(bytes).map_err(damaged)? {
        Stamp { format: FORMAT } => serde_json::from_slice(bytes).map_err(damaged),
        Stamp { format } => Err(Unreadable::Format(format)),
    }
}

/// Reads a document that can be made again from others: damaged, it is as good as none.
pub fn derived<T: DeserializeOwned>(key: &str, bytes: Option<&[u8]>) -> Result<Option<T>, Fault> {
    match bytes.map(read).transpose() {
        Ok(document) => Ok(document),
        Err(Unreadable::Damaged(_)) => Ok(None),
        Err(error) => Err(error.at(key)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn what_is_written_says_its_format_and_is_read_again() {
        let bytes = super::json(&json!({"bib": "1284"}));
        assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap()["format"], 1);
        assert_eq!(read::<Value>(&bytes).unwrap()["bib"], "1284");
    }

    #[test]
    fn another_format_is_an_error_that_says_what_to_do_and_never_no_document() {
        let newer = br#"{"format": 2, "bib": ["1284"]}"#;
        let fault = derived::<Value>("race/outcomes/a.json", Some(newer)).unwrap_err();
        assert!(fault.message.starts_with("race/outcomes/a.json is written in format 2"));
        assert!(fault.message.ends_with("use the newer kanso that wrote it"), "{fault}");
    }

    #[test]
    fn a_damaged_document_can_be_made_again() {
        for damaged in [&b"{\"format\": 1"[..], b"", b"{\"bib\": \"1284\"}"] {
            assert!(matches!(read::<Value>(damaged), Err(Unreadable::Damaged(_))));
            assert_eq!(derived::<Value>("key", Some(damaged)), Ok(None));
        }
    }
}
