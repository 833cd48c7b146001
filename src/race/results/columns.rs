//! Which column holds what: by the race's own column map, then by the headings.

use std::collections::BTreeMap;

use super::Field;
use super::cells::key;

/// One column of the file, and what was made of it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Column {
    /// Counted from 1.
    pub number: usize,
    pub heading: String,
    /// `None` where the column is not used.
    pub field: Option<Field>,
    /// Metres from the start, where a split's label tells them (`中間` tells half).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<SplitPoint>,
    /// Why it is not used, where its heading would fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turned_down: Option<String>,
    /// The heading says that times are decimal minutes.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub decimal_minutes: bool,
}

/// Where a split was taken.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitPoint {
    Metres(f64),
    Halfway,
}

/// The columns of a file: which holds which field.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub all: Vec<Column>,
    /// By the field's place in [`Field`]: asked for every cell of the file.
    by_field: [Option<usize>; Field::COUNT],
    pub splits: Vec<usize>,
}

impl Columns {
    /// The column (from 0) of a field.
    pub fn of(&self, field: Field) -> Option<usize> {
        self.by_field[field as usize]
    }

    /// What the headings say, with the race's map first; `Err` names a mapped heading
    /// that is not there.
    pub fn read(
        headings: &[&str],
        map: &BTreeMap<String, String>,
    ) -> Result<Self, (String, String)> {
        let keys: Vec<String> = headings.iter().map(|heading| key(heading)).collect();
        let mut columns = Self {
            all: headings.iter().zip(&keys).enumerate().map(column).collect(),
            by_field: [None; Field::COUNT],
            splits: Vec::new(),
        };
        let names: Vec<&str> = keys.iter().map(|key| without_unit(key).0).collect();
        let mut settled = Vec::new();
        for (name, heading) in map {
            let Some(field) = Field::from_key(name) else { continue };
            if heading.is_empty() {
                settled.push(field);
                continue;
            }
            let number = heading.parse::<usize>().ok().filter(|n| (1..=keys.len()).contains(n));
            let index = keys.iter().position(|k| *k == key(heading)).or(number.map(|n| n - 1));
            let index = index.ok_or_else(|| (name.clone(), heading.clone()))?;
            if field == Field::Split {
                columns.use_split(index, name);
            } else {
                columns.use_for(field, index);
                settled.push(field);
            }
        }
        for (field, _) in Field::ALL {
            if settled.contains(&field) || columns.of(field).is_some() {
                continue;
            }
            let free = |alias: &str| {
                (0..keys.len())
                    .find(|&index| names[index] == alias && columns.all[index].field.is_none())
            };
            if let Some(index) = field.aliases().iter().find_map(|alias| free(alias)) {
                columns.use_for(field, index);
            }
        }
        for (index, heading) in headings.iter().enumerate() {
            if columns.all[index].field.is_none() && split_label(heading).is_some() {
                columns.use_split(index, heading);
            }
        }
        Ok(columns)
    }

    /// A column's heading as aliases are written.
    pub fn name(&self, index: usize) -> String {
        without_unit(&key(&self.all[index].heading)).0.to_owned()
    }

    /// The columns whose headings fit a field and that no other field uses, in their order.
    pub fn named(&self, field: Field) -> Vec<usize> {
        let free = |index: &usize| self.all[*index].field.is_none_or(|used| used == field);
        let fits = |index: &usize| field.aliases().contains(&self.name(*index).as_str());
        (0..self.all.len()).filter(free).filter(fits).collect()
    }

    /// Uses a column for a field, and no other one.
    pub fn choose(&mut self, field: Field, index: usize) {
        self.release(field);
        self.use_for(field, index);
    }

    pub fn release(&mut self, field: Field) {
        if let Some(index) = self.by_field[field as usize].take() {
            self.all[index].field = None;
        }
    }

    pub fn turn_down(&mut self, index: usize, why: String) {
        self.all[index].turned_down = Some(why);
    }

    fn use_for(&mut self, field: Field, index: usize) {
        self.all[index].field = Some(field);
        self.by_field[field as usize] = Some(index);
    }

    fn use_split(&mut self, index: usize, label: &str) {
        self.all[index].field = Some(Field::Split);
        self.all[index].split = split_label(label);
        self.splits.push(index);
    }

    pub fn none() -> Self {
        Self { all: Vec::new(), by_field: [None; Field::COUNT], splits: Vec::new() }
    }

    pub fn recognised(&self) -> usize {
        self.by_field.iter().flatten().count() + self.splits.len()
    }

    pub fn is_header(&self) -> bool {
        let named = self.of(Field::Name).or(self.of(Field::LastName)).is_some();
        self.of(Field::Bib).is_some() && (named || self.recognised() >= 3)
    }
}

fn column((index, (heading, key)): (usize, (&&str, &String))) -> Column {
    Column {
        number: index + 1,
        heading: super::names::one_line(heading),
        field: None,
        split: None,
        turned_down: None,
        decimal_minutes: without_unit(key).1,
    }
}

/// A folded heading without the unit in brackets after it, and whether that unit says
/// decimal minutes: `guntime(min)`.
fn without_unit(key: &str) -> (&str, bool) {
    let Some((name, unit)) = key.strip_suffix(')').and_then(|key| key.rsplit_once('(')) else {
        return (key, false);
    };
    match unit {
        "min" | "mins" | "minutes" | "decimalminutes" | "分" => (name, true),
        "h:mm:ss" | "hh:mm:ss" | "時分秒" | "時:分:秒" => (name, false),
        _ => (key, false),
    }
}

/// The point that a split's heading names: `5km`, `10K`, `5km通過`, `中間`.
pub(super) fn split_label(heading: &str) -> Option<SplitPoint> {
    let folded = unicode_normalization::UnicodeNormalization::nfkc(heading)
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace())
        .collect::<String>();
    let label = ["通過", "地点", "スプリット", "split"]
        .iter()
        .fold(folded.as_str(), |label, suffix| label.strip_suffix(suffix).unwrap_or(label));
    if matches!(label, "中間" | "中間点" | "halfway") {
        return Some(SplitPoint::Halfway);
    }
    let number = ["km", "k", "キロ"].iter().find_map(|unit| label.strip_suffix(unit))?;
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let km: f64 = number.parse().ok().filter(|_| plain)?;
    (km > 0.0 && km <= 1000.0).then_some(SplitPoint::Metres(km * 1000.0))
}
