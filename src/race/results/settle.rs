//! Which of several columns holds a field, judged by what stands in all of their cells: a
//! heading alone cannot tell a list's own row numbers from bibs.

use std::collections::HashSet;

use super::cells;
use super::columns::Columns;
use super::names::trimmed;
use super::table::Row;
use super::{Field, ResultsError};
use crate::{Bib, Elapsed};

/// Rows that are judged by.
const ROWS: usize = 2000;
/// Headings that may number anything.
const ANY_NUMBER: [&str; 5] = ["no", "№", "番号", "number", "nr"];
/// What a time of day is later than the race time beside it, at least.
const BY_THE_CLOCK_MS: u32 = 3 * 3_600_000;

/// Settles what the headings leave open; `given` are fields that the race's own map names.
pub(super) fn settle(
    columns: &mut Columns,
    rows: &[Row],
    given: &[Field],
) -> Result<(), ResultsError> {
    let rows = &rows[..rows.len().min(ROWS)];
    if !given.contains(&Field::Bib) {
        bib(columns, rows)?;
    }
    if !given.iter().any(|field| matches!(field, Field::Name | Field::LastName)) {
        name(columns, rows);
    }
    if !given.contains(&Field::TimeOfDay) {
        finish_clock(columns, rows);
    }
    for field in [Field::Name, Field::GunTime, Field::NetTime, Field::TimeOfDay] {
        if !given.contains(&field) {
            one_heading(columns, rows, field)?;
        }
    }
    Ok(())
}

fn cell(row: &Row, index: usize) -> &str {
    trimmed(row.cells.get(index).unwrap_or_default())
}

/// Bibs are each runner's own; a list numbers its rows 1, 2, 3 besides.
fn bib(columns: &mut Columns, rows: &[Row]) -> Result<(), ResultsError> {
    let Some(chosen) = columns.of(Field::Bib) else { return Ok(()) };
    let candidates = columns.named(Field::Bib);
    if candidates.len() < 2 {
        return Ok(());
    }
    let own: Vec<usize> =
        candidates.iter().copied().filter(|&at| each_their_own(rows, at)).collect();
    let (serial, own): (Vec<usize>, Vec<usize>) =
        own.into_iter().partition(|&at| is_serial(rows, at));
    let sure: Vec<usize> = own
        .iter()
        .copied()
        .filter(|&at| !ANY_NUMBER.contains(&columns.name(at).as_str()))
        .collect();
    let best = if sure.is_empty() { own } else { sure };
    let bib = match best[..] {
        [] => chosen,
        [first, ref others @ ..] => {
            let differs = |&at: &usize| rows.iter().any(|row| cell(row, at) != cell(row, first));
            if others.iter().any(differs) {
                let heading = |&at: &usize| columns.all[at].heading.clone();
                return Err(ResultsError::SeveralColumns {
                    field: Field::Bib.key(),
                    headings: best.iter().map(heading).collect(),
                });
            }
            first
        }
    };
    columns.choose(Field::Bib, bib);
    let heading = columns.all[bib].heading.clone();
    for at in candidates.into_iter().filter(|&at| at != bib) {
        let why = match serial.contains(&at) {
            true => format!("it numbers the rows; the bib is {heading:?}"),
            false => format!("the bib is {heading:?}"),
        };
        columns.turn_down(at, why);
    }
    Ok(())
}

/// Refuses two columns under the heading of a field that say different things.
fn one_heading(columns: &Columns, rows: &[Row], field: Field) -> Result<(), ResultsError> {
    let Some(chosen) = columns.of(field) else { return Ok(()) };
    let name = columns.name(chosen);
    let same: Vec<usize> = (0..columns.all.len()).filter(|&at| columns.name(at) == name).collect();
    let differs = |&at: &usize| {
        let cells = rows.iter().map(|row| (cell(row, at), cell(row, chosen)));
        cells.into_iter().any(|(other, own)| !cells::is_blank(other) && other != own)
    };
    if !same.iter().any(differs) {
        return Ok(());
    }
    let heading = |&at: &usize| format!("{} ({})", columns.all[at].heading, at + 1);
    Err(ResultsError::SeveralColumns {
        field: field.key(),
        headings: same.iter().map(heading).collect(),
    })
}

/// Whether nearly every row has a bib here, and no two the same.
fn each_their_own(rows: &[Row], at: usize) -> bool {
    let mut seen = HashSet::new();
    let mut filled = 0;
    for row in rows.iter().filter(|row| !cells::is_blank(cell(row, at))) {
        filled += 1;
        if let Ok(bib) = Bib::parse(&cells::bib(cell(row, at))) {
            seen.insert(bib);
        }
    }
    filled > 0 && seen.len() * 20 >= filled * 19
}

/// Whether the cells count the rows.
fn is_serial(rows: &[Row], at: usize) -> bool {
    let numbers: Vec<usize> = rows.iter().filter_map(|row| cell(row, at).parse().ok()).collect();
    let counts = numbers.windows(2).filter(|pair| pair[1] == pair[0] + 1).count();
    numbers.first() == Some(&1) && counts * 20 >= (numbers.len() - 1) * 19
}

/// A column called `Name` beside one of given names holds either the whole name or the family
/// name alone.
fn name(columns: &mut Columns, rows: &[Row]) {
    let (Some(name), Some(first)) = (columns.of(Field::Name), columns.of(Field::FirstName)) else {
        return;
    };
    if columns.of(Field::LastName).is_some() {
        return;
    }
    let filled =
        rows.iter().filter(|row| !cell(row, name).is_empty() && !cell(row, first).is_empty());
    let (mut rows, mut whole) = (0, 0);
    for row in filled {
        rows += 1;
        whole += usize::from(cell(row, name).contains(cell(row, first)));
    }
    if whole * 2 < rows {
        columns.release(Field::Name);
        columns.choose(Field::LastName, name);
    }
}

/// `Finish Time` beside `Elapsed Time` is the time of day.
fn finish_clock(columns: &mut Columns, rows: &[Row]) {
    let Some(elapsed) = columns.of(Field::GunTime) else { return };
    if columns.of(Field::TimeOfDay).is_some() {
        return;
    }
    let others = columns.named(Field::GunTime);
    let by_the_clock = |&at: &usize| {
        let pairs = rows.iter().filter_map(|row| {
            let ran = Elapsed::parse(cell(row, elapsed)).ok()?;
            Some((ran, Elapsed::parse(cell(row, at)).ok()?))
        });
        let (mut all, mut later) = (0, 0);
        for (ran, clock) in pairs {
            all += 1;
            later += usize::from(clock.millis() >= ran.millis() + BY_THE_CLOCK_MS);
        }
        all > 0 && later * 10 >= all * 9
    };
    if let Some(at) = others.into_iter().filter(|&at| at != elapsed).find(by_the_clock) {
        columns.choose(Field::TimeOfDay, at);
    }
}
