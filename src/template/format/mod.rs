//! How facts are written: times, places, dates and paces, in Japanese and English.

mod date;
mod number;
mod time;

use kanso_page::Language;

use super::fields::{FieldKind, Value};

pub use date::era;
pub use number::{grouped, kanji, ordinal};
pub use time::{clock, pace};

/// A format: the kinds of field it suits, its name, and what it gives.
pub struct FormatEntry {
    pub kind: FieldKind,
    pub name: &'static str,
    pub doc: &'static str,
}

macro_rules! entries {
    ($($kind:ident $name:literal $doc:literal;)+) => {
        &[$(FormatEntry { kind: FieldKind::$kind, name: $name, doc: $doc }),+]
    };
}

/// Every format, in the order of the reference.
pub const FORMATS: &[FormatEntry] = entries! {
    Text "label" "the field's word: 種目 / Course";
    Text "upper" "in capitals";
    Name "label" "氏名 / Name";
    Name "sama" "with 様 after it; in English as it is";
    Name "dono" "with 殿 after it; in English as it is";
    Name "upper" "in capitals";
    Edition "label" "回 / Edition";
    Edition "kanji" "第十二回 / 12th";
    Edition "number" "12";
    Time "label" "グロスタイム / Gross time";
    Time "labelled" "グロス 3:12:08 / Gross time 3:12:08";
    Time "clock" "3:12:08, rounded up to the whole second";
    Time "tenths" "3:12:07.4, rounded up to the tenth";
    Time "ja" "3時間12分08秒";
    Time "kanji" "三時間十二分八秒";
    Time "en" "3 h 12 min 08 s";
    Rank "label" "総合 / Overall";
    Rank "place" "123位 / 123rd";
    Rank "place-of" "123位 / 10,234人, or 123rd of 10,234";
    Rank "full" "総合 123位 / 10,234人, or Overall 123rd of 10,234";
    Rank "number" "123";
    Rank "of" "10,234";
    Rank "kanji" "第百二十三位";
    Date "label" "開催日 / Date";
    Date "ja" "2026年11月23日";
    Date "en" "23 November 2026";
    Date "iso" "2026-11-23";
    Date "era" "令和八年十一月二十三日";
    Date "era-digits" "令和8年11月23日";
    Date "dots" "2026.11.23";
    Number "label" "年齢 / Age";
    Number "kanji" "四十二";
    Pace "label" "平均ペース / Average pace";
    Pace "km" "4:33 /km";
    Pace "figures" "4:33";
    Distance "label" "距離 / Distance";
    Distance "km" "42.195 km";
    Distance "figures" "42.195";
};

/// The formats of a kind of field.
pub fn formats(kind: FieldKind) -> impl Iterator<Item = &'static str> {
    FORMATS.iter().filter(move |entry| entry.kind == kind).map(|entry| entry.name)
}

/// Writes a fact. Without a format it is written as the language usually has it.
pub fn write(value: &Value, format: Option<&str>, language: Language) -> String {
    match value {
        Value::Text(text) => write_text(text, format, language),
        Value::Words(words) => {
            let text = match (language, &words.en) {
                (Language::En, Some(en)) => en,
                _ => &words.ja,
            };
            write_text(text, format, language)
        }
        Value::Time(time) => time::write(*time, format),
        Value::Rank(rank) => number::rank(*rank, format, language),
        Value::Date(date) => date::write(*date, format, language),
        Value::Number(count) => number::count(*count, format, language),
        Value::Edition(edition) => number::edition(*edition, format, language),
        Value::Pace(seconds) => match format {
            Some("figures") => time::pace(*seconds),
            _ => format!("{} /km", time::pace(*seconds)),
        },
        Value::Distance(metres) => {
            let km = number::kilometres(*metres);
            if format == Some("figures") { km } else { format!("{km} km") }
        }
    }
}

fn write_text(text: &str, format: Option<&str>, language: Language) -> String {
    match (format, language) {
        (Some("sama"), Language::Ja) => format!("{text}\u{3000}様"),
        (Some("dono"), Language::Ja) => format!("{text}\u{3000}殿"),
        (Some("upper"), _) => text.to_uppercase(),
        _ => text.to_owned(),
    }
}
