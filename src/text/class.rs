//! Which kind of font a grapheme asks for, by its script and its neighbours.

use harfrust::{Script, Tag};
use kanso_page::Language;
use unicode_script::UnicodeScript as _;

/// What a grapheme is set as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Latin, Greek, Cyrillic, digits, and the punctuation among them.
    Latin(Script),
    /// Kanji, kana, full-width forms, and the punctuation among them.
    Cjk,
    /// Any other script.
    Other(Script),
}

impl Class {
    pub fn script(self) -> Script {
        match self {
            Self::Latin(script) | Self::Other(script) => script,
            Self::Cjk => Script::HAN,
        }
    }
}

/// The classes of a text's graphemes. What belongs to no script (spaces, punctuation,
/// symbols) follows the text around it.
pub(super) fn classes(graphemes: &[&str], language: Language) -> Vec<Class> {
    let strong: Vec<Option<Class>> =
        graphemes.iter().map(|g| g.chars().next().and_then(strong_class)).collect();
    let mut following = vec![None; strong.len()];
    let mut next = None;
    for (slot, class) in following.iter_mut().zip(&strong).rev() {
        next = class.or(next);
        *slot = next;
    }
    let mut previous = None;
    let resolve = |((grapheme, class), next): ((&&str, &Option<Class>), Option<Class>)| {
        let resolved = class.unwrap_or_else(|| neutral_class(grapheme, previous, next, language));
        if class.is_some() {
            previous = *class;
        }
        resolved
    };
    graphemes.iter().zip(&strong).zip(following).map(resolve).collect()
}

/// The class that a character has wherever it stands.
fn strong_class(character: char) -> Option<Class> {
    use unicode_script::Script as Of;
    match character {
        '0'..='9' => return Some(Class::Latin(Script::LATIN)),
        // CJK punctuation, kana marks, enclosed and squared forms, full-width forms.
        '\u{3000}'..='\u{303f}'
        | '\u{3099}'..='\u{30ff}'
        | '\u{31c0}'..='\u{33ff}'
        | '\u{fe10}'..='\u{fe19}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ffef}' => return Some(Class::Cjk),
        // Roman numerals are Latin to Unicode and Japanese in 第Ⅲ部.
        '\u{2160}'..='\u{2188}' => return None,
        _ => {}
    }
    match character.script() {
        Of::Common | Of::Inherited | Of::Unknown => None,
        Of::Latin => Some(Class::Latin(Script::LATIN)),
        Of::Greek => Some(Class::Latin(Script::GREEK)),
        Of::Cyrillic => Some(Class::Latin(Script::CYRILLIC)),
        Of::Han | Of::Hiragana | Of::Katakana | Of::Bopomofo => Some(Class::Cjk),
        other => {
            let tag = Tag::from_u32(other.as_iso15924_tag());
            Some(Class::Other(Script::from_iso15924_tag(tag).unwrap_or(Script::COMMON)))
        }
    }
}

fn neutral_class(
    grapheme: &str,
    previous: Option<Class>,
    next: Option<Class>,
    language: Language,
) -> Class {
    let latin = |class: Option<Class>| matches!(class, Some(Class::Latin(_)));
    let ascii = grapheme.is_ascii();
    match (previous, next) {
        // A word space or a slash beside Latin is Latin: 123位 / 10,234人.
        _ if ascii && latin(previous) => previous,
        _ if ascii && latin(next) => next,
        (_, Some(_)) if is_opening(grapheme) => next,
        (Some(_), _) => previous,
        (None, _) => next,
    }
    .unwrap_or(if ascii || language == Language::En {
        Class::Latin(Script::LATIN)
    } else {
        Class::Cjk
    })
}

fn is_opening(grapheme: &str) -> bool {
    matches!(grapheme, "(" | "[" | "{" | "“" | "‘" | "«" | "№" | "¿" | "¡")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        use unicode_segmentation::UnicodeSegmentation as _;
        let graphemes: Vec<&str> = text.graphemes(true).collect();
        classes(&graphemes, Language::Ja)
            .into_iter()
            .map(|class| match class {
                Class::Latin(_) => 'L',
                Class::Cjk => 'C',
                Class::Other(_) => 'o',
            })
            .collect()
    }

    #[test]
    fn digits_and_letters_are_latin_and_kanji_and_kana_are_not() {
        assert_eq!(of("第12回Tokyo"), "CLLCLLLLL");
        assert_eq!(of("Βασίλης"), "LLLLLLL");
        assert_eq!(of("ＡＢ１"), "CCC");
    }

    #[test]
    fn punctuation_follows_the_text_around_it() {
        assert_eq!(of("(東京)"), "CCCC");
        assert_eq!(of("山田 太郎"), "CCCCC");
        assert_eq!(of("O’Connor"), "LLLLLLLL");
        assert_eq!(of("123位 / 10人"), "LLLCLLLLLC");
        assert_eq!(of("東京“x”"), "CCLLL");
        assert_eq!(of("สม ใจ"), "ooooo");
    }
}
