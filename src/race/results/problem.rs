//! What was wrong with a results file, row by row.

/// One thing to tell the operator. The message never holds a runner's name;
/// `value` is the cell as it stands, for the operator's own eyes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// The line of the file, counted from 1; `None` where it concerns the whole file.
    pub row: Option<usize>,
    /// The column's heading.
    pub column: Option<String>,
    pub value: Option<String>,
    pub kind: ProblemKind,
    /// What is wrong and what to do.
    pub message: String,
}

/// What became of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProblemKind {
    /// The runner is in the roster; somebody should look.
    Warning,
    /// The runner is not in the roster.
    RowSkipped,
    /// Several rows hold this bib, so none of them is in the roster.
    DuplicateBib,
    /// The file has no column of times: nobody in it can have a certificate.
    NoTimes,
}

impl ProblemKind {
    /// Whether the row's runner is missing from the roster.
    pub fn is_error(self) -> bool {
        !matches!(self, Self::Warning | Self::NoTimes)
    }
}
