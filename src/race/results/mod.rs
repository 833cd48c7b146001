//! Any timing system's export read into runners, with every bad row reported.
//!
//! [`read`] takes the bytes as they came and tells, beside the roster, how it
//! understood them ([`Understood`]) and what it could not use ([`Problem`]).
//!
//! What it would have to guess it refuses, since a wrong name or time would be printed:
//! a time that may be `h:mm` or `mm:ss`, a bib on several rows (none of them is used), a
//! character that was lost. Such rows are told by number, and never stop the good ones.

mod aliases;
mod cells;
mod clocks;
mod columns;
mod courses;
mod encoding;
mod field;
mod header;
mod mended;
mod moved;
mod names;
mod problem;
mod row;
mod settle;
mod status;
mod table;
mod times;
mod unknown;
mod waves;

use std::collections::BTreeMap;

pub(crate) use cells::birth_date;
pub use columns::{Column, SplitPoint};
pub use encoding::encoding_label;
pub use field::Field;
pub use problem::{Problem, ProblemKind};

use crate::{Bib, Finisher, Race, Roster, Status};
use columns::Columns;
use header::Header;

/// The header is looked for in so many rows.
const TITLE_ROWS: usize = 40;

/// A results file, read.
#[derive(Debug, Clone)]
pub struct Reading {
    pub roster: Roster,
    /// In the order of the file; those of the whole file first.
    pub problems: Vec<Problem>,
    pub understood: Understood,
}

impl Reading {
    /// Whether a row's runner is missing from the roster.
    pub fn has_errors(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind.is_error())
    }
}

/// How a results file was understood.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Understood {
    /// `UTF-8`, `UTF-16LE`, `UTF-16BE`, `CP932`, `EUC-JP`, `windows-1252`, ...
    pub encoding: &'static str,
    /// Whether several encodings would do, and the likeliest was taken; `[results] encoding` in
    /// race.toml settles it.
    pub encoding_guessed: bool,
    pub delimiter: char,
    /// The line of the header, counted from 1; `None` where the columns were given by
    /// number and the file has none.
    pub header_row: Option<usize>,
    pub columns: Vec<Column>,
    /// Rows below the header that are not blank.
    pub rows: usize,
    /// Rows that became runners.
    pub runners: usize,
    pub by_course: Vec<Count>,
    pub by_status: Vec<Count>,
}

/// How many runners share something.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Count {
    /// A course's identifier (empty: unknown), or a status ([`Status::as_str`]).
    pub of: String,
    pub runners: usize,
}

/// Why nothing could be read. A person can settle each of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResultsError {
    #[error("the results file is empty; upload it again")]
    Empty,
    #[error("the results file is {0}, not a text; save it as CSV (UTF-8) and upload that")]
    NotText(&'static str),
    #[error("the results file is {0}, not a table; export it as CSV (UTF-8) and upload that")]
    NotATable(&'static str),
    #[error(
        "the results file has no row that names a bib and a name column among its first {rows}; \
         name them in race.toml: [results.columns] bib = \"heading\", name = \"heading\""
    )]
    NoHeader { rows: usize },
    #[error(
        "the results file has no column {heading:?}, which race.toml gives for {field}; correct \
         results.columns.{field}"
    )]
    MappedColumnMissing { field: String, heading: String },
    #[error(
        "the results file has no name column (its header is line {line}); name it in race.toml: \
         [results.columns] name = \"heading\""
    )]
    NoNames { line: usize },
    #[error(
        "the results file has several columns that may be the {field}: {}; name the right one, or \
         its number, in race.toml: [results.columns] {field} = \"heading\"",
        headings.join(", ")
    )]
    SeveralColumns { field: &'static str, headings: Vec<String> },
    #[error(
        "the column {heading:?} holds times of day, as the guns in race.toml tell, and no race \
         times; name it there: [results.columns] time_of_day = {heading:?}"
    )]
    TimesOfDay { heading: String },
}

/// Reads a results file as the race says, and where it says nothing, as the file looks.
pub fn read(bytes: &[u8], race: &Race) -> Result<Reading, ResultsError> {
    refuse_other_formats(bytes)?;
    let format = &race.results;
    let decoded = encoding::decode(bytes, format.encoding.as_deref());
    let (text, mends) = mended::mended(decoded.text);
    let text = text.as_str();
    if text.trim().is_empty() {
        return Err(ResultsError::Empty);
    }
    let Sniffed { delimiter, mut header } = sniff(text, race)?;
    let width = Some(header.columns.all.len());
    let mut rows = table::rows(text, delimiter, width, usize::MAX);
    header::join_second_row(&mut header, &mut rows, &format.columns);
    let header_row = header.row.and_then(|index| rows.get(index)).map(|row| row.line);
    let columns = &mut header.columns;
    if columns.of(Field::Name).or(columns.of(Field::LastName)).is_none() {
        return Err(ResultsError::NoNames { line: header_row.unwrap_or(1) });
    }
    let first = header.row.map_or(0, |index| index + 1);
    let body = rows.get(first..).unwrap_or_default();
    let mut lists = header::lists(columns, body, &format.columns);
    let given: Vec<Field> = format.columns.keys().filter_map(|key| Field::from_key(key)).collect();
    let (mut runners, mut problems) = (Vec::with_capacity(body.len()), mends);
    let mut claims: BTreeMap<Bib, Vec<usize>> = BTreeMap::new();
    let mut counted = 0;
    for list in &mut lists {
        settle::settle(&mut list.columns, list.rows, &given)?;
        let shape = moved::Shape::of(&list.columns, list.rows);
        let mut reader = row::RowReader::new(race, &list.columns, shape);
        let mut read = Vec::with_capacity(list.rows.len());
        for row in list.rows {
            // Printed lists repeat the header on every page.
            let again = list.columns.all.iter().map(|column| column.heading.as_str());
            let again = again.eq(row.cells.iter().map(names::trimmed));
            if again || row.cells.iter().all(|cell| names::trimmed(cell).is_empty()) {
                continue;
            }
            counted += 1;
            let (bib, runner) = reader.read(row);
            if let Some(bib) = bib {
                claims.entry(bib).or_default().push(row.line);
            }
            read.extend(runner);
        }
        clocks::refuse_times_of_day(race, &read, &list.columns)?;
        problems.extend(reader.finish(&read));
        problems.extend(no_times(&list.columns));
        runners.extend(read);
    }
    let roster = roster(runners, &claims, &mut problems);
    problems.sort_by_key(|problem| problem.row);
    let understood = Understood {
        encoding: decoded.encoding,
        encoding_guessed: decoded.guessed,
        delimiter: char::from(delimiter),
        header_row,
        columns: lists.swap_remove(0).columns.all,
        rows: counted,
        runners: roster.len(),
        by_course: by_course(&roster, race),
        by_status: by_status(&roster),
    };
    Ok(Reading { roster, problems, understood })
}

