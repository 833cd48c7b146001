//! How race times are written: by timing systems, by spreadsheets, and by people.

use unicode_normalization::UnicodeNormalization;

use super::ElapsedError;

/// A spreadsheet's number of days, `0.13342592` or `1.09027777`: with so many decimals that it
/// is nothing else.
pub(super) fn day_fraction(plain: &str) -> Option<(u32, &str)> {
    let (days, fraction) = plain.split_once('.')?;
    let days: u32 = number(days, 1)?;
    (all_digits(fraction) && days <= 4 && (days == 0 || fraction.len() >= 5))
        .then_some((days, fraction))
}

/// Whole days before a time, and the time: `1day2:10:00`, `1899-12-30t13:02:11.000z`,
/// `pt1h2m3s`, `12:41:23am` (a spreadsheet's clock, whose 12 is 0).
pub(super) fn days<'p>(text: &str, plain: &'p str) -> Result<(u32, &'p str), ElapsedError> {
    let no_time = || ElapsedError::NotATime(text.to_owned());
    if let Some((days, clock)) = plain.split_once("days").or_else(|| plain.split_once("day")) {
        let days = number(days, 1).ok_or_else(no_time)?;
        return Ok((days, clock.trim_start_matches(['.', '+'])));
    }
    if let Some((date, clock)) = plain.split_once('t')
        && date.parse::<jiff::civil::Date>().is_ok()
    {
        let clock = clock.trim_end_matches('z').trim_end_matches("+00:00");
        return match date {
            "1899-12-30" | "1904-01-01" => Ok((0, clock)),
            // The same cell is one or the other, by who reads it.
            "1899-12-31" | "1900-01-01" => Err(ElapsedError::SpreadsheetDate(text.to_owned())),
            _ => Err(no_time()),
        };
    }
    Ok((0, plain.strip_prefix("pt").unwrap_or(plain)))
}

/// What spreadsheets, and programs that read them, write before a time of less than a day. The
/// Macs of old count from 1904.
const NO_DAYS: [&str; 11] = [
    "1900/1/0 ",
    "1/0/1900 ",
    "1900-01-00 ",
    "1899/12/30 ",
    "1899-12-30 ",
    "30/12/1899 ",
    "12/30/1899 ",
    "30.12.1899 ",
    "1904-01-01 ",
    "1/1/1904 ",
    "0 days ",
];

/// NFKC, lower case, no spaces; decimal commas and unit words made one each.
pub(super) fn plain(text: &str) -> String {
    let text = text.trim();
    if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.')) {
        return text.to_owned();
    }
    // Excel writes a time of more than a day, and pandas any time, after a date.
    let mut rest = text;
    for prefix in NO_DAYS {
        rest = rest.strip_prefix(prefix).unwrap_or(rest);
    }
    // U+2033 before NFKC, which would make it two primes.
    let folded: String = rest
        .chars()
        .map(|c| if c == '\u{2033}' { '"' } else { c })
        .nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| !c.is_whitespace())
        .map(|c| match c {
            ',' => '.',
            '\u{2019}' | '\u{2032}' => '\'',
            '\u{201d}' => '"',
            c => c,
        })
        .collect();
    let folded = match twelve_hours(&folded) {
        Some(clock) => clock,
        None => folded,
    };
    [("時間", "h"), ("時", "h"), ("hr", "h"), ("分", "m"), ("min", "m"), ("''", "s"), ("'", "m")]
        .into_iter()
        .chain([("秒", "s"), ("sec", "s"), ("\"", "s")])
        .fold(folded, |text, (from, to)| text.replace(from, to))
}

/// `12:41:23am` → `0:41:23`, `1:02:10pm` → `13:02:10`; `None` for anything else.
fn twelve_hours(folded: &str) -> Option<String> {
    let (clock, afternoon) = match folded.strip_suffix("am") {
        Some(clock) => (clock, false),
        None => (folded.strip_suffix("pm")?, true),
    };
    let (hours, rest) = clock.split_once(':')?;
    let hours = number(hours, 2).filter(|hours| (1..=12).contains(hours))?;
    // Without seconds it is a time of day.
    rest.contains(':').then(|| format!("{}:{rest}", hours % 12 + if afternoon { 12 } else { 0 }))
}

