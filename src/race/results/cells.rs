//! What stands in single cells: ranks, ages, birth dates, times of day.

use jiff::civil;
use unicode_normalization::UnicodeNormalization;

use super::names::trimmed;
use crate::Rank;

/// The form in which headings, courses and status words are compared: NFKC, lower
/// case, without spaces, dots, underscores and hyphens.
pub(super) fn key(text: &str) -> String {
    let kept = |c: &char| {
        !c.is_whitespace()
            && !matches!(
                c,
                '.' | '_' | '-' | '\u{feff}' | '\u{200b}' | '\u{2212}' | '\u{2010}'..='\u{2015}'
            )
    };
    if text.is_ascii() {
        return text.chars().filter(kept).map(|c| c.to_ascii_lowercase()).collect();
    }
    // Windows and everybody else write the wave dash as two characters.
    let folded = text.nfkc().flat_map(char::to_lowercase).filter(kept);
    folded.map(|c| if c == '〜' { '~' } else { c }).collect()
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

/// A bib's cell without what spreadsheets put around it: `="0123"`, `'0811`, `201.0`, `1,812`.
pub(super) fn bib(cell: &str) -> std::borrow::Cow<'_, str> {
    let formula = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = formula.or_else(|| cell.strip_prefix('\'')).unwrap_or(cell);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((whole, zeros)) = text.split_once('.')
        && digits(whole)
        && !zeros.is_empty()
        && zeros.bytes().all(|b| b == b'0')
    {
        return whole.into();
    }
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let rest: Vec<&str> = groups.collect();
    let thousands = rest.iter().all(|group| group.len() == 3 && digits(group));
    if !rest.is_empty() && first.len() <= 3 && digits(first) && thousands {
        return text.replace(',', "").into();
    }
    text.into()
}

/// Whether a cell is a long number as a spreadsheet shows it: `1.2E+04`.
pub(super) fn is_shortened(cell: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = |text: &str| {
        digits(text) || text.split_once(['.', ',']).is_some_and(|(a, b)| digits(a) && digits(b))
    };
    cell.split_once(['E', 'e']).is_some_and(|(mantissa, exponent)| {
        number(mantissa) && exponent.strip_prefix('+').is_some_and(digits)
    })
}

/// Whether a cell is a date: what a spreadsheet makes of a bib such as `12-3`.
pub(super) fn is_date(cell: &str) -> bool {
    let plain = plain(cell).to_lowercase();
    if birth_date(&plain).is_some() && !plain.bytes().all(|b| b.is_ascii_digit()) {
        return true;
    }
    if let Some((month, day)) = plain.split_once('月') {
        return month.parse::<u8>().is_ok() && day.trim_end_matches('日').parse::<u8>().is_ok();
    }
    let Some((one, other)) = plain.split_once(['-', '/', ' ']) else { return false };
    let month = |text: &str| {
        let names =
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        text.len() >= 3
            && names.iter().any(|name| text.starts_with(name))
            && text.bytes().all(|b| b.is_ascii_alphabetic())
    };
    let number = |text: &str| text.len() <= 4 && text.parse::<u16>().is_ok();
    // A bib may begin with the letters of a month; spreadsheets write them small.
    let small = cell.chars().any(|c| c.is_ascii_lowercase());
    (small && month(one) && number(other)) || (number(one) && month(other))
}

/// `17`, `17位`, `17 / 13408`. `None` where it is no rank or a place beyond its total.
pub(super) fn rank(cell: &str) -> Option<Rank> {
    if let Ok(place) = cell.parse::<u32>() {
        return (place > 0).then_some(Rank { place, of: None });
    }
    let plain = plain(cell).replace(',', "");
    let plain = plain.strip_suffix('人').unwrap_or(&plain);
    // `=3`, `3=` and `T3` are shared places.
    let plain = plain.trim_matches('=');
    let plain = plain.strip_prefix(['T', 't']).unwrap_or(plain);
    let (place, of) = match plain.split_once(['/', '中']) {
        Some((place, of)) => (place, Some(of.parse::<u32>().ok()?)),
        None => (plain, None),
    };
    let place = place.trim_end_matches(['位', '.']).trim_start_matches(['第', '#']);
    let ordinal = ["st", "nd", "rd", "th"].iter().find_map(|ending| place.strip_suffix(ending));
    let place: u32 = ordinal.unwrap_or(place).parse().ok()?;
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
pub(crate) fn birth_date(cell: &str) -> Option<civil::Date> {
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
        for tied in ["=3", "3=", "T3", "3rd"] {
            assert_eq!(rank(tied), Some(Rank { place: 3, of: None }), "{tied}");
        }
        assert_eq!(rank("0"), None);
        assert_eq!(rank("18/17"), None);
    }

    #[test]
    fn what_a_spreadsheet_puts_around_a_bib_is_taken_off() {
        for (cell, text) in [
            ("=\"0007\"", "0007"),
            ("'0811", "0811"),
            ("4102.0", "4102"),
            ("12,345", "12345"),
            ("A-7", "A-7"),
            ("7.5", "7.5"),
            ("1,2", "1,2"),
        ] {
            assert_eq!(bib(cell), text, "{cell}");
        }
    }

    #[test]
    fn a_number_that_a_spreadsheet_shortened_is_seen() {
        for cell in ["1.2E+04", "6,93217E+12", "1E+05"] {
            assert!(is_shortened(cell), "{cell}");
        }
        for cell in ["1E5", "E-12", "A+7", "12000", "1.E+4"] {
            assert!(!is_shortened(cell), "{cell}");
        }
    }

    #[test]
    fn dashes_of_japanese_keyboards_and_of_standards_compare_equal() {
        assert_eq!(key("5〜10km"), key("5～10km"));
        assert_eq!(key("ハーフ−A"), key("ハーフ－Ａ"));
        assert_ne!(key("ハーフ"), key("ハフ"), "a long vowel is no dash");
    }

    #[test]
    fn a_bib_that_became_a_date_is_seen() {
        for cell in ["7-Nov", "Nov-07", "7-NOV", "2026/3/12", "2026-03-12", "3月12日"] {
            assert!(is_date(cell), "{cell}");
        }
        for cell in ["12-3", "A-7", "20260312", "MAR-A", "MAR-12", "W1", "5021"] {
            assert!(!is_date(cell), "{cell}");
        }
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
