//! From text to rows of cells: quoting, line numbers, and quotes that never close.

use csv::{ReaderBuilder, StringRecord};

/// One row of the file.
pub(super) struct Row {
    /// The line on which it starts, counted from 1.
    pub line: usize,
    pub cells: StringRecord,
    /// A quote in it is never closed; the cells are those of the line without quoting.
    pub unclosed_quote: bool,
}

/// After so many unclosed quotes, quotes mean nothing in the rest of the file: it was
/// not written with quoting (and reading on to its end for each would take too long).
const UNCLOSED_QUOTES: usize = 20;

/// A cell longer than this, or of more lines, has swallowed rows.
const CELL_BYTES: usize = 4000;
const CELL_LINES: usize = 6;

/// Reads up to `limit` rows, without the blank lines. `width`: how many cells the
/// header has, once it is known; it helps to see cells that have swallowed rows.
pub(super) fn rows(text: &str, delimiter: u8, width: Option<usize>, limit: usize) -> Vec<Row> {
    let mut rows = Vec::new();
    let (mut rest, mut line, mut unclosed) = (text, 1, 0);
    while !rest.is_empty() && rows.len() < limit {
        let quoting = unclosed < UNCLOSED_QUOTES;
        let Some(broken) =
            read_until_broken(rest, line, delimiter, quoting, width, limit, &mut rows)
        else {
            break;
        };
        let (first, after) = rest[broken..].split_once('\n').unwrap_or((&rest[broken..], ""));
        line += newlines(&rest[..broken]);
        rows.extend(
            reader(first, delimiter, false).into_records().flatten().next().map(|cells| Row {
                line,
                cells,
                unclosed_quote: true,
            }),
        );
        line += 1;
        rest = after;
        unclosed += 1;
    }
    rows
}

/// Reads rows until one has swallowed others; gives that one's first byte.
fn read_until_broken(
    text: &str,
    first_line: usize,
    delimiter: u8,
    quoting: bool,
    width: Option<usize>,
    limit: usize,
    rows: &mut Vec<Row>,
) -> Option<usize> {
    let mut reader = reader(text, delimiter, quoting);
    let (mut line, mut counted) = (first_line, 0);
    let mut cells = StringRecord::new();
    while rows.len() < limit && reader.read_record(&mut cells).unwrap_or(false) {
        let start = cells.position().map_or(0, |position| position.byte() as usize);
        // The reader's position lies before the line breaks that it skips.
        let blank = text.as_bytes()[start..].iter().take_while(|b| matches!(b, b'\n' | b'\r'));
        let start = start + blank.count();
        line += newlines(&text[counted..start]);
        counted = start;
        if swallowed_rows(&cells, delimiter, width) {
            return Some(start);
        }
        rows.push(Row { line, cells: cells.clone(), unclosed_quote: false });
    }
    None
}

fn swallowed_rows(cells: &StringRecord, delimiter: u8, width: Option<usize>) -> bool {
    let too_many = width.is_some_and(|width| cells.len() > width);
    cells.iter().filter(|cell| cell.contains('\n')).any(|cell| {
        let delimiters = cell.bytes().filter(|b| *b == delimiter).count();
        too_many
            || cell.len() > CELL_BYTES
            || newlines(cell) >= CELL_LINES
            || width.is_some_and(|width| delimiters >= usize::max(2, (width - 1) / 2))
    })
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|b| *b == b'\n').count()
}

/// MySQL and many scripts write `\"` for a quote in a quoted text, others `""`.
fn escapes_with_backslashes(text: &str) -> bool {
    text.contains("\\\"") && !text.contains("\"\"")
}

fn reader(text: &str, delimiter: u8, quoting: bool) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .escape(escapes_with_backslashes(text).then_some(b'\\'))
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .quoting(quoting)
        .from_reader(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(usize, Vec<String>)> {
        let rows = rows(text, b',', Some(3), usize::MAX);
        rows.iter().map(|row| (row.line, row.cells.iter().map(str::to_owned).collect())).collect()
    }

    #[test]
    fn line_numbers_count_blank_lines_and_lines_inside_quotes() {
        let found = lines("a,b,c\r\n\r\n1,\"x\r\ny\",2\r\n\r\n\r\n3,4,5");
        assert_eq!(found.iter().map(|row| row.0).collect::<Vec<_>>(), [1, 3, 7]);
        assert_eq!(found[1].1[1], "x\r\ny");
    }

    #[test]
    fn quotes_in_a_text_are_doubled_or_escaped() {
        let escaped = lines("a,b,c\n1,\"Ann \\\"Ace\\\" Lee\",2\n");
        assert_eq!(escaped[1].1[1], "Ann \"Ace\" Lee");
        let doubled = lines("a,b,c\n1,\"Ann \"\"Ace\"\" Lee\",2\n");
        assert_eq!(doubled[1].1[1], "Ann \"Ace\" Lee");
    }

    #[test]
    fn a_quote_that_never_closes_costs_one_row_only() {
        let text = "a,b,c\n1,\"x,2\n3,y,4\n5,z,6\n";
        let rows = rows(text, b',', Some(3), usize::MAX);
        let told: Vec<_> = rows.iter().map(|row| (row.line, row.unclosed_quote)).collect();
        assert_eq!(told, [(1, false), (2, true), (3, false), (4, false)]);
    }
}
