//! What a runner says beside the bib, so that nobody sees a certificate by a bib alone.

use unicode_normalization::UnicodeNormalization as _;

use super::Finisher;
use super::results::birth_date;

/// What the race asks for, from its results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecondFactor {
    #[default]
    BirthDate,
    /// How the name is read.
    Kana,
    /// The bib is enough.
    None,
}

impl SecondFactor {
    /// What a runner typed, in the form in which it is compared; `None` where it can be
    /// nobody's.
    pub fn given(self, typed: &str) -> Option<String> {
        match self {
            Self::BirthDate => birth_date(typed).map(|date| date.to_string()),
            Self::Kana => Some(reading(typed)).filter(|reading| !reading.is_empty()),
            Self::None => Some(String::new()),
        }
    }

    /// What the results say of a runner, in the same form; `None` where they say nothing: then
    /// only the runner's link leads to the page.
    pub fn of(self, finisher: &Finisher) -> Option<String> {
        match self {
            Self::BirthDate => finisher.birth_date.map(|date| date.to_string()),
            Self::Kana => finisher.kana.as_deref().and_then(|kana| self.given(kana)),
            Self::None => Some(String::new()),
        }
    }
}

/// A reading however it is typed: hiragana or katakana, half or full width, with or without
/// spaces and dots between its parts.
fn reading(typed: &str) -> String {
    const HIRAGANA: std::ops::RangeInclusive<char> = '\u{3041}'..='\u{3096}';
    let katakana = |c: char| match HIRAGANA.contains(&c) {
        true => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        false => c,
    };
    let folded = typed.nfkc().flat_map(char::to_lowercase).map(katakana);
    folded.filter(|c| c.is_alphanumeric()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birth_date_is_the_same_however_it_is_typed() {
        for typed in
            ["19850307", "1985-03-07", "1985/3/7", "１９８５年３月７日", "S60.3.7", " 1985 0307 "]
        {
            let given = SecondFactor::BirthDate.given(typed);
            assert_eq!(given.as_deref(), Some("1985-03-07"), "{typed}");
        }
        for typed in ["", "0307", "19851307", "yesterday"] {
            assert_eq!(SecondFactor::BirthDate.given(typed), None, "{typed}");
        }
    }

    #[test]
    fn a_reading_is_the_same_in_every_kana_and_width() {
        let said = SecondFactor::Kana.given("ヴィクトリア・ローゼンベルク");
        for typed in
            ["ヴィクトリア ローゼンベルク", "ゔぃくとりあ　ろーぜんべるく", "ｳﾞｨｸﾄﾘｱ ﾛｰｾﾞﾝﾍﾞﾙｸ"]
        {
            assert_eq!(SecondFactor::Kana.given(typed), said, "{typed}");
        }
        assert_eq!(SecondFactor::Kana.given(" ・ "), None);
    }
}
