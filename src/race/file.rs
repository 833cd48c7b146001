//! `race.toml` as it is written: strict reading, and the errors that name line and field.
//! What the file says is made to agree with itself in [`super::check`].

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, value::MapAccessDeserializer};
use serde::{Deserialize, Deserializer};
use toml::{Spanned, Value};

use super::elapsed::ShortTime;
use super::rules::{Bilingual, GunTimeFrom, Language, SecondFactor, Treatment};

/// Why a `race.toml` cannot be used: everything that is wrong with it, in the order
/// of the file. It is a person's to settle, so photos of the race wait meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaceError {
    pub faults: Vec<RaceFault>,
}

/// One thing wrong in a `race.toml`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RaceFault {
    /// Counted from 1.
    pub line: usize,
    /// As `cameras.offset_s`; empty where the text is not TOML at all.
    pub field: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for RaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, RaceFault { line, field, message }) in self.faults.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let colon = if field.is_empty() { "" } else { ": " };
            write!(f, "race.toml line {line}: {field}{colon}{message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for RaceError {}

/// The whole file. Every field of every table is documented where the understood
/// form holds it, in [`super::rules`].
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Required. One text, or `{ ja = "...", en = "..." }`.
    pub name: Spanned<Names>,
    pub edition: Option<u32>,
    /// Required. `2026-11-23`, quoted or not.
    pub date: Spanned<Value>,
    /// IANA name; `Asia/Tokyo` where it is not given.
    pub time_zone: Option<Spanned<String>>,
    pub venue: Option<Spanned<Names>>,
    pub organiser: Option<OrganiserTable>,
    #[serde(default)]
    pub confirmed: bool,
    /// `first-gun` (where it is not given) or `wave-gun`.
    #[serde(default)]
    pub gun_time_from: GunTimeFrom,
    /// A regular expression with one group, the bib.
    pub bib_in_key: Option<Spanned<String>>,
    /// The same for a QR code or barcode that says more than the bib. Without it, and for
    /// codes that do not match, only a plain bib is believed without a second witness.
    pub bib_in_code: Option<Spanned<String>>,
    /// Required: at least one.
    pub courses: Spanned<Vec<CourseTable>>,
    #[serde(default)]
    pub waves: Vec<WaveTable>,
    #[serde(default)]
    pub cameras: Vec<CameraTable>,
    #[serde(default)]
    pub thresholds: ThresholdsTable,
    #[serde(default)]
    pub finish_window: WindowTable,
    #[serde(default)]
    pub appearance: AppearanceTable,
    #[serde(default)]
    pub photos: Treatment,
    #[serde(default)]
    pub results: ResultsTable,
    #[serde(default)]
    pub privacy: PrivacyTable,
    #[serde(default)]
    pub public: PublicTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OrganiserTable {
    pub name: Spanned<Names>,
    pub head_title: Option<Spanned<Names>>,
    pub head_name: Option<Spanned<Names>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CourseTable {
    /// 1 to 32 of `a`-`z`, `A`-`Z`, `0`-`9`, `.`, `_`, `-`.
    pub id: Spanned<String>,
    /// The identifier, where it is not given.
    pub name: Option<Spanned<Names>>,
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Metres.
    pub distance_m: Option<Spanned<f64>>,
    /// `08:30` or `08:30:00`, quoted or not; the earliest wave's, where it is not given.
    pub gun: Option<Spanned<Value>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WaveTable {
    /// As the results name it.
    pub id: Spanned<String>,
    /// A course's `id`; not needed in a race of one course.
    pub course: Option<Spanned<String>>,
    pub gun: Spanned<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CameraTable {
    pub id: Spanned<String>,
    pub serial: Option<String>,
    /// Seconds to add to the camera's clock.
    pub offset_s: Option<Spanned<f64>>,
    /// 0.5 s where it is not given.
    pub offset_sigma_s: Option<Spanned<f64>>,
    pub photographer: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ThresholdsTable {
    /// 0.9 where it is not given.
    pub issue: Option<Spanned<f64>>,
    /// 0.15 where it is not given.
    pub review: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct WindowTable {
    /// 0 s where it is not given.
    pub mean_s: Option<Spanned<f64>>,
    /// 3 s where it is not given.
    pub sigma_s: Option<Spanned<f64>>,
    /// 60 s where it is not given.
    pub conflict_s: Option<Spanned<f64>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct AppearanceTable {
    /// `photo` where it is not given.
    pub template: Option<String>,
    #[serde(default)]
    pub language: Language,
    /// `#rrggbb`
    pub accent: Option<Spanned<String>>,
    pub logo: Option<Spanned<String>>,
    pub seal: Option<Spanned<String>>,
    #[serde(default)]
    pub sponsors: Vec<Spanned<String>>,
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ResultsTable {
    pub encoding: Option<Spanned<String>>,
    /// One character, or `tab`.
    pub delimiter: Option<Spanned<String>>,
    pub short_times: Option<ShortTime>,
    #[serde(default)]
    pub columns: BTreeMap<Spanned<String>, Column>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct PrivacyTable {
    /// Kept for good where it is not given.
    pub retention_days: Option<u32>,
    /// `birth-date` (where it is not given), `kana` or `none`.
    #[serde(default)]
    pub second_factor: SecondFactor,
    #[serde(default)]
    pub hide_on_request: bool,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct PublicTable {
    /// As `https://results.example`.
    pub url: Option<Spanned<String>>,
}

/// One text for all languages, or one a language.
pub(super) struct Names(pub Bilingual);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Names;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a text, or { ja = \"...\", en = \"...\" }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Names, E> {
                Ok(Names(Bilingual { ja: text.to_owned(), en: None }))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Names, A::Error> {
                Bilingual::deserialize(MapAccessDeserializer::new(map)).map(Names)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}

/// A template's parameter: text, number or switch, kept as text.
pub(super) struct Parameter(pub String);

impl<'de> Deserialize<'de> for Parameter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            Value::Boolean(switch) => Ok(Self(switch.to_string())),
            Value::Integer(number) => Ok(Self(number.to_string())),
            Value::Float(number) => Ok(Self(number.to_string())),
            _ => Err(de::Error::custom("a parameter is a text, a number, or true or false")),
        }
    }
}

/// A column of the results: its heading, or its number.
pub(super) struct Column(pub String);

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(heading) => Ok(Self(heading)),
            Value::Integer(number) if number > 0 => Ok(Self(number.to_string())),
            _ => Err(de::Error::custom("a column is its heading or its number, counted from 1")),
        }
    }
}

impl File {
    pub(super) fn parse(text: &str) -> Result<Self, RaceError> {
        toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().trim().replace('\n', "; ");
            let mut field = field_at(text, at);
            if let Some(missing) = message.strip_prefix("missing field `") {
                let missing = missing.trim_end_matches('`');
                let table = header_at(text, at);
                field =
                    if table.is_empty() { missing.into() } else { format!("{table}.{missing}") };
            }
            let message = match message.strip_prefix("missing field") {
                Some(_) => format!("is missing; {}", example(&field)),
                None => message,
            };
            RaceError { faults: vec![RaceFault { line: line_at(text, at), field, message }] }
        })
    }
}

fn example(field: &str) -> &'static str {
    match field {
        "name" => "write name = \"...\"",
        "date" => "write date = 2026-11-23",
        "courses" => "write a table [[courses]] with an id, a name and a gun",
        "waves.gun" => "write gun = 08:30",
        field if field.ends_with("id") => "write id = \"...\"",
        _ => "add it",
    }
}

/// The line (from 1) of a byte position.
pub(super) fn line_at(text: &str, at: usize) -> usize {
    1 + text.as_bytes().iter().take(at).filter(|&&b| b == b'\n').count()
}

/// The key whose value (or which itself) stands at a byte position, with its table.
pub(super) fn field_at(text: &str, at: usize) -> String {
    let at = at.min(text.len());
    let start = text.as_bytes()[..at].iter().rposition(|&b| b == b'\n').map_or(0, |n| n + 1);
    let line = text.get(start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let table = header_at(text, at);
    if line.trim_start().starts_with('[') {
        return table;
    }
    // In an inline table the nearest key before the position; else the line's.
    let before = text.get(start..at).unwrap_or_default();
    let inner = before.rfind(['{', ',']).map_or(before, |cut| &before[cut + 1..]);
    let after = text.get(at..).unwrap_or_default();
    let key = match inner.split_once('=') {
        Some((key, _)) => key,
        None if inner.trim().is_empty() => after.split(['=', '\n']).next().unwrap_or_default(),
        None => line.split('=').next().unwrap_or_default(),
    };
    let outer = match before.split_once('=') {
        Some((outer, _)) if inner.len() < before.len() => outer.trim(),
        _ => "",
    };
    let parts = [table.as_str(), outer, key.trim().trim_matches('"')];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

/// The name of the table that a byte position lies in; empty for the top of the file.
fn header_at(text: &str, at: usize) -> String {
    let mut header = String::new();
    let mut position = 0;
    for line in text.split_inclusive('\n') {
        if position > at {
            break;
        }
        position += line.len();
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            header = name.trim_start_matches('[').trim().to_owned();
        }
    }
    header
}
