//! What becomes of a failure: retried, refused, or put before a person.

use std::fmt;

/// The fate that an error carries, decided where the error arises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fate {
    /// Infrastructure failed; the same input may succeed later.
    Retry,
    /// This input can never succeed; it is recorded where the operator sees it.
    Reject,
    /// A person can settle it.
    Review,
}

/// A failure on its way out of the core: its fate, and one sentence that names
/// the object and says what to do next. The sentence never holds a runner's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub fate: Fate,
    pub message: String,
}

impl Fault {
    pub fn retry(message: impl Into<String>) -> Self {
        Self { fate: Fate::Retry, message: message.into() }
    }

    pub fn reject(message: impl Into<String>) -> Self {
        Self { fate: Fate::Reject, message: message.into() }
    }

    pub fn review(message: impl Into<String>) -> Self {
        Self { fate: Fate::Review, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}
