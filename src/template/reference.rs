//! The reference of `template.toml`, written from the tables that read it.

use std::fmt::Write as _;

use super::fields::{FIELDS, FieldKind};
use super::format::FORMATS;
use super::schema;

/// The reference, as Markdown.
pub fn markdown() -> String {
    let mut text = String::from(
        "# template.toml\n\nWritten by `kanso template reference` from the code that reads the file.\n",
    );
    // Writing into a String cannot fail.
    for table in schema::tables() {
        let _ = write!(text, "\n## `{}`\n\n{}\n", table.heading, one_line(table.doc));
        text.push_str("\n| field | value | |\n|---|---|---|\n");
        for field in &table.fields {
            let required = if field.required { "**Required.** " } else { "" };
            let doc = one_line(field.doc);
            let _ = writeln!(text, "| `{}` | {} | {required}{doc} |", field.name, field.kind);
        }
    }
    text.push_str("\n## Fields\n\nA text names them in braces: `{name}`.\n\n");
    text.push_str("| field | holds | formats | |\n|---|---|---|---|\n");
    for entry in FIELDS {
        let formats: Vec<String> =
            super::format::formats(entry.kind).map(|name| format!("`{name}`")).collect();
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            entry.name,
            kind(entry.kind),
            formats.join(" "),
            entry.doc
        );
    }
    text.push_str("| `param.NAME` | text | `label` `upper` | A text of the race's `[appearance.parameters]`. |\n");
    text.push_str("\n## Formats\n\n| of | format | gives |\n|---|---|---|\n");
    for entry in FORMATS {
        let _ = writeln!(text, "| {} | `{}` | {} |", kind(entry.kind), entry.name, entry.doc);
    }
    text
}

fn kind(kind: FieldKind) -> &'static str {
    match kind {
        FieldKind::Text => "text",
        FieldKind::Name => "name",
        FieldKind::Edition => "edition",
        FieldKind::Time => "time",
        FieldKind::Rank => "place",
        FieldKind::Date => "date",
        FieldKind::Number => "number",
        FieldKind::Pace => "pace",
        FieldKind::Distance => "distance",
        FieldKind::Flag => "nothing; for `when`",
    }
}

/// A doc comment's lines, joined; a bar would end the table's cell.
fn one_line(doc: &str) -> String {
    doc.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
