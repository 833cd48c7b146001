//! One row of the roster: a runner and what the clock says of them.

use super::{Bib, Elapsed};

/// A runner of the race. Text is as the results gave it, trimmed; nothing is guessed.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Finisher {
    pub bib: Bib,
    pub name: String,
    pub kana: Option<String>,
    pub team: Option<String>,
    /// Identifier of a course in `race.toml` (of the only one, where the results name
    /// none); `None` where they name one that `race.toml` does not know, or must and do not.
    pub course: Option<String>,
    pub category: Option<String>,
    pub sex: Option<String>,
    pub age: Option<u8>,
    /// A second factor for the runner's page; never printed.
    #[serde(skip)]
    pub birth_date: Option<jiff::civil::Date>,
    pub prefecture: Option<String>,
    /// Identifier of the course's wave, or the text of the results where it is none.
    pub wave: Option<String>,
    #[serde(rename = "gun_time_ms")]
    pub gun_time: Option<Elapsed>,
    #[serde(rename = "net_time_ms")]
    pub net_time: Option<Elapsed>,
    /// Time of day at the line, where the export has it. Wins over gun time.
    pub finish_clock: Option<jiff::civil::Time>,
    pub status: Status,
    pub rank_overall: Option<Rank>,
    pub rank_course: Option<Rank>,
    pub rank_sex: Option<Rank>,
    pub rank_category: Option<Rank>,
    pub splits: Vec<Split>,
    /// The line of the results file, counted from 1, for reports.
    pub row: usize,
}

/// What became of a runner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Status {
    /// Has a time, and may have a certificate.
    Finished,
    /// Has finished outside the ranking (オープン), and may have a certificate.
    Open,
    /// Is on the start list; no time yet.
    Registered,
    Dnf,
    Dns,
    Dq,
}

impl Status {
    /// As results files and JSON write it: `FINISHED`, `DNF`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "FINISHED",
            Self::Open => "OPEN",
            Self::Registered => "REGISTERED",
            Self::Dnf => "DNF",
            Self::Dns => "DNS",
            Self::Dq => "DQ",
        }
    }

    /// Whether a finisher certificate may exist.
    pub fn may_be_certified(self) -> bool {
        matches!(self, Self::Finished | Self::Open)
    }
}

/// A place, with the number of those ranked where the results say it (`17 / 13408`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Rank {
    pub place: u32,
    pub of: Option<u32>,
}

/// Time since the gun at a point of the course.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Split {
    /// As the column is headed: `5km`, `中間`.
    pub label: String,
    /// From the start, where the label tells it.
    pub distance_m: Option<f64>,
    #[serde(rename = "elapsed_ms")]
    pub elapsed: Elapsed,
}
