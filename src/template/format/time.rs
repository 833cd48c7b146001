//! Race times and paces. Certified road times round up to the whole second.

use kanso_race::Elapsed;

use super::number::kanji;

/// `3:12:08`, `59:41`, `0:07`: hours only where there are any; rounded up.
pub fn clock(time: Elapsed) -> String {
    let (h, m, s) = parts(time);
    if h > 0 { format!("{h}:{m:02}:{s:02}") } else { format!("{m}:{s:02}") }
}

/// Seconds per kilometre as `4:33`, to the nearest second.
pub fn pace(seconds_per_km: f64) -> String {
    // Paces of a race are far below the type's limit; the cast saturates.
    let seconds = seconds_per_km.round() as u32;
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

pub(super) fn write(time: Elapsed, format: Option<&str>) -> String {
    let (h, m, s) = parts(time);
    match format {
        Some("tenths") => tenths(time),
        Some("ja") if h > 0 => format!("{h}時間{m:02}分{s:02}秒"),
        Some("ja") => format!("{m}分{s:02}秒"),
        Some("kanji") if h > 0 => format!("{}時間{}分{}秒", kanji(h), kanji(m), kanji(s)),
        Some("kanji") => format!("{}分{}秒", kanji(m), kanji(s)),
        Some("en") if h > 0 => format!("{h} h {m:02} min {s:02} s"),
        Some("en") => format!("{m} min {s:02} s"),
        _ => clock(time),
    }
}

fn parts(time: Elapsed) -> (u32, u32, u32) {
    let seconds = time.certified_seconds();
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn tenths(time: Elapsed) -> String {
    let tenths = time.millis().div_ceil(100);
    let (seconds, tenth) = (tenths / 10, tenths % 10);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 { format!("{h}:{m:02}:{s:02}.{tenth}") } else { format!("{m}:{s:02}.{tenth}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(millis: u32) -> Elapsed {
        Elapsed::from_millis(millis).unwrap()
    }

    #[test]
    fn certified_times_round_up_to_the_whole_second() {
        assert_eq!(clock(time(11_528_000)), "3:12:08");
        assert_eq!(clock(time(11_527_001)), "3:12:08");
        assert_eq!(clock(time(3_599_001)), "1:00:00");
        assert_eq!(clock(time(3_581_000)), "59:41");
    }

    #[test]
    fn tenths_round_up_to_the_tenth() {
        assert_eq!(write(time(11_527_301), Some("tenths")), "3:12:07.4");
        assert_eq!(write(time(59_950), Some("tenths")), "1:00.0");
    }

    #[test]
    fn times_are_written_in_words_in_both_languages() {
        assert_eq!(write(time(11_528_000), Some("ja")), "3時間12分08秒");
        assert_eq!(write(time(3_581_000), Some("ja")), "59分41秒");
        assert_eq!(write(time(11_528_000), Some("kanji")), "三時間十二分八秒");
        assert_eq!(write(time(11_528_000), Some("en")), "3 h 12 min 08 s");
    }

    #[test]
    fn paces_are_minutes_and_seconds() {
        assert_eq!(pace(273.2), "4:33");
        assert_eq!(pace(299.6), "5:00");
    }
}
