//! Numbers, places and distances.

use kanso_page::Language;
use kanso_race::Rank;

/// `10,234`
pub fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `123rd`, `11th`, `10,002nd`.
pub fn ordinal(number: u32) -> String {
    let suffix = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{}{suffix}", grouped(number))
}

/// 百二十三: kanji numerals with place words, as formal documents write them.
pub fn kanji(number: u32) -> String {
    const DIGITS: [char; 10] = ['〇', '一', '二', '三', '四', '五', '六', '七', '八', '九'];
    if number == 0 {
        return DIGITS[0].to_string();
    }
    let mut text = String::new();
    for (scale, myriad) in [(100_000_000, "億"), (10_000, "万"), (1, "")] {
        let group = number / scale % 10_000;
        for (unit, word) in [(1000, "千"), (100, "百"), (10, "十"), (1, "")] {
            let digit = group / unit % 10;
            if digit == 0 {
                continue;
            }
            // 一 is not said before 十, 百 and 千.
            if digit > 1 || unit == 1 {
                text.push(DIGITS[digit as usize]);
            }
            text.push_str(word);
        }
        if group > 0 {
            text.push_str(myriad);
        }
    }
    text
}

/// Kilometres without trailing zeros: `42.195`, `10`, `21.0975`.
pub(super) fn kilometres(metres: f64) -> String {
    let text = format!("{:.4}", metres / 1000.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

pub(super) fn rank(rank: Rank, format: Option<&str>, language: Language) -> String {
    let place = match language {
        Language::Ja => format!("{}位", grouped(rank.place)),
        Language::En => ordinal(rank.place),
    };
    match (format, rank.of, language) {
        (Some("number"), _, _) => grouped(rank.place),
        (Some("kanji"), _, _) => format!("第{}位", kanji(rank.place)),
        (Some("of"), of, _) => of.map(grouped).unwrap_or_default(),
        (Some("place-of"), Some(of), Language::Ja) => format!("{place} / {}人", grouped(of)),
        (Some("place-of"), Some(of), Language::En) => format!("{place} of {}", grouped(of)),
        _ => place,
    }
}

pub(super) fn count(number: u32, format: Option<&str>, language: Language) -> String {
    match (format, language) {
        (Some("kanji"), Language::Ja) => kanji(number),
        _ => grouped(number),
    }
}

/// 第12回 / 12th
pub(super) fn edition(number: u32, format: Option<&str>, language: Language) -> String {
    match (format, language) {
        (Some("number"), _) => number.to_string(),
        (Some("kanji"), Language::Ja) => format!("第{}回", kanji(number)),
        (_, Language::Ja) => format!("第{number}回"),
        (_, Language::En) => ordinal(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kanji_numerals_have_place_words() {
        for (number, text) in [
            (0, "〇"),
            (8, "八"),
            (10, "十"),
            (11, "十一"),
            (23, "二十三"),
            (100, "百"),
            (123, "百二十三"),
            (1_001, "千一"),
            (10_000, "一万"),
            (10_234, "一万二百三十四"),
            (20_100_000, "二千十万"),
        ] {
            assert_eq!(kanji(number), text);
        }
    }

    #[test]
    fn places_say_of_how_many_where_the_results_do() {
        let known = Rank { place: 123, of: Some(10_234) };
        let alone = Rank { place: 11, of: None };
        assert_eq!(rank(known, Some("place-of"), Language::Ja), "123位 / 10,234人");
        assert_eq!(rank(known, Some("place-of"), Language::En), "123rd of 10,234");
        assert_eq!(rank(alone, Some("place-of"), Language::En), "11th");
        assert_eq!(rank(known, Some("kanji"), Language::Ja), "第百二十三位");
    }

    #[test]
    fn editions_and_ordinals_are_natural_in_both_languages() {
        assert_eq!(edition(12, None, Language::Ja), "第12回");
        assert_eq!(edition(12, Some("kanji"), Language::Ja), "第十二回");
        assert_eq!(edition(12, None, Language::En), "12th");
        assert_eq!(
            [1, 2, 3, 4, 11, 12, 13, 21, 111, 1_022].map(ordinal).join(" "),
            "1st 2nd 3rd 4th 11th 12th 13th 21st 111th 1,022nd"
        );
    }

    #[test]
    fn kilometres_have_no_trailing_zeros() {
        assert_eq!(kilometres(42_195.0), "42.195");
        assert_eq!(kilometres(21_097.5), "21.0975");
        assert_eq!(kilometres(10_000.0), "10");
    }
}
