//! Elapsed race times: gun time and net time.

mod notation;

use std::fmt;

use notation::{Clock, all_digits, day_fraction, days, plain};

/// A race time in whole milliseconds, 0 up to (not including) 100 hours.
///
/// Its `Display` is the certified time, as certificates show it: whole seconds,
/// rounded up, `3:12:08`, and `59:41` below the hour.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct Elapsed(u32);

/// What a time of two parts such as `3:12` means in a results file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum ShortTime {
    #[serde(rename = "mm:ss")]
    MinutesSeconds,
    #[serde(rename = "h:mm")]
    HoursMinutes,
}

/// Why a text is not a race time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ElapsedError {
    #[error("the time is empty; write it as 3:12:08")]
    Empty,
    /// Both readings are given; neither is chosen.
    #[error(
        "{text:?} may be minutes and seconds or hours and minutes; write it in full (0:59:41 or \
         3:12:00), or set results.short_times in race.toml"
    )]
    Ambiguous { text: String, minutes_seconds: Elapsed, hours_minutes: Option<Elapsed> },
    #[error(
        "{0:?} is a fraction of a day with too few digits to tell the second; write it as 3:12:08"
    )]
    CoarseFraction(String),
    #[error("{0:?} is 100 hours or more; correct the time")]
    TooLong(String),
    /// Programs count a spreadsheet's first days from different ones.
    #[error(
        "{0:?} is a spreadsheet's date, and may be a time of less than a day or of more; export \
         the column as text, such as 26:10:00"
    )]
    SpreadsheetDate(String),
    #[error("{0:?} is not a time; write it as 3:12:08")]
    NotATime(String),
}

/// From this many hours on, `h:mm` would last longer than a day: `59:41` is minutes.
const LONGEST_HOURS_MINUTES: u32 = 24;

impl Elapsed {
    const LIMIT_MS: u32 = 100 * 3_600_000;

    /// `None` from 100 hours on.
    pub fn from_millis(millis: u32) -> Option<Self> {
        (millis < Self::LIMIT_MS).then_some(Self(millis))
    }

    pub fn millis(self) -> u32 {
        self.0
    }

    /// Whole seconds, rounded up as certified road times are.
    pub fn certified_seconds(self) -> u32 {
        self.0.div_ceil(1000)
    }

    /// Hours, minutes and seconds of [`Self::certified_seconds`].
    pub fn certified_parts(self) -> (u32, u32, u32) {
        let seconds = self.certified_seconds();
        (seconds / 3600, seconds / 60 % 60, seconds % 60)
    }

    /// Reads a time as timing systems write it: `3:12:08`, `03:12:08`, `1:02:03.4`,
    /// `59:41`, `3時間12分08秒`, `3h12m08s`, `59'41"`, a spreadsheet's day fraction
    /// (`0.13342592`) or clock (`12:41:23 AM`, `1899-12-30T03:12:08Z`), `1 day, 2:10:00`. Two parts below 24 are [`ElapsedError::Ambiguous`].
    pub fn parse(text: &str) -> Result<Self, ElapsedError> {
        Self::parse_as(text, None)
    }

    /// As [`Self::parse`], with times of two parts read as told.
    pub fn parse_as(text: &str, short: Option<ShortTime>) -> Result<Self, ElapsedError> {
        let plain = plain(text);
        if plain.is_empty() {
            return Err(ElapsedError::Empty);
        }
        if let Some((days, fraction)) = day_fraction(&plain) {
            return from_day_fraction(text, days, fraction);
        }
        let (days, clock) = days(text, &plain)?;
        if days > 0 {
            let whole = Elapsed::from_millis(days * 86_400_000);
            let (Some(whole), rest) = (whole, Self::parse_as(clock, short)?) else {
                return Err(ElapsedError::TooLong(text.to_owned()));
            };
            let sum = Self::from_millis(whole.0 + rest.0);
            return sum.ok_or_else(|| ElapsedError::TooLong(text.to_owned()));
        }
        let plain = clock.to_owned();
        match Clock::scan(&plain).ok_or_else(|| ElapsedError::NotATime(text.to_owned()))? {
            Clock::Full { hours, minutes, millis } => from_parts(text, hours, minutes, millis),
            Clock::Short { first, second } => read_short(text, first, second, short),
        }
    }