/// A list of who is registered; nobody should take it for results.
fn no_times(columns: &Columns) -> Option<Problem> {
    let some = [Field::GunTime, Field::NetTime].into_iter().any(|time| columns.of(time).is_some());
    (!some).then(|| Problem {
        row: None,
        column: None,
        value: None,
        kind: ProblemKind::NoTimes,
        message: "has no column of times that is known, so that everybody only counts as \
                  registered; if it has one, name it in race.toml: [results.columns] gun_time = \
                  \"heading\""
            .to_owned(),
    })
}

struct Sniffed {
    delimiter: u8,
    header: Header,
}

/// Delimiter and header together: the delimiter under which a row reads most like one.
fn sniff(text: &str, race: &Race) -> Result<Sniffed, ResultsError> {
    let map = &race.results.columns;
    let given = race.results.delimiter.and_then(|delimiter| u8::try_from(delimiter).ok());
    let candidates = given.map_or(vec![b',', b'\t', b';', b'|'], |delimiter| vec![delimiter]);
    let mut best: Option<Sniffed> = None;
    let mut refusal = None;
    for delimiter in candidates {
        let rows = table::rows(text, delimiter, None, TITLE_ROWS);
        let cells: Vec<Vec<&str>> = rows.iter().map(|row| row.cells.iter().collect()).collect();
        match header::find(&cells, map) {
            Ok(header) => {
                let score = header.columns.recognised();
                if best.as_ref().is_none_or(|best| score > best.header.columns.recognised()) {
                    best = Some(Sniffed { delimiter, header });
                }
            }
            // A mapped column that is missing tells more than no header at all.
            Err(error @ ResultsError::MappedColumnMissing { .. }) => refusal = Some(error),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    best.ok_or(refusal.unwrap_or(ResultsError::Empty))
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), ResultsError> {
    let kinds: [(&[u8], &str); 4] = [
        (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"%PDF", "a PDF"),
        (b"\x1f\x8b", "a gzip archive"),
    ];
    if let Some((_, kind)) = kinds.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err(ResultsError::NotText(kind));
    }
    // Many programs call a web page .xls.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if text.starts_with(b"<") {
        return Err(ResultsError::NotATable("a web page or XML"));
    }
    if text.starts_with(b"{") || text.starts_with(b"[{") {
        return Err(ResultsError::NotATable("JSON"));
    }
    Ok(())
}

/// The runners whose bib is theirs alone. A bib that two rows claim belongs to neither,
/// even where one of them was unusable otherwise: nobody knows whose name is right.
fn roster(
    runners: Vec<Finisher>,
    claims: &BTreeMap<Bib, Vec<usize>>,
    problems: &mut Vec<Problem>,
) -> Roster {
    for (bib, rows) in claims.iter().filter(|(_, rows)| rows.len() > 1) {
        for row in rows {
            let others: Vec<_> =
                rows.iter().filter(|other| *other != row).map(usize::to_string).collect();
            problems.push(Problem {
                row: Some(*row),
                column: None,
                value: Some(bib.to_string()),
                kind: ProblemKind::DuplicateBib,
                message: format!(
                    "bib {bib} is also on row {}; none of them is used until one is corrected",
                    others.join(", ")
                ),
            });
        }
    }
    let mut roster = Roster::default();
    for runner in runners {
        if claims.get(&runner.bib).is_some_and(|rows| rows.len() == 1) {
            // Bibs are unique here, so there is nobody to come back.
            let _ = roster.insert(runner);
        }
    }
    roster
}

fn by_course(roster: &Roster, race: &Race) -> Vec<Count> {
    let ids = race.courses.iter().map(|course| Some(course.id.as_str())).chain([None]);
    let counts = ids.map(|id| Count {
        of: id.unwrap_or_default().to_owned(),
        runners: roster.iter().filter(|runner| runner.course.as_deref() == id).count(),
    });
    counts.filter(|count| count.runners > 0).collect()
}

fn by_status(roster: &Roster) -> Vec<Count> {
    use Status::{Dnf, Dns, Dq, Finished, Open, Registered};
    let counts = [Finished, Open, Registered, Dnf, Dns, Dq].map(|status| Count {
        of: status.as_str().to_owned(),
        runners: roster.iter().filter(|runner| runner.status == status).count(),
    });
    counts.into_iter().filter(|count| count.runners > 0).collect()
}
