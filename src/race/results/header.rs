//! The search for the header row.

use std::collections::BTreeMap;

use super::cells::key;
use super::columns::Columns;
use super::names::trimmed;
use super::table::Row;
use super::{Field, ResultsError};
use crate::Bib;

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
    if let Some((index, columns)) = best.map(|best| first_list(rows, map, best)) {
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

/// A second row of headings, under headings that span several columns, is part of the header:
/// `記録` over `ネット` and `グロス`. It has no bib, and tells more than the first row alone.
pub(super) fn join_second_row(
    header: &mut Header,
    rows: &mut Vec<Row>,
    map: &BTreeMap<String, String>,
) {
    let Some(index) = header.row else { return };
    let (Some(bib), Some(above)) = (header.columns.of(Field::Bib), rows.get(index)) else { return };
    let Some(below) = rows.get(index + 1) else { return };
    let cell = |row: &Row, at: usize| trimmed(row.cells.get(at).unwrap_or_default()).to_owned();
    if !cell(below, bib).is_empty() {
        return;
    }
    let width = above.cells.len().max(below.cells.len());
    let joined: Vec<String> = (0..width)
        .map(|at| match cell(below, at) {
            under if under.is_empty() => cell(above, at),
            under => under,
        })
        .collect();
    let headings: Vec<&str> = joined.iter().map(String::as_str).collect();
    if let Ok(columns) = Columns::read(&headings, map)
        && columns.recognised() > header.columns.recognised()
    {
        header.columns = columns;
        rows.remove(index + 1);
    }
}

/// Rows under one header.
pub(super) struct List<'r> {
    pub columns: Columns,
    pub rows: &'r [Row],
}

/// A file may hold several lists, each with headings of its own.
pub(super) fn lists<'r>(
    columns: &Columns,
    body: &'r [Row],
    map: &BTreeMap<String, String>,
) -> Vec<List<'r>> {
    let first: Vec<&str> = columns.all.iter().map(|column| column.heading.as_str()).collect();
    let mut lists = vec![List { columns: columns.clone(), rows: body }];
    for (index, row) in body.iter().enumerate() {
        let cells: Vec<&str> = row.cells.iter().collect();
        if cells.iter().copied().map(trimmed).eq(first.iter().copied()) || !looks_like_one(&cells) {
            continue;
        }
        if let Ok(columns) = Columns::read(&cells, map)
            && columns.is_header()
        {
            let before = lists.last_mut().expect("it begins with one");
            let end = before.rows.len() - (body.len() - index);
            before.rows = &before.rows[..end];
            lists.push(List { columns, rows: &body[index + 1..] });
        }
    }
    lists
}

/// Whether a row may be a header, before all of its cells are looked up: it has no number,
/// and a heading of bibs.
fn looks_like_one(cells: &[&str]) -> bool {
    let digits = |cell: &&str| cell.bytes().all(|b| b.is_ascii_digit()) && !cell.is_empty();
    let bib = |cell: &&str| Field::Bib.aliases().contains(&key(cell).as_str());
    !cells.iter().any(digits) && cells.iter().any(bib)
}

fn is_number(heading: &str) -> bool {
    heading.parse::<usize>().is_ok()
}

/// The header that reads best may be that of a later list: the first one is that of the first
/// runners.
fn first_list(
    rows: &[Vec<&str>],
    map: &BTreeMap<String, String>,
    best: (usize, Columns),
) -> (usize, Columns) {
    let earlier = rows[..best.0].iter().enumerate().find_map(|(index, row)| {
        let columns = Columns::read(row, map).ok().filter(Columns::is_header)?;
        let bib = columns.of(Field::Bib)?;
        let runner = |row: &Vec<&str>| {
            let cell = row.get(bib).copied().unwrap_or_default();
            cell.bytes().any(|b| b.is_ascii_digit()) && Bib::parse(cell).is_ok()
        };
        rows[index + 1..best.0].iter().any(runner).then_some((index, columns))
    });
    earlier.unwrap_or(best)
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