    /// Reads decimal minutes (`192.1333`): only for columns that say so, since the
    /// number alone does not tell. Rounded to the second where the digits allow it.
    pub fn parse_decimal_minutes(text: &str) -> Result<Self, ElapsedError> {
        let plain = plain(text);
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        if whole.is_empty() || !all_digits(whole) || !(fraction.is_empty() || all_digits(fraction))
        {
            return Self::parse(text);
        }
        let minutes: f64 = plain.parse().map_err(|_| ElapsedError::NotATime(text.to_owned()))?;
        from_float_seconds(text, minutes * 60.0, last_digit(fraction.len(), 60.0))
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.certified_parts() {
            (0, minutes, seconds) => write!(f, "{minutes}:{seconds:02}"),
            (hours, minutes, seconds) => write!(f, "{hours}:{minutes:02}:{seconds:02}"),
        }
    }
}

impl std::str::FromStr for Elapsed {
    type Err = ElapsedError;

    fn from_str(text: &str) -> Result<Self, ElapsedError> {
        Self::parse(text)
    }
}

fn from_parts(text: &str, hours: u32, minutes: u32, millis: u32) -> Result<Elapsed, ElapsedError> {
    let total = hours * 3_600_000 + minutes * 60_000 + millis;
    Elapsed::from_millis(total).ok_or_else(|| ElapsedError::TooLong(text.to_owned()))
}

fn read_short(
    text: &str,
    first: u32,
    second: u32,
    short: Option<ShortTime>,
) -> Result<Elapsed, ElapsedError> {
    let minutes_seconds = from_parts(text, 0, first, second * 1000);
    match short {
        Some(ShortTime::MinutesSeconds) => minutes_seconds,
        Some(ShortTime::HoursMinutes) => from_parts(text, first, second, 0),
        None if first >= LONGEST_HOURS_MINUTES => minutes_seconds,
        None => Err(ElapsedError::Ambiguous {
            text: text.to_owned(),
            minutes_seconds: minutes_seconds?,
            hours_minutes: from_parts(text, first, second, 0).ok(),
        }),
    }
}

fn from_day_fraction(text: &str, days: u32, fraction: &str) -> Result<Elapsed, ElapsedError> {
    let days: f64 = format!("{days}.{fraction}")
        .parse()
        .map_err(|_| ElapsedError::NotATime(text.to_owned()))?;
    from_float_seconds(text, days * 86_400.0, last_digit(fraction.len(), 86_400.0))
}

/// What the last of so many decimals stands for, in seconds.
fn last_digit(decimals: usize, scale_s: f64) -> f64 {
    scale_s * 0.1_f64.powi(decimals.min(18) as i32)
}

