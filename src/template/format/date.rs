//! Dates, with Japanese eras.

use jiff::civil::{Date, date};
use kanso_page::Language;

use super::number::kanji;

/// An era's name and the year in it; `None` before 昭和.
pub fn era(day: Date) -> Option<(&'static str, u32)> {
    let (name, first) =
        [("令和", date(2019, 5, 1)), ("平成", date(1989, 1, 8)), ("昭和", date(1926, 12, 25))]
            .into_iter()
            .find(|(_, first)| day >= *first)?;
    u32::try_from(day.year() - first.year() + 1).ok().map(|year| (name, year))
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) fn write(day: Date, format: Option<&str>, language: Language) -> String {
    // Dates of the civil calendar have months 1 to 12 and days 1 to 31.
    let number = |part: i8| u32::from(part.unsigned_abs());
    let (month, date) = (number(day.month()), number(day.day()));
    match (format, language) {
        (Some("iso"), _) => day.to_string(),
        (Some("dots"), _) => format!("{}.{month}.{date}", day.year()),
        (Some("era"), _) => {
            let year = match era(day) {
                Some((name, 1)) => format!("{name}元年"),
                Some((name, year)) => format!("{name}{}年", kanji(year)),
                None => format!("{}年", day.year()),
            };
            format!("{year}{}月{}日", kanji(month), kanji(date))
        }
        (Some("era-digits"), _) => {
            let year = match era(day) {
                Some((name, 1)) => format!("{name}元年"),
                Some((name, year)) => format!("{name}{year}年"),
                None => format!("{}年", day.year()),
            };
            format!("{year}{month}月{date}日")
        }
        (Some("ja"), _) | (None, Language::Ja) => format!("{}年{month}月{date}日", day.year()),
        _ => {
            let name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
            format!("{date} {name} {}", day.year())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_in_japanese_english_and_eras() {
        let day = date(2026, 11, 23);
        let ja = |format| write(day, format, Language::Ja);
        assert_eq!(ja(None), "2026年11月23日");
        assert_eq!(ja(Some("era")), "令和八年十一月二十三日");
        assert_eq!(ja(Some("era-digits")), "令和8年11月23日");
        assert_eq!(write(day, None, Language::En), "23 November 2026");
        assert_eq!(ja(Some("iso")), "2026-11-23");
    }

    #[test]
    fn an_era_begins_on_its_first_day_with_its_first_year() {
        let era_of = |day| write(day, Some("era"), Language::Ja);
        assert_eq!(era_of(date(2019, 4, 30)), "平成三十一年四月三十日");
        assert_eq!(era_of(date(2019, 5, 1)), "令和元年五月一日");
        assert_eq!(era_of(date(1989, 1, 7)), "昭和六十四年一月七日");
    }
}
