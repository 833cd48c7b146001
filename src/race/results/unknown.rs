//! Courses and waves that the results name and the race does not have, each told once.

use std::collections::BTreeMap;

use super::Field;
use super::problem::{Problem, ProblemKind};

/// What was named, and where.
#[derive(Default)]
pub(super) struct UnknownNames {
    seen: BTreeMap<(Field, String), Rows>,
}

struct Rows {
    first: usize,
    count: usize,
}

impl UnknownNames {
    /// `text` is empty where a course is missing that must be named.
    pub fn note(&mut self, row: usize, field: Field, text: &str) {
        let rows = self.seen.entry((field, text.to_owned()));
        rows.or_insert(Rows { first: row, count: 0 }).count += 1;
    }

    /// `heading` tells the heading of a field's column.
    pub fn problems(
        self,
        heading: impl Fn(Field) -> Option<String>,
    ) -> impl Iterator<Item = Problem> {
        self.seen.into_iter().map(move |((field, text), rows)| {
            let (what, cure) = match field {
                Field::Wave => ("wave", "name it in race.toml under [[waves]]"),
                _ => ("course", "name it in race.toml, as an alias of a course"),
            };
            let names = naming(rows.count);
            let message = if text.is_empty() {
                format!(
                    "{names} no course, and the race has several; write the course into the row"
                )
            } else {
                format!("{names} a {what} that the race does not have; {cure}")
            };
            Problem {
                row: Some(rows.first),
                column: heading(field),
                value: (!text.is_empty()).then_some(text),
                kind: ProblemKind::Warning,
                message,
            }
        })
    }
}

fn naming(rows: usize) -> String {
    match rows {
        1 => "names".to_owned(),
        rows => format!("is the first of {rows} rows that name"),
    }
}