pub(super) fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

pub(super) enum Clock {
    Full { hours: u32, minutes: u32, millis: u32 },
    Short { first: u32, second: u32 },
}

impl Clock {
    /// Reads `h:mm:ss(.f)`, `mm:ss.f`, `a:bb`, and the same with `h`, `m`, `s` after
    /// the numbers. `None` where it is none of them or a part is 60 or more.
    pub fn scan(plain: &str) -> Option<Self> {
        if plain.bytes().any(|b| matches!(b, b'm' | b'h' | b's')) {
            return Self::scan_units(plain);
        }
        let (clock, fraction) = match plain.split_once('.') {
            Some(_) if !plain.contains(':') => return Self::scan_dots(plain),
            Some((clock, fraction)) => (clock, Some(fraction)),
            None => (plain, None),
        };
        let mut parts = clock.split(':');
        let (first, second, third) = (parts.next()?, parts.next()?, parts.next());
        if parts.next().is_some() {
            return None;
        }
        match (third, fraction) {
            (Some(third), _) => Some(Self::Full {
                hours: number(first, 3)?,
                minutes: sixtieth(second)?,
                millis: sixtieth(third)? * 1000 + fraction_millis(fraction)?,
            }),
            // Hours and minutes have no decimals.
            (None, Some(_)) => Some(Self::Full {
                hours: 0,
                minutes: number(first, 3)?,
                millis: sixtieth(second)? * 1000 + fraction_millis(fraction)?,
            }),
            (None, None) if second.len() == 2 => {
                Some(Self::Short { first: number(first, 3)?, second: sixtieth(second)? })
            }
            (None, None) => None,
        }
    }

    /// `1.02.03`, as Finns, Danes and Italians write it.
    fn scan_dots(plain: &str) -> Option<Self> {
        let parts: Vec<&str> = plain.split('.').collect();
        let [hours, minutes, seconds] = parts[..] else { return None };
        let whole = minutes.len() == 2 && seconds.len() == 2;
        whole.then_some(Self::Full {
            hours: number(hours, 2)?,
            minutes: sixtieth(minutes)?,
            millis: sixtieth(seconds)? * 1000,
        })
    }

    fn scan_units(plain: &str) -> Option<Self> {
        let (hours, rest) = match plain.split_once(['h', ':']) {
            Some((hours, rest)) => (number(hours, 2)?, rest),
            None => (0, plain),
        };
        let (minutes, rest) = match rest.split_once('m') {
            Some((minutes, rest)) if hours > 0 => (sixtieth(minutes)?, rest),
            Some((minutes, rest)) => (number(minutes, 3)?, rest),
            None if rest.is_empty() => (0, rest),
            None => return None,
        };
        // `08s`, `08.4s`, `08s4` (a Japanese habit) and `08`.
        let (seconds, tail) = rest.split_once('s').unwrap_or((rest, ""));
        let (seconds, fraction) = match (seconds.split_once('.'), tail) {
            (Some((seconds, fraction)), "") => (seconds, Some(fraction)),
            (Some(_), _) => return None,
            (None, "") => (seconds, None),
            (None, tail) => (seconds, Some(tail)),
        };
        let seconds = if seconds.is_empty() { 0 } else { sixtieth(seconds)? };
        Some(Self::Full { hours, minutes, millis: seconds * 1000 + fraction_millis(fraction)? })
    }
}

fn number(digits: &str, most: usize) -> Option<u32> {
    (all_digits(digits) && digits.len() <= most).then(|| digits.parse().ok()).flatten()
}

fn sixtieth(digits: &str) -> Option<u32> {
    number(digits, 2).filter(|&n| n < 60)
}

/// Thousandths of a second, rounded up so that a certified second is never lost.
fn fraction_millis(fraction: Option<&str>) -> Option<u32> {
    let Some(digits) = fraction else { return Some(0) };
    if !all_digits(digits) || digits.len() > 9 {
        return None;
    }
    let kept: u32 = format!("{:0<3}", &digits[..digits.len().min(3)]).parse().ok()?;
    let lost = digits.get(3..).is_some_and(|rest| rest.bytes().any(|b| b != b'0'));
    Some(kept + u32::from(lost))
}
