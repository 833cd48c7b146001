//! One certificate that somebody asked to have on paper.

use jiff::{SignedDuration, Timestamp};
use kanso_photo::PhotoId;
use kanso_race::Bib;
use serde::{Deserialize, Serialize};

/// What is to be printed, and who asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The race's folder.
    pub race: String,
    pub bib: Bib,
    /// `None`: the certificate without photo.
    pub photo: Option<PhotoId>,
    /// The kiosk's number, [`BATCH`], or who pressed in the console ([`Order::person`]).
    pub by: String,
}

/// Who asks for a batch. Kiosks have other names: theirs are six characters long.
pub const BATCH: &str = "batch";
/// Before a person's name, so that nobody is called like a kiosk or a batch.
const CONSOLE: &str = "console ";

impl Order {
    /// How an order of somebody's at the console says who asked.
    pub fn person(name: &str) -> String {
        format!("{CONSOLE}{name}")
    }

    /// Who pressed, where it was at the console.
    pub fn by_person(&self) -> Option<&str> {
        self.by.strip_prefix(CONSOLE)
    }
}

/// An order in the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Counts up from 1; what a runner is told.
    pub id: u64,
    /// One for each press of the button: with the same asker, race and bib, the same key is
    /// the same job.
    pub key: String,
    pub order: Order,
    pub asked_at: Timestamp,
    pub state: State,
    /// Printers that gave it back.
    pub failed_on: Vec<String>,
    /// Printers for which its certificate cannot be made.
    #[serde(default)]
    pub unfit_for: Vec<String>,
    /// How often its certificate could not be made for want of something.
    #[serde(default)]
    pub delay: Option<Delay>,
    /// The printer that staff chose: no other prints it.
    #[serde(default)]
    pub only_on: Option<String>,
    /// What staff want of it as soon as its printer lets it go.
    #[serde(default)]
    pub recall: Option<Recall>,
    /// What people decided about it, in order.
    #[serde(default)]
    pub decided: Vec<Decided>,
}

/// What a person may decide about a job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "decision")]
pub enum Decision {
    /// They saw the paper of one of which that was not known.
    CameOut,
    /// It is not on paper, and is to be.
    PrintAgain,
    /// It is not to be printed.
    Cancel,
    /// It is to be printed there and nowhere else.
    Move { printer: String },
}

/// What a person decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Their name, or from where they did.
    pub by: String,
    pub at: Timestamp,
    #[serde(flatten)]
    pub decision: Decision,
}

/// What a job that a printer has is taken back for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "for")]
pub enum Recall {
    Cancel,
    Move { printer: String },
}

/// No job is tried later than that after the last time.
const LONGEST_DELAY: SignedDuration = SignedDuration::from_secs(60);

/// A certificate that could not be made just now, and may be in a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delay {
    pub tries: u32,
    /// Not tried before.
    pub until: Timestamp,
    pub why: String,
}

impl Job {
    /// Whether it may be tried now. A clock that was set back delays nothing for long.
    pub fn is_due(&self, now: Timestamp) -> bool {
        let later = now..now + LONGEST_DELAY;
        self.delay.as_ref().is_none_or(|delay| delay.until == now || !later.contains(&delay.until))
    }

    /// Why it did not print, why that is not known, or why it waits.
    pub fn why(&self) -> Option<&str> {
        let waits = self.delay.as_ref().filter(|_| self.state == State::Waiting);
        self.state.why().or(waits.map(|delay| delay.why.as_str()))
    }

    /// Whether staff leave it to this printer.
    pub fn may_go_to(&self, printer: &str) -> bool {
        self.only_on.as_deref().is_none_or(|only| only == printer)
    }

    /// How often a printer gave it back.
    pub fn failures_on(&self, printer: &str) -> usize {
        self.failed_on.iter().filter(|name| *name == printer).count()
    }
}

/// What makes two requests the same one. The key alone would not do: it may be composed of
/// names that hold the very characters that divide them.
#[derive(PartialEq, Eq, Hash)]
pub(crate) struct Identity {
    key: String,
    by: String,
    race: String,
    bib: Bib,
}

impl Identity {
    pub fn new(key: &str, order: &Order) -> Self {
        Self {
            key: key.to_owned(),
            by: order.by.clone(),
            race: order.race.clone(),
            bib: order.bib.clone(),
        }
    }
}

/// What people are told of a job's state, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Waiting,
    Printing,
    Printed,
    Failed,
    Unknown,
    Cancelled,
}

/// Where a job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum State {
    Waiting,
    /// Claimed; its document is being made, and nothing was sent.
    Preparing {
        printer: String,
    },
    /// Whether the printer has it is not known yet.
    Sending {
        printer: String,
    },
    /// The printer has it, under its own number.
    Sent {
        printer: String,
        number: i32,
    },
    Printed {
        printer: String,
    },
    /// It did not and will not print; staff see why.
    Failed {
        why: String,
    },
    /// It may have been printed, wholly or not: a person looks and decides.
    Unknown {
        printer: String,
        why: String,
    },
    /// Taken back by staff.
    Cancelled,
}

impl State {
    /// Whether the job may still move by itself.
    pub fn is_open(&self) -> bool {
        matches!(
            self,
            Self::Waiting | Self::Preparing { .. } | Self::Sending { .. } | Self::Sent { .. }
        )
    }

    /// Whether paper was used for it, or may have been.
    pub fn counts_as_copy(&self) -> bool {
        !matches!(self, Self::Failed { .. } | Self::Cancelled)
    }

    pub fn standing(&self) -> Standing {
        match self {
            Self::Waiting => Standing::Waiting,
            Self::Preparing { .. } | Self::Sending { .. } | Self::Sent { .. } => Standing::Printing,
            Self::Printed { .. } => Standing::Printed,
            Self::Failed { .. } => Standing::Failed,
            Self::Unknown { .. } => Standing::Unknown,
            Self::Cancelled => Standing::Cancelled,
        }
    }

    /// Why it did not print, or why that is not known.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Failed { why } | Self::Unknown { why, .. } => Some(why),
            _ => None,
        }
    }

    pub fn printer(&self) -> Option<&str> {
        match self {
            Self::Preparing { printer }
            | Self::Sending { printer }
            | Self::Sent { printer, .. }
            | Self::Printed { printer }
            | Self::Unknown { printer, .. } => Some(printer),
            _ => None,
        }
    }
}
