//! Rows whose cells have moved by one, since a delimiter is missing or is one too many. Such a
//! row may still read as a runner, with another one's time: it is judged by what stands in its
//! columns elsewhere.

use std::collections::BTreeMap;

use super::Field;
use super::cells::is_blank;
use super::columns::Columns;
use super::names::trimmed;
use super::status;
use super::table::Row;

/// Rows that are judged by.
const ROWS: usize = 2000;
/// A cell that fewer rows than this share has in its column makes a row worth judging.
const RARE: f64 = 0.1;
/// So many times better must a row fit with a delimiter more or fewer.
const CERTAIN: f64 = 200.0;

/// What a cell looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Nothing, or `DNF` where a time or rank would be.
    Blank,
    Number,
    Time,
    Words,
    /// A time among words, or two times: hardly one column's.
    Merged,
}

const KINDS: usize = Kind::Merged as usize + 1;

/// Where a delimiter is missing, or is one too many: in or after this column, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moved {
    Missing(usize),
    Surplus(usize),
}

impl Moved {
    pub fn message(self, columns: &Columns) -> String {
        let (what, at) = match self {
            Self::Missing(at) => ("is missing", at),
            Self::Surplus(at) => ("is too many", at),
        };
        let heading = columns.all.get(at).map_or("", |column| column.heading.as_str());
        format!(
            "has cells that do not fit their columns: a delimiter {what} at or after {heading:?}, \
             so that the cells behind it have moved by one; correct the row"
        )
    }
}

/// What the cells of a list look like, column by column.
pub(super) struct Shape {
    /// How often each kind stands in each column.
    counts: Vec<[f64; KINDS]>,
    /// Which columns hold times or ranks, and for some runners a status instead.
    timed: Vec<bool>,
    /// How many rows have so many cells.
    lengths: BTreeMap<usize, f64>,
    rows: f64,
    last_line: usize,
}

impl Shape {
    pub fn of(columns: &Columns, rows: &[Row]) -> Self {
        let rows = &rows[..rows.len().min(ROWS)];
        let mut shape = Self {
            counts: columns.all.iter().map(|column| expected(column.field)).collect(),
            timed: columns.all.iter().map(|column| column.field.is_some_and(is_timed)).collect(),
            lengths: BTreeMap::new(),
            rows: rows.len() as f64,
            last_line: rows.last().map_or(0, |row| row.line),
        };
        for row in rows {
            *shape.lengths.entry(row.cells.len()).or_default() += 1.0;
            for (at, kind) in shape.kinds(row).into_iter().enumerate() {
                shape.counts[at][kind as usize] += 1.0;
            }
        }
        shape
    }

    /// The kinds of a row's cells, one a column.
    fn kinds(&self, row: &Row) -> Vec<Kind> {
        let cells = (0..self.counts.len()).map(|at| row.cells.get(at).unwrap_or_default());
        cells.zip(&self.timed).map(|(cell, timed)| kind(trimmed(cell), *timed)).collect()
    }

    /// Where the row's cells have moved, if that alone explains them.
    pub fn moved(&self, row: &Row) -> Option<Moved> {
        let own = self.kinds(row);
        // What the row itself adds to the counts says nothing about it.
        let counted = f64::from(u8::from(row.line <= self.last_line));
        let share = |at: usize, kind: Kind| {
            let own = if own[at] == kind { counted } else { 0.0 };
            let total: f64 = self.counts[at].iter().sum();
            (self.counts[at][kind as usize] - own) / (total - counted)
        };
        let strange = |at: usize| own[at] != Kind::Blank && share(at, own[at]) < RARE;
        if !(0..own.len()).any(strange) {
            return None;
        }
        let length = |cells: usize| {
            let own = if row.cells.len() == cells { counted } else { 0.0 };
            let same = self.lengths.get(&cells).copied().unwrap_or_default();
            (same - own + 0.5) / (self.rows - counted + 1.0)
        };
        let fits = |kinds: &[Kind], cells: usize| -> f64 {
            let each = kinds.iter().enumerate().map(|(at, &kind)| share(at, kind).ln());
            each.sum::<f64>() + length(cells).ln()
        };
        let as_it_is = fits(&own, row.cells.len());
        let better = others(row, &own).filter(|other| {
            // A delimiter explains what it moves, and what it takes apart.
            let moves = (other.moves_from..own.len()).any(strange);
            moves || own[other.at] == Kind::Merged && strange(other.at)
        });
        let judged = better.map(|other| (fits(&other.kinds, other.cells), other.moved()));
        let best = judged.max_by(|a, b| a.0.total_cmp(&b.0))?;
        (best.0 - as_it_is >= CERTAIN.ln()).then_some(best.1)
    }
}

