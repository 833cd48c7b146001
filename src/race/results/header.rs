//! The search for the header row.

use std::collections::BTreeMap;

use super::ResultsError;
use super::columns::Columns;

/// The header row found: its index among the rows given, and its columns.
pub(super) struct Header {
    /// `None` where the race's map gives column numbers and the file has no header.
    pub row: Option<usize>,
    pub columns: Columns,
}

/// Finds the row that reads most like a header.
pub(super) fn find(
    rows: &[Vec<&str>],
    map: &BTreeMap<String, String>,
) -> Result<Header, ResultsError> {
    let mut best: Option<(usize, Columns)> = None;
    let mut missing = None;
    for (index, row) in rows.iter().enumerate() {
        match Columns::read(row, map) {
            Ok(columns) => keep_better(&mut best, index, columns),
            Err(gone) if unmapped(row).is_header() => missing = missing.or(Some(gone)),
            Err(_) => {}
        }
    }
    if let Some((index, columns)) = best {
        // With numbers alone any row fits: then the first one is data.
        let by_number = map.values().all(|heading| heading.is_empty() || is_number(heading));
        if !map.is_empty() && by_number && unmapped(&rows[index]).recognised() < 2 {
            return Ok(Header { row: None, columns: unheaded(rows, map) });
        }
        return Ok(Header { row: Some(index), columns });
    }
    Err(match missing {
        Some((field, heading)) => ResultsError::MappedColumnMissing { field, heading },
        None => ResultsError::NoHeader { rows: rows.len() },
    })
}

fn is_number(heading: &str) -> bool {
    heading.parse::<usize>().is_ok()
}

fn keep_better(best: &mut Option<(usize, Columns)>, index: usize, columns: Columns) {
    let better = best.as_ref().is_none_or(|(_, best)| columns.recognised() > best.recognised());
    if columns.is_header() && better {
        *best = Some((index, columns));
    }
}

/// What the headings alone say.
fn unmapped(row: &[&str]) -> Columns {
    Columns::read(row, &BTreeMap::new()).unwrap_or_else(|_| Columns::none())
}

/// The columns of a file that has no headings, by the map's numbers.
fn unheaded(rows: &[Vec<&str>], map: &BTreeMap<String, String>) -> Columns {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    Columns::read(&vec![""; width], map).unwrap_or_else(|_| Columns::none())
}
