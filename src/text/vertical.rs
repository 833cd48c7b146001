//! How graphemes stand in vertical lines.

use super::class::Class;

/// How a grapheme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Orientation {
    /// In a horizontal line.
    Horizontal,
    /// Upright in a vertical line, with the font's vertical form.
    Upright,
    /// Turned a quarter clockwise, as Latin in a vertical line.
    Rotated,
    /// Side by side in one em of a vertical line (縦中横).
    Combined,
}

/// How each grapheme of a vertical text stands. Digits that stand upright are classed as
/// CJK: the half-width figures of a CJK font were drawn for it.
pub(super) fn orientations(
    graphemes: &[&str],
    classes: &mut [Class],
    upright_digits: usize,
) -> Vec<Orientation> {
    let mut orientations: Vec<Orientation> = classes
        .iter()
        .map(|class| match class {
            Class::Cjk => Orientation::Upright,
            Class::Other(script) if *script == harfrust::Script::HANGUL => Orientation::Upright,
            Class::Latin(_) | Class::Other(_) => Orientation::Rotated,
        })
        .collect();
    let mut at = 0;
    while at < graphemes.len() {
        let digits = graphemes[at..].iter().take_while(|g| is_digit(g)).count();
        let alone = !joins_a_word(at.checked_sub(1).and_then(|before| graphemes.get(before)))
            && !joins_a_word(graphemes.get(at + digits));
        if digits > 0 && digits <= upright_digits && alone {
            classes[at..at + digits].fill(Class::Cjk);
            orientations[at..at + digits].fill(Orientation::Combined);
        }
        at += digits.max(1);
    }
    orientations
}

/// What a font without a vertical form of it must turn: brackets, dashes, leaders, the long
/// vowel mark (Vertical_Orientation R and Tr, as far as Japanese text has them).
pub(super) fn must_turn(character: char) -> bool {
    matches!(character, '(' | ')' | '[' | ']' | '{' | '}' | '<' | '>' | '-' | '=' | '~' | '|'
        | '\u{2010}'..='\u{2016}' | '\u{2018}'..='\u{201f}' | '\u{2025}' | '\u{2026}'
        | '\u{2190}' | '\u{2192}' | '\u{2212}' | '\u{2500}'..='\u{2501}'
        | '\u{3008}'..='\u{3011}' | '\u{3013}'..='\u{301f}' | '\u{3030}' | '\u{30a0}'
        | '\u{30fc}' | '\u{ff08}' | '\u{ff09}' | '\u{ff0d}' | '\u{ff1a}' | '\u{ff1b}'
        | '\u{ff1c}'..='\u{ff1e}' | '\u{ff3b}' | '\u{ff3d}' | '\u{ff3f}'
        | '\u{ff5b}'..='\u{ff60}')
}

fn is_digit(grapheme: &str) -> bool {
    grapheme.len() == 1 && grapheme.as_bytes()[0].is_ascii_digit()
}

/// Digits beside these are part of something longer: A-102, 3:12, 42.195, B2.
fn joins_a_word(neighbour: Option<&&str>) -> bool {
    neighbour.is_some_and(|g| {
        g.chars()
            .next()
            .is_some_and(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | '[' | ']' | '/'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::classes;
    use kanso_page::Language;
    use unicode_segmentation::UnicodeSegmentation as _;

    fn of(text: &str, upright_digits: usize) -> String {
        let graphemes: Vec<&str> = text.graphemes(true).collect();
        let mut classes = classes(&graphemes, Language::Ja);
        orientations(&graphemes, &mut classes, upright_digits)
            .into_iter()
            .map(|orientation| match orientation {
                Orientation::Horizontal => 'h',
                Orientation::Upright => 'u',
                Orientation::Rotated => 'r',
                Orientation::Combined => 'c',
            })
            .collect()
    }

    #[test]
    fn short_numbers_stand_upright_and_words_lie_down() {
        assert_eq!(of("第12回", 2), "uccu");
        assert_eq!(of("第123回", 2), "urrru");
        assert_eq!(of("第12回", 0), "urru");
        assert_eq!(of("3:12", 2), "rrrr");
        assert_eq!(of("B2東京", 2), "rruu");
    }
}
