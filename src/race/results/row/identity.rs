//! Who a row is about: its bib and its name, and cells that nobody may print.

use super::RowReader;
use crate::Bib;
use crate::results::cells::{self, is_blank};
use crate::results::problem::{Problem, ProblemKind};
use crate::results::table::Row;
use crate::results::{Field, names};

impl RowReader<'_> {
    pub(super) fn bib(&mut self, row: &Row) -> Option<Bib> {
        let cell = self.cell(row, Field::Bib);
        if is_blank(cell) {
            let filled = row.cells.iter().filter(|cell| !is_blank(cell)).count();
            if filled <= 2 && is_blank(self.cell(row, Field::Name)) || filled <= 1 {
                self.warn(row, Field::Bib, "is no runner's row; it was left out");
            } else {
                self.error(row, Some(Field::Bib), "has no bib; write it, or delete the row");
            }
            return None;
        }
        if cells::is_date(cell) {
            self.error(
                row,
                Some(Field::Bib),
                "is a date, which a spreadsheet may have made of a bib such as 12-3; format the \
                 column as text and export it again",
            );
            return None;
        }
        if cells::is_shortened(cell) {
            self.error(
                row,
                Some(Field::Bib),
                "is a number that a spreadsheet has shortened; format the column as text and \
                 export it again",
            );
            return None;
        }
        match Bib::parse(&cells::bib(cell)) {
            Ok(bib) => Some(bib),
            Err(error) => {
                self.error(row, Some(Field::Bib), error.to_string());
                None
            }
        }
    }

    /// What may be wrong with any cell that is used, and with their number.
    pub(super) fn check_cells(&mut self, row: &Row) {
        let columns = self.columns;
        for (column, cell) in columns.all.iter().zip(row.cells.iter()) {
            if column.field.is_some()
                && let Some(c) = names::unusable(names::trimmed(cell))
            {
                self.problems.push(Problem {
                    row: Some(row.line),
                    column: Some(column.heading.clone()),
                    value: Some(cell.to_owned()),
                    kind: ProblemKind::RowSkipped,
                    message: names::lament(c),
                });
            }
        }
        let width = columns.all.len();
        if row.cells.iter().skip(width).any(|cell| !is_blank(cell)) {
            let message = format!(
                "has {} cells where the header has {width}; a text with the delimiter in it needs \
                 quotes",
                row.cells.len()
            );
            self.error(row, None, message);
        }
    }

    pub(super) fn name(&mut self, row: &Row) -> String {
        let name = self.text(row, Field::Name).unwrap_or_else(|| {
            names::joined(self.cell(row, Field::LastName), self.cell(row, Field::FirstName))
        });
        let field =
            if self.columns.of(Field::Name).is_some() { Field::Name } else { Field::LastName };
        if names::without_direction_marks(self.cell(row, field)).is_some() {
            self.warn(
                row,
                field,
                "held invisible marks that turn the direction of text; they were taken out: look \
                 whether the name reads right",
            );
        }
        if name.is_empty() {
            self.error(row, Some(field), "has no name; write it");
        } else if names::stands_for_none(&name) {
            self.error(
                row,
                Some(field),
                "is no name; write the name, or look whether the row's cells have moved",
            );
        } else if matches!(name.as_str(), "#NAME?" | "#REF!" | "#VALUE!" | "#N/A" | "########") {
            self.error(row, Some(field), "is a spreadsheet's error, not a name; write the name");
        } else if names::lost_a_character(&name) {
            self.warn(row, field, "seems to have lost a character; compare it with the entry list");
        }
        name
    }
}
