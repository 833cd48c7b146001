//! What stands in single cells: ranks, ages, birth dates, times of day.

use jiff::civil;
use unicode_normalization::UnicodeNormalization;

use super::names::trimmed;
use crate::Rank;

/// The form in which headings, courses and status words are compared: NFKC, lower
/// case, without spaces, dots, underscores and hyphens.
pub(super) fn key(text: &str) -> String {
    let kept =
        |c: &char| !c.is_whitespace() && !matches!(c, '.' | '_' | '-' | '\u{feff}' | '\u{200b}');
    if text.is_ascii() {
        return text.chars().filter(kept).map(|c| c.to_ascii_lowercase()).collect();
    }
    text.nfkc().flat_map(char::to_lowercase).filter(kept).collect()
}

/// NFKC without spaces.
fn plain(cell: &str) -> String {
    if cell.is_ascii() {
        return cell.chars().filter(|c| !c.is_whitespace()).collect();
    }
    cell.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// Whether a cell is one of the marks for "nothing here".
pub(super) fn is_blank(cell: &str) -> bool {
    let cell = trimmed(cell);
    cell.is_empty()
        || cell.chars().all(|c| {
            matches!(c, '-' | '*' | ':' | '.' | '/' | '—' | '–' | '―' | '－' | 'ー' | '‐' | '−')
        })
        || matches!(cell, "なし" | "無し" | "#N/A" | "N/A" | "n/a" | "NULL" | "null")
}

/// `17`, `17位`, `17 / 13408`. `None` where it is no rank or a place beyond its total.
pub(super) fn rank(cell: &str) -> Option<Rank> {
    if let Ok(place) = cell.parse::<u32>() {
        return (place > 0).then_some(Rank { place, of: None });
    }
    let plain = plain(cell).replace(',', "");
    let plain = plain.strip_suffix('人').unwrap_or(&plain);
    let (place, of) = match plain.split_once(['/', '中']) {
        Some((place, of)) => (place, Some(of.parse::<u32>().ok()?)),
        None => (plain, None),
    };
    let place = place.trim_end_matches(['位', '.']).trim_start_matches(['第', '#']);
    let place: u32 = place.parse().ok()?;
    (place > 0 && of.is_none_or(|of| place <= of)).then_some(Rank { place, of })
}

/// `35`, `35歳`; up to 120.
pub(super) fn age(cell: &str) -> Option<u8> {
    let plain = plain(cell);
    let digits = plain.trim_end_matches(['歳', '才']);
    digits.parse().ok().filter(|age| *age <= 120)
}

/// `1985-03-07`, `1985/3/7`, `1985年3月7日`, `19850307`, `07.03.1985`, `S60.3.7`,
/// `昭和60年3月7日`. Day and month the American or British way are not told apart, so
/// neither is read.
pub(super) fn birth_date(cell: &str) -> Option<civil::Date> {
    let plain = plain(cell);
    if plain.len() == 8 && plain.bytes().all(|b| b.is_ascii_digit()) {
        return date(plain[..4].parse().ok()?, &plain[4..6], &plain[6..]);
    }
    let (era, rest) = era(&plain);
    let rest = rest.trim_end_matches('日');
    let mut parts = rest.split(['-', '/', '.', '年', '月']);
    let (first, second, third) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    match era {
        Some(before_first_year) => {
            let year = if first == "元" { 1 } else { first.parse().ok()? };
            date(before_first_year + i16::min(year, 99), second, third)
        }
        None if first.len() == 4 => date(first.parse().ok()?, second, third),
        // Only the dot says day before month for certain.
        None if third.len() == 4 && rest.contains('.') => date(third.parse().ok()?, second, first),
        None => None,
    }
}

fn era(plain: &str) -> (Option<i16>, &str) {
    for (name, letter, before_first_year) in
        [("令和", 'R', 2018), ("平成", 'H', 1988), ("昭和", 'S', 1925), ("大正", 'T', 1911)]
    {
        let upper =
            |rest: &str| rest.starts_with(letter) || rest.starts_with(letter.to_ascii_lowercase());
        if let Some(rest) = plain.strip_prefix(name) {
            return (Some(before_first_year), rest);
        }
        if upper(plain) {
            return (Some(before_first_year), &plain[1..]);
        }
    }
    (None, plain)
}

fn date(year: i16, month: &str, day: &str) -> Option<civil::Date> {
    let date = civil::Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()?;
    (1900..=2100).contains(&year).then_some(date)
}

/// `14:15:05`, `14:15:05.25`, `午後2時15分05秒`, `2:15:05 PM`, `2026-11-23 14:15:05`,
/// `26:10:00` (past midnight), an Excel day fraction. Hours and minutes alone are too
/// coarse to find a photo by, so they are not read.
pub(super) fn time_of_day(cell: &str) -> Option<civil::Time> {
    let cell = trimmed(cell);
    let folded: String = if cell.is_ascii() {
        cell.to_ascii_lowercase()
    } else {
        cell.nfkc().flat_map(char::to_lowercase).collect()
    };
    let mut rest = folded.as_str();
    if let Some((date, time)) = rest.split_once([' ', 't'])
        && date.len() >= 8
        && date.starts_with(|c: char| c.is_ascii_digit())
        && (date.contains('-') || date.contains('/'))
    {
        rest = time;
    }
    let afternoon = rest.contains("pm") || rest.contains("午後");
    let morning = rest.contains("am") || rest.contains("午前");
    let mut clock = rest.to_owned();
    if afternoon || morning {
        for word in ["pm", "am", "午後", "午前"] {
            clock = clock.replace(word, "");
        }
    }
    let clock = trimmed(&clock);
    if clock.bytes().filter(|b| *b == b':').count() < 2
        && !clock.contains('秒')
        && !clock.starts_with("0.")
    {
        return None;
    }
    let millis = crate::Elapsed::parse(clock).ok()?.millis();
    let hour = (millis / 3_600_000) as i8;
    let hour = match (morning, afternoon, hour) {
        (false, false, 0..=47) => hour % 24,
        (true, false, 0..=12) => hour % 12,
        (false, true, 1..=12) => hour % 12 + 12,
        _ => return None,
    };
    let (minute, second) = (millis / 60_000 % 60, millis / 1000 % 60);
    let nanos = (millis % 1000) as i32 * 1_000_000;
    civil::Time::new(hour, minute as i8, second as i8, nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_come_with_or_without_their_total() {
        assert_eq!(rank("17 / 13408"), Some(Rank { place: 17, of: Some(13408) }));
        assert_eq!(rank("１７位"), Some(Rank { place: 17, of: None }));
        assert_eq!(rank("1,204"), Some(Rank { place: 1204, of: None }));
        assert_eq!(rank("0"), None);
        assert_eq!(rank("18/17"), None);
    }

    #[test]
    fn birth_dates_are_read_where_their_order_is_certain() {
        let date = civil::date(1985, 3, 7);
        for text in [
            "1985-03-07",
            "1985/3/7",
            "1985年3月7日",
            "19850307",
            "07.03.1985",
            "S60.3.7",
            "昭和60年3月7日",
        ] {
            assert_eq!(birth_date(text), Some(date), "{text}");
        }
        assert_eq!(birth_date("03/07/1985"), None);
        assert_eq!(birth_date("令和元年5月1日"), Some(civil::date(2019, 5, 1)));
    }

    #[test]
    fn times_of_day_are_read_with_their_seconds_or_not_at_all() {
        let time = civil::time(14, 15, 5, 0);
        for text in [
            "14:15:05",
            "２：１５：０５ PM",
            "午後2時15分05秒",
            "2026-11-23 14:15:05",
            "2026-11-23T14:15:05",
        ] {
            assert_eq!(time_of_day(text), Some(time), "{text}");
        }
        assert_eq!(time_of_day("26:10:00"), Some(civil::time(2, 10, 0, 0)));
        assert_eq!(time_of_day("12:10:00 AM"), Some(civil::time(0, 10, 0, 0)));
        assert_eq!(time_of_day("14:15"), None);
        assert_eq!(time_of_day("0.593807870"), Some(time));
    }
}