/// What a column holds before any row is seen, counted as a few rows.
fn expected(field: Option<Field>) -> [f64; KINDS] {
    use Field::{
        Age, Bib, FirstName, GunTime, LastName, Name, NetTime, RankCategory, RankCourse,
        RankOverall, RankSex, Split, TimeOfDay,
    };
    // Blank, number, time, words, words and time.
    match field {
        Some(GunTime | NetTime | TimeOfDay | Split) => [0.8, 0.05, 2.0, 0.05, 0.05],
        Some(Bib) => [0.05, 2.0, 0.05, 0.8, 0.05],
        Some(Name | FirstName | LastName) => [0.05, 0.05, 0.05, 2.8, 0.05],
        Some(Age | RankOverall | RankCourse | RankSex | RankCategory) => {
            [0.8, 2.0, 0.05, 0.2, 0.05]
        }
        Some(_) => [1.0, 0.5, 0.05, 1.0, 0.05],
        None => [0.7, 0.7, 0.7, 0.7, 0.05],
    }
}

fn is_timed(field: Field) -> bool {
    use Field::{
        GunTime, NetTime, RankCategory, RankCourse, RankOverall, RankSex, Split, TimeOfDay,
    };
    let ranks = matches!(field, RankOverall | RankCourse | RankSex | RankCategory);
    ranks || matches!(field, GunTime | NetTime | TimeOfDay | Split)
}

fn kind(cell: &str, timed: bool) -> Kind {
    if is_blank(cell) || timed && status::named(cell).is_some() {
        return Kind::Blank;
    }
    let of_numbers = |c: char| c.is_numeric() || matches!(c, '.' | ',' | '/' | '#' | ' ' | '位');
    if cell.chars().all(of_numbers) {
        return Kind::Number;
    }
    let small = cell.to_ascii_lowercase();
    let apart = |c: char| matches!(c, ':' | '：' | '\'' | '’' | '時' | '分' | 'h');
    let of_times = |c: char| {
        of_numbers(c) || apart(c) || matches!(c, '"' | '”' | '間' | '秒' | 'm' | 's' | 'a' | 'p')
    };
    if cell.starts_with(char::is_numeric) && small.contains(apart) && small.chars().all(of_times) {
        // Two clocks of hours, minutes and seconds.
        return if cell.matches(':').count() > 3 { Kind::Merged } else { Kind::Time };
    }
    let time_within = cell.as_bytes().windows(4).any(|four| {
        let digits = [four[0], four[2], four[3]].iter().all(u8::is_ascii_digit);
        digits && four[1] == b':'
    });
    if time_within { Kind::Merged } else { Kind::Words }
}

/// The row as it would be with a delimiter more or fewer.
struct Other {
    at: usize,
    missing: bool,
    kinds: Vec<Kind>,
    /// How many cells it would have.
    cells: usize,
    /// The first column whose cell would stand in another one.
    moves_from: usize,
}

impl Other {
    fn moved(&self) -> Moved {
        if self.missing { Moved::Missing(self.at) } else { Moved::Surplus(self.at) }
    }
}

fn others(row: &Row, own: &[Kind]) -> impl Iterator<Item = Other> {
    let places = 0..own.len().saturating_sub(1);
    let surplus = places.clone().map(|at| {
        let mut kinds = own[..at].to_vec();
        kinds.push(together(own[at], own[at + 1]));
        kinds.extend(&own[at + 2..]);
        kinds.push(Kind::Blank);
        let cells = row.cells.len().saturating_sub(1);
        Other { at, missing: false, kinds, cells, moves_from: at + 2 }
    });
    // With one more, the last cell would have no column.
    let room = own.last() == Some(&Kind::Blank);
    let missing = places.filter(move |_| room).flat_map(move |at| {
        let cell = trimmed(row.cells.get(at).unwrap_or_default());
        apart(own[at], cell).into_iter().map(move |(one, other)| {
            let mut kinds = own[..at].to_vec();
            kinds.extend([one, other]);
            kinds.extend(&own[at + 1..own.len() - 1]);
            let moves_from = if one == Kind::Blank { at } else { at + 1 };
            Other { at, missing: true, kinds, cells: row.cells.len() + 1, moves_from }
        })
    });
    surplus.chain(missing)
}

/// What a cell may be that holds two.
fn apart(kind: Kind, cell: &str) -> Vec<(Kind, Kind)> {
    use Kind::{Blank, Merged, Number, Time, Words};
    let (first, last) = (cell.starts_with(char::is_numeric), cell.ends_with(char::is_numeric));
    let mut pairs = vec![(Blank, kind)];
    match kind {
        Blank | Time => {}
        Number => pairs.push((Number, Number)),
        Words => {
            pairs.push((Words, Words));
            pairs.extend(first.then_some((Number, Words)));
            pairs.extend(last.then_some((Words, Number)));
        }
        Merged => {
            pairs.push(match (first, last) {
                (true, true) => (Time, Time),
                (true, false) => (Time, Words),
                _ => (Words, Time),
            });
        }
    }
    pairs
}

/// What two cells are that are one.
fn together(one: Kind, other: Kind) -> Kind {
    match (one, other) {
        (Kind::Blank, kind) | (kind, Kind::Blank) => kind,
        (Kind::Number, Kind::Number) => Kind::Number,
        // `41:23` and `5`: a comma for the decimal point.
        (Kind::Time, Kind::Number) => Kind::Time,
        _ => Kind::Words,
    }
}
