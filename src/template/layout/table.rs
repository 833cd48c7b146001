//! Lists of facts and tables of splits: aligned columns with hairlines.

use kanso_page::Language;
use kanso_page::geometry::{Point, Pt, Rect};
use kanso_text::style::{Align, TextStyle};

use super::compose::{ComposeError, Composer};
use crate::fields::SplitRow;
use crate::format;
use crate::schema::{self, Anchor, Placement, SplitColumnKind};

pub(super) fn facts(
    composer: &mut Composer<'_>,
    facts: &schema::Facts,
) -> Result<(), ComposeError> {
    let language = composer.fields.language;
    let rows: Vec<(String, String, String)> = facts
        .rows
        .iter()
        .filter(|row| composer.all_hold(&row.when))
        .filter_map(|row| {
            let value = row.value.in_language(language)?;
            let label = row.label.in_language(language)?.fill(composer.fields)?;
            Some((label, value.fill(composer.fields)?, value.label()))
        })
        .collect();
    let frame = facts.place().rect();
    let height = Pt::from(facts.row_height);
    let room = (frame.size.height / height + 1e-6).floor().max(0.0) as usize;
    if rows.len() > room {
        let bib = composer.fields.bib.clone();
        return Err(ComposeError::Rows { table: "list of facts", bib, rows: rows.len(), room });
    }
    let top = match facts.anchor {
        Anchor::Top => frame.origin.y,
        Anchor::Bottom => frame.bottom() - height * rows.len() as f64,
    };
    let (label_style, value_style) =
        (composer.style(&facts.label_style)?, composer.style(&facts.value_style)?);
    let label_width = Pt::from(facts.label_width).min(frame.size.width);
    for (at, (label, value, field)) in rows.iter().enumerate() {
        let y = top + height * at as f64;
        if let (Some(rule), true) = (&facts.rule, at > 0) {
            let color = composer.color(rule)?;
            composer.hairline(Point::new(frame.origin.x, y), frame.size.width, color);
        }
        let label_box = Rect::new(frame.origin.x, y, label_width, height);
        composer.put_text(label, &label_style, label_box, field)?;
        let value_box =
            Rect::new(frame.origin.x + label_width, y, frame.size.width - label_width, height);
        composer.put_text(value, &value_style, value_box, field)?;
    }
    Ok(())
}

pub(super) fn splits(
    composer: &mut Composer<'_>,
    table: &schema::Splits,
) -> Result<(), ComposeError> {
    // The rows are the composer's own fields; the reference outlives the changes to its items.
    let fields = composer.fields;
    if fields.splits.is_empty() {
        return Ok(());
    }
    let frame = table.place().rect();
    let lines = fields.splits.len() + 1;
    let height = Pt::from(table.row_height).min(frame.size.height / lines as f64);
    if height < Pt::from(table.min_row_height) {
        let room = (frame.size.height / Pt::from(table.min_row_height)).floor().max(1.0) as usize;
        return Err(ComposeError::Rows {
            table: "table of splits",
            bib: fields.bib.clone(),
            rows: fields.splits.len(),
            room: room - 1,
        });
    }
    let (head, cell) = (composer.style(&table.head_style)?, composer.style(&table.cell_style)?);
    let rule = composer.color(&table.rule)?;
    let width: Pt = table.columns.iter().map(|column| Pt::from(column.width)).sum();
    let width = width.min(frame.size.width);
    for line in 0..lines {
        let y = frame.origin.y + height * line as f64;
        let mut x = frame.origin.x;
        for column in &table.columns {
            let place = Rect::new(x, y, column.width.into(), height);
            let text = match line.checked_sub(1) {
                None => column_head(column, composer),
                Some(at) => fields
                    .splits
                    .get(at)
                    .and_then(|row| cell_text(row, column.kind, fields.language)),
            };
            let style = aligned(if line == 0 { &head } else { &cell }, column.kind);
            composer.put_text(text.as_deref().unwrap_or("–"), &style, place, "splits")?;
            x += Pt::from(column.width);
        }
        if line + 1 < lines {
            composer.hairline(Point::new(frame.origin.x, y + height), width, rule);
        }
    }
    Ok(())
}

/// Words to the left, figures to the right.
fn aligned(style: &TextStyle, kind: SplitColumnKind) -> TextStyle {
    let align = if kind == SplitColumnKind::Label { Align::Start } else { Align::End };
    TextStyle { align, ..style.clone() }
}

fn column_head(column: &schema::SplitColumn, composer: &Composer<'_>) -> Option<String> {
    let language = composer.fields.language;
    if let Some(head) = &column.head {
        return head.in_language(language)?.fill(composer.fields);
    }
    let (ja, en) = match column.kind {
        SplitColumnKind::Label => ("地点", "Point"),
        SplitColumnKind::Elapsed => ("スプリット(グロス)", "Split (gross)"),
        SplitColumnKind::Lap => ("ラップ", "Lap"),
        SplitColumnKind::Pace => ("ペース /km", "Pace /km"),
    };
    Some(if language == Language::Ja { ja } else { en }.to_owned())
}

fn cell_text(row: &SplitRow, kind: SplitColumnKind, language: Language) -> Option<String> {
    match kind {
        SplitColumnKind::Label => Some(match (&row.label, language) {
            (Some(label), _) => label.clone(),
            (None, Language::Ja) => "フィニッシュ".to_owned(),
            (None, Language::En) => "Finish".to_owned(),
        }),
        SplitColumnKind::Elapsed => Some(format::clock(row.elapsed)),
        SplitColumnKind::Lap => Some(format::clock(row.lap)),
        SplitColumnKind::Pace => row.pace.map(format::pace),
    }
}
