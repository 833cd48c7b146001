//! What becomes of a failure: retried, refused, or put before a person.

use std::fmt;

use kanso_photo::PhotoError;
use kanso_render::RenderError;
use kanso_template::layout::ComposeError;

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

impl From<PhotoError> for Fault {
    fn from(error: PhotoError) -> Self {
        match error {
            // A person chose the crop, or a person can choose another one.
            PhotoError::Crop { .. } => Self::review(error.to_string()),
            _ => Self::reject(error.to_string()),
        }
    }
}

impl From<ComposeError> for Fault {
    fn from(error: ComposeError) -> Self {
        match error {
            ComposeError::Template(_) => Self::reject(error.to_string()),
            // A name or a result that this template cannot show: another one can.
            _ => Self::review(error.to_string()),
        }
    }
}

impl From<RenderError> for Fault {
    /// All of these come from the template or its pictures: a person can settle them.
    fn from(error: RenderError) -> Self {
        Self::review(error.to_string())
    }
}
