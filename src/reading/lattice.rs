//! What the recogniser says of a line of text: for each step from left to right, how probable
//! each symbol of a bib is.

/// A digit (0-9), a capital (10-35), or one of the three below.
pub type Symbol = u8;
/// Joins the parts of a bib; with it or without it a bib is the same.
pub const HYPHEN: Symbol = 36;
/// The step shows nothing new.
pub const BLANK: Symbol = 37;
/// A character that no bib has, or a space.
pub const OTHER: Symbol = 38;
pub const SYMBOLS: usize = 39;

/// Each step is 8 pixels of a line 48 pixels high and sums to 1.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lattice {
    pub steps: Vec<[f32; SYMBOLS]>,
    /// The characters of the best path, each with its highest probability.
    pub best: Vec<(char, f32)>,
}

/// The symbol of a character: full-width forms and small letters are folded.
pub fn symbol(character: char) -> Symbol {
    match folded(character) {
        c @ '0'..='9' => c as u8 - b'0',
        c @ 'A'..='Z' => c as u8 - b'A' + 10,
        '-' => HYPHEN,
        _ => OTHER,
    }
}

/// A bib's character as it is written in ASCII capitals; others stay as they are.
pub fn folded(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => {
            folded(char::from_u32(character as u32 - 0xfee0).unwrap_or(character))
        }
        '‐' | '‑' | '–' | '—' | '−' => '-',
        c => c.to_ascii_uppercase(),
    }
}

pub fn is_digit(symbol: Symbol) -> bool {
    symbol < 10
}

pub fn is_letter(symbol: Symbol) -> bool {
    (10..36).contains(&symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_width_and_small_characters_are_folded() {
        let text: String = "Ａ－１２３４ｂ–5".chars().map(folded).collect();
        assert_eq!(text, "A-1234B-5");
        assert_eq!(symbol('０'), 0);
        assert_eq!((symbol('9'), symbol('a'), symbol('Ｚ')), (9, 10, 35));
        assert_eq!((symbol('招'), symbol(' '), symbol(':')), (OTHER, OTHER, OTHER));
    }
}