/// A whole second within the last digit (rounded or cut off) is that second: a spreadsheet's
/// `0.133426` is 3:12:08 and must not be certified as 3:12:09.
fn from_float_seconds(text: &str, seconds: f64, precision_s: f64) -> Result<Elapsed, ElapsedError> {
    let whole = seconds.round();
    let exact = (seconds - whole).abs() < 1e-6;
    let millis = if exact || (precision_s < 0.5 && (seconds - whole).abs() <= precision_s) {
        whole * 1000.0
    } else if precision_s < 0.5 {
        (seconds * 1000.0).round()
    } else {
        return Err(ElapsedError::CoarseFraction(text.to_owned()));
    };
    if millis >= f64::from(Elapsed::LIMIT_MS) {
        return Err(ElapsedError::TooLong(text.to_owned()));
    }
    Ok(Elapsed(millis as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(text: &str) -> u32 {
        Elapsed::parse(text).unwrap_or_else(|error| panic!("{error}")).millis()
    }

    const T: u32 = 11_528_000; // 3:12:08

    #[test]
    fn one_time_is_read_in_every_way_it_is_written() {
        for text in [
            "3:12:08",
            "03:12:08",
            " 3:12:08 ",
            "３：１２：０８",
            "3時間12分08秒",
            "3時間12分8秒",
            "3h12m08s",
            "3:12'08\"",
            "3時間 12分 08秒",
            "0.13342592",
            "0.133425925925926",
            "0.133426",
            "1900/1/0 3:12:08",
            "3:12:08.0",
        ] {
            assert_eq!(millis(text), T, "{text}");
        }
        for (text, seconds) in [
            ("3:12:08 AM", 11_528),
            ("12:05:09 am", 309),
            ("2:00:07 PM", 50_407),
            ("10h07'09''", 36_429),
            ("1 day, 2:10:00", 94_200),
            ("2 days 01:00:00", 176_400),
            ("1899-12-30T03:12:08.000Z", 11_528),
            ("1904-01-01T03:12:08", 11_528),
            ("30/12/1899 03:12:08", 11_528),
            ("0.41.20", 2_480),
            ("12.02.03", 43_323),
            ("PT3H12M8S", 11_528),
            ("1.0902777778", 94_200),
        ] {
            assert_eq!(millis(text), seconds * 1000, "{text}");
        }
        for text in ["2026-11-23T10:00:00", "9 days 1:00:00", "13:00:00 AM", "1.25", "9:15 AM"] {
            assert!(Elapsed::parse(text).is_err(), "{text}");
        }
        for text in ["1.2.3", "1.02.60", "1.02.03.4", "23.11.2026", "41.20", "-0.41.20"] {
            assert!(Elapsed::parse(text).is_err(), "{text}");
        }
        // One program's first day is another's second.
        for text in ["1899-12-31T02:10:00Z", "1900-01-01T02:10:00"] {
            let error = Elapsed::parse(text).unwrap_err();
            assert!(matches!(error, ElapsedError::SpreadsheetDate(_)), "{text}: {error}");
        }
        assert_eq!(millis("1:02:03.4"), 3_723_400);
        assert_eq!(millis("1:02:03,4"), 3_723_400);
        assert_eq!(millis("59:41"), 3_581_000);
        assert_eq!(millis("59'41\"2"), 3_581_200);
        assert_eq!(millis("41:23.5"), 2_483_500);
        assert_eq!(millis("3時間12分"), 11_520_000);
        assert_eq!(millis("0.125"), 10_800_000);
    }

    #[test]
    fn hours_and_minutes_are_never_silently_minutes_and_seconds() {
        assert!(matches!(Elapsed::parse("3:12"), Err(ElapsedError::Ambiguous { .. })));
        assert!(matches!(Elapsed::parse("03:12"), Err(ElapsedError::Ambiguous { .. })));
        let hours = Elapsed::parse_as("3:12", Some(ShortTime::HoursMinutes));
        assert_eq!(hours.unwrap().millis(), 11_520_000);
        let minutes = Elapsed::parse_as("3:12", Some(ShortTime::MinutesSeconds));
        assert_eq!(minutes.unwrap().millis(), 192_000);
    }

    #[test]
    fn what_is_not_a_time_is_refused() {
        for text in
            ["", "abc", "3:62:08", "3:12:61", "1:2:3:4", "-1:00:00", "192.13", "3:1", ":", "h", "m"]
        {
            assert!(Elapsed::parse(text).is_err(), "{text}");
        }
        assert!(matches!(Elapsed::parse("100:00:00"), Err(ElapsedError::TooLong(_))));
        assert!(matches!(Elapsed::parse("0.1334"), Err(ElapsedError::CoarseFraction(_))));
    }

    #[test]
    fn decimal_minutes_are_read_only_where_asked_for() {
        assert_eq!(Elapsed::parse_decimal_minutes("192.133").unwrap().millis(), T);
        assert_eq!(Elapsed::parse_decimal_minutes("45").unwrap().millis(), 2_700_000);
        assert_eq!(Elapsed::parse_decimal_minutes("0.5").unwrap().millis(), 30_000);
    }

    #[test]
    fn a_certified_time_rounds_up_and_drops_empty_hours() {
        assert_eq!(Elapsed::parse("1:02:03.4").unwrap().to_string(), "1:02:04");
        assert_eq!(Elapsed::parse("0:59:59.001").unwrap().to_string(), "1:00:00");
        assert_eq!(Elapsed::parse("0:59:41").unwrap().to_string(), "59:41");
        assert_eq!(Elapsed::parse("1:02:03.0001").unwrap().certified_seconds(), 3724);
    }
}
